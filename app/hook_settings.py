"""How a call of a sending service proves that it is theirs: what the settings hold of that, checked when they are read.

Names and passwords are of letters and digits, because they stand in the address that the service is given.
"""

import re
from base64 import b64decode
from binascii import Error as NoBase64

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import SecretStr

_MAKE = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(24))'"
_NO_KEY = "copy the verification key of the signed event webhook as SendGrid shows it; it begins with MFkw"
_LOGIN = re.compile(r"[A-Za-z0-9._~-]+:[A-Za-z0-9._~-]{16,}")
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{16,}")
_ARN = re.compile(r"arn:aws(?:-cn|-us-gov)?:sns:([a-z0-9-]{3,40}):[0-9]{12}:[A-Za-z0-9_-]{1,256}")


def login(secret: SecretStr) -> SecretStr:
    """A name and a password (RFC 7617); ValueError says what to write instead."""
    text = secret.get_secret_value()
    if text and not _LOGIN.fullmatch(text):
        raise ValueError(
            f"write name:password, letters and digits only, the password of at least 16 characters; {_MAKE}"
        )
    return secret


def login_or_token(secret: SecretStr) -> SecretStr:
    """A name and a password, or a token alone (RFC 6750); ValueError says what to write instead."""
    text = secret.get_secret_value()
    if text and not (_LOGIN.fullmatch(text) or _TOKEN.fullmatch(text)):
        raise ValueError(
            f"write a token, or name:password, letters and digits only, of at least 16 characters; {_MAKE}"
        )
    return secret


def signing_key(secret: SecretStr) -> SecretStr:
    """A key that the service has made; ValueError if it is too short to be one."""
    text = secret.get_secret_value()
    if text and (len(text) < 16 or not text.isascii() or not text.isprintable()):
        raise ValueError("copy the webhook signing key as the service shows it, of at least 16 characters")
    return secret


def verification_key(text: str) -> str:
    """A public key on the curve P-256 as SendGrid shows it, one line of base64; ValueError if it is none."""
    if text:
        load_verification_key(text)
    return text


def load_verification_key(text: str) -> EllipticCurvePublicKey:
    """The key itself; ValueError as above."""
    try:
        key = load_der_public_key(b64decode(text, validate=True))
    except (NoBase64, ValueError, UnsupportedAlgorithm):
        raise ValueError(_NO_KEY) from None
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    raise ValueError(_NO_KEY)


def topic_arns(values: tuple[str, ...]) -> tuple[str, ...]:
    """Names of Amazon SNS topics; ValueError for the first that is none."""
    for value in values:
        if not _ARN.fullmatch(value):
            raise ValueError(f"“{value}” is no topic; write it like arn:aws:sns:eu-west-1:123456789012:bounces")
    return values


def api_host(topic_arn: str) -> str:
    """The host of Amazon SNS in the region of a topic, which is one of `topic_arns`."""
    _, partition, _, region, _, _ = topic_arn.split(":")
    return f"sns.{region}.amazonaws.com" + (".cn" if partition == "aws-cn" else "")

"""Messages of Amazon SNS: what of them is signed, and whose certificate may have signed it.

Only version 2 (RSA with SHA-256) is taken; version 1 signs with SHA-1. A valid signature says that the message is of
*some* topic at Amazon, and anybody may have one: whose topic it is has to be asked besides.
"""

import re
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Mapping
from datetime import datetime
from threading import Lock

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate, load_pem_x509_certificate

from app.errors import Forbidden, Unavailable
from app.hooks.fetching import Fetch
from app.hooks.json_body import members_of

NOTIFICATION, SUBSCRIBED, UNSUBSCRIBED = "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"
VERSION = "2"
_CHANGE = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIBED: _CHANGE,
    UNSUBSCRIBED: _CHANGE,
}
_MAY_BE_ABSENT = "Subject"
# the whole address, so that neither a name before the host nor a port, a query or another host's beginning passes
_CERTIFICATE = re.compile(r"https://sns\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/[A-Za-z0-9._/-]+\.pem")
_MOST_KEPT = 16
_PATIENCE = 1.0

Message = Mapping[str, str]


def read(body: bytes) -> Message:
    """The texts of a message, not yet verified; raises Forbidden for what can't be one."""
    texts = {name: value for name, value in members_of(body).items() if isinstance(value, str)}
    kind = texts.get("Type", "")
    missing = [name for name in _SIGNED.get(kind, ("Type",)) if name not in texts and name != _MAY_BE_ABSENT]
    if kind not in _SIGNED or missing:
        raise Forbidden(f"no message of SNS: {', '.join(missing) or 'unknown type'}")
    return texts


def string_to_sign(message: Message) -> bytes:
    """What Amazon signs: names and values of some members, a line each."""
    pairs = [(name, message[name]) for name in _SIGNED[message["Type"]] if name in message]
    return "".join(f"{name}\n{value}\n" for name, value in pairs).encode("utf-8", "replace")


class Certificates:
    """Certificates of Amazon SNS, each fetched once by this process, and one at a time.

    Whoever names certificates that don't exist keeps one thread busy, and not all of them.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._kept: dict[str, Certificate] = {}
        self._fetching = Lock()

    def verify(self, message: Message, now: datetime) -> None:
        """Raises Forbidden if the signature is wrong, Unavailable if the certificate can't be had at the moment."""
        if message.get("SignatureVersion") != VERSION:
            raise Forbidden("not signed by version 2; set SignatureVersion of the topic to 2")
        certificate = self._at(message.get("SigningCertURL", ""))
        key = certificate.public_key()
        is_valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
        if not is_valid or not isinstance(key, RSAPublicKey):
            raise Forbidden("its certificate is no RSA certificate that is valid now")
        try:
            signature = b64decode(message.get("Signature", ""), validate=True)
            key.verify(signature, string_to_sign(message), PKCS1v15(), SHA256())
        except (NoBase64, ValueError, InvalidSignature):
            raise Forbidden("wrong signature") from None

    def _at(self, url: str) -> Certificate:
        if not _CERTIFICATE.fullmatch(url):
            raise Forbidden("its certificate is not at Amazon SNS")
        return self._kept.get(url) or self._fetched(url)

    def _fetched(self, url: str) -> Certificate:
        if not self._fetching.acquire(timeout=_PATIENCE):
            raise Unavailable("another certificate is being fetched")
        try:
            if url not in self._kept:
                certificate = load_pem_x509_certificate(self._fetch(url))
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.clear()
                self._kept[url] = certificate
            return self._kept[url]
        except ValueError:
            raise Forbidden("there is no certificate where it says") from None
        finally:
            self._fetching.release()

"""Sending services as they call us, each with keys of its own: what they sign is genuine, and can be spoilt."""

import hmac
import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from app.errors import Unavailable
from app.hooks import sendgrid
from app.settings import Settings

TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem"
LOGIN, TOKEN = "postmark:a-long-enough-password", "a-long-enough-token"
MAILGUN_TOKEN = "651869375b9df3c98fc15c4889b102119add1235c38fc92824"
MAILGUN_KEY = "key-0123456789abcdef0123456789ab"
_SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """Amazon's; it is slow to make, so there is one for the whole run."""
    return rsa.generate_private_key(65537, 2048)


@cache
def sendgrid_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public_text(key: ec.EllipticCurvePrivateKey) -> str:
    """A public key as SendGrid shows it."""
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b64encode(public).decode()


def with_hooks(settings: Settings, **changes: object) -> Settings:
    """The settings of an installation to which all five may report."""
    hooks = {
        "hook_ses": (TOPIC,),
        "hook_postmark": SecretStr(LOGIN),
        "hook_sendgrid": public_text(sendgrid_key()),
        "hook_mailgun": SecretStr(MAILGUN_KEY),
        "hook_brevo": SecretStr(TOKEN),
    }
    return settings.model_copy(update=hooks | changes)


def certificate(days: int = 30) -> bytes:
    """What Amazon shows for its key, in PEM; expired if the days are negative."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(rsa_key().public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=900))
        .not_valid_after(datetime.now(UTC) + timedelta(days=days))
        .sign(rsa_key(), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


@dataclass
class Amazon:
    """Amazon as we ask it: it shows its certificate, confirms subscriptions, and remembers what was asked."""

    shown: bytes = field(default_factory=certificate)
    is_away: bool = False
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if self.is_away:
            raise Unavailable("Amazon does not answer")
        return self.shown if url.endswith(".pem") else b"<ConfirmSubscriptionResponse/>"


def sns(event: object, **members: str | None) -> dict[str, str]:
    """A message of SNS with this event, not signed yet; None leaves a member out."""
    message = {
        "Type": "Notification",
        "MessageId": "19ba9823-d7f2-53c1-860e-cb10e0d13dfc",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": event if isinstance(event, str) else json.dumps(event) + "\n",
        "Timestamp": "2026-11-24T08:58:59.675Z",
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE,
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
        **members,
    }
    return {name: value for name, value in message.items() if value is not None}


def subscription(**members: str | None) -> dict[str, str]:
    """What SNS sends to an address that somebody has subscribed to a topic."""
    return sns(
        "You have chosen to subscribe to the topic.",
        **{
            "Type": "SubscriptionConfirmation",
            "Subject": None,
            "Token": "2336412f37fb687f5d51e6e2425f",
            "SubscribeURL": "https://evil.example/?Action=ConfirmSubscription",
            "UnsubscribeURL": None,
            **members,
        },
    )


def signed(message: dict[str, str], algorithm: hashes.HashAlgorithm | None = None) -> bytes:
    """The body of the call, signed as Amazon does."""
    text = "".join(f"{name}\n{message[name]}\n" for name in _SIGNED if name in message)
    signature = rsa_key().sign(text.encode(), PKCS1v15(), algorithm or hashes.SHA256())
    return json.dumps({**message, "Signature": b64encode(signature).decode()}).encode()


def sendgrid_headers(body: bytes, moment: str = "1764000000") -> dict[str, str]:
    """How SendGrid signs a body."""
    signature = sendgrid_key().sign(moment.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {sendgrid.SIGNATURE: b64encode(signature).decode(), sendgrid.TIMESTAMP: moment}


def mailgun_body(event: object, at: datetime, token: str = MAILGUN_TOKEN) -> bytes:
    """A call of Mailgun, signed at that moment."""
    moment = str(int(at.timestamp()))
    signature = hmac.new(MAILGUN_KEY.encode(), (moment + token).encode(), "sha256").hexdigest()
    return json.dumps(
        {"signature": {"timestamp": moment, "token": token, "signature": signature}, "event-data": event}
    ).encode()


def basic(login: str = LOGIN) -> dict[str, str]:
    """A name and a password as an address carries them."""
    return {"Authorization": f"Basic {b64encode(login.encode()).decode()}"}

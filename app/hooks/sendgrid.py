"""SendGrid signs the moment and the body, octet for octet, by ECDSA on P-256 with SHA-256."""

from base64 import b64decode
from binascii import Error as NoBase64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from app.errors import Forbidden
from app.hooks.calls import Admitted, Call

SIGNATURE, TIMESTAMP = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"


class SendGrid:
    """Lets through what the account's key has signed."""

    challenge = ""

    def __init__(self, key: EllipticCurvePublicKey) -> None:
        self._key = key

    def admit(self, call: Call) -> Admitted:
        """Verify the octets as they came: the same JSON written otherwise is another body."""
        signed = call.headers.get(TIMESTAMP, "").encode() + call.body
        try:
            signature = b64decode(call.headers.get(SIGNATURE, ""), validate=True)
            self._key.verify(signature, signed, ECDSA(SHA256()))
        except (NoBase64, ValueError, InvalidSignature):
            raise Forbidden("wrong signature") from None
        return Admitted()

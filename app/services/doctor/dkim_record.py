"""DKIM in DNS (RFC 6376 section 3.6.1): what is published under our selectors is the other half of our keys."""

import binascii
from base64 import b64decode
from collections.abc import Iterator, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.dkim_key import DkimKey
from app.services.doctor.diagnosis import Diagnosis, fail, ok, remark, warn
from app.services.doctor.lookup import Dns

_PART = "DKIM"


def examine(dns: Dns, keys: Sequence[DkimKey], sender_domain: str) -> Iterator[Diagnosis]:
    """Look at the record of each key that signs for this sender. Raises Unanswered."""
    if not keys:
        words = (
            f"Mails from {sender_domain} aren't signed here, so the relay has to do it; that can't be seen from here."
        )
        yield remark(
            _PART, words, "Send a test mail to a mailbox at a large provider and look for dkim=pass in its source."
        )
    for key in keys:
        yield _examined(dns, key)


def tags(record: str) -> dict[str, str]:
    """A record of the form `v=DKIM1; k=rsa; p=…`, its names in lower case; white space in values goes."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, sign, value in pairs if sign}


def _examined(dns: Dns, key: DkimKey) -> Diagnosis:
    name = f"{key.selector}._domainkey.{key.domain}"
    records = [text for text in dns.texts(name) if "p=" in text]
    if not records:
        words = f"There is no key at {name}, so no receiver can check our signatures: they count as broken."
        return fail(
            _PART, words, f'Publish there: "v=DKIM1; k={_kind(key)}; p=…" (docs/operations.md, DKIM).', "dkim-missing"
        )
    if len(records) > 1:
        words = f"There are {len(records)} keys at {name}; receivers may take any of them."
        return fail(_PART, words, "Leave the one that belongs to our key.", "dkim-twice")
    found = tags(records[0])
    if not found.get("p"):
        words = f"The key at {name} is revoked: its p= is empty."
        return fail(
            _PART, words, "Publish the public half of our key, or make a new key with another selector.", "dkim-other"
        )
    if not _is_ours(key, found["p"]) or found.get("k", "rsa") != _kind(key):
        words = f"The key at {name} isn't the other half of {key.path}, so our signatures fail."
        return fail(_PART, words, "Publish the public half of this key.", "dkim-other")
    if "y" in found.get("t", "").split(":"):
        words = f"The key at {name} is marked as a test (t=y); receivers then ignore whether signatures hold."
        return warn(_PART, words, "Take t=y out.", "dkim-testing")
    return ok(_PART, f"The key at {name} is the other half of ours.")


def _kind(key: DkimKey) -> str:
    return "ed25519" if isinstance(key.private, Ed25519PrivateKey) else "rsa"


def _is_ours(key: DkimKey, published: str) -> bool:
    """RSA keys are published as SubjectPublicKeyInfo or as RSAPublicKey, Ed25519 ones as they are (RFC 8463)."""
    try:
        found = b64decode(published, validate=True)
    except (binascii.Error, ValueError):
        return False
    public = key.private.public_key()
    if isinstance(key.private, Ed25519PrivateKey):
        return found == public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    forms = (PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1)
    return any(found == public.public_bytes(Encoding.DER, form) for form in forms)

"""Keys made for the tests, and what DNS would say about them."""

from base64 import b64encode
from collections.abc import Callable
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from app.dkim_key import DkimKey


@cache
def pem(kind: str, bits: int = 2048, password: str = "") -> bytes:
    """A private key of a kind: "rsa", "ed25519" or "ec"."""
    key = {
        "rsa": lambda: generate_rsa_key(65537, bits),
        "ed25519": Ed25519PrivateKey.generate,
        "ec": lambda: generate_private_key(SECP256R1()),
    }[kind]()
    protection = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))


def key_file(folder: Path, kind: str, bits: int = 2048, password: str = "") -> Path:
    path = folder / f"{kind}-{bits}{'-locked' if password else ''}.pem"
    path.write_bytes(pem(kind, bits, password))
    return path


def dns_of(*keys: DkimKey) -> Callable[..., bytes | None]:
    """The answers of DNS, for dkimpy: RFC 6376 section 3.6.1, RFC 8463 section 4.2."""
    records = {}
    for key in keys:
        public = key.private.public_key()
        if key.algorithm == "rsa-sha256":
            kind, shown = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            kind, shown = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        record = f"v=DKIM1; k={kind}; p={b64encode(shown).decode()}"
        records[f"{key.selector}._domainkey.{key.domain}.".encode()] = record.encode()

    def ask(name: bytes, timeout: int = 5) -> bytes | None:
        return records.get(name)

    return ask

"""A key for DKIM signatures (RFC 6376, RFC 8301, RFC 8463), read from the file that the settings name."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.setting_values import host_name

Algorithm: TypeAlias = Literal["rsa-sha256", "ed25519-sha256"]
PrivateKey: TypeAlias = RSAPrivateKey | Ed25519PrivateKey

SHORTEST_RSA, LONGEST_RSA = 2048, 4096
_SELECTOR = re.compile(r"(?!.{64})[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_FORM = "write each key as selector:domain:/path/to/key.pem"
_PADDING, _PREHASHED = PKCS1v15(), Prehashed(SHA256())


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key, the selector under which DNS holds its public half, and the domain that it speaks for."""

    selector: str
    domain: str
    path: Path
    algorithm: Algorithm
    private: PrivateKey = field(repr=False, compare=False)

    @classmethod
    def parse(cls, entry: str) -> Self:
        """Read `selector:domain:/path/to/key.pem` and the file; raises ValueError that says what to do."""
        selector, _, rest = entry.partition(":")
        domain, _, path = rest.partition(":")
        if not path or not _SELECTOR.fullmatch(selector):
            raise ValueError(f"“{entry}” can't be read: {_FORM}")
        private, algorithm = _load(Path(path))
        return cls(selector, host_name(domain).lower(), Path(path), algorithm, private)

    def speaks_for(self, sender_domain: str) -> bool:
        """Whether a signature is aligned with From: the same domain or one above it (RFC 7489 section 3.1.1)."""
        sender = sender_domain.lower()
        return sender == self.domain or sender.endswith(f".{self.domain}")

    def sign(self, digest: bytes) -> bytes:
        """Sign a SHA-256 digest. The same digest always gets the same signature."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(digest, _PADDING, _PREHASHED)
        return self.private.sign(digest)

    def __str__(self) -> str:
        return f"{self.selector}:{self.domain}:{self.path}"


def parse_keys(text: str) -> tuple[DkimKey, ...]:
    """Read entries with white space between them; raises ValueError for the first that can't be used."""
    keys = tuple(map(DkimKey.parse, text.split()))
    names = [(key.selector, key.domain) for key in keys]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"the selector {min(twice)[0]} is there twice; give each key a selector of its own")
    return keys


def _load(path: Path) -> tuple[PrivateKey, Algorithm]:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ValueError(f"the key {path} can't be read: {error.strerror or error}") from error
    except TypeError as error:
        raise ValueError(f"the key {path} is protected by a password; give a copy without one") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"{path} holds no private key in PEM form") from error
    match key:
        case Ed25519PrivateKey():
            return key, "ed25519-sha256"
        case RSAPrivateKey() if SHORTEST_RSA <= key.key_size <= LONGEST_RSA:
            return key, "rsa-sha256"
        case RSAPrivateKey():
            why = f"has {key.key_size} bits; receivers trust {SHORTEST_RSA} to {LONGEST_RSA} (RFC 8301)"
        case _:
            why = "is neither RSA nor Ed25519; no receiver could check its signatures"
    raise ValueError(f"the key {path} {why}")

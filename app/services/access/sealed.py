"""Secrets that have to be read again, such as those of authenticator apps: encrypted by keys from the signing keys."""

import base64
from typing import Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.errors import NotFound
from app.settings import Settings

_PURPOSE = b"communique: secrets of staff"


class Safe:
    """Seals with the newest key and opens with each; `keys` are listed oldest first, as in the settings."""

    def __init__(self, keys: list[str]) -> None:
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in reversed(keys)])

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The safe of an installation."""
        return cls(settings.signing_keys)

    def seal(self, text: str) -> bytes:
        """Encrypt."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes, *, within: int | None = None) -> str:
        """Decrypt what was sealed at most `within` seconds ago; raises NotFound for anything else."""
        try:
            return self._fernet.decrypt(sealed, ttl=within).decode()
        except InvalidToken as error:
            raise NotFound("This was sealed with a key that is not there any more, or too long ago.") from error

    def renewed(self, sealed: bytes) -> bytes:
        """The same under the newest key."""
        return self._fernet.rotate(sealed)


def _derived(key: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return base64.urlsafe_b64encode(hkdf.derive(key.encode()))

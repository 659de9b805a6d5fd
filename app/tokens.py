"""Signed, purpose-bound links (itsdangerous): a salt per purpose, a list of keys, an age per purpose.

A token carries ids only, never an address. Keys are listed oldest first: the newest signs, all verify, so a link in
an old mail outlives a rotation (RFC 8058 section 3.1 asks for a hard-to-forge part that the server verifies).
"""

import hashlib
import hmac
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from json import JSONEncoder
from typing import Any

from itsdangerous import BadData, SignatureExpired, URLSafeSerializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode, base64_encode, int_to_bytes

from app.errors import Expired, NotFound, Sentence

_compact = JSONEncoder(separators=(",", ":")).encode
_FORGED = Sentence("This link is not one of ours.")


@dataclass(frozen=True, slots=True)
class _Rule:
    salt: str
    max_age: timedelta | None


class Purpose(Enum):
    """What a token may be used for, and for how long; unsubscribing never expires (CASL, CAN-SPAM)."""

    CONFIRM = _Rule("subscribe-confirm", timedelta(hours=72))
    REFUSE = _Rule("subscribe-refuse", timedelta(days=30))
    PREFERENCES = _Rule("prefs", timedelta(days=30))
    MOVE = _Rule("address-change", timedelta(hours=72))
    UNSUBSCRIBE = _Rule("unsubscribe", None)
    FORM = _Rule("form", timedelta(hours=4))
    PERSON = _Rule("console-person", None)


class Tokens:
    """Makes and reads tokens with one list of keys."""

    def __init__(self, keys: Sequence[str]) -> None:
        kwargs = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._plain = {
            p: URLSafeSerializer(list(keys), salt=p.value.salt, signer_kwargs=kwargs)
            for p in Purpose
            if not p.value.max_age
        }
        self._timed = {
            p: URLSafeTimedSerializer(list(keys), salt=p.value.salt, signer_kwargs=kwargs)
            for p in Purpose
            if p.value.max_age
        }
        secrets = {p: s.make_signer(s.salt).derive_key() for p, s in {**self._plain, **self._timed}.items()}
        self._signing = {p: hmac.new(secret, digestmod="sha256") for p, secret in secrets.items()}

    def make(self, purpose: Purpose, *ids: int | str, at: datetime | None = None) -> str:
        """A URL-safe token over `ids`, its age counted from `at` (now, if it isn't given).

        A mail's links count from the mail's date, so that a second copy of it has the same bytes. Written here, byte
        for byte as itsdangerous does, because a campaign needs two for each reader, and deriving the key for each
        would be most of the cost of a mail.
        """
        signed = _payload(ids)
        if purpose in self._timed:
            signed += b"." + _moment(int(time.time() if at is None else at.timestamp()))
        signature = self._signing[purpose].copy()
        signature.update(signed)
        return (signed + b"." + base64_encode(signature.digest())).decode("ascii")

    def read(self, purpose: Purpose, token: str, types: tuple[type, ...]) -> tuple[Any, ...]:
        """The ids of a token made for `purpose`, checked against `types`.

        Raises Expired when it was ours and is too old, NotFound when it was never ours (one answer for every forgery).
        """
        _refuse_other_spellings(token)
        try:
            if purpose.value.max_age is None:
                ids = self._plain[purpose].loads(token)
            else:
                ids = self._timed[purpose].loads(token, max_age=int(purpose.value.max_age.total_seconds()))
        except SignatureExpired as error:
            raise Expired("This link is too old.") from error
        except (BadData, UnicodeError) as error:
            raise NotFound(_FORGED) from error
        return _of_types(ids, types)

    def read_expired(self, purpose: Purpose, token: str, types: tuple[type, ...]) -> tuple[Any, ...]:
        """The ids of a token whatever its age, to offer a fresh one; NotFound if it was never ours."""
        _refuse_other_spellings(token)
        try:
            return _of_types(self._timed[purpose].loads(token), types)
        except (BadData, UnicodeError) as error:
            raise NotFound(_FORGED) from error


@lru_cache(maxsize=64)
def _moment(seconds: int) -> bytes:
    """All rows of a claim have the same date."""
    return base64_encode(int_to_bytes(seconds))


def _payload(ids: Sequence[int | str]) -> bytes:
    """JSON in base64, compressed (and marked by a dot) where that is shorter, as itsdangerous writes it."""
    written = _written(ids)
    if _may_shrink(written):
        compressed = zlib.compress(written)
        if len(compressed) < len(written) - 1:
            return b"." + base64_encode(compressed)
    return base64_encode(written)


def _written(ids: Sequence[int | str]) -> bytes:
    """As JSON without blanks; one or two whole numbers, which most tokens hold, need no encoder for that."""
    if len(ids) == 1 and type(ids[0]) is int:
        return b"[%d]" % ids[0]
    if len(ids) == 2 and type(ids[0]) is type(ids[1]) is int:
        return b"[%d,%d]" % (ids[0], ids[1])
    return _compact(ids).encode()


def _may_shrink(written: bytes) -> bool:
    """Whether compressing can be worth trying; it costs more than all the rest of a token.

    A short text shrinks only by repeating itself, and what zlib adds (RFC 1950, RFC 1951: six octets around, ten bits
    for the block, twelve for each repetition) is not won back before six runs of three octets come again.
    """
    runs = len(written) - 2
    return runs > 28 or (runs > 6 and runs - len({written[at : at + 3] for at in range(runs)}) >= 6)


def _refuse_other_spellings(token: str) -> None:
    """The last character of a base64 signature has bits to spare; only the spelling that we write is ours."""
    signature = token.rpartition(".")[2]
    try:
        ours = base64_encode(base64_decode(signature)).decode() == signature
    except (BadData, UnicodeError):
        ours = False
    if not ours:
        raise NotFound(_FORGED)


def _of_types(ids: Any, types: tuple[type, ...]) -> tuple[Any, ...]:
    if isinstance(ids, list) and [type(one) for one in ids] == list(types):
        return tuple(ids)
    raise NotFound(_FORGED)

"""Passwords: how they are kept (argon2id), compared, and which are refused when they are chosen."""

import secrets
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import Invalid, Problem
from app.models import StaffMember
from app.services.access.weak_passwords import is_weak

MINIMUM = 12
MAXIMUM = 200
_hasher = PasswordHasher(time_cost=3, memory_cost=19456, parallelism=1)
_DUMMY = _hasher.hash(secrets.token_urlsafe())


def hashed(password: str) -> str:
    """What is stored of a password (argon2id; ASVS 11.4.2). The same letters typed on another keyboard are the same."""
    return _hasher.hash(_normal(password))


def fits(stored: str, typed: str) -> bool:
    """Whether this is the password. The work is the same where nothing is stored, so that nobody learns who has one.

    What is longer than any password can be is refused, never cut.
    """
    can_fit = bool(stored) and len(typed) <= MAXIMUM
    try:
        is_right: bool = _hasher.verify(stored if can_fit else _DUMMY, _normal(typed[:MAXIMUM]))
    except (VerificationError, InvalidHashError):
        is_right = False
    return can_fit and is_right


def is_outdated(stored: str) -> bool:
    """Whether it was stored with other parameters than those of today."""
    return _hasher.check_needs_rehash(stored)


def choose(member: StaffMember, password: str, about: Iterable[str] = ()) -> None:
    """Give somebody a new password; `about` are further names that it must not consist of, such as the organisation's.

    Raises Invalid (field "password") saying what to do. There are no rules about kinds of characters (ASVS 6.2.5).
    """
    if not MINIMUM <= len(password) <= MAXIMUM:
        raise Invalid(Problem(f"Choose a password of {MINIMUM} to {MAXIMUM} characters.", field="password"))
    if is_weak(password, [member.name, member.email, *about]):
        words = (
            "This password is easy to guess: it is made of words, names, years or rows of keys that are tried first. "
            "Three or four words that don't belong together make a good one."
        )
        raise Invalid(Problem(words, field="password"))
    member.password_hash = hashed(password)


def _normal(password: str) -> str:
    """One spelling for what looks the same: keyboards compose accents differently (NIST SP 800-63B)."""
    return unicodedata.normalize("NFC", password)

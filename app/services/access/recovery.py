"""Recovery codes: ten on paper, each good once in place of the second factor. They are kept like passwords."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from app.models import RecoveryCode, StaffMember

NUMBER = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 3, 4
_hasher = PasswordHasher(time_cost=3, memory_cost=12288, parallelism=1)


def make(session: Session, member: StaffMember) -> Sequence[str]:
    """Ten new codes of 59 bits each, to be shown once; those from before are void.

    What has less than 112 bits has to be stored as slowly as a password (ASVS 6.5.2), and is in return short enough to
    be typed.
    """
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_member_id == member.id))
    codes = [_new() for _ in range(NUMBER)]
    for code in codes:
        session.add(RecoveryCode(staff_member_id=member.id, code_hash=_hasher.hash(_plain(code)).encode()))
    session.flush()
    return codes


def use(session: Session, member: StaffMember, typed: str, *, now: datetime) -> bool:
    """Whether this is one of the codes that were not used yet; from now on it is."""
    plain = _plain(typed)
    if len(plain) != _GROUPS * _GROUP:
        return False
    for code in session.scalars(_unused(member)):
        if _fits(code, plain):
            used = update(RecoveryCode).where(RecoveryCode.id == code.id, RecoveryCode.used_at.is_(None))
            return session.scalar(used.values(used_at=now).returning(RecoveryCode.id)) is not None
    return False


def left(session: Session, member: StaffMember) -> int:
    """How many can still be used."""
    return session.scalar(select(func.count()).select_from(_unused(member).subquery())) or 0


def _unused(member: StaffMember) -> Select[RecoveryCode]:
    return select(RecoveryCode).where(RecoveryCode.staff_member_id == member.id, RecoveryCode.used_at.is_(None))


def _new() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def _plain(typed: str) -> str:
    """Without what people put between the letters, and in small letters."""
    return "".join(filter(str.isalnum, typed.casefold()))


def _fits(code: RecoveryCode, plain: str) -> bool:
    try:
        return _hasher.verify(code.code_hash, plain)
    except (VerificationError, InvalidHashError):
        return False

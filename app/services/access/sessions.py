"""Who is signed in where. A session is a row; the cookie holds its key, and the row's end is the session's end."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from app.models import StaffMember, StaffSession
from app.settings import Settings

HALF_LIMIT = timedelta(minutes=10)
PROOF = timedelta(minutes=15)
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts: without being used, and at most (ASVS 7.3)."""

    idle: timedelta = timedelta(hours=8)
    absolute: timedelta = timedelta(days=7)

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Those of an installation."""
        return cls(timedelta(minutes=settings.session_idle_minutes), timedelta(days=settings.session_days))


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody signs in: the browser's own name for itself, and the truncated network."""

    user_agent: str = ""
    network: str = ""


def begin(session: Session, member: StaffMember, place: Place, *, now: datetime, is_complete: bool = True) -> str:
    """Begin a session; the answer is its key, for a cookie. One that isn't complete waits for the second factor."""
    key = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            staff_member_id=member.id,
            key_hash=_hash(key),
            created_at=now,
            seen_at=now,
            proved_at=now if is_complete else None,
            is_complete=is_complete,
            user_agent=place.user_agent[:200],
            network=place.network[:64],
        )
    )
    return key


def find(session: Session, key: str, *, now: datetime, limits: Limits = LIMITS) -> StaffSession | None:
    """The session of this key; None if it has ended, was idle for too long, or the account is disabled."""
    found = session.scalar(
        select(StaffSession).options(joinedload(StaffSession.staff_member)).where(StaffSession.key_hash == _hash(key))
    )
    if found is None or not found.staff_member.is_enabled or _is_over(found, now, limits):
        return None
    if now - found.seen_at > _SEEN_EVERY:
        found.seen_at = now
    return found


def complete_ones(
    session: Session, member: StaffMember, *, now: datetime, limits: Limits = LIMITS
) -> Sequence[StaffSession]:
    """Where somebody is signed in, the latest used first."""
    rows = session.scalars(
        select(StaffSession)
        .where(StaffSession.staff_member_id == member.id, StaffSession.is_complete)
        .order_by(StaffSession.seen_at.desc(), StaffSession.id.desc())
    )
    return [row for row in rows if not _is_over(row, now, limits)]


def end(session: Session, key: str) -> None:
    """End a session; its cookie is worth nothing from now on."""
    session.execute(delete(StaffSession).where(StaffSession.key_hash == _hash(key)))


def end_one(session: Session, member: StaffMember, session_id: int) -> bool:
    """End one of somebody's own sessions; whether there was one."""
    its = StaffSession.id == session_id, StaffSession.staff_member_id == member.id
    return session.scalar(delete(StaffSession).where(*its).returning(StaffSession.id)) is not None


def end_all(session: Session, member: StaffMember, *, but: StaffSession | None = None) -> int:
    """End somebody's sessions, except the one that is named; gives how many complete ones ended."""
    theirs = StaffSession.staff_member_id == member.id
    doomed = delete(StaffSession).where(theirs, StaffSession.id != (but.id if but else 0))
    return sum(session.scalars(doomed.returning(StaffSession.is_complete)))


def forget_old(session: Session, member: StaffMember, *, now: datetime, limits: Limits = LIMITS) -> None:
    """Remove somebody's sessions that nobody can use any more."""
    theirs = StaffSession.staff_member_id == member.id
    session.execute(delete(StaffSession).where(theirs, StaffSession.seen_at < now - limits.idle))


def renew(session: Session, entry: StaffSession, *, now: datetime) -> str:
    """Go on under a new key, as proved just now, so that nobody with a copy of the old one has that proof (ASVS 7.2.4).

    Gives the key. The former session is the caller's to end, once the new key has come back: a form that is sent twice
    still holds the old one. The session's age counts on.
    """
    key = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            staff_member_id=entry.staff_member_id,
            key_hash=_hash(key),
            created_at=entry.created_at,
            seen_at=now,
            proved_at=now,
            is_complete=True,
            user_agent=entry.user_agent,
            network=entry.network,
        )
    )
    return key


def is_proved(entry: StaffSession, *, now: datetime) -> bool:
    """Whether that was a short while ago; what is grave asks for it anew (ASVS 7.5)."""
    return entry.proved_at is not None and now - entry.proved_at <= PROOF


def _is_over(entry: StaffSession, now: datetime, limits: Limits) -> bool:
    if not entry.is_complete and now - entry.created_at > HALF_LIMIT:
        return True
    return now - entry.seen_at > limits.idle or now - entry.created_at > limits.absolute


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()

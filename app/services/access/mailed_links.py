"""Links by which staff choose a password: for an invitation, or after forgetting theirs. Thirty minutes, and once."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from app.errors import Expired, NotFound
from app.models import StaffLink, StaffLinkKind, StaffMember
from app.services.access import passwords, sessions

LIFE = timedelta(minutes=30)
MINUTES = int(LIFE.total_seconds()) // 60
MOST_AN_HOUR = 5


def issue(session: Session, member: StaffMember, kind: StaffLinkKind, *, now: datetime) -> str:
    """The key of a new link; those that were sent before end with it, so that only the latest mail works."""
    still_good = StaffLink.staff_member_id == member.id, StaffLink.expires_at > now
    session.execute(update(StaffLink).where(*still_good).values(expires_at=now))
    key = secrets.token_urlsafe(32)
    session.add(
        StaffLink(staff_member_id=member.id, kind=kind, key_hash=_hash(key), created_at=now, expires_at=now + LIFE)
    )
    return key


def were_many(session: Session, member: StaffMember, *, now: datetime) -> bool:
    """Whether so many were asked for in the last hour that no further mail is sent."""
    lately = StaffLink.staff_member_id == member.id, StaffLink.created_at > now - timedelta(hours=1)
    return (session.scalar(select(func.count()).where(*lately)) or 0) >= MOST_AN_HOUR


def find(session: Session, key: str, *, now: datetime) -> StaffLink:
    """The link of this key, held until the transaction's end; looking at it changes nothing.

    Raises NotFound if it was never one of ours, Expired if it was used or is too old, or its owner may not sign in.
    """
    found = session.scalar(
        select(StaffLink)
        .options(joinedload(StaffLink.staff_member, innerjoin=True))
        .where(StaffLink.key_hash == _hash(key))
        .with_for_update(of=StaffLink)
    )
    if found is None:
        raise NotFound("This link is not one of ours. Copy the whole of it out of the mail.")
    if found.used_at is not None:
        raise Expired("This link was used already.")
    if now >= found.expires_at or not found.staff_member.is_enabled:
        raise Expired("This link is too old, or a newer one was sent.")
    return found


def accept(session: Session, link: StaffLink, password: str, *, now: datetime, about: Iterable[str] = ()) -> None:
    """Give the owner of the link this password, use the link up and end all their sessions.

    Nobody is signed in by it, and the second factor stays (ASVS 6.4.3). Raises Invalid (field "password").
    """
    passwords.choose(link.staff_member, password, about)
    link.used_at = now
    sessions.end_all(session, link.staff_member)


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()

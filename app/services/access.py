"""Who may use the console: accounts, passwords (argon2id), and sessions that end when they are told to."""

import hashlib
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from app.errors import Conflict, Forbidden, Invalid, Problem
from app.mail.address import EmailAddress
from app.models import StaffMember, StaffSession

IDLE_LIMIT = timedelta(hours=8)
ABSOLUTE_LIMIT = timedelta(days=7)
MAXIMUM_NAME = 200
MINIMUM_PASSWORD = 12
MAXIMUM_PASSWORD = 200
_SEEN_EVERY = timedelta(minutes=1)
_hasher = PasswordHasher(time_cost=3, memory_cost=19456, parallelism=1)
_DUMMY = _hasher.hash(secrets.token_urlsafe())


def add_staff(session: Session, email: str, name: str, password: str) -> StaffMember:
    """Make an account; raises Invalid for a bad address, name or password, Conflict if the address has one."""
    address = EmailAddress.parse(email)
    name = name.strip()
    if not name.isprintable() or not 0 < len(name) <= MAXIMUM_NAME:
        raise Invalid(Problem(f"Give a name of at most {MAXIMUM_NAME} characters, on one line.", field="name"))
    if not MINIMUM_PASSWORD <= len(password) <= MAXIMUM_PASSWORD:
        raise Invalid(
            Problem(f"Choose a password of {MINIMUM_PASSWORD} to {MAXIMUM_PASSWORD} characters.", field="password")
        )
    if session.scalar(select(StaffMember.id).where(StaffMember.identity == address.identity)):
        raise Conflict(f"{address} has an account already.")
    member = StaffMember(email=address.text, identity=address.identity, name=name, password_hash=_hasher.hash(password))
    session.add(member)
    session.flush()
    return member


def sign_in(session: Session, email: str, password: str, *, now: datetime, user_agent: str = "") -> str:
    """Check a password and begin a session; the answer is its key, to be kept in a cookie.

    Raises Forbidden with the same words, after the same work, whatever was wrong.
    """
    member = _by_email(session, email)
    try:
        fits: bool = _hasher.verify(member.password_hash if member else _DUMMY, password[:MAXIMUM_PASSWORD])
    except VerificationError:
        fits = False
    if member is None or not fits or not member.is_enabled:
        raise Forbidden("The address or the password is wrong.")
    key = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            staff_member_id=member.id,
            key_hash=_hash(key),
            created_at=now,
            seen_at=now,
            user_agent=user_agent[:200],
        )
    )
    return key


def signed_in(session: Session, key: str, *, now: datetime) -> StaffMember | None:
    """Whose session this is; None if it has ended, was idle for too long, or the account is disabled."""
    found = session.scalar(
        select(StaffSession).options(joinedload(StaffSession.staff_member)).where(StaffSession.key_hash == _hash(key))
    )
    if found is None or not found.staff_member.is_enabled:
        return None
    if now - found.seen_at > IDLE_LIMIT or now - found.created_at > ABSOLUTE_LIMIT:
        return None
    if now - found.seen_at > _SEEN_EVERY:
        found.seen_at = now
    return found.staff_member


def sign_out(session: Session, key: str) -> None:
    """End a session; its cookie is worth nothing from now on."""
    session.execute(delete(StaffSession).where(StaffSession.key_hash == _hash(key)))


def _by_email(session: Session, email: str) -> StaffMember | None:
    try:
        identity = EmailAddress.parse(email).identity
    except Invalid:
        return None
    return session.scalar(select(StaffMember).where(StaffMember.identity == identity))


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()

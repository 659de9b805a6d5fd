"""Signing in with a password: the first step, and the only one for who has no second factor."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.errors import Forbidden
from app.models import StaffMember
from app.services.access import accounts, passwords, second_factor, sessions
from app.services.access.sessions import LIMITS, Limits, Place

NOWHERE = Place()


def sign_in(
    session: Session, email: str, password: str, *, now: datetime, place: Place = NOWHERE, limits: Limits = LIMITS
) -> str:
    """Check a password and begin a session; the answer is its key, to be kept in a cookie.

    The session isn't complete if the account has a second factor. Raises Forbidden with the same words, after the same
    work, whatever was wrong.
    """
    member = accounts.find(session, email)
    is_right = passwords.fits(member.password_hash if member else "", password)
    if member is None or not is_right or not member.is_enabled:
        raise Forbidden("The address or the password is wrong.")
    if passwords.is_outdated(member.password_hash):
        member.password_hash = passwords.hashed(password)
    sessions.forget_old(session, member, now=now, limits=limits)
    return sessions.begin(session, member, place, now=now, is_complete=not second_factor.is_set_up(session, member))


def signed_in(session: Session, key: str, *, now: datetime) -> StaffMember | None:
    """Whose session this is; None if it has ended or waits for a second factor, or the account is disabled."""
    found = sessions.find(session, key, now=now)
    return found.staff_member if found and found.is_complete else None

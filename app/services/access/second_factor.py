"""The second factor as a whole: whether somebody has one, and how all of it is taken away."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.models import Passkey, RecoveryCode, StaffMember
from app.services.access import sessions


def is_set_up(session: Session, member: StaffMember) -> bool:
    """Whether the account has an authenticator app or a passkey."""
    return member.totp_secret is not None or has_passkey(session, member)


def has_passkey(session: Session, member: StaffMember) -> bool:
    """Whether the account has a passkey."""
    return session.scalar(select(Passkey.id).where(Passkey.staff_member_id == member.id).limit(1)) is not None


def tidy(session: Session, member: StaffMember) -> None:
    """Forget recovery codes that recover nothing any more."""
    if not is_set_up(session, member):
        session.execute(delete(RecoveryCode).where(RecoveryCode.staff_member_id == member.id))


def remove(session: Session, member: StaffMember) -> None:
    """Take all of it away, for somebody whose telephone is lost, and end their sessions."""
    member.totp_secret = member.totp_step = None
    session.execute(delete(Passkey).where(Passkey.staff_member_id == member.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_member_id == member.id))
    sessions.end_all(session, member)

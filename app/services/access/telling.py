"""The letters about accounts: the link to a new password, and the news that something about one's account changed."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.models import LetterKind, StaffLinkKind, StaffMember
from app.services import letters
from app.services.access import mailed_links
from app.services.editions import Press


def invite(session: Session, press: Press, member: StaffMember, *, invited_by: str, now: datetime) -> None:
    """Mail the link by which somebody chooses their first password."""
    key = mailed_links.issue(session, member, StaffLinkKind.INVITATION, now=now)
    link_url = press.links.staff_link(key)
    letters.write(
        session,
        press,
        LetterKind.INVITATION,
        member,
        now,
        link_url=link_url,
        minutes=mailed_links.MINUTES,
        invited_by=invited_by,
    )


def send_reset(session: Session, press: Press, member: StaffMember, *, now: datetime) -> None:
    """Mail the link by which somebody chooses a new password."""
    key = mailed_links.issue(session, member, StaffLinkKind.RESET, now=now)
    link_url = press.links.staff_link(key)
    letters.write(session, press, LetterKind.RESET, member, now, link_url=link_url, minutes=mailed_links.MINUTES)


def tell(session: Session, press: Press, member: StaffMember, heading: str, what: str, *, now: datetime) -> None:
    """Mail somebody what was changed about their account, and what to do if it wasn't them (ASVS 6.3.7)."""
    letters.write(
        session,
        press,
        LetterKind.ALERT,
        member,
        now,
        heading=heading,
        paragraphs=[
            what,
            "If it was you, or an admin whom you asked, there is nothing to do. If not, choose a new password at once, "
            "sign out everywhere in “My account”, and tell an admin.",
        ],
        link_url=f"{press.links.console()}account",
        link_words="My account",
    )

"""Changing what somebody is to the press office, as another admin would."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.models import Role, StaffMember
from tests.flows.press_office import ADDRESS


def become(session: Session, role: str, address: str = ADDRESS) -> None:
    """Give a member of staff another role; their session goes on."""
    session.execute(update(StaffMember).where(StaffMember.email == address).values(role=Role(role)))
    session.commit()

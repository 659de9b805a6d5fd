"""Colleagues, their telephones and their letters, for the tests of staff accounts."""

import email
import email.policy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pyotp
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import utc_now
from app.models import AuditEntry, Letter, LetterKind, Role, StaffMember
from app.services import access
from tests.flows.press_office import Page, PressOffice

COLLEAGUE, COLLEAGUES_PASSWORD = "tom@opendoors.example", "ramp lantern violet"


def colleague(session: Session, role: Role = Role.AUTHOR, address: str = COLLEAGUE) -> StaffMember:
    """Somebody else with an account."""
    made = access.add_staff(session, address, "Tom Berg", COLLEAGUES_PASSWORD, role=role)
    session.commit()
    return made


def letters(session: Session, kind: LetterKind | None = None) -> list[Letter]:
    """What was written to staff, oldest first."""
    session.rollback()
    found = session.scalars(select(Letter).order_by(Letter.id))
    return [letter for letter in found if kind in {None, letter.kind}]


def text_of(letter: Letter) -> str:
    """What the letter says."""
    message = email.message_from_bytes(letter.content, policy=email.policy.default)
    return str(message.get_body(("plain",)).get_content())


def link_in(letter: Letter) -> str:
    """The path of the link to a password."""
    found = re.search(r"https?://[^/\s]+(/console/link/\S+)", text_of(letter))
    assert found, text_of(letter)
    return found[1]


def actions(session: Session) -> list[str]:
    """What the audit log says was done, oldest first."""
    session.rollback()
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


class Telephone:
    """An authenticator app."""

    def __init__(self, key: str) -> None:
        self._codes = pyotp.TOTP(key)

    def shows(self) -> str:
        return self._codes.at(utc_now())


def set_up_app(office: PressOffice) -> tuple[Telephone, list[str]]:
    """Turn the second factor on; gives the app and the recovery codes."""
    page = office.open("/console/account/codes")
    app = Telephone(page.html.select_one("code.key").get_text().replace(" ", ""))
    page = page.press("Switch it on", code=app.shows())
    return app, codes_on(page)


def codes_on(page: Page) -> list[str]:
    """The recovery codes that a page shows."""
    return [code.get_text() for code in page.html.select(".codes code")]


@contextmanager
def clock() -> Iterator["Clock"]:
    """A clock that stands still until it is moved."""
    with time_machine.travel(utc_now(), tick=False) as hands:
        yield Clock(hands)


class Clock:
    def __init__(self, hands: Any) -> None:
        self._hands = hands

    def forward(self, **time: float) -> None:
        self._hands.shift(timedelta(**time))

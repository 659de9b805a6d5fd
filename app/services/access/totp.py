"""Codes of an authenticator app (TOTP, RFC 6238): six digits, thirty seconds, one step early or late, each once."""

import secrets
from datetime import datetime

import pyotp
import segno
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from app.errors import Invalid, NotFound, Problem
from app.models import StaffMember
from app.services.access.sealed import Safe

STEP = 30
DIGITS = 6
SET_UP_WITHIN = 3600
_NEIGHBOURS = (0, -1, 1)


def new_secret() -> str:
    """A secret of 160 bits in base32, as RFC 4226 section 4 recommends."""
    return pyotp.random_base32()


def address(secret: str, member: StaffMember, organisation: str) -> str:
    """What the app reads from the drawing: the secret, and under which name it shows its codes."""
    return pyotp.TOTP(secret).provisioning_uri(name=member.email, issuer_name=organisation.replace(":", " "))


def drawing(text: str) -> str:
    """A QR code as SVG for a page: black on white in any colour scheme, without style attributes."""
    return segno.make(text, error="m").svg_inline(
        omitsize=True, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None
    )


def in_groups(secret: str) -> str:
    """The secret as people type it: four characters at a time."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def hand_out(safe: Safe, member: StaffMember, secret: str) -> str:
    """The secret for a hidden field of the form that sets it up, readable by us alone and for this person."""
    return safe.seal(f"{member.id} {secret}").decode()


def take_back(safe: Safe, member: StaffMember, handed_out: str) -> str:
    """The secret of such a field; raises NotFound if it is another's or too old."""
    owner, _, secret = safe.open(handed_out.encode("utf-8", "replace"), within=SET_UP_WITHIN).partition(" ")
    if owner != str(member.id) or not secret:
        raise NotFound("This was made for somebody else.")
    return secret


def set_up(session: Session, safe: Safe, member: StaffMember, secret: str, code: str, *, now: datetime) -> None:
    """Turn the codes on, once the app shows the right one; raises Invalid (field "code")."""
    step = step_of(secret, code, now)
    if step is None:
        words = (
            f"This is not the code that the app should show now. Type the {DIGITS} digits that it shows at this "
            "moment; if it goes on, look whether the telephone's clock is right."
        )
        raise Invalid(Problem(words, field="code"))
    member.totp_secret, member.totp_step = safe.seal(secret), step
    session.flush()


def accept(session: Session, safe: Safe, member: StaffMember, code: str, *, now: datetime) -> bool:
    """Whether this is a code of now that was not used before; it can't be used again, not even at the same moment."""
    if member.totp_secret is None:
        return False
    try:
        secret = safe.open(member.totp_secret)
    except NotFound:
        return False
    step = step_of(secret, code, now)
    if step is None:
        return False
    unused = or_(StaffMember.totp_step.is_(None), StaffMember.totp_step < step)
    taken = session.scalar(
        update(StaffMember)
        .where(StaffMember.id == member.id, unused)
        .values(totp_step=step, totp_secret=safe.renewed(member.totp_secret))
        .returning(StaffMember.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(member)
    return taken is not None


def switch_off(member: StaffMember) -> None:
    """Forget the secret."""
    member.totp_secret = member.totp_step = None


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is: that of now, the one before or the one after; None if it is another's."""
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    generator, current = pyotp.TOTP(secret, digits=DIGITS, interval=STEP), int(now.timestamp()) // STEP
    matching = [n for n in _NEIGHBOURS if secrets.compare_digest(generator.generate_otp(current + n), typed)]
    return current + matching[0] if matching else None

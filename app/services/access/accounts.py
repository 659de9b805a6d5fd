"""Accounts of the press office: made, invited, found, given another role, disabled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, NotFound, Problem
from app.mail.address import EmailAddress
from app.models import AuditEntry, Passkey, Role, StaffMember, StaffSession
from app.services.access import passwords, sessions

MAXIMUM_NAME = 200
SIGNED_IN = "staff.sign_in"


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff as the list shows them; `seen_at` is when they last signed in or used a page."""

    member: StaffMember
    has_second_factor: bool
    seen_at: datetime | None


def add_staff(
    session: Session, email: str, name: str, password: str, *, role: Role = Role.ADMIN, about: Iterable[str] = ()
) -> StaffMember:
    """Make an account; raises Invalid for a bad address, name or password, Conflict if the address has one."""
    member = _new(session, email, name, role)
    passwords.choose(member, password, about)
    session.add(member)
    session.flush()
    return member


def invite(session: Session, email: str, name: str, role: Role) -> StaffMember:
    """Make an account whose owner chooses the password by a mailed link; raises what `add_staff` raises."""
    member = _new(session, email, name, role)
    session.add(member)
    session.flush()
    return member


def find(session: Session, email: str) -> StaffMember | None:
    """Whose address this is; None if it is nobody's, or no address."""
    try:
        identity = EmailAddress.parse(email).identity
    except Invalid:
        return None
    return session.scalar(select(StaffMember).where(StaffMember.identity == identity))


def came_from(session: Session, email: str, *, since: datetime) -> Sequence[str]:
    """From which network addresses the owner of an account signed in since then; nowhere if it is nobody's.

    One question to the database, whoever's address it is, so that the time tells nothing.
    """
    try:
        identity = EmailAddress.parse(email).identity
    except Invalid:
        return []
    signed_in = AuditEntry.action == SIGNED_IN, AuditEntry.at >= since, StaffMember.identity == identity
    owned = select(AuditEntry.network).join(StaffMember, StaffMember.id == AuditEntry.staff_member_id)
    return session.scalars(owned.where(*signed_in).distinct()).all()


def get(session: Session, staff_id: int) -> StaffMember:
    """A member of staff; raises NotFound."""
    member = session.get(StaffMember, staff_id)
    if member is None:
        raise NotFound("There is no such member of staff.")
    return member


def every(session: Session) -> Sequence[Colleague]:
    """Everybody who has an account, by name; who can't sign in any more comes last."""
    has_passkey = exists().where(Passkey.staff_member_id == StaffMember.id)
    used = select(func.max(StaffSession.seen_at)).where(StaffSession.staff_member_id == StaffMember.id)
    signed_in = select(func.max(AuditEntry.at)).where(
        AuditEntry.staff_member_id == StaffMember.id, AuditEntry.action == SIGNED_IN
    )
    rows = session.execute(
        select(
            StaffMember,
            or_(StaffMember.totp_secret.is_not(None), has_passkey),
            func.greatest(used.scalar_subquery(), signed_in.scalar_subquery()),
        ).order_by(StaffMember.is_enabled.desc(), func.lower(StaffMember.name), StaffMember.id)
    )
    return [Colleague(*row) for row in rows]


def has_admin(session: Session) -> bool:
    """Whether anybody can let others in."""
    return session.scalar(select(StaffMember.id).where(_is_admin()).limit(1)) is not None


def change_role(session: Session, member: StaffMember, role: Role, *, by: StaffMember | None) -> Role:
    """Give somebody another role, and end their sessions; gives the former one.

    Raises Conflict if it is one's own, or the last admin's. `by` is None on the command line.
    """
    former = member.role
    if role is former:
        return former
    if by is not None and by.id == member.id:
        raise Conflict("Nobody changes their own role. Ask another admin.")
    if former is Role.ADMIN:
        _keep_an_admin(session, member)
    member.role = role
    sessions.end_all(session, member)
    return former


def disable(session: Session, member: StaffMember, *, by: StaffMember | None) -> None:
    """Keep somebody out from now on; raises Conflict for oneself and for the last admin."""
    if by is not None and by.id == member.id:
        raise Conflict("Nobody disables their own account. Ask another admin.")
    _keep_an_admin(session, member)
    member.is_enabled = False
    sessions.end_all(session, member)


def enable(member: StaffMember) -> None:
    """Let somebody in again, with the password and second factor that they had."""
    member.is_enabled = True


def _new(session: Session, email: str, name: str, role: Role) -> StaffMember:
    address = EmailAddress.parse(email)
    name = name.strip()
    if not name.isprintable() or not 0 < len(name) <= MAXIMUM_NAME:
        raise Invalid(Problem(f"Give a name of at most {MAXIMUM_NAME} characters, on one line.", field="name"))
    if session.scalar(select(StaffMember.id).where(StaffMember.identity == address.identity)):
        raise Conflict(f"{address} has an account already.")
    return StaffMember(email=address.text, identity=address.identity, name=name, role=role, password_hash="")


def _keep_an_admin(session: Session, member: StaffMember) -> None:
    """Somebody else has to be able to let people in. The rows are held: two admins may act on each other at once."""
    admins = session.scalars(select(StaffMember.id).where(_is_admin()).order_by(StaffMember.id).with_for_update())
    if set(admins) <= {member.id}:
        raise Conflict("This is the last admin. Make somebody else admin first.")


def _is_admin() -> ColumnElement[bool]:
    return and_(StaffMember.role == Role.ADMIN, StaffMember.is_enabled)

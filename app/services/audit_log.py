"""Looking at the audit log: filtered, a page at a time, newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.models import AuditEntry, StaffMember

PAGE_SIZE = 50
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries are meant; what is empty doesn't matter.

    `who` is a part of an address or of the name that a member of staff has today, `thing` one of what stands there,
    whatever their case; `since` belongs to it and `until` does not.
    """

    who: str = ""
    action: str = ""
    thing: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_any(self) -> bool:
        """Whether anything is filtered."""
        return any((self.who, self.action, self.thing, self.since, self.until))


@dataclass(frozen=True, slots=True)
class Found:
    """One page of entries, and how many entries and pages there are."""

    entries: Sequence[AuditEntry]
    total: int
    page: int
    pages: int


def search(session: Session, filters: Filters, page: int = 1) -> Found:
    """A page of entries, newest first; a page beyond the last one is the last one."""
    meant = _meant(filters)
    total = session.scalar(select(func.count()).select_from(AuditEntry).where(*meant)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    wanted = select(AuditEntry).where(*meant).order_by(AuditEntry.id.desc())
    entries = session.scalars(wanted.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    return Found(entries, total, page, pages)


def total(session: Session) -> int:
    """How many entries there are."""
    return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def everything(session: Session, filters: Filters) -> Iterator[AuditEntry]:
    """All entries that are meant, newest first, read as they are needed."""
    wanted = select(AuditEntry).where(*_meant(filters)).order_by(AuditEntry.id.desc())
    yield from session.scalars(wanted.execution_options(yield_per=_AT_ONCE))


def about(session: Session, object_type: str, object_id: str, limit: int = PAGE_SIZE) -> Sequence[AuditEntry]:
    """The last entries about one object, newest first."""
    theirs = AuditEntry.object_type == object_type, AuditEntry.object_id == object_id
    return session.scalars(select(AuditEntry).where(*theirs).order_by(AuditEntry.id.desc()).limit(limit)).all()


def count_of(session: Session, member: StaffMember, action: str, *, since: datetime) -> int:
    """How often somebody has done something since then; `action` is a pattern as LIKE reads it."""
    theirs = AuditEntry.staff_member_id == member.id, AuditEntry.action.like(action), AuditEntry.at >= since
    return session.scalar(select(func.count()).select_from(AuditEntry).where(*theirs)) or 0


def _meant(filters: Filters) -> list[ColumnElement[bool]]:
    meant: list[ColumnElement[bool]] = []
    if filters.who:
        named = select(StaffMember.id).where(StaffMember.name.icontains(filters.who, autoescape=True))
        address = AuditEntry.who.icontains(filters.who, autoescape=True)
        meant.append(or_(address, AuditEntry.staff_member_id.in_(named)))
    if filters.action:
        meant.append(AuditEntry.action == filters.action)
    if filters.thing:
        names = (AuditEntry.object_name, AuditEntry.object_id)
        meant.append(or_(*(name.icontains(filters.thing, autoescape=True) for name in names)))
    if filters.since is not None:
        meant.append(AuditEntry.at >= filters.since)
    if filters.until is not None:
        meant.append(AuditEntry.at < filters.until)
    return meant

"""The audit log: every act of staff is one row, chained to the one before by a hash."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import AuditEntry, StaffMember

_LOCK = 0x0A0D17
_FIRST = b"\0" * 32


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff, or nobody who is signed in (`who` says what then, such as "command line")."""

    who: str
    staff_member_id: int | None = None
    network: str = ""

    @classmethod
    def of(cls, member: StaffMember, network: str = "") -> "Actor":
        """A member of staff, at a network address."""
        return cls(member.email, member.id, network)


@dataclass(frozen=True, slots=True)
class Thing:
    """What was acted on: its kind, its id, and its name then; never a secret, never a subscriber's address."""

    type: str = ""
    id: str = ""
    name: str = ""


NOTHING = Thing()


def record(
    session: Session,
    actor: Actor,
    action: str,
    thing: Thing = NOTHING,
    *,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one act down, in the transaction of the act itself, so that there is neither without the other.

    `action` is a word and a verb, such as "campaign.approve"; `details` must be what JSON can say. One at a time until
    the commit: each row is chained to the one before.
    """
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    before = session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)) or _FIRST
    entry = AuditEntry(
        at=now,
        staff_member_id=actor.staff_member_id,
        who=actor.who,
        action=action,
        object_type=thing.type,
        object_id=thing.id,
        object_name=thing.name,
        details=dict(details or {}),
        network=actor.network,
    )
    entry.hash = _hash(before, entry)
    session.add(entry)
    session.flush()


def broken(session: Session, *, newest: int | None = None) -> Iterator[int]:
    """The ids of the rows before which something was removed or changed, oldest first; none if all is as it was.

    With `newest`, only so many of the last rows are looked at, and the one before them is trusted.
    """
    before, wanted = _FIRST, select(AuditEntry).order_by(AuditEntry.id)
    if newest is not None:
        trusted = select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).offset(newest).limit(1)
        if (row := session.execute(trusted).first()) is not None:
            before, wanted = row.hash, wanted.where(AuditEntry.id > row.id)
    for entry in session.scalars(wanted.execution_options(yield_per=1000)):
        if entry.hash != _hash(before, entry):
            yield entry.id
        before = entry.hash


def seal(session: Session) -> str:
    """The newest row's hash; whoever noted it can tell later that neither this row nor one before was removed."""
    newest = session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1))
    return newest.hex() if newest is not None else ""


def has_seal(session: Session, noted: str) -> bool:
    """Whether the row of a seal that was noted before is still there."""
    try:
        wanted = bytes.fromhex(noted)
    except ValueError:
        return False
    return session.scalar(select(AuditEntry.id).where(AuditEntry.hash == wanted).limit(1)) is not None


def _hash(before: bytes, entry: AuditEntry) -> bytes:
    words = [
        entry.at.timestamp(),
        entry.staff_member_id,
        entry.who,
        entry.action,
        entry.object_type,
        entry.object_id,
        entry.object_name,
        entry.details,
        entry.network,
    ]
    return hashlib.sha256(before + json.dumps(words, sort_keys=True, ensure_ascii=True).encode()).digest()

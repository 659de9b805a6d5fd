"""Whether the consent log is as it was written: each person's steps are a chain, each sealed with the one before.

The database seals them (`consent_digest`), and compares them in here, all people at once. Steps are followed by their
seals and not by their numbers: of two that are added at the same moment the second may get the smaller number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BigInteger, ColumnElement, Select, Table, and_, func, null, or_, select, type_coerce, union_all
from sqlalchemy.orm import Session, aliased

from app.models import ConsentEvent, Subscriber

Whose = Callable[[Any], list[ColumnElement[bool]]]


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a chain is broken: in this step or right before it; without a step, after the last one that is there."""

    subscriber_id: int
    event_id: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: how many steps of how many people it looked at, the broken places, and the first of them."""

    people: int
    steps: int
    faults: int = 0
    first: Fault | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed, added or removed, as far as was looked."""
        return self.faults == 0


def check(session: Session, *, subscriber_id: int | None = None, newest: int | None = None) -> Verdict:
    """Look at the log of one person, of those who took the `newest` steps, or of everybody.

    A step that was changed, added or removed behind the service's back shows. That somebody who rules the database
    sealed all of a person's steps anew shows only beside a copy, such as a printed page of evidence.
    """
    whose = _whose(subscriber_id, newest)
    number, people = session.execute(
        select(func.count(), func.count(ConsentEvent.subscriber_id.distinct())).where(
            *whose(ConsentEvent.subscriber_id)
        )
    ).one()
    found = union_all(_broken(whose), _cut_off(whose)).subquery()
    first = session.execute(
        select(found.c.subscriber_id, found.c.event_id, func.count().over().label("faults"))
        .order_by(found.c.event_id.nulls_last(), found.c.subscriber_id)
        .limit(1)
    ).first()
    if first is None:
        return Verdict(people, number)
    return Verdict(people, number, first.faults, Fault(first.subscriber_id, first.event_id))


def total(session: Session) -> int:
    """How many steps there are."""
    return session.scalar(select(func.count()).select_from(ConsentEvent)) or 0


def _whose(subscriber_id: int | None, newest: int | None) -> Whose:
    if subscriber_id is not None:
        return lambda column: [column == subscriber_id]
    if newest is not None:
        latest = select(ConsentEvent.subscriber_id).order_by(ConsentEvent.id.desc()).limit(newest).subquery()
        return lambda column: [column.in_(select(latest.c.subscriber_id))]
    return lambda column: []


def _broken(whose: Whose) -> Select[Any, Any]:
    """Steps that don't fit their seal, that follow none of the same person, or that follow one another step follows."""
    event = cast(Table, ConsentEvent.__table__)
    same_place = (event.c.subscriber_id, event.c.previous_hash)
    step = (
        select(
            event.c.id,
            event.c.subscriber_id,
            event.c.previous_hash,
            event.c.hash.is_distinct_from(func.consent_digest(event.table_valued())).label("is_changed"),
            func.row_number().over(partition_by=same_place, order_by=event.c.id).label("place"),
        )
        .where(*whose(event.c.subscriber_id))
        .subquery()
    )
    before = aliased(ConsentEvent)
    is_next = and_(before.subscriber_id == step.c.subscriber_id, before.hash == step.c.previous_hash)
    is_torn = and_(step.c.previous_hash.is_not(None), before.id.is_(None))
    return (
        select(step.c.subscriber_id, step.c.id.label("event_id"))
        .outerjoin(before, is_next)
        .where(or_(step.c.is_changed, is_torn, step.c.place > 1))
    )


def _cut_off(whose: Whose) -> Select[Any, Any]:
    """People whose last step is not the one that their own row names."""
    head, last = Subscriber.consent_head, func.bool_or(ConsentEvent.hash == Subscriber.consent_head)
    goes_on = func.bool_or(ConsentEvent.previous_hash == Subscriber.consent_head)
    has_any = or_(func.count(ConsentEvent.id) > 0, head.is_not(None))
    return (
        select(Subscriber.id.label("subscriber_id"), type_coerce(null(), BigInteger).label("event_id"))
        .outerjoin(ConsentEvent, ConsentEvent.subscriber_id == Subscriber.id)
        .where(*whose(Subscriber.id))
        .group_by(Subscriber.id)
        .having(and_(has_any, or_(~func.coalesce(last, False), func.coalesce(goes_on, False))))
    )

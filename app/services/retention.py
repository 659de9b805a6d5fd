"""Letting go of what nobody needs any more (GDPR article 5(1)(e)): each rule finds what is old, some at a time.

The rules stand in `retention_rules`. Whatever is done is done for good and may be repeated without effect; what a rule
leaves counts as it did before.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from app.models import Subscriber
from app.services import site, subscribers
from app.services.retention_periods import Periods
from app.services.retention_rules import RULES, Rule
from app.settings import Settings

AT_ONCE = 1000
Begin = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction that is committed at its end."""


def periods(session: Session, settings: Settings) -> Periods:
    """How long everything is kept, as staff have set it."""
    return Periods.of(site.get(session, settings), settings)


def run(begin: Begin, settings: Settings, *, now: datetime) -> Mapping[Rule, int]:
    """Apply every rule, each batch in a transaction of its own; gives how much each let go."""
    with begin() as session:
        kept = periods(session, settings)
    return {rule: _apply(begin, rule, kept, now) for rule in RULES}


def look(session: Session, settings: Settings, *, now: datetime) -> Mapping[Rule, int]:
    """How much each rule would let go now, without doing it."""
    kept = periods(session, settings)
    return {
        rule: session.scalar(select(func.count()).select_from(rule.due(kept, now).subquery())) or 0 for rule in RULES
    }


def _apply(begin: Begin, rule: Rule, kept: Periods, now: datetime) -> int:
    number = last = 0
    while True:
        due = rule.due(kept, now)
        (key,) = due.selected_columns
        with begin() as session:
            ids = session.scalars(due.where(key > last).order_by(key).limit(AT_ONCE)).all()
            if not ids:
                return number
            rule.let_go(session, _still_due(session, due, key, ids), now)
        number, last = number + len(ids), ids[-1]


def _still_due(session: Session, due: Select[Any], key: ColumnElement[int], ids: Sequence[int]) -> Sequence[int]:
    """Those of these that are due now that nobody else can change them: somebody may have confirmed in between."""
    if key.compare(Subscriber.__table__.c.id):
        subscribers.all_locked(session, *ids)
        return session.scalars(due.where(key.in_(ids)).order_by(key)).all()
    return ids

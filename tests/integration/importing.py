"""Imports for tests: a list begun, and worked on until it waits for somebody."""

import io
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import ImportReader, ImportRow, SubscriberImport, Subscription
from app.services.imports import beginning, course
from app.services.imports.beginning import Plan
from app.services.imports.course import Step
from app.settings import Settings
from tests import factories

PLAN = {
    "source": "our list at Mailchimp",
    "consented_on": date(2024, 5, 31),
    "basis": "ticked the box on our website",
    "language": "en",
}


def begin(
    session: Session,
    content: str,
    *slugs: str,
    reader: ImportReader = ImportReader.CSV,
    name: str = "list.csv",
    staff_id: int | None = None,
    **changes: str,
) -> SubscriberImport:
    """Store a list for these topics ("statements" if none is named)."""
    found = [factories.topic(session, slug) for slug in slugs or ("statements",)]
    plan = Plan(reader=reader, topics=found, **{**PLAN, **changes})
    return beginning.begin(session, plan, io.BytesIO(content.encode()), name, staff_id=staff_id)


def work(session: Session, settings: Settings, made: SubscriberImport) -> int:
    """Do steps until there are none; gives their number."""
    steps = 1
    while course.go_on(session, settings, made.id, now=factories.NOW) is Step.MORE:
        steps += 1
    session.expire_all()
    return steps


def read(session: Session, settings: Settings, content: str, *slugs: str, **changes: object) -> SubscriberImport:
    """A list that was read."""
    made = begin(session, content, *slugs, **changes)
    work(session, settings, made)
    return course.get(session, made.id)


def applied(session: Session, settings: Settings, content: str, *slugs: str, **changes: object) -> SubscriberImport:
    """A list that was applied."""
    made = read(session, settings, content, *slugs, **changes)
    course.apply(session, made.id)
    work(session, settings, made)
    return course.get(session, made.id)


def rows(session: Session, made: SubscriberImport) -> dict[str, tuple[str, str]]:
    """Verdict and reason of each line, by its address."""
    found = session.scalars(select(ImportRow).where(ImportRow.import_id == made.id).order_by(ImportRow.line))
    return {row.address: (row.verdict.value, row.reason) for row in found}


def standing(session: Session, subscriber_id: int) -> dict[int, str]:
    """Where somebody stands with each topic."""
    found = session.scalars(select(Subscription).where(Subscription.subscriber_id == subscriber_id))
    return {row.topic_id: row.state.value for row in found}

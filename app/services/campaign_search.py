"""Finding campaigns again: by words of their subject or statement and by state, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.models import Campaign, CampaignState, Statement

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; what is empty doesn't matter."""

    words: str = ""
    state: CampaignState | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of campaigns, newest first, and how many campaigns and pages there are."""

    campaigns: Sequence[Campaign]
    total: int
    page: int
    pages: int


def search(session: Session, meant: Search, page: int = 1) -> Found:
    """A page of what is meant; one beyond the last is the last."""
    conditions = _conditions(meant)
    matching = select(Campaign).join(Campaign.statement).where(*conditions)
    total = session.scalar(select(func.count()).select_from(matching.subquery())) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    wanted = matching.options(joinedload(Campaign.statement)).order_by(Campaign.id.desc())
    found = session.scalars(wanted.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    return Found(found, total, page, pages)


def _conditions(meant: Search) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if words := meant.words.strip():
        conditions.append(
            or_(Campaign.subject.icontains(words, autoescape=True), Statement.title.icontains(words, autoescape=True))
        )
    if meant.state is not None:
        conditions.append(Campaign.state == meant.state)
    return conditions

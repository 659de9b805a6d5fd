"""Finding statements again: by id or address, in the archive, and by what staff remember of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from app.errors import NotFound
from app.models import Statement, StatementState, Topic, Translation, statement_topics

PAGE_SIZE = 20
MOST_WORDS = 10


@dataclass(frozen=True, slots=True)
class Search:
    """What staff look for: words in the title or text of any language, and where they look; empty means everywhere."""

    words: str = ""
    state: StatementState | None = None
    language: str = ""
    since: date | None = None
    until: date | None = None
    topic_id: int | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Search()


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found, last changed first."""

    statements: Sequence[Statement]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are; one at least."""
        return -(-self.total // PAGE_SIZE) or 1


def get(session: Session, statement_id: int) -> Statement:
    """The statement with this id; raises NotFound."""
    statement = session.get(Statement, statement_id)
    if statement is None:
        raise NotFound("This statement does not exist.")
    return statement


def by_slug(session: Session, slug: str) -> Statement:
    """The statement with this slug, draft or not; raises NotFound."""
    statement = session.scalar(select(Statement).where(Statement.slug == slug))
    if statement is None:
        raise NotFound(f"There is no statement called “{slug}”.")
    return statement


def get_published(session: Session, slug: str) -> Statement:
    """The published statement at this address; raises NotFound for drafts and withdrawn ones too."""
    statement = at_address(session, slug)
    if statement.state is not StatementState.PUBLISHED:
        raise NotFound("There is no statement at this address.")
    return statement


def at_address(session: Session, slug: str) -> Statement:
    """The statement that is, or was, to be seen at this address; raises NotFound for drafts."""
    shown = Statement.state.in_([StatementState.PUBLISHED, StatementState.WITHDRAWN])
    statement = session.scalar(select(Statement).where(Statement.slug == slug, shown))
    if statement is None:
        raise NotFound("There is no statement at this address.")
    return statement


def newest(session: Session, limit: int = 100) -> Sequence[Statement]:
    """All statements for the console, last changed first."""
    return session.scalars(_last_changed_first(select(Statement)).limit(limit)).all()


def search(session: Session, wanted: Search, page: int = 1) -> Found:
    """One page of the statements that fit, in all states and languages, last changed first."""
    fitting = select(Statement).where(*_conditions(wanted))
    total = session.scalar(select(func.count()).select_from(fitting.subquery())) or 0
    page = min(max(page, 1), -(-total // PAGE_SIZE) or 1)
    rows = _last_changed_first(fitting).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    loaded = rows.options(selectinload(Statement.topics), selectinload(Statement.translations))
    return Found(session.scalars(loaded).all(), total, page)


def languages_in_use(session: Session) -> list[str]:
    """The languages that there are statements in, in the order of their tags."""
    used = select(Statement.language).union(select(Translation.language))
    return sorted(session.scalars(used))


def archive(session: Session, topic: Topic | None = None, page: int = 1) -> tuple[Sequence[Statement], int]:
    """One page of published statements, newest first, and how many there are in all."""
    found = select(Statement).where(Statement.state == StatementState.PUBLISHED)
    if topic is not None:
        found = found.join(statement_topics).where(statement_topics.c.topic_id == topic.id)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    page_of = found.order_by(Statement.issued_on.desc(), Statement.id.desc())
    loaded = page_of.options(
        selectinload(Statement.topics), selectinload(Statement.translations), selectinload(Statement.image)
    )
    return session.scalars(loaded.limit(PAGE_SIZE).offset((max(page, 1) - 1) * PAGE_SIZE)).all(), total


def addresses(session: Session, limit: int = 50_000) -> Sequence[tuple[str, datetime]]:
    """Slug and last change of published statements, newest first: what a sitemap lists (50,000 is its limit)."""
    rows = session.execute(
        select(Statement.slug, Statement.updated_at)
        .where(Statement.state == StatementState.PUBLISHED)
        .order_by(Statement.issued_on.desc(), Statement.id.desc())
        .limit(limit)
    )
    return [(row.slug, row.updated_at) for row in rows]


def _last_changed_first(statements: Select[Statement]) -> Select[Statement]:
    return statements.order_by(Statement.updated_at.desc(), Statement.id.desc())


def _conditions(wanted: Search) -> list[ColumnElement[bool]]:
    words = wanted.words.split()[:MOST_WORDS]
    conditions = [_says(word) for word in words]
    if wanted.state is not None:
        conditions.append(Statement.state == wanted.state)
    if wanted.language:
        translated = Statement.translations.any(Translation.language == wanted.language)
        conditions.append(or_(Statement.language == wanted.language, translated))
    if wanted.since is not None:
        conditions.append(Statement.issued_on >= wanted.since)
    if wanted.until is not None:
        conditions.append(Statement.issued_on <= wanted.until)
    if wanted.topic_id is not None:
        conditions.append(Statement.topics.any(Topic.id == wanted.topic_id))
    return conditions


def _says(word: str) -> ColumnElement[bool]:
    """Whether a word stands in any text, in any language; `%` and `_` are only characters."""

    def holds(kind: type[Statement] | type[Translation]) -> ColumnElement[bool]:
        texts = (kind.title, kind.standfirst, kind.easy_summary, kind.body)
        return or_(*(text.icontains(word, autoescape=True) for text in texts))

    return or_(holds(Statement), Statement.translations.any(holds(Translation)))

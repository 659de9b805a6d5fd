"""What readers can choose from."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import Invalid, Problem
from app.models import Topic

_HIGHEST_ID = 2**63 - 1


def public(session: Session) -> Sequence[Topic]:
    """The topics that the sign-up form offers, in their order."""
    return session.scalars(select(Topic).where(Topic.is_public).order_by(Topic.position, Topic.id)).all()


def every(session: Session) -> Sequence[Topic]:
    """All topics, in their order."""
    return session.scalars(select(Topic).order_by(Topic.position, Topic.id)).all()


def find(session: Session, slug: str) -> Topic | None:
    """The topic with this slug."""
    return session.scalar(select(Topic).where(Topic.slug == slug))


def by_ids(session: Session, ids: Iterable[int]) -> list[Topic]:
    """The topics with these ids; raises Invalid (field "topics") if one doesn't exist."""
    wanted = set(ids)
    possible = [one for one in wanted if 0 < one <= _HIGHEST_ID]
    found = session.scalars(select(Topic).where(Topic.id.in_(possible)).order_by(Topic.position, Topic.id)).all()
    if len(found) != len(wanted):
        raise Invalid(Problem("One of the topics does not exist any more. Please choose again.", field="topics"))
    return list(found)


def ensure(session: Session, slug: str, name: str, description: str = "", position: int = 0) -> Topic:
    """The topic with this slug, made if it is missing. Its List-Id label is its first slug, for ever."""
    values = {"slug": slug, "list_label": slug, "name": name, "description": description, "position": position}
    session.execute(insert(Topic).values(**values, is_public=True).on_conflict_do_nothing())
    return session.scalars(select(Topic).where(Topic.slug == slug)).one()

"""What readers can choose from."""

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, Problem
from app.models import Topic

_HIGHEST_ID = 2**63 - 1
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_SLUG = 63


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


def add(session: Session, slug: str, name: str, description: str = "") -> Topic:
    """Add a topic after the others; raises Invalid for a bad slug or no name, Conflict if the slug is taken."""
    if not _SLUG.fullmatch(slug) or len(slug) > _LONGEST_SLUG:
        raise Invalid(
            Problem(f"Use small letters, digits and single hyphens, {_LONGEST_SLUG} at most: press-freedom.", "slug")
        )
    if not name.strip():
        raise Invalid(Problem("Give the topic a name.", "name"))
    if find(session, slug) is not None:
        raise Conflict(f"There is a topic “{slug}” already.")
    return ensure(session, slug, name.strip(), description.strip(), position=len(every(session)))


def ensure(session: Session, slug: str, name: str, description: str = "", position: int = 0) -> Topic:
    """The topic with this slug, made if it is missing. Its List-Id label is its first slug, for ever."""
    values = {"slug": slug, "list_label": slug, "name": name, "description": description, "position": position}
    session.execute(insert(Topic).values(**values, is_public=True).on_conflict_do_nothing())
    return session.scalars(select(Topic).where(Topic.slug == slug)).one()

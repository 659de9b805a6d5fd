"""What readers can choose from."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, NotFound, Problem, Sentence
from app.models import Subscription, SubscriptionState, Topic
from app.services.languages import related

LONGEST_NAME = 100
LONGEST_DESCRIPTION = 300
_HIGHEST_ID = 2**63 - 1
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_SLUG = 63
_GONE = Sentence("One of the topics does not exist any more. Please choose again.")


@dataclass(frozen=True, slots=True)
class Wording:
    """What readers see of a topic, and whether the sign-up form offers it.

    `translations` are name and description in further languages; None leaves them as they are.
    """

    name: str
    description: str = ""
    is_public: bool = True
    translations: Mapping[str, Mapping[str, str]] | None = None


def name_in(topic: Topic, language: str) -> str:
    """What readers of this language call a topic; its name where nobody has translated it."""
    return _said_in(topic, language).get("name") or topic.name


def description_in(topic: Topic, language: str) -> str:
    """What comes under a topic, in words for readers of this language."""
    said = _said_in(topic, language)
    return said.get("description", "") if said.get("name") else topic.description


def _said_in(topic: Topic, language: str) -> Mapping[str, str]:
    found = related(language, topic.translations or {})
    return topic.translations[found[0]] if found else {}


def public(session: Session) -> Sequence[Topic]:
    """The topics that the sign-up form offers, in their order."""
    return session.scalars(select(Topic).where(Topic.is_public).order_by(Topic.position, Topic.id)).all()


def every(session: Session) -> Sequence[Topic]:
    """All topics, in their order."""
    return session.scalars(select(Topic).order_by(Topic.position, Topic.id)).all()


def find(session: Session, slug: str) -> Topic | None:
    """The topic with this slug."""
    return session.scalar(select(Topic).where(Topic.slug == slug))


def get(session: Session, slug: str) -> Topic:
    """The topic with this slug; raises NotFound."""
    found = find(session, slug)
    if found is None:
        raise NotFound("There is no such topic.")
    return found


def by_ids(session: Session, ids: Iterable[int]) -> list[Topic]:
    """The topics with these ids; raises Invalid (field "topics") if one doesn't exist."""
    wanted = set(ids)
    possible = [one for one in wanted if 0 < one <= _HIGHEST_ID]
    found = session.scalars(select(Topic).where(Topic.id.in_(possible)).order_by(Topic.position, Topic.id)).all()
    if len(found) != len(wanted):
        raise Invalid(Problem(_GONE, field="topics"))
    return list(found)


def readers(session: Session) -> Mapping[int, int]:
    """How many have confirmed each topic, by its id; a topic that nobody has is left out."""
    counted = select(Subscription.topic_id, func.count()).where(Subscription.state == SubscriptionState.CONFIRMED)
    rows = session.execute(counted.group_by(Subscription.topic_id)).all()
    return {row[0]: row[1] for row in rows}


def add(session: Session, slug: str, name: str, description: str = "") -> Topic:
    """Add a topic after the others; raises Invalid for a bad slug or wording, Conflict if the slug is taken."""
    problems = _problems(Wording(name.strip(), description.strip()))
    if not _SLUG.fullmatch(slug) or len(slug) > _LONGEST_SLUG:
        words = f"Use small letters, digits and single hyphens, {_LONGEST_SLUG} at most: press-freedom."
        problems.insert(0, Problem(words, "slug"))
    if problems:
        raise Invalid(*problems)
    if find(session, slug) is not None:
        raise Conflict(f"There is a topic “{slug}” already.")
    return ensure(session, slug, name.strip(), description.strip(), position=len(every(session)))


def change(session: Session, topic: Topic, wording: Wording) -> dict[str, tuple[object, object]]:
    """Change what readers see of a topic; its slug and label stay, because filters and links depend on them.

    Gives what was changed, each with its value before and after. Raises Invalid for a bad wording, and where the
    sign-up form would have no topic left.
    """
    wording = replace(wording, name=wording.name.strip(), description=wording.description.strip())
    problems = _problems(wording)
    if topic.is_public and not wording.is_public and [one.id for one in public(session)] == [topic.id]:
        problems.append(Problem("This is the only topic on the sign-up form; offer another one first.", "is_public"))
    if problems:
        raise Invalid(*problems)
    changes: dict[str, tuple[object, object]] = {}
    for name in ("name", "description", "is_public"):
        before, after = getattr(topic, name), getattr(wording, name)
        if before != after:
            changes[name] = (before, after)
            setattr(topic, name, after)
    changes |= _translate(topic, wording.translations or {})
    session.flush()
    return changes


def _translate(topic: Topic, translations: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[object, object]]:
    """Set what a topic is called in these languages, and leave the others; gives what was changed."""
    changes: dict[str, tuple[object, object]] = {}
    known = {tag: dict(said) for tag, said in (topic.translations or {}).items()}
    for tag, said in translations.items():
        before = known.get(tag, {})
        after = {part: words.strip() for part, words in said.items() if words.strip()}
        for part in {*before, *after}:
            if before.get(part, "") != after.get(part, ""):
                changes[f"{part}_{tag}"] = (before.get(part, ""), after.get(part, ""))
        known[tag] = after
    if changes:
        topic.translations = {tag: said for tag, said in known.items() if said}
    return changes


def move(session: Session, topic: Topic, *, down: bool) -> bool:
    """Change places with the topic after (or before) it; gives whether there was one."""
    locked = select(Topic).order_by(Topic.position, Topic.id).with_for_update()
    order = list(session.scalars(locked.execution_options(populate_existing=True)).all())
    place = order.index(topic)
    other = place + (1 if down else -1)
    if not 0 <= other < len(order):
        return False
    order[place], order[other] = order[other], order[place]
    for position, one in enumerate(order):
        one.position = position
    session.flush()
    return True


def ensure(session: Session, slug: str, name: str, description: str = "", position: int = 0) -> Topic:
    """The topic with this slug, made if it is missing. Its List-Id label is its first slug, for ever."""
    values = {"slug": slug, "list_label": slug, "name": name, "description": description, "position": position}
    session.execute(insert(Topic).values(**values, is_public=True).on_conflict_do_nothing())
    return session.scalars(select(Topic).where(Topic.slug == slug)).one()


def _problems(wording: Wording) -> list[Problem]:
    problems = []
    if not wording.name:
        problems.append(Problem("Give the topic a name.", "name"))
    elif len(wording.name) > LONGEST_NAME or not wording.name.isprintable():
        problems.append(Problem(f"Write at most {LONGEST_NAME} characters, on one line.", "name"))
    if len(wording.description) > LONGEST_DESCRIPTION or not wording.description.isprintable():
        problems.append(Problem(f"Write at most {LONGEST_DESCRIPTION} characters, on one line.", "description"))
    for tag, said in (wording.translations or {}).items():
        problems += _problems_in(tag, said.get("name", "").strip(), said.get("description", "").strip())
    return problems


def _problems_in(tag: str, name: str, description: str) -> list[Problem]:
    """What is wrong with a translation; both fields may be empty."""
    limits = {"name": (name, LONGEST_NAME), "description": (description, LONGEST_DESCRIPTION)}
    problems = [
        Problem(f"Write at most {limit} characters, on one line.", f"{part}_{tag}")
        for part, (words, limit) in limits.items()
        if len(words) > limit or not words.isprintable()
    ]
    if description and not name:
        problems.append(Problem("Give the topic a name in this language too, or leave both empty.", f"name_{tag}"))
    return problems

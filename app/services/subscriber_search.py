"""Finding people: by parts of their address or name, by topic, standing, language; a page at a time, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from app.mail.address import fold
from app.models import Subscriber, Subscription, SubscriptionState, Suppression, SuppressionReason

PAGE_SIZE = 50
MOST_WORDS = 5
COUNTED = 10_000
"""So many are counted; of more it is only said that there are more."""


@dataclass(frozen=True, slots=True)
class Search:
    """Whom staff look for; what is empty doesn't matter.

    Each of the `words` stands somewhere in the address or in the name. A `state` without a topic is that of any topic.
    """

    words: str = ""
    topic_id: int | None = None
    state: SubscriptionState | None = None
    language: str = ""
    is_suppressed: bool | None = None

    @property
    def is_everybody(self) -> bool:
        """Whether nobody is left out."""
        return self == Search()


@dataclass(frozen=True, slots=True)
class Found:
    """One page of people, with their subscriptions, and why some of them must not be written to (by their id).

    `newer` and `older` are the ids to go on from (`after` and `before` of `search`), None at the ends of the list.
    """

    people: Sequence[Subscriber]
    suppressed: Mapping[int, SuppressionReason]
    newer: int | None = None
    older: int | None = None


def search(session: Session, wanted: Search, *, before: int | None = None, after: int | None = None) -> Found:
    """The people who fit, older than the id `before` or newer than `after`; the first page if there are none."""
    fitting = select(Subscriber).where(*_conditions(wanted))
    if after is not None:
        rows = _page(session, fitting.where(Subscriber.id > after).order_by(Subscriber.id))
        people = rows[:PAGE_SIZE][::-1]
        has_newer, has_older = len(rows) > PAGE_SIZE, True
    else:
        older = fitting if before is None else fitting.where(Subscriber.id < before)
        rows = _page(session, older.order_by(Subscriber.id.desc()))
        people = rows[:PAGE_SIZE]
        has_newer, has_older = before is not None, len(rows) > PAGE_SIZE
    if not people and (before, after) != (None, None):
        return search(session, wanted)
    return Found(
        people,
        suppressed(session, people),
        newer=people[0].id if people and has_newer else None,
        older=people[-1].id if people and has_older else None,
    )


def fitting(wanted: Search, *columns: Any) -> Select[Any]:
    """The query for these columns of everybody who fits."""
    return select(*columns).where(*_conditions(wanted))


def number(session: Session, wanted: Search) -> int:
    """How many people fit; `COUNTED` + 1 if they are more than `COUNTED`, but everybody is counted in full."""
    some = select(Subscriber.id).where(*_conditions(wanted))
    if not wanted.is_everybody:
        some = some.limit(COUNTED + 1)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def suppressed(session: Session, people: Sequence[Subscriber]) -> Mapping[int, SuppressionReason]:
    """Why those of these people who must not be written to mustn't be, by their id."""
    ids = {person.address_hmac: person.id for person in people}
    found = select(Suppression.address_hmac, Suppression.reason).where(Suppression.address_hmac.in_(list(ids)))
    return {ids[row.address_hmac]: row.reason for row in session.execute(found)}


def _page(session: Session, fitting: Select[Any]) -> Sequence[Subscriber]:
    loaded = fitting.options(selectinload(Subscriber.subscriptions).joinedload(Subscription.topic))
    return session.scalars(loaded.limit(PAGE_SIZE + 1)).all()


def _conditions(wanted: Search) -> list[ColumnElement[bool]]:
    conditions = [Subscriber.erased_at.is_(None), *(_says(word) for word in _words(wanted.words))]
    if wanted.topic_id is not None or wanted.state is not None:
        conditions.append(_stands(wanted.topic_id, wanted.state))
    if wanted.language:
        conditions.append(Subscriber.language == wanted.language)
    if wanted.is_suppressed is not None:
        is_there = exists().where(Suppression.address_hmac == Subscriber.address_hmac)
        conditions.append(is_there if wanted.is_suppressed else ~is_there)
    return conditions


def _words(text: str) -> list[str]:
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return printable.split()[:MOST_WORDS]


def _says(word: str) -> ColumnElement[bool]:
    """Whether the address or the name holds this; an address as duplicates are found, and as its owner writes it."""
    places = [Subscriber.identity.contains(fold(word), autoescape=True)]
    if "@" not in word:
        name = func.lower(Subscriber.first_name + " " + Subscriber.last_name)
        places.append(name.contains(word.lower(), autoescape=True))
    if not word.isascii():
        places.append(func.lower(Subscriber.address).contains(word.lower(), autoescape=True))
    return or_(*places)


def _stands(topic_id: int | None, state: SubscriptionState | None) -> ColumnElement[bool]:
    theirs = [Subscription.subscriber_id == Subscriber.id]
    if topic_id is not None:
        theirs.append(Subscription.topic_id == topic_id)
    if state is not None:
        theirs.append(Subscription.state == state)
    return exists().where(*theirs)

"""Who is erased, signs up or complains while something else is decided about them: both are done, none is a victim."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.database import sessions
from app.models import (
    Delivery,
    ReportedEvent,
    ReportedKind,
    ReportSource,
    Subscriber,
    Suppression,
    SuppressionReason,
)
from app.services import conclusions, erasure, mailroom, returns, subscribers, suppressions
from app.services.consent import Origin
from app.services.returns import Reply
from tests import factories
from tests.known_person import known_person

NOW = factories.NOW
ORIGIN = Origin("/p", method="own page")
PAUSE = 0.5


@pytest.fixture
def known(session, settings):
    return known_person(session, settings)


@pytest.fixture
def at_once(database):
    """Do the first half of one thing, then begin another, then do the second half."""

    def at_once(half, other, rest) -> None:
        def alone() -> None:
            with sessions(database).begin() as own:
                other(own)

        with ThreadPoolExecutor(1) as pool, sessions(database)() as first:
            half(first)
            second = pool.submit(alone)
            time.sleep(PAUSE)
            rest(first)
            first.commit()
            second.result(20)

    return at_once


def test_who_is_erased_while_they_complain(session, at_once, known):
    person_id, delivery_id = known.person.id, known.bounced.id
    at_once(
        lambda first: subscribers.locked(first, person_id),
        lambda own: returns.complain(own, delivery_id, "spam", now=NOW),
        lambda first: erasure.erase(first, person_id, ORIGIN, now=NOW),
    )
    session.expire_all()
    assert session.get(Subscriber, person_id).erased_at == NOW


def test_who_is_erased_while_a_suppression_is_concluded(session, at_once, known):
    person_id, key = known.person.id, known.person.address_hmac
    at_once(
        conclusions._unconcluded,
        lambda own: erasure.erase(own, person_id, ORIGIN, now=NOW),
        lambda first: suppressions.add(first, key, SuppressionReason.HARD, "550 gone"),
    )
    found = session.scalars(select(Suppression).where(Suppression.address_hmac == key)).one()
    session.refresh(found)
    assert found.evidence == "erased on request"


def test_two_reports_about_one_message(session, at_once, known):
    delivery_id = known.bounced.id
    for words in (b"1", b"2"):
        mailroom.take_in(session, ReportSource.PIPE, words, recipient="b@example.org")
    session.commit()

    def refer(own, key: str) -> None:
        row = {"report_id": 1, "source": ReportSource.PIPE, "key": key, "kind": ReportedKind.BOUNCE}
        own.add(ReportedEvent(delivery_id=delivery_id, provider="", reply_text="", created_at=NOW, **row))
        own.flush()

    def other(own) -> None:
        refer(own, "two")
        returns.complain(own, delivery_id, "spam", now=NOW)

    at_once(
        lambda first: refer(first, "one"),
        other,
        lambda first: returns.bounce(first, delivery_id, Reply(550, "5.1.1", "gone", "hard"), now=NOW),
    )
    assert session.get(Delivery, delivery_id) is not None

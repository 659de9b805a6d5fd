"""Who is erased, signs up or complains while something else is decided about them: both are done, none is a victim."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.clock import utc_now
from app.database import sessions
from app.models import (
    ConsentEvent,
    ConsentKind,
    SignupApproval,
    StaffMember,
    Subscriber,
    Suppression,
    SuppressionReason,
)
from app.services import conclusions, consent, erasure, returns, role_addresses, subscribers, suppressions
from app.services.consent import Origin
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
    known.bounced.first_name = None
    session.commit()
    at_once(
        conclusions._unconcluded,
        lambda own: erasure.erase(own, person_id, ORIGIN, now=NOW),
        lambda first: suppressions.add(first, key, SuppressionReason.HARD, "550 gone"),
    )
    found = session.scalars(select(Suppression).where(Suppression.address_hmac == key)).one()
    session.refresh(found)
    assert found.evidence == "erased on request"


def test_an_address_of_a_role_that_asks_anew_while_staff_decide(session, settings, at_once):
    person = factories.subscriber(session, settings, "abuse@example.org")
    event = consent.record(session, person, ConsentKind.REQUESTED, [], ORIGIN)
    role_addresses.ask(session, person, event, now=NOW)
    member = StaffMember(email="eva@example.org", identity="eva@example.org", name="Eva", password_hash="")
    session.add(member)
    session.commit()
    asked, person_id, event_id, member_id = session.scalar(select(SignupApproval.id)), person.id, event.id, member.id

    def ask_again(first) -> None:
        role_addresses.ask(first, first.get(Subscriber, person_id), first.get(ConsentEvent, event_id), now=NOW)
        first.get(SignupApproval, asked).created_at = utc_now()

    at_once(
        lambda first: subscribers.locked(first, person_id),
        lambda own: role_addresses.decide(
            own, asked, is_approved=True, by=own.get_one(StaffMember, member_id), now=NOW
        ),
        ask_again,
    )
    session.expire_all()
    assert session.get(SignupApproval, asked).is_approved

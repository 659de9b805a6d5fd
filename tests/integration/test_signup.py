"""Joining and leaving, on the real database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.errors import Conflict
from app.mail.address import EmailAddress
from app.models import (
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryKind,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from app.services import preferences, signup, suppressions, topics
from app.services.consent import Origin
from app.services.signup import Ask

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ORIGIN = Origin("/subscribe", "192.0.2.0/24")


def ask(session, settings, address="Ana@example.org", slugs=("statements",), now=NOW):
    chosen = [topics.ensure(session, slug, slug.title()) for slug in slugs]
    signup.request(session, Ask(EmailAddress.parse(address), chosen, "en"), ORIGIN, settings=settings, now=now)
    session.commit()


def request_of(session):
    subscriber = session.scalars(select(Subscriber)).one()
    events = session.scalars(select(ConsentEvent).where(ConsentEvent.kind == ConsentKind.REQUESTED)).all()
    return subscriber.id, events[-1].id


def states(session):
    return sorted(session.scalars(select(Subscription.state)))


def test_a_request_is_pending_recorded_and_mailed(session, settings):
    ask(session, settings)
    assert states(session) == [SubscriptionState.PENDING]
    delivery = session.scalars(select(Delivery)).one()
    assert delivery.kind is DeliveryKind.CONFIRMATION
    event = session.scalars(select(ConsentEvent)).one()
    assert (event.source, event.network, event.kind) == ("/subscribe", "192.0.2.0/24", ConsentKind.REQUESTED)
    assert event.consent_text_id is not None


def test_case_and_unicode_form_make_no_second_person(session, settings):
    ask(session, settings, "josé@example.org")
    ask(session, settings, "JOSE\u0301@Example.ORG", now=NOW + timedelta(hours=1))
    assert len(session.scalars(select(Subscriber)).all()) == 1


def test_asking_again_within_fifteen_minutes_mails_nothing_more(session, settings):
    ask(session, settings)
    ask(session, settings, now=NOW + timedelta(minutes=14))
    assert len(session.scalars(select(Delivery)).all()) == 1
    ask(session, settings, now=NOW + timedelta(minutes=16))
    assert len(session.scalars(select(Delivery)).all()) == 2


def test_an_address_gets_three_notices_a_day_at_most(session, settings):
    for hour in range(8):
        ask(session, settings, now=NOW + timedelta(hours=hour))
    assert len(session.scalars(select(Delivery)).all()) == 3


def test_confirming_twice_changes_something_once(session, settings):
    ask(session, settings)
    ids = request_of(session)
    assert signup.confirm(session, *ids, ORIGIN, now=NOW) is True
    session.commit()
    assert signup.confirm(session, *ids, ORIGIN, now=NOW) is False
    session.commit()
    kinds = [event.kind for event in session.scalars(select(ConsentEvent).order_by(ConsentEvent.id))]
    assert kinds == [ConsentKind.REQUESTED, ConsentKind.CONFIRMED]


def test_a_link_confirms_only_what_was_asked_for_with_it(session, settings):
    ask(session, settings, slugs=("statements",))
    first = request_of(session)
    ask(session, settings, slugs=("events",), now=NOW + timedelta(hours=1))
    signup.confirm(session, *first, ORIGIN, now=NOW)
    session.commit()
    assert states(session) == [SubscriptionState.CONFIRMED, SubscriptionState.PENDING]


def test_an_old_link_does_not_bring_back_somebody_who_left(session, settings):
    ask(session, settings)
    ids = request_of(session)
    signup.confirm(session, *ids, ORIGIN, now=NOW)
    preferences.leave_all(session, ids[0], ORIGIN, now=NOW)
    session.commit()
    with pytest.raises(Conflict):
        signup.confirm(session, *ids, ORIGIN, now=NOW)


def test_known_addresses_get_their_link_instead(session, settings):
    ask(session, settings)
    signup.confirm(session, *request_of(session), ORIGIN, now=NOW)
    ask(session, settings, now=NOW + timedelta(days=2))
    kinds = [row.kind for row in session.scalars(select(Delivery).order_by(Delivery.id))]
    assert kinds == [DeliveryKind.CONFIRMATION, DeliveryKind.ALREADY_SUBSCRIBED]


def test_this_was_not_me_silences_the_address(session, settings):
    ask(session, settings)
    subscriber_id, _ = request_of(session)
    signup.refuse(session, subscriber_id, ORIGIN, now=NOW)
    session.commit()
    ask(session, settings, now=NOW + timedelta(days=3))
    assert len(session.scalars(select(Delivery)).all()) == 1


def test_a_new_opt_in_lifts_what_leaving_suppressed(session, settings):
    ask(session, settings)
    subscriber_id, event_id = request_of(session)
    signup.confirm(session, subscriber_id, event_id, ORIGIN, now=NOW)
    preferences.leave_all(session, subscriber_id, ORIGIN, now=NOW)
    ask(session, settings, now=NOW + timedelta(days=2))
    signup.confirm(session, *request_of(session), ORIGIN, now=NOW + timedelta(days=2))
    session.commit()
    subscriber = session.get(Subscriber, subscriber_id)
    assert suppressions.find(session, subscriber.address_hmac) is None
    assert states(session) == [SubscriptionState.CONFIRMED]


def test_a_complaint_is_not_lifted_by_an_opt_in(session, settings):
    ask(session, settings)
    ids = request_of(session)
    subscriber = session.get(Subscriber, ids[0])
    suppressions.add(session, subscriber.address_hmac, SuppressionReason.COMPLAINT)
    suppressions.add(session, subscriber.address_hmac, SuppressionReason.UNSUBSCRIBED)
    session.commit()
    assert suppressions.find(session, subscriber.address_hmac).reason is SuppressionReason.COMPLAINT
    with pytest.raises(Conflict):
        signup.confirm(session, *ids, ORIGIN, now=NOW)


def test_the_consent_log_can_not_be_changed(session, settings):
    ask(session, settings)
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text("UPDATE consent_events SET source = 'elsewhere'"))
    session.rollback()
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text("DELETE FROM consent_events"))

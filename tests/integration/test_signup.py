"""Joining and leaving, on the real database."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.database import sessions
from app.errors import Conflict
from app.jobs import attach, send_notices
from app.mail.address import EmailAddress
from app.models import (
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
    Topic,
)
from app.services import preferences, signup, suppressions, topics
from app.services.consent import Origin
from app.services.signup import Ask
from worker.delivery.claims import claim_notices
from worker.delivery.sweep import sweep

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


def standing(session):
    rows = session.execute(select(Topic.slug, Subscription.state).join(Subscription)).all()
    return {slug: state.value for slug, state in rows}


def minutes(number):
    return NOW + timedelta(minutes=number)


def mails(session, now):
    """Let the worker send what is due; gives the event that each mail's link confirms."""
    session.rollback()
    events = []
    for claim in claim_notices(session, worker="w", most=100, now=now).claims:
        events.append(claim.consent_event_id)
        delivery = session.get(Delivery, claim.delivery_id, populate_existing=True)
        delivery.state, delivery.sent_at = DeliveryState.SENT, now
    session.commit()
    return events


def confirm(session, event_id, now):
    subscriber = session.scalars(select(Subscriber)).one()
    changed = signup.confirm(session, subscriber.id, event_id, ORIGIN, now=now)
    session.commit()
    return changed


def topics_of(session, event_id):
    ids = session.get(ConsentEvent, event_id).topic_ids
    return set(session.scalars(select(Topic.slug).where(Topic.id.in_(ids))))


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


def test_the_language_is_that_of_the_latest_request_until_one_is_confirmed(session, settings):
    chosen = [topics.ensure(session, "statements", "Statements")]

    def ask_in(language):
        ana = EmailAddress.parse("ana@example.org")
        subscriber = signup.request(session, Ask(ana, chosen, language), ORIGIN, settings=settings, now=NOW)
        session.commit()
        return subscriber.language

    assert [ask_in(language) for language in ("en", "de")] == ["en", "de"]
    signup.confirm(session, *request_of(session), ORIGIN, now=NOW)
    session.commit()
    assert ask_in("ar") == "de"
    preferences.leave_all(session, session.scalars(select(Subscriber.id)).one(), ORIGIN, now=NOW)
    session.commit()
    assert ask_in("fr") == "fr"


def test_asking_again_within_fifteen_minutes_brings_one_more_mail_when_they_are_over(session, settings):
    ask(session, settings)
    assert len(mails(session, NOW)) == 1
    for minute in (1, 5, 14):
        ask(session, settings, now=minutes(minute))
        assert mails(session, minutes(minute)) == []
    waiting = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
    assert (waiting.state, waiting.next_attempt_at) == (DeliveryState.DEFERRED, minutes(15))
    assert list(sweep(session, now=minutes(14))) == []
    assert list(sweep(session, now=minutes(15))) == [send_notices()]
    assert mails(session, minutes(15)) == [request_of(session)[1]]
    assert mails(session, minutes(60)) == []


def test_an_address_gets_three_notices_a_day_at_most(session, settings):
    sent = []
    for hour in range(8):
        ask(session, settings, now=NOW + timedelta(hours=hour))
        sent += mails(session, NOW + timedelta(hours=hour))
    assert len(sent) == 3
    assert mails(session, NOW + timedelta(hours=30)) == []
    ask(session, settings, now=NOW + timedelta(hours=25))
    assert len(mails(session, NOW + timedelta(hours=25))) == 1


def test_somebody_who_is_signed_up_by_others_every_minute_gets_three_mails_a_day(session, settings):
    sent = []
    for minute in range(0, 120, 2):
        ask(session, settings, now=minutes(minute))
        sent += [minute] * len(mails(session, minutes(minute)))
    assert sent == [0, 16, 32]


def test_who_leaves_and_comes_back_at_once_gets_the_mail_at_once(session, settings):
    ask(session, settings)
    (event_id,) = mails(session, NOW)
    confirm(session, event_id, minutes(1))
    preferences.leave_all(session, request_of(session)[0], ORIGIN, now=minutes(2))
    session.commit()
    ask(session, settings, now=minutes(3))
    (event_id,) = mails(session, minutes(3))
    assert confirm(session, event_id, minutes(4)) is True
    assert standing(session) == {"statements": "confirmed"}


def test_asking_for_more_within_the_quarter_of_an_hour_leaves_no_topic_pending(session, settings):
    ask(session, settings, slugs=("statements",))
    (first,) = mails(session, NOW)
    ask(session, settings, slugs=("statements", "events"), now=minutes(5))
    assert confirm(session, first, minutes(6)) is True
    assert standing(session) == {"statements": "confirmed", "events": "pending"}
    (second,) = mails(session, minutes(15))
    assert confirm(session, second, minutes(16)) is True
    assert standing(session) == {"statements": "confirmed", "events": "confirmed"}


def test_one_mail_for_two_waiting_requests_names_and_confirms_the_topics_of_both(session, settings):
    ask(session, settings, slugs=("statements",))
    (first,) = mails(session, NOW)
    ask(session, settings, slugs=("events",), now=minutes(5))
    ask(session, settings, slugs=("reports",), now=minutes(6))
    (second,) = mails(session, minutes(15))
    assert topics_of(session, first) == {"statements"}
    assert topics_of(session, second) == {"events", "reports"}
    assert confirm(session, second, minutes(16)) is True
    assert standing(session) == {"statements": "pending", "events": "confirmed", "reports": "confirmed"}
    joined = session.get(ConsentEvent, second)
    assert (joined.source, joined.network) == (ORIGIN.source, ORIGIN.network)
    assert joined.consent_text_id is not None


def test_what_was_left_meanwhile_is_not_asked_for_again(session, settings):
    ask(session, settings, slugs=("statements",))
    mails(session, NOW)
    ask(session, settings, slugs=("events",), now=minutes(5))
    preferences.leave_all(session, request_of(session)[0], ORIGIN, now=minutes(6))
    session.commit()
    ask(session, settings, slugs=("reports",), now=minutes(7))
    (event_id,) = mails(session, minutes(30))
    assert topics_of(session, event_id) == {"reports"}
    assert confirm(session, event_id, minutes(31)) is True


def test_a_waiting_mail_does_not_come_to_who_confirmed_or_left_meanwhile(session, settings):
    ask(session, settings)
    (first,) = mails(session, NOW)
    ask(session, settings, now=minutes(5))
    confirm(session, first, minutes(6))
    assert mails(session, minutes(15)) == []
    ask(session, settings, slugs=("events",), now=minutes(20))
    preferences.leave_all(session, request_of(session)[0], ORIGIN, now=minutes(21))
    session.commit()
    assert mails(session, minutes(60)) == []


def test_renewing_an_old_link_keeps_what_waits_for_its_confirmation(session, settings):
    ask(session, settings, slugs=("statements",))
    subscriber_id, first = request_of(session)
    mails(session, NOW)
    ask(session, settings, slugs=("events",), now=minutes(1))
    signup.renew(session, subscriber_id, first, now=minutes(2))
    session.commit()
    (event_id,) = mails(session, minutes(15))
    assert topics_of(session, event_id) == {"statements", "events"}


def test_asking_for_the_preferences_does_not_take_the_place_of_a_confirmation(session, settings):
    ask(session, settings, slugs=("statements",))
    mails(session, NOW)
    ask(session, settings, slugs=("events",), now=minutes(1))
    preferences.send_link(session, request_of(session)[0], now=minutes(2))
    session.commit()
    assert len(mails(session, minutes(15))) == 1
    assert mails(session, minutes(29)) == []
    assert mails(session, minutes(30)) == [None]


def test_the_bell_is_rung_only_for_what_is_due(session, settings, database):
    rung = []

    class Bell:
        def ring(self, job):
            rung.append(job)

    factory = sessions(database)
    attach(factory, Bell())
    with factory() as own:
        ask(own, settings)
        assert len(rung) == 1
        mails(own, NOW)
        ask(own, settings, now=minutes(5))
        assert len(rung) == 1


def test_of_two_requests_at_once_one_mail_goes_now_and_one_waits(session, settings, database):
    for slug in ("statements", "events"):
        topics.ensure(session, slug, slug.title())
    session.commit()
    start = threading.Barrier(2)

    def ask_at_once(slug):
        with sessions(database)() as own:
            start.wait(10)
            ask(own, settings, slugs=(slug,))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ask_at_once, ("statements", "events")))
    (first,), (second,) = mails(session, NOW), mails(session, minutes(15))
    assert topics_of(session, first) | topics_of(session, second) == {"statements", "events"}
    for event_id in (first, second):
        assert confirm(session, event_id, minutes(16)) is True


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

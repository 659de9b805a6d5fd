"""A change of address: asked for at the old one, done at the new one, known to both, and written down for both."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from app.database import sessions
from app.errors import Conflict, Invalid, NotFound
from app.mail.address import EmailAddress
from app.mail.lint import errors
from app.models import (
    AddressChange,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Subscriber,
    Subscription,
    SuppressionReason,
    Topic,
)
from app.services import erasure, moving, notices, pausing, preferences, signup, subscribers, suppressions
from app.services.consent import Origin
from app.services.editions import Press
from app.services.names import Names
from app.services.notices import Notice
from tests import factories

NOW = factories.NOW
HOUR = timedelta(hours=1)
ORIGIN, BUTTON = Origin("/p", "192.0.2.0/24"), Origin("/a", "198.51.100.0/24")
NEW = "ana@new.example"
REQUESTED, CONFIRMED, WITHDRAWN = ConsentKind.REQUESTED, ConsentKind.CONFIRMED, ConsentKind.WITHDRAWN


@pytest.fixture
def session(engine):
    """A session that keeps nothing."""
    with sessions(engine)() as session:
        yield session
        session.rollback()


@pytest.fixture
def ana(session, settings):
    """Somebody who reads two topics in French, and gave a name."""
    person = factories.subscriber(session, settings, "ana@example.org", "statements", "events", language="fr")
    preferences.rename(session, person.id, Names("Ana", "Lima"))
    return person


@pytest.fixture
def ask(session, settings):
    def ask(person, address=NEW, now=NOW) -> int:
        moving.request(session, person.id, EmailAddress.parse(address), ORIGIN, settings=settings, now=now)
        session.flush()
        return session.scalar(select(AddressChange.id).order_by(AddressChange.id.desc()).limit(1))

    return ask


def by_address(session, address: str) -> Subscriber:
    return session.scalars(select(Subscriber).where(Subscriber.address == address)).one()


def standing(session, address: str) -> dict[str, str]:
    session.flush()
    theirs = select(Topic.slug, Subscription.state).join(Subscription).join(Subscriber)
    return {slug: state.value for slug, state in session.execute(theirs.where(Subscriber.address == address))}


def steps(session, address: str) -> list[tuple[ConsentKind, str, str, int]]:
    events = select(ConsentEvent).join(Subscriber).where(Subscriber.address == address).order_by(ConsentEvent.id)
    return [(event.kind, event.source, event.method, len(event.topic_ids)) for event in session.scalars(events)]


def mails(session, address: str) -> list[Delivery]:
    session.flush()
    theirs = select(Delivery).join(Delivery.subscriber).where(Subscriber.address == address).order_by(Delivery.id)
    return list(session.scalars(theirs))


def text_of(session, settings, delivery: Delivery) -> str:
    """What the mail says, after every check."""
    press = Press.from_settings(settings)
    person = delivery.subscriber
    notice = Notice(
        delivery_id=delivery.id,
        kind=delivery.kind,
        subscriber_id=person.id,
        consent_event_id=delivery.consent_event_id,
        message_key="a" * 32,
        dated=NOW,
        address=EmailAddress.parse(person.address),
        language=person.language,
    )
    raw = notices.write(session, press, notice)[1]
    assert errors(notices.check(press, raw)) == []
    return message_from_bytes(raw, policy=policy.default).get_body(("plain",)).get_content()


def test_nothing_moves_before_the_new_address_confirms(session, ana, ask):
    ask(ana)
    assert standing(session, "ana@example.org") == {"statements": "confirmed", "events": "confirmed"}
    assert standing(session, NEW) == {"statements": "pending", "events": "pending"}
    assert steps(session, "ana@example.org") == []
    assert steps(session, NEW) == [(REQUESTED, "/p", "change of address", 2)]
    assert [mail.kind for mail in mails(session, NEW)] == [DeliveryKind.ADDRESS_CHANGE]
    assert mails(session, "ana@example.org") == []


def test_the_new_address_takes_over_and_the_old_one_gets_nothing_more(session, ana, ask):
    pausing.pause(session, ana.id, 1, ORIGIN, now=NOW)
    until = ana.paused_until
    change = ask(ana)
    assert moving.confirm(session, change, BUTTON, now=NOW + HOUR) == by_address(session, NEW).id
    assert standing(session, "ana@example.org") == {"statements": "unsubscribed", "events": "unsubscribed"}
    assert standing(session, NEW) == {"statements": "confirmed", "events": "confirmed"}
    new = by_address(session, NEW)
    assert (new.language, new.first_name, new.last_name, new.paused_until) == ("fr", "Ana", "Lima", until)
    assert (ana.first_name, ana.last_name, ana.paused_until) == ("", "", None)


def test_both_addresses_have_each_step_in_their_logs(session, ana, ask):
    moving.confirm(session, ask(ana), BUTTON, now=NOW)
    assert steps(session, "ana@example.org") == [(WITHDRAWN, "/a", "change of address", 2)]
    method = "change of address"
    assert steps(session, NEW) == [(REQUESTED, "/p", method, 2), (CONFIRMED, "/a", method, 2)]


def test_both_addresses_are_told_and_neither_is_named_to_the_other(session, settings, ana, ask):
    change = ask(ana)
    (asked,) = mails(session, NEW)
    moving.confirm(session, change, BUTTON, now=NOW)
    (told,) = mails(session, "ana@example.org")
    assert (told.kind, told.state) == (DeliveryKind.ADDRESS_CHANGED, DeliveryState.QUEUED)
    to_new, to_old = text_of(session, settings, asked), text_of(session, settings, told)
    assert "/a/" in to_new
    assert "Statements" in to_new
    assert "ana@example.org" not in to_new
    assert "/p/" in to_old
    assert "a…@new.example" in to_old
    assert NEW not in to_old


def test_the_old_address_is_told_whatever_it_asked_for_that_day_and_even_if_it_left_meanwhile(session, ana, ask):
    change = ask(ana)
    for hour in range(3):
        moment = NOW + hour * HOUR
        preferences.send_link(session, ana.id, now=moment)
        for mail in mails(session, "ana@example.org"):
            mail.state, mail.dated, mail.sent_at = DeliveryState.SENT, mail.dated or moment, moment
    moving.confirm(session, change, BUTTON, now=NOW + 4 * HOUR)
    preferences.leave_all(session, ana.id, ORIGIN, now=NOW + 4 * HOUR)
    told = mails(session, "ana@example.org")[-1]
    assert (told.kind, told.state) == (DeliveryKind.ADDRESS_CHANGED, DeliveryState.QUEUED)


def test_pressing_the_button_again_changes_nothing(session, ana, ask):
    change = ask(ana)
    assert moving.show(session, change)[1] is False
    first = moving.confirm(session, change, BUTTON, now=NOW)
    before = steps(session, NEW), steps(session, "ana@example.org")
    assert moving.confirm(session, change, BUTTON, now=NOW + HOUR) == first
    assert (steps(session, NEW), steps(session, "ana@example.org")) == before
    topics, is_done = moving.show(session, change)
    assert ({topic.slug for topic in topics}, is_done) == ({"statements", "events"}, True)


def test_what_was_chosen_or_left_meanwhile_is_what_moves(session, ana, ask):
    change = ask(ana)
    reports = factories.topic(session, "reports")
    wanted = [factories.topic(session).id, reports.id]
    preferences.change(session, ana.id, wanted, "en", ORIGIN, now=NOW)
    moving.confirm(session, change, BUTTON, now=NOW)
    assert standing(session, NEW) == {"statements": "confirmed", "events": "pending", "reports": "confirmed"}
    assert set(standing(session, "ana@example.org").values()) == {"unsubscribed"}
    assert by_address(session, NEW).language == "en"


def test_who_reads_at_the_new_address_already_keeps_what_they_have(session, settings, ana, ask):
    ben = factories.subscriber(session, settings, NEW, "reports", language="ar")
    preferences.rename(session, ben.id, Names("Ben", ""))
    moving.confirm(session, ask(ana), BUTTON, now=NOW)
    assert set(standing(session, NEW)) == {"statements", "events", "reports"}
    assert set(standing(session, NEW).values()) == {"confirmed"}
    assert (ben.language, ben.first_name) == ("ar", "Ben")


def test_a_newer_wish_takes_the_place_of_the_one_before(session, ana, ask):
    wrong, right = ask(ana, "ana@typo.example"), ask(ana)
    with pytest.raises(Conflict, match="newer wish"):
        moving.confirm(session, wrong, BUTTON, now=NOW)
    assert set(standing(session, "ana@example.org").values()) == {"confirmed"}
    moving.confirm(session, right, BUTTON, now=NOW)
    assert set(standing(session, NEW).values()) == {"confirmed"}


def test_who_left_meanwhile_is_not_brought_back_by_the_button(session, ana, ask):
    change = ask(ana)
    preferences.leave_all(session, ana.id, ORIGIN, now=NOW)
    with pytest.raises(Conflict, match="has left"):
        moving.confirm(session, change, BUTTON, now=NOW)
    assert "confirmed" not in standing(session, NEW).values()


def test_who_refuses_at_the_new_address_ends_it(session, ana, ask):
    change = ask(ana)
    signup.refuse(session, by_address(session, NEW).id, Origin("/n"), now=NOW)
    with pytest.raises(Conflict, match="asked not to be written to"):
        moving.confirm(session, change, BUTTON, now=NOW)
    assert set(standing(session, "ana@example.org").values()) == {"confirmed"}


def test_an_address_that_wants_no_mail_gets_none_and_nobody_is_told_why(session, settings, ana, ask):
    key = suppressions.address_hmac(settings, EmailAddress.parse(NEW))
    suppressions.add(session, key, SuppressionReason.COMPLAINT)
    ask(ana)
    assert mails(session, NEW) == []


def test_an_address_that_bounced_once_is_written_to_again_when_it_confirms(session, settings, ana, ask):
    key = suppressions.address_hmac(settings, EmailAddress.parse(NEW))
    suppressions.add(session, key, SuppressionReason.HARD)
    moving.confirm(session, ask(ana), BUTTON, now=NOW)
    assert suppressions.find(session, key) is None


def test_strangers_are_not_written_to_without_end(session, ana, ask):
    for number in range(moving.MOST_A_DAY):
        ask(ana, f"stranger{number}@example.org")
    with pytest.raises(Invalid, match="try again tomorrow"):
        ask(ana, "one-more@example.org")
    ask(ana, "one-more@example.org", now=NOW + timedelta(days=1, seconds=1))


@pytest.mark.parametrize("same", ["ana@example.org", "Ana@EXAMPLE.org"])
def test_the_address_that_is_there_already_is_no_new_one(session, ana, ask, same):
    with pytest.raises(Invalid, match="already") as found:
        ask(ana, same)
    assert found.value.problems[0].field == moving.FIELD


def test_who_gets_nothing_has_nothing_to_move(session, settings, ana, ask):
    suppressions.add(session, ana.address_hmac, SuppressionReason.COMPLAINT)
    with pytest.raises(Invalid, match="asked not to be written to"):
        ask(ana)
    ben = factories.subscriber(session, settings, "ben@example.org")
    preferences.leave_all(session, ben.id, ORIGIN, now=NOW)
    with pytest.raises(Invalid, match="Subscribe with the new address"):
        ask(ben)


def test_what_is_not_known_is_not_found(session, settings):
    with pytest.raises(NotFound):
        moving.show(session, 4711)
    with pytest.raises(NotFound):
        moving.confirm(session, 4711, BUTTON, now=NOW)
    with pytest.raises(NotFound):
        moving.request(session, 4711, EmailAddress.parse(NEW), ORIGIN, settings=settings, now=NOW)


def test_the_link_goes_to_readers_who_ask_for_it_once_a_day_and_to_nobody_else(session, settings, ana):
    left = factories.subscriber(session, settings, "left@example.org")
    preferences.leave_all(session, left.id, ORIGIN, now=NOW)
    bounced = factories.subscriber(session, settings, "bounced@example.org")
    suppressions.add(session, bounced.address_hmac, SuppressionReason.HARD)
    asked = ("ANA@example.org", "left@example.org", "bounced@example.org", "nobody@example.org")
    for hours in (0, 1, 23, 25):
        for address in asked:
            preferences.send_link_to(session, EmailAddress.parse(address), now=NOW + hours * HOUR)
            session.flush()
    found = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert [(mail.subscriber_id, mail.kind) for mail in found] == [(ana.id, DeliveryKind.PREFERENCES_LINK)] * 2
    assert "/p/" in text_of(session, settings, found[0])
    assert subscribers.by_address(session, EmailAddress.parse("nobody@example.org")) is None


def test_an_address_that_answers_nothing_gets_three_such_mails_a_month_whoever_asks(session, settings, ask):
    for number in range(5):
        asking = factories.subscriber(session, settings, f"reader{number}@example.org")
        day = NOW + timedelta(days=2 * number)
        ask(asking, now=day)
        sent = session.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.ADDRESS_CHANGE)).all()
        for delivery in sent:
            delivery.state, delivery.dated, delivery.sent_at = DeliveryState.SENT, delivery.dated or day, day
        session.flush()
    assert len(sent) == settings.signup_limits.address_month


def test_a_change_of_somebody_who_was_erased_meanwhile_is_not_known_any_more(session, ana, ask):
    change = ask(ana)
    session.get(Subscriber, ana.id).erased_at = NOW
    session.flush()
    with pytest.raises(NotFound):
        moving.confirm(session, change, BUTTON, now=NOW)


def test_who_is_erased_meanwhile_moves_nowhere_and_the_new_address_is_not_asked(session, ana, ask):
    change_id = ask(ana)
    assert erasure.erase(session, ana.id, ORIGIN, now=NOW)
    session.expire_all()
    (asked,) = mails(session, NEW)
    assert asked.state is DeliveryState.SKIPPED
    with pytest.raises(NotFound):
        moving.confirm(session, change_id, BUTTON, now=NOW)


def test_who_is_erased_at_the_very_moment_moves_nowhere(session, ana, ask, monkeypatch):
    change_id = ask(ana)
    monkeypatch.setattr(subscribers, "all_locked", lambda session, *ids: [])
    with pytest.raises(NotFound):
        moving.confirm(session, change_id, BUTTON, now=NOW)

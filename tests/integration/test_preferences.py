"""Leaving and changing one's mind: exactly what was asked, at once, and written down once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.database import sessions
from app.errors import Invalid, NotFound
from app.models import (
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryState,
    Subscriber,
    Subscription,
    SubscriptionState,
    Topic,
)
from app.models import SuppressionReason as Reason
from app.services import audience, campaigns, preferences, subscribers, suppressions, topics
from app.services.consent import Origin
from app.services.names import Names
from tests import factories

NOW = factories.NOW
LATER = NOW + timedelta(hours=1)
ORIGIN = Origin("/p", "192.0.2.0/24")
CONFIRMED, PENDING, LEFT = (
    SubscriptionState.CONFIRMED,
    SubscriptionState.PENDING,
    SubscriptionState.UNSUBSCRIBED,
)


@pytest.fixture
def session(engine):
    """A session that keeps nothing."""
    with sessions(engine)() as session:
        yield session
        session.rollback()


@pytest.fixture
def ana(session, settings):
    """Somebody who confirmed three topics."""
    return factories.subscriber(session, settings, "ana@example.org", "statements", "events", "reports")


def standing(session, person: Subscriber) -> dict[str, SubscriptionState]:
    session.flush()
    rows = session.execute(
        select(Topic.slug, Subscription.state).join(Subscription).where(Subscription.subscriber_id == person.id)
    )
    return {row.slug: row.state for row in rows}


def log(session, person: Subscriber) -> list[tuple[ConsentKind, list[int]]]:
    session.flush()
    events = select(ConsentEvent).where(ConsentEvent.subscriber_id == person.id).order_by(ConsentEvent.id)
    return [(event.kind, event.topic_ids) for event in session.scalars(events)]


def ids(session, *slugs: str) -> list[int]:
    return sorted(factories.topic(session, slug).id for slug in slugs)


def change(session, person, *slugs: str, language: str = "en", now=LATER) -> bool:
    changed = preferences.change(session, person.id, ids(session, *slugs), language, ORIGIN, now=now)
    session.flush()
    return changed


def suppression(session, person) -> Reason | None:
    found = suppressions.find(session, person.address_hmac)
    return found.reason if found else None


def test_leaving_by_a_mail_leaves_the_topics_of_that_mail_and_no_others(session, ana):
    campaign = factories.campaign(session, "statements", "reports")
    left = preferences.leave_campaign(session, ana.id, campaign.id, ORIGIN, now=LATER)
    assert {topic.slug for topic in left} == {"statements", "reports"}
    assert standing(session, ana) == {"statements": LEFT, "reports": LEFT, "events": CONFIRMED}
    assert log(session, ana) == [(ConsentKind.WITHDRAWN, ids(session, "statements", "reports"))]
    assert suppression(session, ana) is None
    assert audience.count(session, ids(session, "events")) == 1
    assert audience.count(session, ids(session, "statements", "reports")) == 0


def test_leaving_by_the_same_mail_again_says_the_same_and_adds_nothing(session, ana):
    campaign = factories.campaign(session)
    first = preferences.leave_campaign(session, ana.id, campaign.id, ORIGIN, now=LATER)
    before = log(session, ana)
    for hours in (1, 2000):
        again = preferences.leave_campaign(session, ana.id, campaign.id, ORIGIN, now=LATER + timedelta(hours=hours))
        assert again == first
    assert log(session, ana) == before
    row = session.get(Subscription, (ana.id, factories.topic(session).id))
    assert row.unsubscribed_at == LATER


def test_an_old_mail_takes_somebody_out_who_came_back(session, ana):
    campaign = factories.campaign(session)
    preferences.leave_campaign(session, ana.id, campaign.id, ORIGIN, now=LATER)
    change(session, ana, "statements")
    preferences.leave_campaign(session, ana.id, campaign.id, ORIGIN, now=LATER)
    assert standing(session, ana)["statements"] is LEFT
    kinds = [kind for kind, _ in log(session, ana)]
    assert kinds == [ConsentKind.WITHDRAWN, ConsentKind.CHANGED, ConsentKind.WITHDRAWN]


def test_leaving_also_ends_a_request_that_waits_for_its_confirmation(session, settings):
    ben = factories.subscriber(session, settings, "ben@example.org", state=PENDING)
    campaign = factories.campaign(session)
    preferences.leave_campaign(session, ben.id, campaign.id, ORIGIN, now=LATER)
    assert standing(session, ben) == {"statements": LEFT}


def test_a_name_is_forgotten_with_the_last_topic_and_not_before(session, settings, ana):
    ben = factories.subscriber(session, settings, "ben@example.org")
    for person in (ana, ben):
        preferences.rename(session, person.id, Names("Zoë", "Nguyễn"))
    preferences.leave_campaign(session, ana.id, factories.campaign(session).id, ORIGIN, now=LATER)
    assert preferences.show(session, ana.id).names == Names("Zoë", "Nguyễn")
    preferences.leave_all(session, ana.id, ORIGIN, now=LATER)
    preferences.leave_campaign(session, ben.id, factories.campaign(session).id, ORIGIN, now=LATER)
    for person in (ana, ben):
        assert preferences.show(session, person.id).names == Names()


def test_leaving_touches_nobody_else(session, settings, ana):
    ben = factories.subscriber(session, settings, "ben@example.org", "statements", "events")
    preferences.leave_campaign(session, ana.id, factories.campaign(session).id, ORIGIN, now=LATER)
    preferences.leave_all(session, ana.id, ORIGIN, now=LATER)
    assert set(standing(session, ben).values()) == {CONFIRMED}
    assert suppression(session, ben) is None
    assert log(session, ben) == []


def test_a_person_or_a_campaign_that_is_gone_is_no_error_to_a_mail_provider(session, ana):
    campaign = factories.campaign(session)
    assert [t.slug for t in preferences.leave_campaign(session, 4711, campaign.id, ORIGIN, now=NOW)] == ["statements"]
    assert preferences.leave_campaign(session, ana.id, 4711, ORIGIN, now=NOW) == []
    preferences.leave_all(session, 4711, ORIGIN, now=NOW)
    preferences.send_link(session, 4711, now=NOW)
    assert set(standing(session, ana).values()) == {CONFIRMED}


def test_the_page_before_leaving_knows_whether_there_is_anything_to_leave(session, ana):
    campaign = factories.campaign(session, "statements", "reports")
    named, subscribed = preferences.topics_of_campaign(session, ana.id, campaign.id)
    assert {topic.slug for topic in named} == {"statements", "reports"}
    assert subscribed
    preferences.leave_campaign(session, ana.id, campaign.id, ORIGIN, now=LATER)
    assert preferences.topics_of_campaign(session, ana.id, campaign.id)[1] is False
    assert preferences.topics_of_campaign(session, ana.id, 4711) == ([], False)


def test_leaving_everything_suppresses_the_address_and_is_written_down_once(session, ana):
    preferences.leave_all(session, ana.id, ORIGIN, now=LATER)
    preferences.leave_all(session, ana.id, ORIGIN, now=LATER)
    assert set(standing(session, ana).values()) == {LEFT}
    assert suppression(session, ana) is Reason.UNSUBSCRIBED
    assert log(session, ana) == [(ConsentKind.WITHDRAWN, ids(session, "statements", "events", "reports"))]


def test_leaving_everything_does_not_weaken_a_complaint(session, ana):
    suppressions.add(session, ana.address_hmac, Reason.COMPLAINT)
    preferences.leave_all(session, ana.id, ORIGIN, now=LATER)
    assert suppression(session, ana) is Reason.COMPLAINT
    assert set(standing(session, ana).values()) == {LEFT}


def test_changing_adds_and_removes_exactly_what_was_ticked(session, ana):
    ids(session, "meetings")
    assert change(session, ana, "events", "meetings") is True
    assert standing(session, ana) == {"statements": LEFT, "reports": LEFT, "events": CONFIRMED, "meetings": CONFIRMED}
    assert log(session, ana) == [(ConsentKind.CHANGED, ids(session, "events", "meetings"))]


def test_saving_the_same_again_writes_nothing_down(session, ana):
    assert change(session, ana, "statements", "events", "reports") is False
    assert log(session, ana) == []
    assert session.get(Subscription, (ana.id, factories.topic(session).id)).confirmed_at == NOW


def test_changing_the_language_alone_is_a_change(session, ana):
    assert change(session, ana, "statements", "events", "reports", language="fr") is True
    assert ana.language == "fr"
    assert [kind for kind, _ in log(session, ana)] == [ConsentKind.CHANGED]
    assert set(standing(session, ana).values()) == {CONFIRMED}


def test_choosing_a_topic_by_the_link_confirms_what_was_pending(session, settings):
    ben = factories.subscriber(session, settings, "ben@example.org", state=PENDING)
    change(session, ben, "statements")
    assert standing(session, ben) == {"statements": CONFIRMED}
    assert session.get(Subscription, (ben.id, factories.topic(session).id)).confirmed_at == LATER


def test_who_left_everything_can_come_back_by_their_own_choice(session, ana):
    preferences.leave_all(session, ana.id, ORIGIN, now=LATER)
    assert change(session, ana, "events") is True
    assert suppression(session, ana) is None
    assert standing(session, ana) == {"statements": LEFT, "reports": LEFT, "events": CONFIRMED}
    assert audience.count(session, ids(session, "events")) == 1


@pytest.mark.parametrize("reason", [Reason.COMPLAINT, Reason.REFUSED, Reason.ADMIN])
def test_a_silenced_address_is_not_brought_back_by_its_link(session, ana, reason):
    suppressions.add(session, ana.address_hmac, reason)
    with pytest.raises(Invalid, match="asked not to be written to"):
        change(session, ana, "events", language="fr")
    assert suppression(session, ana) is reason
    assert set(standing(session, ana).values()) == {CONFIRMED}
    assert ana.language == "en"
    assert log(session, ana) == []
    preferences.send_link(session, ana.id, now=NOW)
    assert session.scalars(select(Delivery)).all() == []


def test_an_empty_choice_is_not_taken_for_leaving(session, ana):
    with pytest.raises(Invalid) as found:
        change(session, ana)
    assert found.value.problems[0].field == "topics"
    assert set(standing(session, ana).values()) == {CONFIRMED}


@pytest.mark.parametrize("wrong", [4711, -1, 10**30])
def test_a_topic_that_does_not_exist_changes_nothing(session, ana, wrong):
    with pytest.raises(Invalid) as found:
        preferences.change(session, ana.id, [factories.topic(session).id, wrong], "fr", ORIGIN, now=LATER)
    assert found.value.problems[0].field == "topics"
    assert set(standing(session, ana).values()) == {CONFIRMED}
    assert ana.language == "en"


def test_nobodys_preferences_are_not_found(session):
    with pytest.raises(NotFound):
        preferences.show(session, 4711)
    with pytest.raises(NotFound):
        preferences.change(session, 4711, ids(session, "events"), "en", ORIGIN, now=NOW)


def test_the_page_shows_what_is_confirmed_and_every_topic_on_offer(session, ana):
    secret = topics.ensure(session, "volunteers", "Volunteers")
    secret.is_public = False
    topics.ensure(session, "meetings", "Meetings")
    preferences.leave_campaign(session, ana.id, factories.campaign(session).id, ORIGIN, now=LATER)
    session.flush()
    shown = preferences.show(session, ana.id)
    assert (shown.address, shown.language) == ("ana@example.org", "en")
    assert shown.chosen == set(ids(session, "events", "reports"))
    assert {topic.slug for topic in shown.topics} == {"statements", "events", "reports", "meetings"}
    change(session, ana, "volunteers")
    assert "volunteers" in {topic.slug for topic in preferences.show(session, ana.id).topics}


def test_a_fresh_link_is_mailed_at_most_once_in_a_quarter_of_an_hour_and_none_is_forgotten(session, ana):
    preferences.send_link(session, ana.id, now=NOW)
    first = session.scalars(select(Delivery)).one()
    first.state, first.dated, first.sent_at = DeliveryState.SENT, NOW, NOW
    for minute in (1, 14):
        preferences.send_link(session, ana.id, now=NOW + timedelta(minutes=minute))
    _, second = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert (second.state, second.next_attempt_at) == (DeliveryState.DEFERRED, NOW + timedelta(minutes=15))
    preferences.send_link(session, ana.id, now=NOW + timedelta(minutes=16))
    assert (second.state, second.next_attempt_at) == (DeliveryState.QUEUED, None)
    assert len(session.scalars(select(Delivery)).all()) == 2


def test_a_link_that_waits_does_not_come_to_who_left_everything_meanwhile(session, ana):
    preferences.send_link(session, ana.id, now=NOW)
    preferences.leave_campaign(session, ana.id, factories.campaign(session).id, ORIGIN, now=LATER)
    waiting = session.scalars(select(Delivery)).one()
    assert waiting.state is DeliveryState.QUEUED
    preferences.leave_all(session, ana.id, ORIGIN, now=LATER)
    assert waiting.state is DeliveryState.SKIPPED


@pytest.mark.parametrize(
    ("asked", "given"), [("fr", "fr"), ("", "en"), (None, "en"), ("xx", "en"), ("FR", "fr"), ("fr-CA", "fr")]
)
def test_a_language_that_is_not_on_offer_becomes_the_default(settings, asked, given):
    assert preferences.language_or_default(settings, asked) == given


def test_the_number_of_readers_counts_people_and_not_topics(session, settings, ana):
    factories.subscriber(session, settings, "ben@example.org", state=PENDING)
    assert subscribers.count_confirmed(session) == 1
    preferences.leave_all(session, ana.id, ORIGIN, now=LATER)
    assert subscribers.count_confirmed(session) == 0
    assert campaigns.under_way(session) == []

"""Who is meant: topics, languages, who is left out, and whom an earlier campaign could not reach."""

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from app.models import Campaign, Delivery, DeliveryKind, DeliveryState, Subscriber, SubscriptionState, UnknownPolicy
from app.services import audience, campaigns, deliveries
from app.services.audience import Audience
from app.services.editions import Press
from tests import factories
from worker.delivery import planner

NOW = factories.NOW


@pytest.fixture
def people(session, settings):
    """Readers of several topics and languages."""
    add = factories.subscriber
    return {
        "both": add(session, settings, "both@example.org", "statements", "events"),
        "french": add(session, settings, "french@example.org", language="fr"),
        "german": add(session, settings, "german@example.org", language="de"),
        "events": add(session, settings, "events@example.org", "events"),
        "left": add(session, settings, "left@example.org", "statements", state=SubscriptionState.UNSUBSCRIBED),
    }


@pytest.fixture
def topic_ids(session, people):
    return {slug: factories.topic(session, slug).id for slug in ("statements", "events")}


def names(session, whom) -> set[str]:
    return {address.partition("@")[0] for address in session.scalars(audience.eligible(whom, Subscriber.address))}


def test_a_plain_audience_is_asked_for_as_ever(topic_ids):
    by_ids = audience.eligible([topic_ids["statements"]], Subscriber.id)
    by_value = audience.eligible(Audience((topic_ids["statements"],)), Subscriber.id)
    spelled = str(by_value.compile(dialect=postgresql.dialect()))
    assert spelled == str(by_ids.compile(dialect=postgresql.dialect()))
    assert spelled.count("EXISTS") == 2


@pytest.mark.parametrize(
    ("topics", "more", "expected"),
    [
        (["statements"], {}, {"both", "french", "german"}),
        (["statements", "events"], {}, {"both", "french", "german", "events"}),
        (["statements"], {"languages": ("fr", "de")}, {"french", "german"}),
        (["statements"], {"languages": ("pt",)}, set()),
        (["statements"], {"excluded_topic_ids": ["events"]}, {"french", "german"}),
        (["events"], {"excluded_topic_ids": ["statements"]}, {"events"}),
        (["events"], {"languages": ("en",), "excluded_topic_ids": ["statements"]}, {"events"}),
    ],
)
def test_topics_and_languages_are_chosen_and_others_left_out(session, topic_ids, topics, more, expected):
    excluded = tuple(topic_ids[slug] for slug in more.get("excluded_topic_ids", []))
    whom = Audience(tuple(topic_ids[slug] for slug in topics), more.get("languages", ()), excluded)
    assert names(session, whom) == expected
    assert audience.count(session, whom) == len(expected)


def test_a_topic_that_somebody_left_does_not_leave_them_out(session, settings, topic_ids):
    factories.subscriber(
        session, settings, "french@example.org", "events", state=SubscriptionState.UNSUBSCRIBED, language="fr"
    )
    whom = Audience((topic_ids["statements"],), excluded_topic_ids=(topic_ids["events"],))
    assert names(session, whom) == {"french", "german"}


@pytest.fixture
def earlier(session, people) -> Campaign:
    """A campaign to statements' readers that is over; its rows are given their states by the test."""
    campaign = factories.campaign(session)
    campaign.state, campaign.started_at, campaign.finished_at = "sent", NOW, NOW
    session.flush()
    return campaign


def became(session, campaign, person, state: DeliveryState, **more) -> None:
    """What became of the message to somebody."""
    more |= {"unknown_since": NOW} if state is DeliveryState.UNKNOWN else {}
    more |= {"sent_at": NOW} if state is DeliveryState.SENT else {}
    row = Delivery(kind=DeliveryKind.STATEMENT, campaign_id=campaign.id, subscriber_id=person.id, state=state, **more)
    session.add(row)
    session.flush()


@pytest.mark.parametrize(
    ("state", "is_left_out"),
    [
        (DeliveryState.SENT, True),
        (DeliveryState.UNKNOWN, True),
        (DeliveryState.COMPLAINED, True),
        (DeliveryState.QUEUED, True),
        (DeliveryState.FAILED, False),
        (DeliveryState.BOUNCED, False),
        (DeliveryState.SKIPPED, False),
    ],
)
def test_those_who_got_a_campaign_or_will_get_it_are_left_out(session, people, topic_ids, earlier, state, is_left_out):
    became(session, earlier, people["french"], state)
    whom = Audience((topic_ids["statements"],), excluded_campaign_id=earlier.id)
    assert ("french" not in names(session, whom)) is is_left_out
    assert {"both", "german"} <= names(session, whom)


FULL = {"reply_class": "quota"}
GONE = {"reply_class": "hard"}
CLOSED = {"reply_class": "inactive"}
CANCELLED = {"reply_text": deliveries.CANCELLED_WORDS}


@pytest.mark.parametrize(
    ("state", "more", "is_meant"),
    [
        (DeliveryState.FAILED, FULL, True),
        (DeliveryState.FAILED, {}, True),
        (DeliveryState.BOUNCED, FULL, True),
        (DeliveryState.FAILED, GONE, False),
        (DeliveryState.BOUNCED, CLOSED, False),
        (DeliveryState.SKIPPED, CANCELLED, True),
        (DeliveryState.SKIPPED, {"reply_text": "left, paused or suppressed before it was sent"}, False),
        (DeliveryState.SENT, {}, False),
        (DeliveryState.COMPLAINED, {}, False),
        (DeliveryState.UNKNOWN, {}, False),
    ],
)
def test_a_repetition_is_for_those_whom_trying_again_may_reach(
    session, people, topic_ids, earlier, state, more, is_meant
):
    became(session, earlier, people["french"], state, **more)
    whom = Audience((topic_ids["statements"],), repeats_id=earlier.id)
    assert names(session, whom) == ({"french"} if is_meant else set())


def test_unknown_mail_is_repeated_only_if_staff_decided_to_hold_it_and_it_went_once(
    session, people, topic_ids, earlier
):
    became(session, earlier, people["french"], DeliveryState.UNKNOWN)
    became(session, earlier, people["german"], DeliveryState.UNKNOWN, resent_at=NOW)
    whom = Audience((topic_ids["statements"],), repeats_id=earlier.id)
    assert names(session, whom) == set()
    earlier.unknown_policy = UnknownPolicy.HOLD
    session.flush()
    assert names(session, whom) == {"french"}


def test_the_workers_draw_up_the_audience_that_was_counted(session, settings, people, topic_ids):
    campaign = factories.campaign(session, "statements", "events")
    campaign.languages, campaign.excluded_topics = ["en", "fr"], [factories.topic(session, "events")]
    shown = audience.count(session, Audience.of(campaign))
    factories.send(session, Press.from_settings(settings), campaign, now=NOW)
    planner.open_campaign(session, campaign.id, now=NOW)
    rows = session.scalars(select(Delivery).where(Delivery.campaign_id == campaign.id)).all()
    assert {row.subscriber.address for row in rows} == {"french@example.org"}
    assert shown == campaigns.progress(session, campaign).total == 1

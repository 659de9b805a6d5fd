"""The first page: what goes on, what waits, how the list grows, how the service is, and the way for a newcomer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import text

from app.clock import utc_now
from app.models import (
    Campaign,
    CampaignState,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Letter,
    Role,
    Subscriber,
    SuppressionReason,
)
from app.services import access, suppressions
from app.services.heartbeats import QUEUES, Pulse
from app.services.preflight.outside import _relays_key
from app.services.short_memory import remember
from tests import factories
from tests.flows.newsroom import acknowledge_all, begin, only, publish, send, step
from tests.flows.press_office import PressOffice
from tests.flows.roles import become

HOME = "/console/"
BEN, PASSWORD = "ben@opendoors.example", "a password that is long enough"


def section(page, name: str) -> str:
    """What stands under a heading, by its id."""
    found = page.html.select_one(f'section[aria-labelledby="{name}"]')
    return " ".join(found.get_text(" ").split()) if found else ""


def steps(page) -> dict[str, bool]:
    """The checklist, and which of its steps are done."""
    items = page.html.select('section[aria-labelledby="first"] .steps > li')
    return {item.p.find(string=True).strip(): "is-done" in item.get("class", []) for item in items}


def health(page) -> dict[str, str]:
    """What is said of each part of the service."""
    parts = page.html.select('section[aria-labelledby="health"] dt')
    return {part.get_text(): part.find_next_sibling("dd").get_text(" ", strip=True) for part in parts}


@pytest.fixture
def redis(redis_url):
    """A Redis that knows nothing."""
    client = Redis.from_url(redis_url, decode_responses=True)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def alive(redis, redis_url):
    """All workers are there, and the sweep has just run."""
    pulse = Pulse(redis_url)
    for queue in QUEUES:
        pulse.seen(queue, "host-1", utc_now())
    pulse.swept(utc_now())


@pytest.fixture
def ben(newsroom, app):
    """A second person, who may approve."""
    access.add_staff(newsroom, BEN, "Ben Ode", PASSWORD, role=Role.APPROVER)
    newsroom.commit()
    ben = PressOffice(app.test_client())
    ben.sign_in(BEN, PASSWORD)
    return ben


@pytest.fixture
def nowhere_embedded(app, monkeypatch):
    """An installation whose form stands on no other site."""
    here = app.extensions["communique"]
    settings = here.settings.model_copy(update={"embed_origins": ()})
    monkeypatch.setitem(app.extensions, "communique", replace(here, settings=settings))


# The way for a newcomer


def test_a_newcomer_is_led_step_by_step_until_something_was_sent(office, newsroom, nowhere_embedded):
    page = office.open(HOME)
    assert list(steps(page).values()) == [False, False, True, False, False, False, False, False]
    page = page.press("It is right as it is")
    assert "Noted." in page.text
    page = page.press("I have seen it")
    assert [name for name, done in steps(page).items() if done] == [
        "Look at who writes",
        "Have a topic",
        "See the sign-up form",
    ]
    office.write()
    assert steps(office.open(HOME))["Write a statement"]
    page = office.open(office.open(HOME).link("Look at it and publish it")).press("Publish")
    assert steps(office.open(HOME))["Publish it"]
    begun = begin(office)
    acknowledge_all(office, begun)
    assert office.open(HOME).link("To the test").endswith("/test")
    newsroom.add(Letter(kind="test", state="sent", sender="a@b.example", recipient="c@b.example", subject="Test"))
    newsroom.commit()
    assert steps(office.open(HOME))["Send yourself a test"]
    office.open(office.open(HOME).link("Go on with it"))
    step(office, begun, "send").press("send to 3 people")
    page = office.open(HOME)
    assert steps(page) == {}
    assert "The way to your first statement" not in page.text


def test_a_step_of_the_account_is_each_persons_own(office, ben, newsroom):
    newsroom.execute(text("UPDATE staff_members SET totp_secret = 'x' WHERE email = :who"), {"who": BEN})
    newsroom.commit()
    assert steps(ben.open(HOME))["Secure your account"]
    assert not steps(office.open(HOME))["Secure your account"]


def test_somebody_who_signed_up_by_the_form_shows_that_it_is_there(office, newsroom, nowhere_embedded):
    reader = newsroom.get(Subscriber, 1)
    topic = factories.topic(newsroom)
    newsroom.add(
        ConsentEvent(
            subscriber_id=reader.id,
            kind=ConsentKind.REQUESTED,
            topic_ids=[topic.id],
            source="/subscribe",
            language="en",
        )
    )
    newsroom.commit()
    assert steps(office.open(HOME))["See the sign-up form"]


def test_a_form_that_stands_on_another_site_was_seen(office):
    assert steps(office.open(HOME))["See the sign-up form"]


def test_only_steps_without_anything_to_change_are_done_by_a_button(office):
    page = office.open(HOME)
    token = page.value("csrf_token")
    answer = office.client.post("/console/first-steps", data={"step": "send", "csrf_token": token})
    assert answer.status_code == 400
    assert not steps(office.open(HOME))["Send it"]


def test_who_can_not_do_a_step_reads_who_can(office, newsroom):
    become(newsroom, "author")
    page = office.open(HOME)
    assert "Somebody with another role does this." in page.text
    assert "It is right as it is" not in page.buttons
    assert office.open(page.link("Write your first statement")).status == 200


def test_who_only_looks_on_gets_no_list_of_things_to_do(office, newsroom):
    become(newsroom, "viewer")
    page = office.open(HOME)
    assert page.status == 200
    assert steps(page) == {}
    assert "Write a statement" not in page.html.main.get_text()


def test_an_installation_without_a_topic_is_led_to_one(office, newsroom):
    newsroom.execute(text("TRUNCATE topics CASCADE"))
    newsroom.commit()
    page = office.open(HOME)
    assert not steps(page)["Have a topic"]
    assert office.open(page.link("To the topics")).status == 200


# What waits and goes on


def test_what_waits_for_approval_is_on_the_desk_of_those_who_may(office, ben, newsroom):
    publish(office)
    begun = begin(office)
    acknowledge_all(office, begun)
    become(newsroom, "author")
    step(office, begun, "approval").press("Hand in for approval")
    mine, theirs = section(ben.open(HOME), "desk"), section(office.open(HOME), "desk")
    assert mine.startswith("Waiting For your approval Every door")
    assert "Handed in by Inés Falk" in mine
    assert "For the approval of somebody else Every door" in theirs
    ben.open(ben.open(HOME).link("Every door")).press("Hand back", review_note="Say who pays.")
    assert "Handed back to you" in section(office.open(HOME), "desk")
    assert "Say who pays." in section(office.open(HOME), "desk")
    assert section(ben.open(HOME), "desk") == ""


def test_what_is_approved_waits_for_those_who_may_send(office, newsroom):
    publish(office)
    begun = begin(office)
    acknowledge_all(office, begun)
    step(office, begun, "approval").press("Approve it myself")
    assert "Approved, and not sent yet Every door" in section(office.open(HOME), "desk")


def test_a_campaign_under_way_shows_how_far_it_is_and_what_holds_it_up(office, newsroom, settings):
    send(office)
    campaign = only(newsroom, Campaign)
    for number in range(1, 4):
        state = DeliveryState.SENT if number == 1 else DeliveryState.QUEUED
        sent_at = factories.NOW if number == 1 else None
        newsroom.add(
            Delivery(
                kind=DeliveryKind.STATEMENT,
                state=state,
                subscriber_id=number,
                campaign_id=campaign.id,
                sent_at=sent_at,
            )
        )
    campaign.trouble = "The mail server is away."
    newsroom.commit()
    words = section(office.open(HOME), "now")
    assert "1 of 3 done" in words
    assert "What holds it up: The mail server is away." in words


def test_the_last_campaigns_stand_there_with_their_numbers(office, newsroom):
    campaign = factories.campaign(newsroom)
    campaign.state, campaign.started_at, campaign.finished_at = CampaignState.SENT, factories.NOW, factories.NOW
    outcomes = {1: DeliveryState.SENT, 2: DeliveryState.SENT, 3: DeliveryState.FAILED}
    for reader, state in outcomes.items():
        newsroom.add(
            Delivery(
                kind=DeliveryKind.STATEMENT,
                state=state,
                subscriber_id=reader,
                campaign_id=campaign.id,
                sent_at=factories.NOW,
            )
        )
    newsroom.commit()
    page = office.open(HOME)
    cells = [cell.get_text() for cell in page.html.select('section[aria-labelledby="last"] tbody td.number')]
    assert cells == ["2", "1", "0"]
    assert steps(page) == {}


def test_a_campaign_that_was_undone_is_not_among_the_last(office, newsroom):
    campaign = factories.campaign(newsroom)
    campaign.state, campaign.finished_at = CampaignState.CANCELLED, factories.NOW
    newsroom.commit()
    assert section(office.open(HOME), "last") == ""


# How the list grows


def test_growth_is_told_in_words_a_chart_and_a_table(office, newsroom, settings):
    now = utc_now()
    for reader in (1, 2, 3):
        event = {"topic_ids": [1], "source": "/c", "language": "en", "created_at": now - timedelta(weeks=3)}
        newsroom.add(ConsentEvent(subscriber_id=reader, kind=ConsentKind.CONFIRMED, **event))
        newsroom.add(ConsentEvent(subscriber_id=reader, kind=ConsentKind.CONFIRMED, **event))
    newsroom.add(ConsentEvent(subscriber_id=1, kind=ConsentKind.WITHDRAWN, **event))
    suppressions.add(newsroom, newsroom.get(Subscriber, 2).address_hmac, SuppressionReason.HARD)
    newsroom.commit()
    page = office.open(HOME)
    growth = section(page, "growth")
    assert "people confirmed a subscription 3 person left a topic or all of them 1" in growth
    assert "address stopped taking mail 1" in growth
    rows = page.html.select('section[aria-labelledby="growth"] tbody tr')
    assert len(rows) == 12
    assert [cell.get_text() for cell in rows[3].select("td")] == ["3", "1", "0"]
    assert [cell.get_text() for cell in rows[0].select("td")] == ["0", "0", "1"]
    picture = page.html.select_one('section[aria-labelledby="growth"] picture')
    assert "table beneath" in picture.img["alt"]
    for address in (picture.img["src"], *(source["srcset"] for source in picture.select("source"))):
        chart = office.client.get(address)
        assert chart.mimetype == "image/svg+xml"
        assert b"<script" not in chart.data
        assert b"style" not in chart.data


def test_where_nothing_happened_there_is_no_empty_chart(office):
    page = office.open(HOME)
    assert "people confirmed a subscription 0" in section(page, "growth")
    assert page.html.select("picture") == []


# How the service is


def test_a_service_that_is_well_says_so(office, alive):
    page = office.open(HOME)
    parts = health(page)
    assert set(parts) >= {"Database", "Redis", "Worker “transactional”", "Worker “bulk”", "Worker “planning”", "Sweep"}
    assert "It is there." in parts["Worker “bulk”"]
    assert "It ran a moment ago." in parts["Sweep"]
    assert "Nothing is late." in parts["Mail that is due"]
    assert section(page, "trouble") == ""


def test_a_worker_that_is_missing_is_named_first_with_what_to_do(office, redis, redis_url):
    pulse = Pulse(redis_url)
    pulse.seen("bulk", "host-1", utc_now() - timedelta(minutes=12))
    pulse.seen("planning", "host-1", utc_now())
    pulse.swept(utc_now() - timedelta(hours=2))
    page = office.open(HOME)
    trouble = section(page, "trouble")
    assert "3 things need a look" in trouble
    assert "the last one was seen 12 minutes ago. Statements aren't sent." in trouble
    assert "None was ever seen." in trouble
    assert "communique run worker --queue bulk" in trouble
    assert "It ran 2 hours ago for the last time." in trouble


def test_calls_that_pile_up_are_counted(office, alive, redis):
    redis.rpush("bulk", "a", "b", "c")
    assert "3 calls wait for a free hand" in health(office.open(HOME))["Worker “bulk”"]


def test_mail_that_is_late_is_told_with_its_age(office, alive, newsroom):
    late = utc_now() - timedelta(minutes=30)
    newsroom.add(Delivery(kind=DeliveryKind.CONFIRMATION, subscriber_id=1, created_at=late))
    newsroom.commit()
    trouble = section(office.open(HOME), "trouble")
    assert "The oldest that waits is a confirmation or a link to preferences; it was due 30 minutes ago." in trouble


def test_a_relay_that_took_mail_lately_is_well(office, alive, newsroom, settings):
    newsroom.add(
        Delivery(
            kind=DeliveryKind.CONFIRMATION,
            subscriber_id=1,
            state=DeliveryState.SENT,
            sent_at=utc_now() - timedelta(minutes=5),
            relay=settings.relays[0].name,
        )
    )
    newsroom.commit()
    assert "It took mail 5 minutes ago." in health(office.open(HOME))[f"Relay {settings.relays[0].name}"]


def test_a_relay_that_was_found_away_is_told(office, alive, settings):
    name = settings.relays[0].name
    remember(settings, _relays_key(settings), {name: "it doesn't answer"}, seconds=60)
    assert f"Relay {name}: It can't be used now: it doesn't answer." in section(office.open(HOME), "trouble")
    remember(settings, _relays_key(settings), {}, seconds=60)
    assert "It answers." in health(office.open(HOME))[f"Relay {name}"]


def test_a_large_number_of_readers_is_kept_for_a_moment(office, redis, monkeypatch):
    assert section(office.open(HOME), "readers").startswith("Readers confirmed subscribers 3")
    monkeypatch.setattr("app.services.audience.count", lambda session, whom: 250_000)
    assert "250,000" in section(office.open(HOME), "readers")
    monkeypatch.setattr("app.services.audience.count", lambda session, whom: 1)
    assert "250,000" in section(office.open(HOME), "readers")


def test_a_redis_that_is_away_is_told_and_the_page_still_comes(office, app, monkeypatch, newsroom):
    monkeypatch.setattr("app.services.heartbeats.look", lambda settings, now: None)
    page = office.open(HOME)
    assert page.status == 200
    assert "Redis: It doesn't answer." in section(page, "trouble")


def test_a_copied_installation_is_told_what_to_do(office, alive, monkeypatch):
    monkeypatch.setattr("app.services.instance.may_send", lambda session, settings: "Nothing is sent: it is a copy.")
    assert "Installation" in health(office.open(HOME))

"""A pause: no statement goes out while it lasts, whatever was queued before it; then all is as it was."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.database import sessions
from app.errors import Invalid, NotFound
from app.models import ConsentEvent, ConsentKind, Delivery, DeliveryKind, DeliveryState, Subscriber
from app.services import audience, deliveries, pausing, preferences, signup
from app.services.consent import Origin
from app.services.editions import Press
from tests import factories
from worker.delivery import planner
from worker.delivery.claims import Place, claim_notices, claim_statements

NOW = factories.NOW
MONTH_ON = datetime(2026, 12, 24, 9, tzinfo=UTC)
ORIGIN = Origin("/p", "192.0.2.0/24")


@pytest.fixture
def session(engine):
    """A session that keeps nothing."""
    with sessions(engine)() as session:
        yield session
        session.rollback()


@pytest.fixture
def ana(session, settings):
    return factories.subscriber(session, settings, "ana@example.org", "statements", "events")


def steps(session, person: Subscriber) -> list[tuple[ConsentKind, str, int]]:
    events = select(ConsentEvent).where(ConsentEvent.subscriber_id == person.id).order_by(ConsentEvent.id)
    return [(event.kind, event.method, len(event.topic_ids)) for event in session.scalars(events)]


def addressed(session, settings, now: datetime) -> int:
    """To how many a campaign that is sent at this moment goes."""
    campaign = factories.campaign(session)
    factories.send(session, Press.from_settings(settings), campaign, now=now)
    planner.open_campaign(session, campaign.id, now=now)
    return len(session.scalars(select(Delivery).where(Delivery.campaign_id == campaign.id)).all())


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-11-24", 1, "2026-12-24"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-12-01", 1, "2027-01-01"),
        ("2027-11-29", 3, "2028-02-29"),
    ],
)
def test_a_pause_ends_on_the_same_day_some_months_on(session, ana, start, months, end):
    pausing.pause(session, ana.id, months, ORIGIN, now=datetime.fromisoformat(f"{start}T09:30Z"))
    assert ana.paused_until == datetime.fromisoformat(f"{end}T09:30Z")


def test_whoever_pauses_is_left_out_until_the_pause_is_over(session, settings, ana):
    factories.subscriber(session, settings, "ben@example.org")
    pausing.pause(session, ana.id, 1, ORIGIN, now=NOW)
    assert addressed(session, settings, NOW) == 1
    assert addressed(session, settings, MONTH_ON - timedelta(seconds=1)) == 1
    assert addressed(session, settings, MONTH_ON) == 2


def test_the_number_that_staff_see_counts_nobody_who_pauses(session, ana):
    topics = [factories.topic(session).id]
    assert audience.count(session, topics) == 1
    ana.paused_until = datetime(2100, 1, 1, tzinfo=UTC)
    assert audience.count(session, topics) == 0
    ana.paused_until = datetime(2020, 1, 1, tzinfo=UTC)
    assert audience.count(session, topics) == 1


def test_a_pause_is_heard_by_mail_that_is_queued_already(session, settings, ana):
    campaign = factories.campaign(session)
    factories.send(session, Press.from_settings(settings), campaign, now=NOW)
    planner.open_campaign(session, campaign.id, now=NOW)
    pausing.pause(session, ana.id, 3, ORIGIN, now=NOW)
    session.flush()
    assert claim_statements(session, Place(campaign.id), worker="w", most=10, now=NOW).claims == []
    session.expire_all()
    row = session.scalars(select(Delivery)).one()
    assert (row.state, row.reply_text) == (DeliveryState.SKIPPED, "left, paused or suppressed before it was sent")


def test_notices_come_through_a_pause(session, ana):
    pausing.pause(session, ana.id, 1, ORIGIN, now=NOW)
    deliveries.queue_notice(session, DeliveryKind.ALREADY_SUBSCRIBED, ana, None, NOW)
    assert len(claim_notices(session, worker="w", most=10, now=NOW).claims) == 1


def test_each_step_is_in_the_consent_log_and_pressing_twice_adds_none(session, ana):
    pausing.pause(session, ana.id, 1, ORIGIN, now=NOW)
    pausing.resume(session, ana.id, ORIGIN, now=NOW)
    pausing.resume(session, ana.id, ORIGIN, now=NOW)
    assert ana.paused_until is None
    changed = ConsentKind.CHANGED
    assert steps(session, ana) == [(changed, "paused until 2026-12-24", 2), (changed, "ended the pause", 2)]


@pytest.mark.parametrize("months", [0, 2, -1, 10**9])
def test_only_what_is_offered_can_be_chosen(session, ana, months):
    with pytest.raises(Invalid) as found:
        pausing.pause(session, ana.id, months, ORIGIN, now=NOW)
    assert found.value.problems[0].field == "months"
    assert ana.paused_until is None


def test_there_is_nothing_to_pause_for_who_gets_nothing(session, ana):
    preferences.leave_all(session, ana.id, ORIGIN, now=NOW)
    with pytest.raises(Invalid, match="nothing to pause"):
        pausing.pause(session, ana.id, 1, ORIGIN, now=NOW)
    with pytest.raises(NotFound):
        pausing.pause(session, 4711, 1, ORIGIN, now=NOW)


def test_leaving_forgets_the_pause_and_so_does_signing_up_again(session, settings, ana):
    pausing.pause(session, ana.id, 6, ORIGIN, now=NOW)
    preferences.leave_all(session, ana.id, ORIGIN, now=NOW)
    assert ana.paused_until is None
    preferences.change(session, ana.id, [factories.topic(session).id], "en", ORIGIN, now=NOW)
    pausing.pause(session, ana.id, 6, ORIGIN, now=NOW)
    reports = factories.topic(session, "reports")
    ask = signup.Ask(factories.EmailAddress.parse("ana@example.org"), [reports], "en")
    signup.request(session, ask, ORIGIN, settings=settings, now=NOW)
    assert ana.paused_until is not None
    request = session.scalars(select(ConsentEvent).where(ConsentEvent.kind == ConsentKind.REQUESTED)).one()
    signup.confirm(session, ana.id, request.id, ORIGIN, now=NOW)
    assert ana.paused_until is None

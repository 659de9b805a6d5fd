"""Mail of which nobody knows whether it arrived: sent once more after a while, or held, and never more than that."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from app.errors import Conflict
from app.models import (
    Campaign,
    CampaignState,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    SubscriptionState,
    UnknownPolicy,
)
from app.models.delivery_states import DeliveryEvent
from app.services import campaigns, deliveries, preferences, unknowns
from app.services.consent import Origin
from app.services.editions import Press
from app.services.names import Names
from tests import factories
from worker.delivery import ledger, planner
from worker.delivery.claims import Place, claim_statements
from worker.delivery.messages import Messages
from worker.smtp.outcome import Outcome

NOW = factories.NOW
HOUR = timedelta(hours=1)
UTC = ZoneInfo("UTC")


@pytest.fixture
def campaign(session, settings) -> Campaign:
    """A campaign that was sent, but for two messages that are unknown since NOW."""
    for number in range(3):
        factories.subscriber(session, settings, f"reader{number}@example.org")
    return lost(session, settings, factories.statement(session))


def lost(session, settings, statement) -> Campaign:
    made = campaigns.prepare(session, statement, None, again=True)
    factories.send(session, Press.from_settings(settings), made, now=NOW, again=True)
    planner.open_campaign(session, made.id, now=NOW)
    rows = session.scalars(select(Delivery).where(Delivery.campaign_id == made.id).order_by(Delivery.id)).all()
    rows[0].state, rows[0].sent_at = DeliveryState.SENT, NOW
    for row in rows[1:]:
        row.state, row.unknown_since, row.claimed_by, row.lease_until = DeliveryState.UNKNOWN, NOW, "dead", NOW
        row.dated = NOW
    session.flush()
    planner.finish(session, made.id, now=NOW)
    session.commit()
    session.refresh(made)
    return made


def states(session, campaign) -> list[str]:
    found = select(Delivery.state).where(Delivery.campaign_id == campaign.id).order_by(Delivery.id)
    return [state.value for state in session.scalars(found)]


def told(session, settings, campaign, now=NOW) -> str:
    return unknowns.describe(unknowns.look(session, settings, campaign), UTC, now=now)


def test_after_an_hour_they_go_back_once_with_the_same_identity_and_the_campaign_opens_again(
    session, settings, campaign
):
    assert campaign.state is CampaignState.SENT
    before = session.execute(select(Delivery.id, Delivery.message_key, Delivery.dated)).all()
    assert unknowns.resend_due(session, settings, now=NOW + HOUR - timedelta(seconds=1)) == 0
    assert unknowns.resend_due(session, settings, now=NOW + HOUR) == 2
    assert states(session, campaign) == ["sent", "queued", "queued"]
    assert (campaign.state, campaign.finished_at) == (CampaignState.SENDING, None)
    session.expire_all()
    assert sorted(session.execute(select(Delivery.id, Delivery.message_key, Delivery.dated)).all()) == sorted(before)
    row = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
    assert (row.resent_at, row.claimed_by, row.lease_until, row.unknown_since) == (NOW + HOUR, None, None, NOW)


def test_no_row_is_ever_put_back_a_second_time(session, settings, campaign):
    unknowns.resend_due(session, settings, now=NOW + HOUR)
    session.execute(update(Delivery).where(Delivery.state == "queued").values(state="unknown"))
    session.expire_all()
    assert unknowns.resend_due(session, settings, now=NOW + 100 * HOUR) == 0
    assert unknowns.resend(session, campaign, now=NOW + 100 * HOUR) == 0
    assert states(session, campaign) == ["sent", "unknown", "unknown"]
    assert "2 still unknown: not sent again" in told(session, settings, campaign)


def test_the_installation_may_hold_them_and_a_campaign_may_decide_otherwise(session, settings, campaign):
    holding = settings.model_copy(update={"unknown": "hold"})
    assert unknowns.resend_due(session, holding, now=NOW + HOUR) == 0
    campaign.unknown_policy = UnknownPolicy.RESEND
    session.flush()
    assert unknowns.resend_due(session, holding, now=NOW + HOUR) == 2


def test_a_campaign_that_holds_them_keeps_them_until_staff_say_otherwise(session, settings, campaign):
    unknowns.hold(session, campaign)
    assert unknowns.resend_due(session, settings, now=NOW + 100 * HOUR) == 0
    assert told(session, settings, campaign) == "2 unknown: held, not sent again"
    assert unknowns.resend(session, campaign, now=NOW) == 2
    assert campaign.unknown_policy is UnknownPolicy.RESEND


def test_staff_read_what_happens_and_when(session, settings, campaign):
    assert told(session, settings, campaign) == "2 unknown: sent once more at 10:00"
    assert told(session, settings, campaign, NOW + 2 * HOUR) == "2 unknown: sent once more in a moment"
    unknowns.resend(session, campaign, now=NOW + timedelta(minutes=5))
    assert told(session, settings, campaign) == "2 sent once more, at 09:05"
    session.execute(update(Delivery).values(resent_at=None, state="sent", sent_at=NOW))
    assert told(session, settings, campaign) == ""


def test_nothing_of_a_cancelled_campaign_goes_out(session, settings, campaign):
    campaign.state = CampaignState.CANCELLED
    session.flush()
    assert unknowns.resend_due(session, settings, now=NOW + HOUR) == 0
    with pytest.raises(Conflict, match="This campaign is cancelled"):
        unknowns.resend(session, campaign, now=NOW)
    assert told(session, settings, campaign) == "2 unknown: held, not sent again"


def test_while_its_statement_is_sent_by_another_campaign_the_rows_wait_for_its_end(session, settings, campaign):
    other = campaigns.prepare(session, campaign.statement, None, again=True)
    assert unknowns.resend_due(session, settings, now=NOW + HOUR) == 0
    with pytest.raises(Conflict, match="by another campaign now"):
        unknowns.resend(session, campaign, now=NOW)
    campaigns.cancel(session, other, now=NOW)
    assert unknowns.resend_due(session, settings, now=NOW + HOUR) == 2


def test_of_two_sent_campaigns_of_one_statement_one_is_opened_after_the_other(session, settings, campaign):
    second = lost(session, settings, campaign.statement)
    assert unknowns.resend_due(session, settings, now=NOW + HOUR) == 2
    assert [campaign.state, second.state] == [CampaignState.SENDING, CampaignState.SENT]
    session.execute(
        update(Delivery).where(Delivery.campaign_id == campaign.id).values(state=DeliveryState.SENT, sent_at=NOW)
    )
    planner.finish(session, campaign.id, now=NOW + HOUR)
    session.expire_all()
    assert unknowns.resend_due(session, settings, now=NOW + HOUR) == 2
    assert second.state is CampaignState.SENDING


def test_of_a_paused_campaign_they_wait_for_it_to_go_on(session, settings, campaign):
    campaign.state, campaign.finished_at = CampaignState.PAUSED, None
    session.flush()
    assert unknowns.resend_due(session, settings, now=NOW + HOUR) == 2
    assert campaign.state is CampaignState.PAUSED


def everything(session, campaign) -> set[tuple[str, str]]:
    session.expire_all()
    rows = session.scalars(select(Delivery).where(Delivery.campaign_id == campaign.id, Delivery.resent_at.is_not(None)))
    found = {(row.state.value, row.reply_text) for row in rows if row.unknown_since == NOW}
    session.commit()
    return found


def test_whoever_leaves_before_the_second_copy_may_have_got_the_first(session, settings, campaign):
    assert unknowns.resend(session, campaign, now=NOW) == 2
    for reader in session.scalars(select(Delivery.subscriber_id)).all():
        preferences.leave_all(session, reader, Origin("/unsubscribe"), now=NOW)
    assert claim_statements(session, Place(campaign.id), worker="w", most=10, now=NOW).claims == []
    words = "may have arrived; left, paused or suppressed before it was sent once more"
    assert everything(session, campaign) == {("unknown", words)}
    assert told(session, settings, campaign) == "2 still unknown: not sent again"
    planner.finish(session, campaign.id, now=NOW)
    assert unknowns.resend_due(session, settings, now=NOW + 100 * HOUR) == 0


@pytest.mark.parametrize("ending", ["cancelled", "given back", "swept"])
def test_what_may_have_arrived_is_unknown_when_its_campaign_is_cancelled(session, campaign, ending, monkeypatch):
    monkeypatch.setattr("app.services.campaigns._SKIPPED_AT_ONCE", 0 if ending == "swept" else 10)
    assert unknowns.resend(session, campaign, now=NOW) == 2
    if ending == "given back":
        claims = claim_statements(session, Place(campaign.id), worker="w", most=10, now=NOW).claims
    campaigns.cancel(session, campaign, now=NOW)
    if ending == "given back":
        ledger.release(session, [claim.delivery_id for claim in claims], worker="w")
    if ending == "swept":
        planner.finish_all(session, now=NOW)
    words = "may have arrived; the campaign was cancelled before it was sent once more"
    assert everything(session, campaign) == {("unknown", words)}


def test_a_second_copy_has_the_same_octets_though_its_reader_has_another_name_now(session, settings):
    reader = factories.subscriber(session, settings, "a@example.org")
    made = factories.campaign(session, body=factories.BODY + "\n\nDear {{ first_name | friend }},\n")
    press = Press.from_settings(settings)
    factories.send(session, press, made, now=NOW)
    planner.open_campaign(session, made.id, now=NOW)
    messages, copies = Messages(press), []
    for name in ("Ana", "Anna"):
        preferences.rename(session, reader.id, Names(name, "García"))
        session.flush()
        (claim,) = claim_statements(session, Place(made.id), worker="w", most=1, now=NOW).claims
        copies.append(messages.fill(messages.statement(session, made.id), claim)[2])
        if name == "Ana":
            ledger.expire(session, now=NOW + 2 * HOUR)
            assert unknowns.resend(session, made, now=NOW + 2 * HOUR) == 1
    assert b"Ana" in copies[0]
    assert copies[0] == copies[1]
    taken = Outcome(DeliveryEvent.ACCEPTED, 250, None, "OK")
    ledger.record(session, [ledger.Entry(claim.delivery_id, DeliveryState.SENT, taken)], worker="w", now=NOW)
    assert session.execute(select(Delivery.first_name, Delivery.last_name)).one() == (None, None)


def test_whoever_leaves_has_no_name_in_the_ledger_either(session, settings, campaign):
    session.execute(update(Delivery).values(first_name="Ana", last_name="García"))
    for reader in session.scalars(select(Delivery.subscriber_id)).all():
        preferences.leave_all(session, reader, Origin("/unsubscribe"), now=NOW)
    assert set(session.execute(select(Delivery.first_name, Delivery.last_name))) == {(None, None)}


def notice(session, settings, address) -> Delivery:
    person = factories.subscriber(session, settings, address, state=SubscriptionState.PENDING)
    asked = ConsentEvent(subscriber_id=person.id, kind=ConsentKind.REQUESTED, topic_ids=[], source="/", language="en")
    session.add(asked)
    session.flush()
    made = deliveries.queue_notice(session, DeliveryKind.CONFIRMATION, person, asked, NOW)
    made.state, made.unknown_since = DeliveryState.UNKNOWN, NOW
    session.flush()
    return made


def test_a_notice_follows_the_setting_unless_its_reader_has_acted(session, settings):
    silent, answered = notice(session, settings, "a@example.org"), notice(session, settings, "b@example.org")
    session.add(
        ConsentEvent(
            subscriber_id=answered.subscriber_id, kind=ConsentKind.CONFIRMED, topic_ids=[], source="/", language="en"
        )
    )
    session.flush()
    holding = settings.model_copy(update={"unknown": "hold"})
    assert unknowns.resend_due(session, holding, now=NOW + HOUR) == 0
    assert unknowns.resend_due(session, settings, now=NOW + HOUR) == 1
    assert [silent.state, answered.state] == [DeliveryState.QUEUED, DeliveryState.UNKNOWN]


def test_whose_mail_it_is_can_be_listed(session, settings, campaign):
    assert unknowns.addresses(session, campaign) == [
        ("reader1@example.org", NOW, None),
        ("reader2@example.org", NOW, None),
    ]

"""The way of mail: real ledger, real SMTP conversation, a server that misbehaves on command."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select, update

from app.mail.lint import errors
from app.models import Campaign, CampaignState, Delivery, DeliveryKind, DeliveryState, SubscriptionState
from app.services import campaigns, deliveries, editions, notices, preferences, suppressions
from app.services.consent import Origin
from app.services.editions import Press
from tests import factories
from tests.fakes import HANG_UP
from tests.integration.sending import claimed, started, states, until_usable, work
from worker.delivery import planner
from worker.delivery.claims import LEASE, Place, claim_statements
from worker.delivery.sweep import sweep

NOW = factories.NOW


def test_everybody_confirmed_gets_one_mail_and_nobody_else_does(session, settings, relay, desk):
    factories.subscriber(session, settings, "pending@example.org", state=SubscriptionState.PENDING)
    factories.subscriber(session, settings, "left@example.org", state=SubscriptionState.UNSUBSCRIBED)
    factories.subscriber(session, settings, "elsewhere@example.org", "events")
    blocked = factories.subscriber(session, settings, "blocked@example.org")
    suppressions.add(session, blocked.address_hmac, suppressions.SuppressionReason.COMPLAINT)
    campaign = started(session, settings, "a@example.org", "b@example.org", "c@example.org")
    work(desk, campaign)
    work(desk, campaign)
    assert sorted(relay.recipients()) == ["a@example.org", "b@example.org", "c@example.org"]
    session.refresh(campaign)
    assert campaign.state is CampaignState.SENT
    assert campaigns.progress(session, campaign).percent == 100
    assert relay.connections <= 8


def test_what_arrives_passes_every_rule_and_reads_as_it_was_written(session, settings, relay, desk):
    campaign = started(session, settings, "ana@example.org")
    work(desk, campaign)
    raw = relay.taken[0].raw
    assert not errors(editions.check(Press.from_settings(settings), raw))
    message = message_from_bytes(raw, policy=policy.default)
    assert message["Subject"] == "Open every polling station"
    assert "A ramp and a door that opens" in message.get_body(("plain",)).get_content()
    assert message["List-Unsubscribe"].strip("<>") in message.get_body(("html",)).get_content()
    assert relay.taken[0].sender.startswith("b+")


def test_who_left_after_the_audience_was_frozen_is_skipped(session, settings, relay, desk):
    campaign = started(session, settings, "a@example.org", "b@example.org")
    with desk.sessions.begin() as other:
        planner.open_campaign(other, campaign.id, now=NOW)
    leaver = session.scalars(select(Delivery).join(Delivery.subscriber).filter_by(address="b@example.org")).one()
    preferences.leave_all(session, leaver.subscriber_id, Origin("/u"), now=NOW)
    session.commit()
    desk.pipeline.deliver()
    assert relay.recipients() == ["a@example.org"]
    assert states(session, campaign) == {"a@example.org": "sent", "b@example.org": "skipped"}


def test_replies_become_states_and_are_kept(session, settings, relay, desk):
    def script(stage, recipient, count):
        if stage == "RCPT":
            return {
                "gone@example.org": "550 5.1.1 no such user",
                "full@example.org": "452 4.2.2 mailbox full",
            }.get(recipient)
        return None

    relay.script = script
    campaign = started(session, settings, "gone@example.org", "full@example.org", "good@example.org")
    work(desk, campaign)
    assert states(session, campaign) == {
        "gone@example.org": "failed",
        "full@example.org": "deferred",
        "good@example.org": "sent",
    }
    failed = session.scalars(select(Delivery).where(Delivery.state == DeliveryState.FAILED)).one()
    assert (failed.reply_code, failed.reply_enhanced) == (550, "5.1.1")
    deferred = session.scalars(select(Delivery).where(Delivery.state == DeliveryState.DEFERRED)).one()
    assert timedelta(seconds=96) <= deferred.next_attempt_at - NOW <= timedelta(seconds=144)
    session.refresh(campaign)
    assert campaign.state is CampaignState.SENDING


def test_a_connection_lost_before_the_dot_loses_nothing_and_doubles_nothing(session, settings, relay, desk):
    relay.script = lambda stage, recipient, count: HANG_UP if stage == "DATA" and count == 2 else None
    campaign = started(session, settings, "a@example.org", "b@example.org", "c@example.org")
    work(desk, campaign)
    assert sorted(relay.recipients()) == ["a@example.org", "b@example.org", "c@example.org"]
    assert relay.connections <= 5


def test_a_connection_lost_after_the_dot_is_unknown_and_not_sent_again(session, settings, relay, desk):
    relay.script = lambda stage, recipient, count: HANG_UP if stage == "END" and recipient == "b@example.org" else None
    campaign = started(session, settings, "a@example.org", "b@example.org", "c@example.org")
    work(desk, campaign)
    work(desk, campaign)
    found = states(session, campaign)
    assert found["b@example.org"] == "unknown"
    assert len(relay.recipients()) == len(set(relay.recipients()))
    if "CHUNKING" not in relay.extensions:  # there c may have been in flight behind b
        assert found["c@example.org"] == "sent"


def test_a_relay_that_is_away_uses_up_no_attempt(session, settings, relay, desk):
    relay.script = lambda stage, recipient, count: "421 4.3.2 closing" if stage == "MAIL" else None
    campaign = started(session, settings, "a@example.org")
    work(desk, campaign)
    row = session.scalars(select(Delivery)).one()
    assert (row.state, row.attempts, row.claimed_by) == (DeliveryState.QUEUED, 0, None)
    relay.script = lambda stage, recipient, count: None
    with desk.sessions.begin() as other:
        assert [job.task for job in sweep(other, now=NOW + timedelta(minutes=2))] == ["deliver", "deliver"]
    until_usable(desk)
    work(desk, campaign)
    assert relay.recipients() == ["a@example.org"]


def test_a_pause_stops_the_claiming_and_a_resume_goes_on(session, settings, relay, desk):
    campaign = started(session, settings, "a@example.org")
    campaigns.pause(session, campaign)
    session.commit()
    work(desk, campaign)
    assert relay.taken == []
    campaigns.resume(session, campaign, now=NOW)
    session.commit()
    work(desk, campaign)
    assert relay.recipients() == ["a@example.org"]


def test_a_cancelled_campaign_sends_nothing_more_and_says_why(session, settings, relay, desk):
    campaign = started(session, settings, "a@example.org")
    with desk.sessions.begin() as other:
        planner.open_campaign(other, campaign.id, now=NOW)
    campaigns.cancel(session, campaign, now=NOW)
    session.commit()
    work(desk, campaign)
    assert relay.taken == []
    assert states(session, campaign) == {"a@example.org": "skipped"}


def test_the_rows_of_a_killed_process_are_settled_exactly(session, settings, relay, desk, tmp_path):
    campaign = started(session, settings, "answered@example.org", "begun@example.org", "untouched@example.org")
    dead = "host-1-dead"
    claims = claimed(desk, campaign, dead)
    by_address = {claim.address.text: claim.delivery_id for claim in claims}
    (tmp_path / "journal").mkdir(exist_ok=True)
    (tmp_path / "journal" / f"{dead}.journal").write_text(
        f"B {by_address['answered@example.org']}\n"
        f'A [[{by_address["answered@example.org"]}, "accepted", 250, "2.0.0", "taken", "a"]]\n'
        f"B {by_address['begun@example.org']}\n"
        f'A [[{by_address["begun@example.org"]}, "accep'
    )
    assert desk.settle() == 1
    assert states(session, campaign) == {
        "answered@example.org": "sent",
        "begun@example.org": "unknown",
        "untouched@example.org": "queued",
    }
    work(desk, campaign)
    assert relay.recipients() == ["untouched@example.org"]


def test_the_journal_of_a_living_process_is_left_alone(desk):
    assert desk.journal.worker
    assert desk.settle() == 0


def test_an_expired_lease_becomes_unknown(session, settings, relay, desk):
    campaign = started(session, settings, "a@example.org")
    claimed(desk, campaign, "host-gone")
    with desk.sessions.begin() as other:
        list(sweep(other, now=NOW + LEASE + timedelta(seconds=1)))
    assert states(session, campaign) == {"a@example.org": "unknown"}
    session.refresh(campaign)
    assert campaign.state is CampaignState.SENT


def test_two_workers_claim_different_rows(session, settings, desk):
    campaign = started(session, settings, *(f"reader{n}@example.org" for n in range(10)))
    with desk.sessions.begin() as other:
        assert planner.open_campaign(other, campaign.id, now=NOW)
        assert planner.open_campaign(other, campaign.id, now=NOW)
    assert len(session.scalars(select(Delivery)).all()) == 10
    with desk.sessions() as one, desk.sessions() as two:
        first = claim_statements(one, Place(campaign.id), worker="one", most=6, now=NOW).claims
        second = claim_statements(two, Place(campaign.id), worker="two", most=6, now=NOW).claims
    assert len(first) == 6
    assert len(second) == 4
    assert not {claim.delivery_id for claim in first} & {claim.delivery_id for claim in second}


def test_the_sweep_opens_a_campaign_whose_bell_was_lost(session, settings, desk):
    campaign = started(session, settings, "a@example.org")
    with desk.sessions.begin() as other:
        rung = list(sweep(other, now=NOW + timedelta(seconds=11)))
    assert [(job.task, job.ids) for job in rung] == [("open_campaign", (campaign.id,))]


def test_a_message_that_breaks_a_rule_pauses_the_campaign_and_burns_nobody(session, settings, relay, desk):
    campaign = started(session, settings, "a@example.org")
    session.execute(update(campaigns.Edition).values(html="<p>no language, no heading, no footer</p>"))
    session.commit()
    work(desk, campaign)
    session.refresh(campaign)
    assert campaign.state is CampaignState.PAUSED
    assert relay.taken == []
    assert states(session, campaign) == {"a@example.org": "queued"}


def test_a_confirmation_goes_out_at_once_and_passes_every_rule(session, settings, relay, desk):
    from app.mail.address import EmailAddress
    from app.services import signup

    asked = signup.Ask(EmailAddress.parse("josé@example.org"), [factories.topic(session)], "en")
    signup.request(session, asked, Origin("/subscribe"), settings=settings, now=NOW)
    session.commit()
    desk.pipeline.send_notices()
    desk.pipeline.send_notices()
    assert relay.recipients() == ["josé@example.org"]
    assert not errors(notices.check(Press.from_settings(settings), relay.taken[0].raw))


def test_an_international_address_fails_clearly_where_the_relay_cannot_take_it(session, settings, relay, desk):
    relay.extensions.remove("SMTPUTF8")
    campaign = started(session, settings, "josé@example.org", "ana@example.org")
    work(desk, campaign)
    assert relay.recipients() == ["ana@example.org"]
    failed = session.scalars(select(Delivery).where(Delivery.state == DeliveryState.FAILED)).one()
    assert "SMTPUTF8" in failed.reply_text


def test_a_notice_to_a_silenced_address_is_skipped(session, settings, relay, desk):
    person = factories.subscriber(session, settings, "a@example.org", state=SubscriptionState.PENDING)
    delivery = deliveries.queue_notice(session, DeliveryKind.ALREADY_SUBSCRIBED, person, None, NOW)
    suppressions.add(session, person.address_hmac, suppressions.SuppressionReason.REFUSED)
    session.commit()
    desk.pipeline.send_notices()
    assert relay.taken == []
    session.refresh(delivery)
    assert delivery.state is DeliveryState.SKIPPED


def test_pressing_send_twice_starts_one_campaign(session, settings):
    from app.errors import Conflict

    campaign = started(session, settings, "a@example.org")
    with pytest.raises(Conflict):
        factories.send(session, Press.from_settings(settings), campaign, now=NOW)
    assert len(session.scalars(select(Campaign)).all()) == 1

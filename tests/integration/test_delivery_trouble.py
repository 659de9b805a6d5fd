"""What goes wrong around the relay: the database, the journal, a relay that stalls or takes few connections."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from app.models import CampaignState, Delivery, DeliveryState
from app.services import campaigns, preferences
from app.services.consent import Origin
from app.services.editions import Press
from tests import factories
from tests.fakes import HANG_UP
from tests.integration.sending import claimed, started, states, until_usable, work
from worker.delivery import ledger, planner, recorder, tray
from worker.delivery.claims import LEASE
from worker.delivery.journal import SUFFIX

NOW = factories.NOW
pytestmark = pytest.mark.filterwarnings("default::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture
def broken_record(monkeypatch):
    """A ledger that can't be told, as while the database restarts, for as many times as it is set to."""
    real, times = ledger.record, {"left": 0, "failed": 0}

    def record(*args, **kwargs):
        if times["left"]:
            times["left"] -= 1
            times["failed"] += 1
            raise OperationalError("UPDATE", {}, Exception("the database is restarting"))
        real(*args, **kwargs)

    monkeypatch.setattr(ledger, "record", record)
    monkeypatch.setattr(recorder, "_PAUSES", (0.01, 0.01))
    return times


def test_outcomes_wait_for_a_database_that_restarts(session, settings, relay, desk, broken_record):
    campaign = started(session, settings, "a@example.org", "b@example.org")
    broken_record["left"] = 2
    work(desk, campaign)
    assert broken_record["failed"] == 2
    assert set(states(session, campaign).values()) == {"sent"}


def test_what_the_ledger_could_not_be_told_is_settled_from_the_journal(
    session,
    settings,
    relay,
    desk,
    broken_record,
):
    campaign = started(session, settings, "a@example.org", "b@example.org")
    broken_record["left"] = 3
    with pytest.raises(OperationalError):
        work(desk, campaign)
    assert set(states(session, campaign).values()) == {"sending"}
    assert desk.settle() == 1
    assert set(states(session, campaign).values()) == {"sent"}
    work(desk, campaign)
    assert sorted(relay.recipients()) == ["a@example.org", "b@example.org"]


def test_a_journal_that_holds_answers_outlives_its_process(desk, tmp_path):
    desk.journal.begun([7])
    name = desk.journal.worker
    desk.journal.close()
    del desk.__dict__["journal"]
    assert (tmp_path / "journal" / f"{name}{SUFFIX}").read_bytes() == b"B 7\n"


def test_two_that_settle_at_once_do_not_trip_over_each_other(desk, tmp_path):
    folder = tmp_path / "journal"
    folder.mkdir(exist_ok=True)
    for number in range(50):
        (folder / f"dead-{number}{SUFFIX}").write_text("")
    threads = [threading.Thread(target=desk.settle) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(folder.glob("dead*")) == []


def test_a_lost_connection_that_was_recorded_is_not_sent_again_when_its_process_dies_later(
    session,
    settings,
    relay,
    desk,
):
    relay.script = lambda stage, recipient, count: HANG_UP if stage == "END" else None
    campaign = started(session, settings, "a@example.org")
    work(desk, campaign)
    assert states(session, campaign) == {"a@example.org": "unknown"}
    relay.script = lambda stage, recipient, count: None
    desk.journal.renew()
    assert desk.settle() == 1
    work(desk, campaign)
    assert relay.recipients() == ["a@example.org"]


def test_a_journal_that_turns_up_after_the_lease_still_says_how_it_was(
    session,
    settings,
    relay,
    desk,
    tmp_path,
):
    campaign = started(session, settings, "answered@example.org", "untouched@example.org")
    claims = claimed(desk, campaign, "late")
    answered = next(claim.delivery_id for claim in claims if "answered" in claim.address.text)
    with desk.sessions.begin() as other:
        ledger.expire(other, now=NOW + LEASE + timedelta(seconds=1))
        planner.finish_all(other, now=NOW)
    session.refresh(campaign)
    assert campaign.state is CampaignState.SENT
    (tmp_path / "journal").mkdir(exist_ok=True)
    (tmp_path / "journal" / f"late{SUFFIX}").write_text(
        f'B {answered}\nA [[{answered}, "accepted", 250, "2.0.0", "taken", "a"]]\n'
    )
    desk.settle()
    assert states(session, campaign) == {"answered@example.org": "sent", "untouched@example.org": "queued"}
    session.refresh(campaign)
    assert campaign.state is CampaignState.SENDING
    work(desk, campaign)
    assert relay.recipients() == ["untouched@example.org"]


def test_who_leaves_while_the_relay_stalls_gets_nothing(session, settings, relay, desk, monkeypatch):
    monkeypatch.setattr(tray, "LONGEST_WAIT", 0.3)
    stalled, go_on = threading.Event(), threading.Event()

    def script(stage: str, recipient: str, count: int) -> None:
        if stage == "END" and count >= 4:
            stalled.set()
            go_on.wait(20)

    relay.script = script
    campaign = started(session, settings, *(f"reader{number:03}@example.org" for number in range(160)))
    worker = threading.Thread(target=work, args=(desk, campaign))
    worker.start()
    assert stalled.wait(20)
    begun = set(relay.recipients())
    leavers = [row for row in session.scalars(select(Delivery)) if row.subscriber.address > "reader120"]
    for row in leavers:
        preferences.leave_all(session, row.subscriber_id, Origin("/u"), now=NOW)
    session.commit()
    time.sleep(0.4)
    monkeypatch.setattr(tray, "LONGEST_WAIT", 30)
    go_on.set()
    worker.join(30)
    until_usable(desk)
    desk.pipeline.deliver()  # the next run: what a slow machine has put back is there
    assert not begun & {row.subscriber.address for row in leavers}
    assert not {row.subscriber.address for row in leavers} & set(relay.recipients())
    assert len(relay.recipients()) == 160 - len(leavers)


def test_a_relay_that_takes_one_connection_only_gets_everything_on_it(session, settings, relay, desk):
    relay.script = lambda stage, recipient, count: "421 4.7.0 too many" if stage == "EHLO" and count > 1 else None
    campaign = started(session, settings, *(f"reader{number}@example.org" for number in range(30)))
    work(desk, campaign)
    assert len(relay.recipients()) == len(set(relay.recipients())) == 30


def test_a_relay_that_closes_after_some_messages_loses_and_doubles_nothing(session, settings, relay, desk):
    relay.script = lambda stage, recipient, count: "421 4.7.0 enough" if stage == "MAIL" and count % 7 == 0 else None
    campaign = started(session, settings, *(f"reader{number}@example.org" for number in range(40)))
    for _ in range(8):
        work(desk, campaign)
    found = states(session, campaign)
    unknown = {who for who, state in found.items() if state == "unknown"}
    assert set(found.values()) <= {"sent", "unknown"}
    assert len(relay.recipients()) == len(set(relay.recipients()))
    assert set(relay.recipients()) | unknown == set(found)
    if "CHUNKING" not in relay.extensions:
        # with whole messages in flight a hasty close can swallow the 421 that would have said that they weren't taken
        assert unknown == set()


def test_staff_are_told_that_the_relay_is_away_and_that_it_is_back(session, settings, relay, desk):
    relay.script = lambda stage, recipient, count: "421 4.3.2 closing" if stage == "MAIL" else None
    campaign = started(session, settings, "a@example.org")
    work(desk, campaign)
    session.refresh(campaign)
    assert "mail server" in campaign.trouble
    relay.script = lambda stage, recipient, count: None
    until_usable(desk)
    work(desk, campaign)
    session.refresh(campaign)
    assert campaign.trouble == ""


def test_trouble_that_another_process_noted_is_over_when_mail_goes_out(session, settings, relay, desk):
    campaign = started(session, settings, "a@example.org", "b@example.org")
    campaign.trouble = "The mail server can't be reached."
    session.commit()
    relay.script = lambda stage, recipient, count: "450 4.2.1 later" if recipient.startswith("b") else None
    work(desk, campaign)
    session.refresh(campaign)
    assert (campaign.state, campaign.trouble) == (CampaignState.SENDING, "")


def test_one_campaign_that_cannot_be_made_keeps_no_other_waiting(session, settings, relay, desk, monkeypatch):
    from worker.delivery.messages import Messages

    broken = started(session, settings, "a@example.org")
    real = Messages.statement

    def statement(self, session, campaign_id):
        if campaign_id == broken.id:
            raise RuntimeError("a picture is gone")
        return real(self, session, campaign_id)

    monkeypatch.setattr(Messages, "statement", statement)
    sound = factories.campaign(session)
    factories.send(session, Press.from_settings(settings), sound, now=NOW)
    session.commit()
    with desk.sessions.begin() as other:
        planner.open_campaign(other, sound.id, now=NOW)
    work(desk, broken)
    session.refresh(broken)
    assert (broken.state, relay.recipients()) == (CampaignState.PAUSED, ["a@example.org"])
    assert "a picture is gone" in broken.trouble
    assert states(session, broken) == {"a@example.org": "queued"}
    assert states(session, sound) == {"a@example.org": "sent"}


def test_one_notice_that_cannot_be_written_keeps_no_other_waiting(session, settings, relay, desk, monkeypatch):
    from app.models import DeliveryKind
    from app.services import deliveries
    from worker.delivery.messages import Messages

    for name in ("a", "b"):
        person = factories.subscriber(session, settings, f"{name}@example.org")
        deliveries.queue_notice(session, DeliveryKind.ALREADY_SUBSCRIBED, person, None, NOW)
    session.commit()
    real = Messages.notice

    def notice(self, session, claim):
        if claim.address.text.startswith("a"):
            raise RuntimeError("a template is gone")
        return real(self, session, claim)

    monkeypatch.setattr(Messages, "notice", notice)
    desk.pipeline.send_notices()
    assert relay.recipients() == ["b@example.org"]
    session.expire_all()
    assert sorted(session.scalars(select(Delivery.state))) == [DeliveryState.FAILED, DeliveryState.SENT]


def test_rows_of_a_cancelled_campaign_are_skipped_and_not_queued_again(session, settings, desk):
    campaign = started(session, settings, "a@example.org")
    (claim,) = claimed(desk, campaign, "slow")
    campaigns.cancel(session, campaign, now=NOW)
    session.commit()
    with desk.sessions.begin() as other:
        ledger.release(other, [claim.delivery_id], worker="slow")
    assert states(session, campaign) == {"a@example.org": "skipped"}


def test_a_notice_rests_while_the_relay_is_away(session, settings, relay, desk):
    from app.models import DeliveryKind
    from app.services import deliveries

    relay.script = lambda stage, recipient, count: "421 4.3.2 closing" if stage == "MAIL" else None
    person = factories.subscriber(session, settings, "a@example.org")
    notice = deliveries.queue_notice(session, DeliveryKind.ALREADY_SUBSCRIBED, person, None, NOW)
    session.commit()
    desk.pipeline.send_notices()
    session.refresh(notice)
    assert (notice.state, notice.attempts) == (DeliveryState.QUEUED, 0)


def test_no_connection_is_left_in_a_transaction(session, settings, relay, desk):
    campaign = started(session, settings, "a@example.org")
    seen = []

    def script(stage: str, recipient: str, count: int) -> None:
        if stage == "END":
            idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
            with desk.engine.connect() as look:
                seen.append(look.execute(text(idle)).scalar())

    relay.script = script
    session.rollback()
    work(desk, campaign)
    assert seen == [0]


def test_an_answer_that_cannot_be_written_to_the_journal_reaches_the_ledger_all_the_same(
    session, settings, relay, desk, monkeypatch
):
    campaign = started(session, settings, *(f"reader{number}@example.org" for number in range(12)))

    def answered(answers):
        if answers:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(desk.journal, "answered", answered)
    work(desk, campaign)
    assert len(relay.recipients()) == len(set(relay.recipients())) == 12
    assert set(states(session, campaign).values()) == {"sent"}


def test_where_nothing_can_be_written_down_nothing_is_begun_and_staff_are_told(
    session, settings, relay, desk, monkeypatch
):
    campaign = started(session, settings, "a@example.org", "b@example.org")

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(desk.journal, "_write", full)
        work(desk, campaign)
        assert relay.taken == []
        session.refresh(campaign)
        assert "crash journal" in campaign.trouble
        assert "No space left" in campaign.trouble
    work(desk, campaign)
    assert len(relay.taken) == 2
    session.refresh(campaign)
    assert campaign.trouble == ""


def test_a_disk_that_fills_up_in_the_middle_begins_nothing_more_and_mixes_up_no_replies(
    session, settings, relay, desk, monkeypatch
):
    campaign = started(session, settings, *(f"reader{number}@example.org" for number in range(40)))
    real = desk.journal.begun

    def begun(ids):
        if len(relay.taken) >= 5:
            raise OSError(28, "No space left on device")
        real(ids)

    desk.transport._begun = begun
    with pytest.raises(OSError, match="No space"):
        work(desk, campaign)
    desk.transport._begun = real
    desk.settle()
    assert set(states(session, campaign).values()) == {"sent", "queued"}
    work(desk, campaign)
    assert len(relay.recipients()) == len(set(relay.recipients())) == 40
    assert set(states(session, campaign).values()) == {"sent"}


def test_what_breaks_between_claim_and_handover_leaves_nobody_behind(session, settings, relay, desk, monkeypatch):
    campaign = started(session, settings, "a@example.org")

    def breaks(*_):
        raise OperationalError("SELECT", {}, Exception("the database is restarting"))

    monkeypatch.setattr("worker.delivery.stream._DATABASE_PATIENCE", 0.2)
    monkeypatch.setattr("worker.delivery.messages.Messages.statement", breaks)
    with pytest.raises(OperationalError):
        work(desk, campaign)
    monkeypatch.undo()
    assert states(session, campaign) == {"a@example.org": "sending"}
    assert desk.settle() == 1
    assert states(session, campaign) == {"a@example.org": "queued"}
    work(desk, campaign)
    assert relay.recipients() == ["a@example.org"]

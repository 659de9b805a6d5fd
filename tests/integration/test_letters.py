"""Mail to staff: queued as it is, handed over by the workers, tried again for a while, and forgotten afterwards."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select, text, update

from app import jobs
from app.database import sessions
from app.errors import Invalid
from app.models import Letter, LetterKind, LetterState
from app.relay_settings import parse_relays
from app.services import access, instance, letters
from app.services.editions import Press
from app.services.notices import check, service_stream
from tests import factories
from tests.fakes import HANG_UP
from worker.delivery import letter_rows
from worker.delivery.sweep import UNHEARD_AFTER, sweep
from worker.smtp.outcome import DeliveryEvent, Outcome
from worker.workshop import Workshop

NOW = factories.NOW
MINUTE = timedelta(minutes=1)
URL = "https://news.opendoors.example/console/link/abc"


@pytest.fixture
def press(settings):
    return Press.from_settings(settings)


@pytest.fixture
def member(session):
    made = access.add_staff(session, "ines@opendoors.example", "Inés Falk", "a password that is long enough")
    session.commit()
    return made


@pytest.fixture
def letter(session, press, member):
    made = letters.write(session, press, LetterKind.RESET, member, NOW, link_url=URL, minutes=30)
    session.commit()
    return made


def now_is(session, letter) -> Letter:
    session.expire_all()
    return session.get_one(Letter, letter.id)


def a_test_mail(session, recipient, **more) -> Letter:
    given = {"kind": LetterKind.TEST, "sender": "news@opendoors.example", "subject": "[Test] Ramps", "now": NOW}
    return letters.queue(
        session, recipient=recipient, content=b"Subject: [Test] Ramps\r\n\r\nHello\r\n", **given, **more
    )


def test_a_finished_message_is_queued_for_a_member_of_staff_and_nobody_else(session, member, press):
    queued = a_test_mail(session, "INES@opendoors.example", content_hash=b"1")
    assert (queued.state, queued.staff_member_id, queued.content_hash) == (LetterState.QUEUED, member.id, b"1")
    for address in ("reader@example.org", "no address"):
        with pytest.raises(Invalid, match="may use the console"):
            a_test_mail(session, address)
    with pytest.raises(Invalid, match="may use the console"):
        a_test_mail(session, "reader@example.org", member=member)


def test_somebody_whose_account_is_disabled_gets_nothing(session, member):
    member.is_enabled = False
    with pytest.raises(Invalid, match="may use the console"):
        a_test_mail(session, member.email)


def test_a_letter_of_ours_keeps_every_rule_and_comes_from_a_mailbox(session, press, letter):
    message = message_from_bytes(letter.content, policy=policy.default)
    assert (message["To"], letter.recipient) == ("ines@opendoors.example",) * 2
    assert letter.sender == letters.return_path(service_stream(press)) == message["From"].addresses[0].addr_spec
    assert check(press, letter.content) == []
    assert URL in message.get_body(("plain",)).get_content()


def test_the_workers_are_rung_for_after_the_commit(database, press, settings):
    class Bell:
        rung: list[jobs.Job] = []  # noqa: RUF012

        def ring(self, job):
            self.rung.append(job)

    made = sessions(database)
    jobs.attach(made, Bell())
    with made.begin() as session:
        someone = access.add_staff(session, "ana@opendoors.example", "Ana", "a password that is long enough")
        letters.write(session, press, LetterKind.RESET, someone, NOW, link_url=URL, minutes=30)
        assert Bell.rung == []
    assert Bell.rung == [jobs.send_letters()]


def test_it_is_handed_over_as_it_is_and_its_bytes_are_forgotten(session, desk, relay, letter):
    content = letter.content
    desk.letters.send()
    (taken,) = relay.taken
    assert (taken.sender, taken.recipient, taken.raw) == (letter.sender, "ines@opendoors.example", content)
    sent = now_is(session, letter)
    assert (sent.state, sent.sent_at, sent.content, sent.lease_until) == (LetterState.SENT, NOW, None, None)
    desk.letters.send()
    assert len(relay.taken) == 1


def test_many_are_sent_in_one_run(session, desk, relay, member):
    for _ in range(45):
        a_test_mail(session, member.email)
    session.commit()
    desk.letters.send()
    assert len(relay.taken) == 45
    assert set(session.scalars(select(Letter.state))) == {LetterState.SENT}


def test_what_the_server_refuses_has_failed_with_its_words(session, desk, relay, letter):
    relay.script = lambda stage, recipient, count: "550 5.1.1 no such user" if stage == "RCPT" else None
    desk.letters.send()
    failed = now_is(session, letter)
    assert (failed.state, failed.content) == (LetterState.FAILED, None)
    assert "no such user" in failed.reply_text


def test_what_is_put_off_is_tried_again_after_1_5_15_and_60_minutes_and_then_given_up(session, desk, relay, letter):
    relay.script = lambda stage, recipient, count: "450 4.2.0 come back later" if stage == "RCPT" else None
    due = NOW
    for pause in (1, 5, 15, 60):
        desk.clock = lambda due=due: due
        desk.__dict__.pop("letters", None)
        desk.letters.send()
        waiting = now_is(session, letter)
        due += pause * MINUTE
        assert (waiting.state, waiting.next_attempt_at) == (LetterState.QUEUED, due)
        assert waiting.content
        assert "come back later" in waiting.reply_text
        desk.letters.send()
        assert now_is(session, letter).attempts == waiting.attempts
    desk.clock = lambda: due
    desk.__dict__.pop("letters", None)
    desk.letters.send()
    assert (now_is(session, letter).state, now_is(session, letter).attempts) == (LetterState.FAILED, 5)


def test_a_refusal_that_speaks_about_us_is_tried_again(session, desk, relay, letter):
    relay.script = lambda stage, recipient, count: "550 5.7.1 SPF check failed" if stage == "RCPT" else None
    desk.letters.send()
    assert now_is(session, letter).state is LetterState.QUEUED


def test_a_line_that_breaks_after_the_last_dot_leaves_it_unknown_and_it_is_never_sent_again(
    session, desk, relay, letter
):
    relay.script = lambda stage, recipient, count: HANG_UP if stage == "END" else None
    desk.letters.send()
    relay.script = lambda stage, recipient, count: None
    assert (now_is(session, letter).state, now_is(session, letter).content) == (LetterState.UNKNOWN, None)
    desk.letters.send()
    assert len(relay.taken) == 1


def test_where_no_relay_answers_it_waits_without_an_attempt(session, settings, database, letter, tmp_path):
    away = settings.model_copy(update={"relays": parse_relays("smtp://127.0.0.1:1"), "var_dir": tmp_path})
    desk = Workshop(away, clock=lambda: NOW)
    try:
        desk.letters.send()
    finally:
        desk.close()
    waiting = now_is(session, letter)
    assert (waiting.state, waiting.attempts, waiting.lease_until) == (LetterState.QUEUED, 0, None)


def test_a_copy_of_the_installation_sends_no_letters(session, settings, desk, relay, letter):
    instance.remember(session, settings, now=NOW)
    session.execute(text("UPDATE installation SET fingerprint = overlay(fingerprint placing 'xxx' from 1)"))
    session.commit()
    desk.letters.send()
    assert relay.taken == []
    assert now_is(session, letter).state is LetterState.QUEUED


def test_two_processes_never_claim_the_same_letter(database, session, letter):
    with sessions(database)() as one, sessions(database)() as two:
        assert [claimed.id for claimed in letter_rows.claim(one, most=10, now=NOW)] == [letter.id]
        assert letter_rows.claim(two, most=10, now=NOW) == []
        one.rollback()


def test_a_letter_whose_process_did_not_come_back_becomes_unknown(session, letter):
    (claimed,) = letter_rows.claim(session, most=1, now=NOW)
    letter_rows.expire(session, now=NOW + letter_rows.LEASE)
    assert now_is(session, letter).state is LetterState.SENDING
    letter_rows.expire(session, now=NOW + letter_rows.LEASE + MINUTE)
    assert now_is(session, letter).state is LetterState.UNKNOWN
    letter_rows.record(session, claimed, Outcome(DeliveryEvent.DEFERRED, 450, text="later"), now=NOW)
    letter_rows.release(session, [claimed.id])
    assert now_is(session, letter).state is LetterState.UNKNOWN
    letter_rows.record(session, claimed, Outcome(DeliveryEvent.ACCEPTED, 250), now=NOW)
    assert now_is(session, letter).state is LetterState.SENT


def test_the_sweep_rings_for_letters_that_nobody_heard_of_and_for_those_whose_time_has_come(session, letter):
    assert list(sweep(session, now=NOW + UNHEARD_AFTER - timedelta(seconds=1))) == []
    assert list(sweep(session, now=NOW + UNHEARD_AFTER)) == [jobs.send_letters()]
    session.execute(update(Letter).values(next_attempt_at=NOW + 5 * MINUTE))
    assert list(sweep(session, now=NOW + 4 * MINUTE)) == []
    assert list(sweep(session, now=NOW + 5 * MINUTE)) == [jobs.send_letters()]


def test_the_limits_of_a_relay_hold_for_letters_too(session, settings, database, redis, relay, member, tmp_path):
    for _ in range(3):
        a_test_mail(session, member.email)
    session.commit()
    limited = parse_relays(f"smtp://127.0.0.1:{relay.port}?name=a&per_hour=2")
    desk = Workshop(settings.model_copy(update={"relays": limited, "var_dir": tmp_path}), clock=lambda: NOW)
    try:
        desk.letters.send()
    finally:
        desk.close()
    assert len(relay.taken) == 2
    waiting = session.scalars(select(Letter).where(Letter.state == LetterState.QUEUED)).one()
    assert waiting.attempts == 0

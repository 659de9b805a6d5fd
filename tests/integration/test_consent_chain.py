"""The consent log of people who sign up, change, leave and are erased: each step is right, a tampered one shows."""

from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.cli import main
from app.mail.address import EmailAddress
from app.models import ConsentEvent, ConsentKind, Subscriber
from app.services import consent, consent_chain, preferences, signup
from app.services.consent import Origin
from app.services.consent_chain import Fault
from app.services.signup import Ask
from tests import factories

NOW = factories.NOW
FORM = Origin("/subscribe", "192.0.2.0/24")
ANA, BEN = 1, 2


def join(session, settings, address: str) -> Subscriber:
    ask = Ask(EmailAddress.parse(address), [factories.topic(session)], "en")
    person = signup.request(session, ask, FORM, settings=settings, now=NOW)
    request = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc()).limit(1)).one()
    signup.confirm(session, person.id, request.id, Origin("/c"), now=NOW)
    return person


@pytest.fixture
def people(session, settings):
    """Ana (steps 1 to 4) signed up, changed and left; Ben (5 and 6) signed up; of two others nothing is recorded."""
    session.execute(text("TRUNCATE consent_events, subscribers RESTART IDENTITY CASCADE"))
    ana = join(session, settings, "ana@example.org")
    alerts = factories.topic(session, "alerts")
    preferences.change(session, ana.id, [alerts.id], "fr", Origin("/p"), now=NOW)
    preferences.leave_all(session, ana.id, Origin("/u", detail="too-many"), now=NOW)
    join(session, settings, "ben@example.org")
    factories.subscriber(session, settings, "nobody@example.org")
    session.commit()


def log_of(session, person: int) -> list[tuple[str, str, str, str]]:
    steps = session.scalars(select(ConsentEvent).where(ConsentEvent.subscriber_id == person).order_by(ConsentEvent.id))
    return [(step.kind.value, step.source, step.method, step.actor) for step in steps]


def without_guard(session, *statements: str) -> None:
    """What only somebody can do who rules the database."""
    session.execute(text("ALTER TABLE consent_events DISABLE TRIGGER USER"))
    for statement in statements:
        session.execute(text(statement))
    session.execute(text("ALTER TABLE consent_events ENABLE TRIGGER USER"))
    session.commit()
    session.expire_all()


def erase(session, person: int) -> None:
    """As an erasure leaves the log: a last step, and no networks and words of theirs any more."""
    step = Origin("/p", actor=consent.SUBSCRIBER, method="button of the preferences page")
    consent.record(session, session.get(Subscriber, person), ConsentKind.ERASED, [], step)
    session.execute(text(f"UPDATE consent_events SET network = '', detail = '' WHERE subscriber_id = {person}"))
    session.commit()


def test_each_step_says_how_it_was_taken_by_whom_and_in_view_of_which_words(session, people):
    assert log_of(session, ANA) == [
        ("requested", "/subscribe", "web form", "subscriber"),
        ("confirmed", "/c", "button of the confirmation page", "subscriber"),
        ("changed", "/p", "button of the preferences page", "subscriber"),
        ("withdrawn", "/u", "button of the unsubscribe page", "subscriber"),
    ]
    asked, confirmed = session.get(ConsentEvent, 1), session.get(ConsentEvent, 2)
    assert asked.consent_text_id is not None
    assert confirmed.consent_text_id == asked.consent_text_id


def test_a_log_that_nobody_touched_is_whole_at_each_step(session, people):
    verdict = consent_chain.check(session)
    assert (verdict.people, verdict.steps, verdict.is_whole) == (2, 6, True)
    assert consent_chain.check(session, subscriber_id=ANA).steps == 4
    assert consent_chain.check(session, newest=2).steps == 2
    erase(session, ANA)
    assert log_of(session, ANA)[-1] == ("erased", "/p", "button of the preferences page", "subscriber")
    assert consent_chain.check(session).is_whole
    assert consent_chain.check(session, subscriber_id=ANA).steps == 5


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_events SET kind = 'confirmed' WHERE id = 1",
        "UPDATE consent_events SET network = '203.0.113.0/24' WHERE id = 1",
        "UPDATE consent_events SET detail = 'they said so' WHERE id = 4",
        "DELETE FROM consent_events WHERE id = 6",
    ],
)
def test_the_database_refuses_to_change_or_remove_a_step(session, people, statement):
    with pytest.raises(DBAPIError, match="added and never changed"):
        session.execute(text(statement))


SEAL_ANEW = "UPDATE consent_events SET hash = consent_digest(consent_events)"
FORGED = (
    "INSERT INTO consent_events (subscriber_id, kind, topic_ids, source, language, network{more})"
    " SELECT 1, 'confirmed', topic_ids, source, language, ''{values} FROM consent_events WHERE id = 2"
)


@pytest.mark.parametrize(
    ("statements", "first"),
    [
        (["UPDATE consent_events SET kind = 'confirmed' WHERE id = 4"], Fault(ANA, 4)),
        (["UPDATE consent_events SET created_at = created_at - interval '1 year' WHERE id = 1"], Fault(ANA, 1)),
        (["UPDATE consent_events SET consent_text_id = NULL WHERE id = 1", f"{SEAL_ANEW} WHERE id = 1"], Fault(ANA, 2)),
        (["DELETE FROM consent_events WHERE id = 3"], Fault(ANA, 4)),
        (["UPDATE deliveries SET consent_event_id = NULL", "DELETE FROM consent_events WHERE id = 1"], Fault(ANA, 2)),
        (["DELETE FROM consent_events WHERE id = 4"], Fault(ANA, None)),
        (["DELETE FROM consent_events WHERE id = 6"], Fault(BEN, None)),
        (["UPDATE subscribers SET consent_head = NULL WHERE id = 2"], Fault(BEN, None)),
        (["UPDATE consent_events SET subscriber_id = 3 WHERE id = 6"], Fault(3, 6)),
        ([FORGED.format(more="", values="")], Fault(ANA, 7)),
        (
            [FORGED.format(more=", previous_hash", values=", previous_hash"), f"{SEAL_ANEW} WHERE id = 7"],
            Fault(ANA, 7),
        ),
        (
            [
                FORGED.format(more=", previous_hash", values=", (SELECT consent_head FROM subscribers WHERE id = 1)"),
                f"{SEAL_ANEW} WHERE id = 7",
            ],
            Fault(ANA, None),
        ),
    ],
)
def test_what_was_changed_added_or_removed_all_the_same_shows(session, people, statements, first):
    without_guard(session, *statements)
    verdict = consent_chain.check(session)
    assert not verdict.is_whole
    assert verdict.first == first
    assert consent_chain.check(session, subscriber_id=first.subscriber_id).first == first


def test_a_person_of_whom_everything_was_removed_shows(session, people):
    without_guard(session, "UPDATE deliveries SET consent_event_id = NULL", "DELETE FROM consent_events")
    assert consent_chain.check(session).faults == 2


def test_steps_that_got_their_numbers_in_the_other_order_are_no_fault(session, people):
    origin = replace(FORM, source="/p")
    numbers = session.scalars(text("SELECT nextval('consent_events_id_seq') FROM generate_series(1, 2)")).all()
    for number in reversed(numbers):
        event = ConsentEvent(
            id=number, subscriber_id=BEN, kind=ConsentKind.CHANGED, topic_ids=[], source=origin.source, language="en"
        )
        session.add(event)
        session.flush()
    assert consent_chain.check(session).is_whole


def verify(settings):
    return CliRunner().invoke(main, ["consent", "verify"], obj=settings)


def test_the_command_says_that_the_log_is_whole_or_names_the_first_broken_step(session, settings, people):
    done = verify(settings)
    assert done.exit_code == 0, done.output
    assert "6 steps of 2 people; none was changed, added or removed." in done.output
    without_guard(session, "DELETE FROM consent_events WHERE id IN (3, 6)")
    done = verify(settings)
    assert done.exit_code == 1
    assert "In or right before step 4 (person 1) something was changed or removed." in done.output
    assert "broken at 2 places in all" in done.output
    without_guard(session, "DELETE FROM consent_events WHERE id = 4")
    assert "Of person 1 the last steps were removed" in verify(settings).output

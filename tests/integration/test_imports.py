"""A list of subscribers from elsewhere: the dry run, what is applied, and who is never brought back."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app import jobs
from app.database import sessions
from app.errors import Conflict
from app.mail.address import EmailAddress
from app.models import (
    SILENCING,
    ConsentEvent,
    ConsentKind,
    Delivery,
    ImportPiece,
    ImportRow,
    ImportState,
    Subscriber,
    SubscriptionState,
    SuppressionReason,
)
from app.services import preferences, subscribers, suppressions
from app.services.consent import Origin
from app.services.imports import applying, course, reading
from app.services.imports.refusals import SUPPRESSED, Refusal
from app.services.suppressions import address_hmac
from tests import factories
from tests.integration.importing import applied, begin, read, rows, standing, work
from worker.delivery.sweep import UNHEARD_AFTER, sweep

ADDED, UNCHANGED = ("added", ""), ("unchanged", "")


@pytest.fixture
def session(engine):
    """A session that keeps nothing."""
    with sessions(engine)() as session:
        yield session
        session.rollback()


def person(session, address: str) -> Subscriber:
    found = subscribers.by_address(session, EmailAddress.parse(address))
    assert found is not None, address
    return found


def events(session, subscriber: Subscriber) -> list[ConsentEvent]:
    wanted = select(ConsentEvent).where(ConsentEvent.subscriber_id == subscriber.id).order_by(ConsentEvent.id)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def test_the_dry_run_says_of_each_line_what_would_become_of_it_and_changes_nobody(session, settings):
    factories.subscriber(session, settings, "here@example.org")
    factories.subscriber(session, settings, "left@example.org", state=SubscriptionState.UNSUBSCRIBED)
    factories.subscriber(session, settings, "asked@example.org", state=SubscriptionState.PENDING)
    before = session.scalar(select(func.count()).select_from(Subscriber))
    content = (
        "email,name,status\nnew@example.org,Ana Lima,\nNEW@example.org,,\nHere@Example.org,,\nleft@example.org,,\n"
        "asked@example.org,,\nno address,,\n,Nobody,\ngone@example.org,,unsubscribed\n"
    )
    made = read(session, settings, content)
    assert rows(session, made) == {
        "new@example.org": ADDED,
        "NEW@example.org": ("refused", Refusal.DUPLICATE),
        "Here@example.org": UNCHANGED,
        "left@example.org": ("refused", Refusal.LEFT_HERE),
        "asked@example.org": ("refused", Refusal.WAITS_HERE),
        "no address": ("refused", "The @ sign is missing. An address looks like name@example.org."),
        "": ("refused", Refusal.NO_ADDRESS),
        "gone@example.org": ("refused", Refusal.LEFT_THERE),
    }
    assert (made.state, made.added, made.unchanged, made.refused) == (ImportState.READY, 1, 1, 6)
    assert made.octets_read == made.octets == len(content)
    assert session.scalar(select(func.count()).select_from(ImportPiece)) == 0
    assert session.scalar(select(func.count()).select_from(Subscriber)) == before


@pytest.mark.parametrize("reason", list(SuppressionReason))
def test_whoever_is_suppressed_is_refused_in_words_and_stays_suppressed(session, settings, reason):
    address = EmailAddress.parse("ana@bücher.example")
    suppressions.add(session, address_hmac(settings, address), reason)
    made = applied(session, settings, "email\nANA@xn--bcher-kva.example\nben@example.org\n")
    assert made.applied == 1
    assert [row.reason for row in session.scalars(select(ImportRow))] == [SUPPRESSED[reason]]
    assert suppressions.find(session, address_hmac(settings, address)).reason is reason
    assert subscribers.by_address(session, address) is None


def test_applying_adds_people_with_the_proof_of_where_they_come_from_and_writes_to_nobody(session, settings):
    made = applied(
        session, settings, "email,name,language\nAna@example.org,Ana Lima,fr_CA\nben@example.org,,xx\n", "a", "b"
    )
    ana, ben = person(session, "ana@example.org"), person(session, "ben@example.org")
    assert (ana.address, ana.first_name, ana.last_name, ana.language) == ("Ana@example.org", "Ana", "Lima", "fr")
    assert (ben.first_name, ben.language, ben.import_id) == ("", "en", made.id)
    assert ana.address_hmac == address_hmac(settings, EmailAddress.parse("ana@example.org"))
    assert standing(session, ana.id) == dict.fromkeys(made.topic_ids, "confirmed")
    (event,) = events(session, ana)
    assert (event.kind, event.topic_ids, event.import_id) == (ConsentKind.IMPORTED, sorted(made.topic_ids), made.id)
    assert event.source == (
        f"import {made.id}: our list at Mailchimp, consent of 2024-05-31: ticked the box on our website"
    )
    assert (event.method, event.actor) == ("import", "system")
    session.refresh(ana)
    assert event.hash == ana.consent_head
    assert (made.state, made.applied, made.applied_at) == (ImportState.APPLIED, 2, factories.NOW)
    assert session.scalar(select(func.count()).select_from(Delivery)) == 0


def test_somebody_known_gets_the_topics_that_they_never_decided_about_and_keeps_all_else(session, settings):
    ana = factories.subscriber(session, settings, "ana@example.org", "a", language="fr")
    factories.subscriber(session, settings, "ben@example.org", "b", state=SubscriptionState.UNSUBSCRIBED)
    made = applied(session, settings, "email,name,language\nana@example.org,Other,ar\nben@example.org,,\n", "a", "b")
    a, b = made.topic_ids
    assert standing(session, ana.id) == {a: "confirmed", b: "confirmed"}
    assert (ana.first_name, ana.language, ana.import_id) == ("", "fr", None)
    assert [event.topic_ids for event in events(session, ana)] == [[b]]
    assert standing(session, person(session, "ben@example.org").id) == {a: "confirmed", b: "unsubscribed"}


def test_who_leaves_between_the_dry_run_and_the_end_is_not_brought_back(session, settings):
    ana = factories.subscriber(session, settings, "ana@example.org", "other")
    made = read(session, settings, "email\nana@example.org\nben@example.org\nzoe@example.org\n")
    assert made.added == 3
    preferences.leave_all(session, ana.id, Origin("/u"), now=factories.NOW)
    suppressions.add(
        session, address_hmac(settings, EmailAddress.parse("ben@example.org")), SuppressionReason.COMPLAINT
    )
    course.apply(session, made.id)
    work(session, settings, made)
    made = course.get(session, made.id)
    assert (made.applied, made.added, made.refused) == (1, 1, 2)
    assert set(standing(session, ana.id).values()) == {"unsubscribed"}
    assert subscribers.by_address(session, EmailAddress.parse("ben@example.org")) is None
    reasons = set(session.scalars(select(ImportRow.reason)))
    assert reasons == {SUPPRESSED[SuppressionReason.UNSUBSCRIBED], SUPPRESSED[SuppressionReason.COMPLAINT]}


def test_who_left_in_one_line_of_a_file_does_not_come_by_another_one(session, settings):
    ana, ben = (
        "ana@example.org,subscribed\nana@example.org,unsubscribed\n",
        "ben@example.org,cleaned\nben@example.org,\n",
    )
    made = read(session, settings, f"email,status\n{ana}{ben}")
    assert (made.added, made.refused) == (0, 4)
    with pytest.raises(Conflict, match="Nobody would be added"):
        course.apply(session, made.id)


def test_a_large_file_goes_in_steps_and_each_goes_on_where_the_last_one_stopped(session, settings, monkeypatch):
    monkeypatch.setattr(reading, "AT_ONCE", 10)
    monkeypatch.setattr(applying, "AT_ONCE", 10)
    people = "".join(f'r{number}@example.org,"A\nB"\n' for number in range(35))
    made = begin(session, f"email,name\n{people}r3@example.org,again\n")
    assert work(session, settings, made) == 4
    made = course.get(session, made.id)
    assert (made.added, made.refused) == (35, 1)
    assert list(session.scalars(select(ImportRow.line).order_by(ImportRow.line)))[:3] == [2, 4, 6]
    course.apply(session, made.id)
    assert work(session, settings, made) == 5
    assert course.get(session, made.id).applied == 35
    assert session.scalar(select(func.count()).select_from(ConsentEvent)) == 35


def test_people_in_one_line_get_numbers_of_their_own(session, settings):
    content = "{   'members': {   'a@example.org': 0, 'b@example.org': 0},\n    'owner': []}\n"
    made = read(session, settings, content, reader="mailman")
    assert rows(session, made) == {"a@example.org": ADDED, "b@example.org": ADDED}


def test_a_file_that_cannot_be_read_on_fails_with_the_line_and_nothing_of_it_is_kept(session, settings, monkeypatch):
    monkeypatch.setattr(reading, "AT_ONCE", 2)
    content = 'email,name\na@example.org,\nb@example.org,\nc@example.org,\nd@example.org,"Ben\n' + "x" * 300_000
    made = read(session, settings, content)
    assert made.state is ImportState.FAILED
    assert made.trouble.startswith("Line 5: ")
    assert rows(session, made) == {}
    assert session.scalar(select(func.count()).select_from(ImportPiece)) == 0
    empty = read(session, settings, "email,name\n")
    assert empty.state is ImportState.FAILED
    assert "nobody in this file" in empty.trouble


def test_of_whoever_was_refused_only_the_line_and_the_reason_are_kept_when_it_is_over(session, settings):
    made = applied(session, settings, "email,status\nana@example.org,\nben@example.org,unsubscribed\nnobody,\n")
    assert [
        (row.line, row.address, row.identity, row.address_hmac)
        for row in session.scalars(select(ImportRow).order_by(ImportRow.line))
    ] == [
        (3, "", "", None),
        (4, "", "", None),
    ]
    kept = session.scalars(text("SELECT t::text FROM imports t UNION ALL SELECT t::text FROM import_rows t")).all()
    assert not [row for row in kept if "ben@" in row]
    assert (made.added, made.refused) == (1, 2)


def test_what_is_put_aside_leaves_nobody_behind(session, settings):
    made = read(session, settings, "email\nana@example.org\n")
    course.discard(session, made.id)
    assert rows(session, made) == {}
    with pytest.raises(Conflict):
        course.apply(session, made.id)
    with pytest.raises(Conflict):
        course.undo(session, made.id)


def test_what_nobody_decides_about_is_forgotten_after_a_month(session, settings):
    made = read(session, settings, "email\nana@example.org\n")
    course.forget_old(session, now=factories.NOW + course.KEPT_WAITING)
    assert course.get(session, made.id).state is ImportState.READY
    course.forget_old(session, now=factories.NOW + course.KEPT_WAITING + timedelta(seconds=1))
    assert course.get(session, made.id).state is ImportState.DISCARDED


def test_the_sweep_rings_for_an_import_that_nobody_goes_on_with(session, settings):
    made = begin(session, "email\nana@example.org\n")
    ring = jobs.go_on_with_import(made.id)
    later = made.created_at + UNHEARD_AFTER + timedelta(seconds=1)
    assert ring not in list(sweep(session, now=made.created_at))
    assert ring in list(sweep(session, now=later))
    work(session, settings, made)
    assert ring not in list(sweep(session, now=later + timedelta(hours=1)))


def test_all_reasons_have_words():
    assert set(SUPPRESSED) == set(SuppressionReason) >= set(SILENCING)

"""Taking an import back: what it added goes, what people did themselves stays."""

import pytest
from sqlalchemy import func, select, text

from app.database import sessions
from app.errors import Conflict
from app.mail.address import EmailAddress
from app.models import ConsentEvent, ConsentKind, DeliveryKind, ImportPiece, ImportRow, ImportState, Subscriber
from app.services import deliveries, preferences, subscribers
from app.services.consent import Origin
from app.services.imports import applying, course, undoing
from tests import factories
from tests.integration.importing import applied, begin, read, standing, work

NOW = factories.NOW


@pytest.fixture
def session(engine):
    """A session that keeps nothing."""
    with sessions(engine)() as session:
        yield session
        session.rollback()


def found(session, address: str) -> Subscriber | None:
    return subscribers.by_address(session, EmailAddress.parse(address))


def undone(session, settings, made):
    course.undo(session, made.id)
    work(session, settings, made)
    session.expire_all()
    return course.get(session, made.id)


def kinds(session, subscriber_id: int) -> list[str]:
    wanted = select(ConsentEvent.kind).where(ConsentEvent.subscriber_id == subscriber_id).order_by(ConsentEvent.id)
    return [kind.value for kind in session.scalars(wanted)]


def test_whoever_we_know_from_it_alone_is_gone_with_their_address(session, settings, monkeypatch):
    monkeypatch.setattr(undoing, "AT_ONCE", 2)
    made = applied(session, settings, "email,name\n" + "".join(f"r{n}@example.org,Ana Lima\n" for n in range(5)))
    ana = found(session, "r0@example.org").id
    made = undone(session, settings, made)
    assert (made.state, made.taken_back, made.undone_at) == (ImportState.UNDONE, 5, NOW)
    assert session.scalars(text("SELECT t::text FROM subscribers t WHERE t::text ~ 'example|Lima|Ana'")).all() == []
    assert session.scalar(select(func.count()).where(Subscriber.erased_at == NOW)) == 5
    assert kinds(session, ana) == [ConsentKind.IMPORTED, ConsentKind.WITHDRAWN, ConsentKind.ERASED]
    last = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc()).limit(1)).one()
    assert (last.method, last.import_id) == ("import undone", made.id)


def test_the_same_list_can_come_again_afterwards(session, settings):
    content = "email\nana@example.org\n"
    undone(session, settings, applied(session, settings, content))
    assert applied(session, settings, content).applied == 1
    assert set(standing(session, found(session, "ana@example.org").id).values()) == {"confirmed"}


def test_what_people_did_since_stays(session, settings):
    known = factories.subscriber(session, settings, "known@example.org", "other")
    names = ("left", "chose", "quiet")
    made = applied(
        session, settings, "email\nknown@example.org\n" + "".join(f"{n}@example.org\n" for n in names), "a", "b"
    )
    a, b = made.topic_ids
    left, chose, quiet = (found(session, f"{name}@example.org") for name in names)
    preferences.leave_all(session, left.id, Origin("/u"), now=NOW)
    preferences.change(session, chose.id, [b], "fr", Origin("/p"), now=NOW)
    made = undone(session, settings, made)
    other = factories.topic(session, "other").id
    assert standing(session, known.id) == {other: "confirmed"}
    assert known.address == "known@example.org"
    assert standing(session, left.id) == {a: "unsubscribed", b: "unsubscribed"}
    assert left.address == "left@example.org"
    assert standing(session, chose.id) == {a: "unsubscribed", b: "confirmed"}
    assert (quiet.address, standing(session, quiet.id)) == ("", {})
    assert made.taken_back == 2


def test_whoever_was_written_to_keeps_an_address_in_the_ledger_but_gets_nothing_more(session, settings):
    made = applied(session, settings, "email\nana@example.org\n")
    ana = found(session, "ana@example.org")
    deliveries.queue_notice(session, DeliveryKind.ALREADY_SUBSCRIBED, ana, None, NOW)
    undone(session, settings, made)
    assert (ana.address, standing(session, ana.id)) == ("ana@example.org", {})


def test_an_import_is_stopped_half_way_and_what_it_did_so_far_is_taken_back(session, settings, monkeypatch):
    monkeypatch.setattr(applying, "AT_ONCE", 2)
    made = read(session, settings, "email\n" + "".join(f"r{n}@example.org\n" for n in range(6)))
    course.apply(session, made.id)
    course.go_on(session, settings, made.id, now=NOW)
    made = undone(session, settings, made)
    assert (made.state, made.applied, made.taken_back) == (ImportState.UNDONE, 2, 2)
    assert session.scalar(select(func.count()).select_from(ImportRow)) == 0
    assert found(session, "r0@example.org") is None


def test_reading_is_stopped_and_an_import_is_undone_only_once(session, settings):
    made = begin(session, "email\nana@example.org\n")
    course.discard(session, made.id)
    assert session.scalar(select(func.count()).select_from(ImportPiece)) == 0
    over = undone(session, settings, applied(session, settings, "email\nben@example.org\n"))
    for verb in (course.undo, course.apply, course.discard):
        with pytest.raises(Conflict):
            verb(session, over.id)

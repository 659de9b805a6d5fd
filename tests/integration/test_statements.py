"""Writing statements: what may be kept, under which address, and whose save counts."""

import threading
import unicodedata
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.database import sessions
from app.errors import Conflict, Invalid, NotFound
from app.models import Statement, StatementState
from app.services import statements
from app.services.statement_texts import LIMITS
from app.services.statements import Content
from tests import factories

NOW = factories.NOW
DRAFT = Content(title="Open every door", issued_on=date(2026, 11, 24), language="en", body="Every door.")


@pytest.fixture
def unsaved(engine):
    """A session that keeps nothing."""
    with sessions(engine)() as session:
        yield session
        session.rollback()


def refused(session, content: Content) -> dict[str | None, str]:
    with pytest.raises(Invalid) as found:
        statements.create(session, content)
    return {problem.field: problem.message for problem in found.value.problems}


def test_a_draft_keeps_what_was_written(session):
    made = statements.create(
        session, replace(DRAFT, topic_ids=(factories.topic(session).id,), contact_phone=" +44 20 ")
    )
    session.commit()
    found = statements.by_slug(session, "open-every-door")
    assert found.id == made.id
    assert (found.state, found.version, found.body, found.contact_phone) == ("draft", 1, "Every door.", "+44 20")
    assert [topic.slug for topic in found.topics] == ["statements"]


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Open every door!", "open-every-door"),
        ("  Égalité -- für Ñandú  ", "egalite-fur-nandu"),
        ("2026: 1st report", "2026-1st-report"),
        ("word " * 40, ("word-" * 16).rstrip("-")),
        ("../../etc/passwd", "etc-passwd"),
        ("<script>alert(1)</script>", "script-alert-1-script"),
        ("Ｆｕｌｌ width", "full-width"),
    ],
)
def test_the_address_is_made_of_the_titles_letters(unsaved, title, slug):
    assert statements.create(unsaved, replace(DRAFT, title=title)).slug == slug


@pytest.mark.parametrize("title", ["بيان بشأن التصويت", "聲明", "Ω", "🎉 🎉", "—"])
def test_a_title_without_latin_letters_gets_an_address_that_can_be_typed(unsaved, title):
    one = statements.create(unsaved, replace(DRAFT, title=title))
    two = statements.create(unsaved, replace(DRAFT, title=title))
    assert one.slug != two.slug
    for made in (one, two):
        assert made.title == title
        assert made.slug.startswith("statement-")
        assert statements.by_slug(unsaved, made.slug) is made


def test_the_same_title_gets_the_next_number(unsaved):
    slugs = [statements.create(unsaved, DRAFT).slug for _ in range(3)]
    statements.create(unsaved, replace(DRAFT, title="Open every door 4"))
    slugs.append(statements.create(unsaved, DRAFT).slug)
    assert slugs == ["open-every-door", "open-every-door-2", "open-every-door-3", "open-every-door-5"]


def test_two_people_who_write_the_same_title_at_once_get_two_addresses(session, database):
    first = statements.create(session, DRAFT)
    slugs: list[str] = []

    def second() -> None:
        with sessions(database).begin() as other:
            slugs.append(statements.create(other, DRAFT).slug)

    thread = threading.Thread(target=second)
    thread.start()
    thread.join(0.2)
    session.commit()
    thread.join(20)
    assert [first.slug, *slugs] == ["open-every-door", "open-every-door-2"]


def test_a_new_title_leaves_the_address_as_it_was_mailed(unsaved):
    made = statements.create(unsaved, DRAFT)
    statements.save(unsaved, made, replace(DRAFT, title="Another title"), version=1)
    assert (made.slug, made.title) == ("open-every-door", "Another title")


@pytest.mark.parametrize("title", ["", "   ", "\n", "\0", "\x07\x1b", "\u200b\u200b", "\u202e", "\ud800"])
def test_a_title_that_nobody_could_see_is_refused(unsaved, title):
    assert refused(unsaved, replace(DRAFT, title=title)) == {"title": "Give the statement a title."}


@pytest.mark.parametrize(("name", "limit"), sorted(LIMITS.items()))
def test_what_is_too_long_is_named_with_its_limit(unsaved, name, limit):
    fits = "a@" + "b." * 100 + "example.org" if name == "contact_email" else "x" * limit
    statements.create(unsaved, replace(DRAFT, **{name: fits}))
    found = refused(unsaved, replace(DRAFT, **{name: "x" * (limit + 1)}))
    assert (
        found[name]
        if name == "contact_email"
        else found == {name: f"This is {limit + 1} characters long; at most {limit} fit."}
    )


def test_limits_hold_for_the_form_in_which_a_text_is_kept(unsaved):
    longer_in_nfc = "\u0958" * 250
    assert len(unicodedata.normalize("NFC", longer_in_nfc)) == 500
    assert list(refused(unsaved, replace(DRAFT, title=longer_in_nfc))) == ["title"]
    assert list(refused(unsaved, replace(DRAFT, signatory_name="\U0001d160" * 200))) == ["signatory_name"]
    assert statements.create(unsaved, replace(DRAFT, title="e\u0301" * 250)).title == "é" * 250


def test_all_faults_are_told_at_once(unsaved):
    found = refused(
        unsaved,
        replace(DRAFT, title=" ", contact_email="the desk", standfirst="x" * 2001, language="klingon"),
    )
    assert set(found) == {"title", "contact_email", "standfirst", "language"}


@pytest.mark.parametrize("language", ["", "e", "english", "en_GB", "e\0", "\ud800", "en-a-b", "en-" + "x" * 20])
def test_a_language_that_is_no_short_code_is_refused(unsaved, language):
    assert list(refused(unsaved, replace(DRAFT, language=language))) == ["language"]


def test_a_topic_that_is_gone_is_refused(unsaved):
    assert list(refused(unsaved, replace(DRAFT, topic_ids=(99,)))) == ["topics"]


def test_control_characters_and_foreign_line_ends_do_not_reach_the_mail(session):
    made = statements.create(
        session,
        replace(
            DRAFT,
            title="Open\r\n every\tdoor\x00",
            body="One.\r\n\r\nTwo\x07.\rThree.\x00\ud800",
            contact_name="  Tom\x1b Berg ",
            standfirst="Cafe\u0301",
        ),
    )
    session.commit()
    session.refresh(made)
    assert made.title == "Open every door"
    assert made.body == "One.\n\nTwo.\nThree."
    assert made.contact_name == "Tom Berg"
    assert made.standfirst == "Café"


def test_who_saves_second_is_told_and_replaces_nothing(session, database):
    made = statements.create(session, DRAFT)
    session.commit()
    with sessions(database)() as other:
        theirs = statements.get(other, made.id)
        statements.save(session, made, replace(DRAFT, body="Mine."), version=1)
        session.commit()
        with pytest.raises(Conflict, match="Somebody else saved"):
            statements.save(other, theirs, replace(DRAFT, body="Theirs."), version=1)
        other.rollback()
        with pytest.raises(Conflict, match="Somebody else saved"):
            statements.save(other, theirs, replace(DRAFT, body="Theirs."), version=1)
        assert statements.get(other, made.id).body == "Mine."
        statements.save(other, theirs, replace(DRAFT, body="Theirs, knowing of mine."), version=2)


def test_a_save_that_changes_only_the_topics_counts(unsaved):
    made = statements.create(unsaved, DRAFT)
    statements.save(unsaved, made, replace(DRAFT, topic_ids=(factories.topic(unsaved).id,)), version=1)
    assert made.version == 2


def test_a_refused_save_changes_nothing(session):
    made = statements.create(session, DRAFT)
    session.commit()
    with pytest.raises(Invalid):
        statements.save(session, made, replace(DRAFT, title="", body="Other."), version=1)
    session.commit()
    session.refresh(made)
    assert (made.title, made.body, made.version) == ("Open every door", "Every door.", 1)


def test_without_a_text_or_a_topic_nothing_is_published(unsaved):
    made = statements.create(unsaved, replace(DRAFT, body=" \n "))
    with pytest.raises(Invalid) as found:
        statements.publish(unsaved, made, NOW)
    assert {problem.field for problem in found.value.problems} == {"body", "topics"}
    assert made.state is StatementState.DRAFT


def test_publishing_twice_keeps_the_first_moment(unsaved):
    made = factories.statement(unsaved)
    statements.publish(unsaved, made, NOW + timedelta(days=1))
    assert made.published_at == NOW


def test_the_public_finds_what_is_published_and_nothing_else(unsaved):
    made = factories.statement(unsaved, published=False)
    with pytest.raises(NotFound):
        statements.get_published(unsaved, made.slug)
    assert statements.archive(unsaved) == ([], 0)
    assert statements.addresses(unsaved) == []
    statements.publish(unsaved, made, NOW)
    assert statements.get_published(unsaved, made.slug) is made
    assert statements.archive(unsaved) == ([made], 1)
    assert [slug for slug, _ in statements.addresses(unsaved)] == [made.slug]


def test_the_archive_goes_by_date_and_topic_in_pages(unsaved):
    for number in range(23):
        made = factories.statement(unsaved, f"Statement number {number}", "events" if number % 2 else "statements")
        made.issued_on = date(2026, 1, 1) + timedelta(days=number)
    unsaved.flush()
    first, total = statements.archive(unsaved)
    second, _ = statements.archive(unsaved, page=2)
    assert total == 23
    assert [made.title.split()[-1] for made in (*first, *second)] == [str(n) for n in range(22, -1, -1)]
    events, total = statements.archive(unsaved, factories.topic(unsaved, "events"))
    assert total == len(events) == 11
    assert statements.archive(unsaved, page=9) == ([], 23)
    assert statements.archive(unsaved, page=-1)[0] == first


@pytest.mark.parametrize("look", [lambda s: statements.get(s, 4711), lambda s: statements.by_slug(s, "nowhere")])
def test_what_does_not_exist_is_not_found(unsaved, look):
    with pytest.raises(NotFound):
        look(unsaved)
    assert unsaved.scalar(select(func.count()).select_from(Statement)) == 0

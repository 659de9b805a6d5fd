"""Finding a statement again, and what was typed and not saved."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from app.database import sessions
from app.models import Image, StatementState
from app.services import access, images, statements
from app.services.statement_texts import TranslatedTexts
from app.services.statements import Content, Search, autosaves
from app.services.statements.autosaves import Place
from tests import factories
from tests.flows.newsroom import a_picture

NOW = factories.NOW
DRAFT = Content(title="Open every door", issued_on=date(2026, 11, 24), language="en", body="Every door.")


@pytest.fixture
def session(engine):
    """A session that keeps nothing."""
    with sessions(engine)() as session:
        yield session
        session.rollback()


@pytest.fixture
def shelf(session):
    """Three statements, one of them published and one in two languages."""
    factories.statement(session, "Ramps for all", "access", body="Forty libraries.")
    made = statements.create(session, replace(DRAFT, title="100% of doors", issued_on=date(2025, 1, 2)))
    statements.save_translation(session, made, "fr", TranslatedTexts(title="Toutes les portes"), version=1)
    statements.create(session, replace(DRAFT, title="الأبواب", language="ar", body="نص"))
    return session


def titles(session, **wanted) -> set[str]:
    return {found.title for found in statements.search(session, Search(**wanted)).statements}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, {"Ramps for all", "100% of doors", "الأبواب"}),
        ({"words": "RAMPS"}, {"Ramps for all"}),
        ({"words": "libraries forty"}, {"Ramps for all"}),
        ({"words": "portes"}, {"100% of doors"}),
        ({"words": "100%"}, {"100% of doors"}),
        ({"words": "%"}, {"100% of doors"}),
        ({"words": "_"}, set()),
        ({"words": "\\"}, set()),
        ({"words": "' OR 1=1 --"}, set()),
        ({"state": StatementState.PUBLISHED}, {"Ramps for all"}),
        ({"language": "fr"}, {"100% of doors"}),
        ({"language": "ar"}, {"الأبواب"}),
        ({"since": date(2026, 1, 1), "language": "en"}, {"Ramps for all"}),
        ({"until": date(2025, 12, 31)}, {"100% of doors"}),
    ],
)
def test_staff_find_what_they_remember(shelf, wanted, found):
    assert titles(shelf, **wanted) == found


def test_a_topic_narrows_it_down(shelf):
    assert titles(shelf, topic_id=factories.topic(shelf, "access").id) == {"Ramps for all"}
    assert titles(shelf, topic_id=2**62) == set()


def test_a_page_beyond_the_last_is_the_last(shelf):
    found = statements.search(shelf, Search(), 99)
    assert (found.page, found.pages, found.total, len(found.statements)) == (1, 1, 3, 3)


def test_the_languages_in_use_are_those_of_all_versions(shelf):
    assert statements.languages_in_use(shelf) == ["ar", "en", "fr"]


@pytest.fixture
def ana(session):
    return access.add_staff(session, "ana@opendoors.example", "Ana", "a password that is long enough")


@pytest.fixture
def ben(session):
    return access.add_staff(session, "ben@opendoors.example", "Ben", "a password that is long enough")


def keep(session, place, at, **fields):
    typed = {name: [value] for name, value in fields.items()} or None
    autosaves.keep(session, place, fields=typed, version=1, now=at)


def test_what_was_typed_is_found_again_by_its_author_only(session, ana, ben):
    made = statements.create(session, DRAFT)
    place = Place(ana.id, made.id)
    keep(session, place, NOW, title="Typed")
    assert autosaves.find(session, place).fields == {"title": ["Typed"]}
    assert autosaves.find(session, Place(ben.id, made.id)) is None
    assert autosaves.find(session, Place(ana.id)) is None
    assert autosaves.find(session, Place(ana.id, made.id, "fr")) is None
    autosaves.forget(session, place)
    assert autosaves.find(session, place) is None


def test_a_new_statement_has_one_place_for_each_person(session, ana):
    place = Place(ana.id)
    keep(session, place, NOW, title="One")
    keep(session, place, NOW + timedelta(seconds=5), title="Two")
    found = autosaves.find(session, place)
    assert (found.fields, found.at) == ({"title": ["Two"]}, NOW + timedelta(seconds=5))


def test_being_there_keeps_what_was_typed_and_when(session, ana):
    made = statements.create(session, DRAFT)
    place = Place(ana.id, made.id)
    keep(session, place, NOW, title="Typed")
    keep(session, place, NOW + timedelta(minutes=1))
    found = autosaves.find(session, place)
    assert (found.fields, found.at) == ({"title": ["Typed"]}, NOW)
    keep(session, Place(ana.id), NOW)
    assert autosaves.find(session, Place(ana.id)) is None


def test_who_is_editing_is_told_to_others_for_two_minutes(session, ana, ben):
    made = statements.create(session, DRAFT)
    keep(session, Place(ana.id, made.id), NOW)
    keep(session, Place(ana.id, made.id), NOW + timedelta(minutes=1))
    keep(session, Place(ana.id, made.id, "fr"), NOW + timedelta(minutes=1))

    def seen_by(who, minutes):
        at = NOW + timedelta(minutes=minutes)
        return [(one.name, one.since) for one in autosaves.editing_now(session, made.id, who.id, at)]

    assert seen_by(ben, 2) == [("Ana", NOW)]
    assert seen_by(ana, 2) == []
    assert seen_by(ben, 3.5) == []
    keep(session, Place(ana.id, made.id), NOW + timedelta(minutes=30))
    assert seen_by(ben, 30) == [("Ana", NOW + timedelta(minutes=30))]


def uploaded(session, days: float):
    image = images.add(session, a_picture())
    session.execute(update(Image).where(Image.id == image.id).values(created_at=NOW - timedelta(days=days)))
    return image.id


def left(session) -> set[object]:
    images.remove_orphans(session, NOW)
    return set(session.scalars(select(Image.id)))


def test_pictures_that_no_version_ever_showed_are_removed_after_a_day(session, ana):
    fresh, orphan, old = uploaded(session, 0.5), uploaded(session, 2), uploaded(session, 40)
    shown, replaced, in_text, in_draft = (uploaded(session, 2) for _ in range(4))
    made = statements.create(session, replace(DRAFT, image_id=replaced, image_alt="A door"))
    content = replace(DRAFT, image_id=shown, image_alt="A door", body=f'<img src="https://x.example/images/{in_text}">')
    statements.save(session, made, content, version=1)
    keep(session, Place(ana.id), NOW, image_id=str(in_draft))
    assert left(session) == {fresh, old, shown, replaced, in_text, in_draft}
    assert orphan not in left(session)


def test_there_may_be_no_pictures_at_all(session):
    assert images.remove_orphans(session, NOW) == 0
    assert session.scalar(select(func.count()).select_from(Image).where(Image.id == uuid4())) == 0

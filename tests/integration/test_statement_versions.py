"""Versions, languages, corrections and withdrawals of a statement: what is kept, and what the public sees."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.database import sessions
from app.errors import Conflict, Invalid, NotFound
from app.models import CampaignState, StatementState, StatementVersion
from app.services import access, statements
from app.services.statement_texts import TranslatedTexts
from app.services.statements import Content, Correction, versions
from app.services.statements.versions import Act
from tests import factories

NOW = factories.NOW
DRAFT = Content(title="Open every door", issued_on=date(2026, 11, 24), language="en", body="Every door.")
FRENCH = TranslatedTexts(title="Ouvrez chaque porte", body="Chaque porte.")


@pytest.fixture
def session(engine):
    """A session that keeps nothing."""
    with sessions(engine)() as session:
        yield session
        session.rollback()


def acts(session, made) -> list[tuple[int, str]]:
    return [(kept.version.version, kept.act.value) for kept in versions.listed(session, made)[0]]


def test_every_save_keeps_what_the_statement_said_and_who_saved_it(session):
    ana = access.add_staff(session, "ana@opendoors.example", "Ana", "a password that is long enough")
    made = statements.create(session, DRAFT, author_id=ana.id)
    statements.save(session, made, replace(DRAFT, body="Each door."), version=1, author_id=ana.id)
    found, total = versions.listed(session, made)
    assert [(kept.version.version, kept.act, kept.who) for kept in found] == [
        (2, Act.SAVED, "Ana"),
        (1, Act.CREATED, "Ana"),
    ]
    assert total == 2
    assert versions.words_at(session, made, 1)["body"] == "Every door."


def test_an_older_version_comes_back_with_its_topics_and_languages(session):
    topic = factories.topic(session)
    made = statements.create(session, replace(DRAFT, topic_ids=(topic.id,)))
    statements.save_translation(session, made, "fr", FRENCH, version=1)
    statements.remove_translation(session, made, "fr", version=2)
    statements.save(session, made, replace(DRAFT, title="Other", topic_ids=()), version=3)
    assert statements.restore(session, made, 2, version=4) == []
    assert (made.title, made.version) == ("Open every door", 5)
    assert [one.language for one in made.translations] == ["fr"]
    assert [one.slug for one in made.topics] == ["statements"]
    assert acts(session, made)[0] == (5, "restored")


def test_a_statement_from_before_versions_keeps_its_words_at_the_next_save(session):
    made = statements.create(session, DRAFT)
    session.execute(StatementVersion.__table__.delete())
    session.expire_all()
    statements.save(session, made, replace(DRAFT, body="New."), version=1)
    assert acts(session, made) == [(2, "saved"), (1, "before")]
    assert versions.words_at(session, made, 1)["body"] == "Every door."


def test_a_version_that_was_not_kept_is_not_found(session):
    made = statements.create(session, DRAFT)
    with pytest.raises(NotFound):
        statements.restore(session, made, 7, version=1)


def test_a_translation_is_a_save_of_the_statement(session):
    made = statements.create(session, DRAFT)
    statements.save_translation(session, made, "FR", FRENCH, version=1)
    assert made.version == 2
    assert statements.translation_in(made, "fr").title == "Ouvrez chaque porte"
    with pytest.raises(Conflict):
        statements.save_translation(session, made, "de", FRENCH, version=1)


@pytest.mark.parametrize(
    ("written", "kept"), [("PT-br", "pt-BR"), ("zh-hant", "zh-Hant"), ("AR", "ar"), ("sr-latn-rs", "sr-Latn-RS")]
)
def test_language_tags_are_kept_in_their_usual_letters(written, kept):
    assert statements.canonical_language(written) == kept


def test_the_original_is_not_its_own_translation(session):
    made = statements.create(session, DRAFT)
    with pytest.raises(Invalid):
        statements.save_translation(session, made, "en", FRENCH, version=1)
    statements.save_translation(session, made, "fr", FRENCH, version=1)
    with pytest.raises(Invalid) as found:
        statements.save(session, made, replace(DRAFT, language="fr"), version=2)
    assert [problem.field for problem in found.value.problems] == ["language"]


def test_words_of_a_translation_are_checked_like_those_of_the_original(session):
    made = statements.create(session, DRAFT)
    with pytest.raises(Invalid) as found:
        statements.save_translation(session, made, "fr", TranslatedTexts(title="", body="{{ nom }}"), version=1)
    assert {problem.field for problem in found.value.problems} == {"title", "body"}
    assert made.translations == []


def test_another_language_saved_meanwhile_stands_in_nobodys_way(session):
    made = statements.create(session, DRAFT)
    statements.save_translation(session, made, "fr", FRENCH, version=1)
    assert not versions.changed_since(session, made, 1)
    assert versions.changed_since(session, made, 1, "fr")
    statements.save(session, made, replace(DRAFT, body="New."), version=2)
    assert versions.changed_since(session, made, 1)
    assert not versions.changed_since(session, made, 2, "fr")


def test_publishing_meanwhile_is_something_that_its_author_must_hear_of(session):
    made = factories.statement(session, published=False)
    statements.publish(session, made, NOW)
    assert versions.changed_since(session, made, 1)


def test_a_correction_is_kept_with_its_moment_until_it_is_taken_away(session):
    made = factories.statement(session)
    content = replace(DRAFT, topic_ids=tuple(topic.id for topic in made.topics))
    statements.save(session, made, content, version=2, correction=Correction("Nine, not twelve.", NOW))
    assert (made.correction, made.corrected_at) == ("Nine, not twelve.", NOW)
    statements.save(session, made, content, version=3)
    assert made.correction == "Nine, not twelve."
    statements.save(session, made, content, version=4, correction=Correction("", NOW))
    assert (made.correction, made.corrected_at) == ("", None)
    assert [act for _, act in acts(session, made)] == ["saved", "saved", "corrected", "published", "created"]


def test_a_withdrawn_statement_is_out_of_the_archive_and_can_come_back(session):
    made = factories.statement(session)
    statements.withdraw(session, made, NOW + timedelta(days=1))
    assert made.state is StatementState.WITHDRAWN
    assert statements.archive(session) == ([], 0)
    assert statements.addresses(session) == []
    assert statements.at_address(session, made.slug) is made
    with pytest.raises(NotFound):
        statements.get_published(session, made.slug)
    statements.publish(session, made, NOW + timedelta(days=2))
    assert (made.state, made.published_at, made.withdrawn_at) == (StatementState.PUBLISHED, NOW, None)


def test_only_what_is_published_can_be_withdrawn(session):
    made = statements.create(session, DRAFT)
    with pytest.raises(Conflict):
        statements.withdraw(session, made, NOW)


@pytest.mark.parametrize("state", [CampaignState.SCHEDULED, CampaignState.SENDING, CampaignState.PAUSED])
def test_what_is_on_the_way_to_readers_is_not_withdrawn(session, state):
    campaign = factories.campaign(session)
    campaign.state, campaign.started_at, campaign.scheduled_for = state, NOW, NOW
    session.flush()
    with pytest.raises(Conflict, match="Cancel that campaign first"):
        statements.withdraw(session, campaign.statement, NOW)


def test_a_form_that_is_sent_twice_makes_one_draft(session):
    key = UUID("6f1d3a60-3a1c-4c5e-9d52-0f8a1f6a7b11")
    ana = access.add_staff(session, "ana@opendoors.example", "Ana", "a password that is long enough")
    assert statements.made_with(session, ana.id, key) is None
    made = statements.create(session, DRAFT, author_id=ana.id, key=str(key))
    assert statements.made_with(session, ana.id, key) is made
    assert statements.made_with(session, ana.id + 1, key) is None


def test_versions_come_in_pages(session):
    made = statements.create(session, DRAFT)
    for number in range(1, 35):
        statements.save(session, made, replace(DRAFT, body=f"{number}"), version=number)
    first, total = versions.listed(session, made)
    second, _ = versions.listed(session, made, 2)
    assert (total, len(first), len(second)) == (35, 30, 5)
    assert session.scalar(select(StatementVersion.version).order_by(StatementVersion.version).limit(1)) == 1

"""Whom a campaign would reach, and what was done about warnings: the checks that are about people."""

import pytest

from app.errors import Conflict
from app.models import Campaign, Letter, LetterKind, LetterState
from app.services import access, preflight
from app.services.editions import Press
from tests import factories
from tests.integration.preflighting import HASH, NOW, found, looked, sent_campaign


@pytest.fixture
def press(settings):
    return Press.from_settings(settings)


@pytest.fixture
def reader(session, settings):
    return factories.subscriber(session, settings, "reader@example.org")


def test_nobody_and_no_topic_stop_the_mail(session, press):
    campaign = factories.campaign(session)
    (finding,) = found(looked(session, press, campaign), "audience")
    assert "Nobody would get it" in finding.words
    campaign.topics = []
    look = looked(session, press, campaign)
    assert "No topic is chosen" in found(look, "audience")[0].words
    assert look.stops


def test_an_audience_that_differs_by_more_than_a_third_from_the_last_is_asked_about(session, settings, press):
    factories.readers(session, settings, (f"reader{number}@example.org" for number in range(40)))
    sent_campaign(session, settings, 28)
    campaign = factories.campaign(session)
    (finding,) = found(looked(session, press, campaign), "audience-size")
    assert finding.words == "40 people would get this; last time, with “An earlier statement”, it was 28. Why?"
    assert finding.level == "warning"


def test_an_audience_that_grew_a_little_is_not(session, settings, press):
    factories.readers(session, settings, (f"reader{number}@example.org" for number in range(40)))
    sent_campaign(session, settings, 32)
    assert found(looked(session, press, factories.campaign(session)), "audience-size") == []


def test_people_who_got_this_statement_already_are_counted(session, settings, press):
    for number in range(3):
        factories.subscriber(session, settings, f"reader{number}@example.org")
    earlier = sent_campaign(session, settings, 2)
    again = Campaign(
        statement=earlier.statement,
        subject=earlier.subject,
        preheader="Once more, for those who missed it",
        topics=list(earlier.topics),
    )
    session.add(again)
    session.flush()
    (finding,) = found(looked(session, press, again), "sent-before")
    assert finding.words.startswith("2 of these 3 people were sent this statement already")
    again.excluded_campaign = earlier
    session.flush()
    assert found(looked(session, press, again), "sent-before") == []


def test_the_same_subject_a_week_later_is_asked_about(session, settings, press, reader):
    sent_campaign(session, settings, 1, title="Another statement", subject="Open every polling station")
    (finding,) = found(looked(session, press, factories.campaign(session)), "sent-before")
    assert "same subject" in finding.words


def test_a_language_that_many_readers_have_and_the_statement_has_not_is_a_note(session, settings, press):
    factories.subscriber(session, settings, "en@example.org")
    factories.subscriber(session, settings, "fr1@example.org", language="fr")
    factories.subscriber(session, settings, "fr2@example.org", language="fr")
    (finding,) = found(looked(session, press, factories.campaign(session)), "translation")
    assert finding.level == "note"
    assert finding.words == "2 of these people read French; there is no such version, so they get it in English."


@pytest.mark.parametrize(
    ("state", "content", "words"),
    [
        (LetterState.SENT, HASH, ""),
        (LetterState.QUEUED, HASH, "on its way"),
        (LetterState.FAILED, HASH, "did not arrive: no such mailbox"),
        (LetterState.SENT, b"x" * 32, "was changed after the last test mail"),
    ],
)
def test_a_test_mail_of_exactly_this_is_wanted(session, press, reader, state, content, words):
    campaign = factories.campaign(session)
    session.add(
        Letter(
            kind=LetterKind.TEST, state=state, campaign_id=campaign.id, content_hash=content, language="en",
            sender="a@b.example", recipient="ana@b.example", subject="[Test]", content=b"-",
            reply_text="no such mailbox",
        )
    )  # fmt: skip
    session.flush()
    named = found(looked(session, press, campaign), "test-mail")
    assert [words in finding.words for finding in named] == ([True] if words else [])


def test_a_warning_is_acknowledged_by_name_and_only_for_what_was_shown(session, press, reader):
    member = access.add_staff(session, "ana@opendoors.example", "Ana", "a password that is long enough")
    campaign = factories.campaign(session, body="Quote TK from the director.")
    look = looked(session, press, campaign)
    assert {finding.check for finding in preflight.unacknowledged(session, campaign, look)} == {
        "placeholder",
        "test-mail",
    }
    preflight.acknowledge(session, campaign, look, "placeholder", member=member, now=NOW)
    preflight.acknowledge(session, campaign, look, "placeholder", member=member, now=NOW)
    assert {finding.check for finding in preflight.unacknowledged(session, campaign, look)} == {"test-mail"}
    assert preflight.acknowledgements(session, campaign, look)["placeholder"].who == "Ana"

    campaign.statement.body = "Quotes TK and TK2, and TODO."
    changed = looked(session, press, campaign)
    assert "placeholder" in {finding.check for finding in preflight.unacknowledged(session, campaign, changed)}
    other = looked(session, press, campaign, content_hash=b"o" * 32)
    assert preflight.acknowledgements(session, campaign, other) == {}


def test_figures_that_change_by_themselves_do_not_void_an_acknowledgement(session, settings, press):
    factories.readers(session, settings, (f"reader{number}@example.org" for number in range(40)))
    sent_campaign(session, settings, 28)
    member = access.add_staff(session, "ana@opendoors.example", "Ana", "a password that is long enough")
    campaign = factories.campaign(session)
    look = looked(session, press, campaign)
    preflight.acknowledge(session, campaign, look, "audience-size", member=member, now=NOW)
    factories.subscriber(session, settings, "one-more@example.org")
    later = looked(session, press, campaign)
    assert "41 people" in found(later, "audience-size")[0].words
    assert "audience-size" in preflight.acknowledgements(session, campaign, later)


@pytest.mark.parametrize("check", ["link-text", "unsubscribe", "no such check"])
def test_errors_notes_and_made_up_names_can_not_be_acknowledged(session, press, reader, check):
    member = access.add_staff(session, "ana@opendoors.example", "Ana", "a password that is long enough")
    campaign = factories.campaign(session, body="Read [here](https://a.org/x).")
    look = looked(session, press, campaign)
    with pytest.raises(Conflict):
        preflight.acknowledge(session, campaign, look, check, member=member, now=NOW)


def test_looking_changes_nothing(session, press, reader):
    campaign = factories.campaign(session)
    session.commit()
    looked(session, press, campaign)
    assert not session.new
    assert not session.dirty

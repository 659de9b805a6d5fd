"""The steps of a campaign: each saved by itself, with what is wrong said beside the field, and nothing typed lost."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from app.models import Campaign, CampaignState, Letter, LetterState, Role
from app.services import access
from app.services.access import accounts
from app.services.editions import Press
from tests import factories
from tests.flows.newsroom import begin, count, only, publish, step
from tests.flows.roles import become

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def events(newsroom):
    """The number of another topic."""
    made = factories.topic(newsroom, "events")
    newsroom.commit()
    return str(made.id)


@pytest.fixture
def begun(office, newsroom, settings, events):
    """The audience's page of a new campaign; there are readers of another topic and language as well."""
    factories.subscriber(newsroom, settings, "lectrice@example.org", language="fr")
    factories.subscriber(newsroom, settings, "both@example.org", "statements", "events")
    newsroom.commit()
    publish(office)
    return begin(office)


def counted(office, begun, **chosen) -> dict:
    """What the script is told for what is chosen."""
    return office.client.get(f"{begun.path}/count", query_string=chosen).json


def test_the_audience_is_counted_while_it_is_chosen_and_told_in_words(office, begun, events):
    assert counted(office, begun, topics="1")["people"] == "5 people"
    assert counted(office, begun, topics="1", languages="fr") == {
        "count": 1,
        "people": "1 person",
        "words": "People who confirmed Statements and read French",
        "warning": "",
    }
    found = counted(office, begun, topics=["1", events], languages=["fr", "de"], excluded_topics=events)
    assert found["words"] == "People who confirmed Statements or Events, read French or German, and don't follow Events"
    assert "can't be chosen and left out at once" in found["warning"]
    assert counted(office, begun)["warning"] == "Choose at least one topic."
    assert counted(office, begun, topics="1", languages="pt")["warning"].startswith("Nobody is in this audience")


def test_counting_keeps_nothing_and_without_scripts_a_button_counts(office, begun, newsroom, events):
    page = begun.press("Count again", excluded_topics=events)
    assert page.status == 200
    assert "4 people" in page.text
    assert "don't follow Events" in page.text
    assert only(newsroom, Campaign).excluded_topics == []
    assert begun.buttons[0] == "Count again", "so that the enter key does no harm"


def test_the_audience_is_saved_and_shown_again(office, begun, newsroom, events):
    page = begun.press("Save and go on", languages="fr", excluded_topics=events)
    assert "Saved." in page.text
    assert page.path.endswith("/words")
    campaign = only(newsroom, Campaign)
    assert (campaign.languages, [topic.slug for topic in campaign.excluded_topics]) == (["fr"], ["events"])
    page = office.open(begun.path)
    assert "1 person" in page.text
    assert page.html.select_one("details").has_attr("open")


def test_readers_of_another_campaign_are_left_out(office, begun, newsroom, settings):
    other = factories.campaign(newsroom)
    factories.send(newsroom, Press.from_settings(settings), other, now=NOW)
    newsroom.commit()
    page = begun.press("Save and go on", excluded_campaign=str(other.public_id))
    assert "Saved." in page.text
    assert "did not get “Open every polling station” of November 24, 2026" in office.open(begun.path).text
    refused = begun.press("Save and go on", excluded_campaign="00000000-0000-0000-0000-000000000000")
    assert "That campaign does not exist any more." in refused.text


@pytest.mark.parametrize(
    ("chosen", "words", "field"),
    [
        ({"topics": []}, "Choose at least one topic.", "topics"),
        ({"topics": ["99"]}, "does not exist any more", "topics"),
        ({"excluded_topics": ["1"]}, "Statements can't be chosen and left out at once.", "excluded_topics"),
        ({"excluded_campaign": "what?"}, "That campaign does not exist any more.", "excluded_campaign"),
    ],
)
def test_an_audience_that_can_not_be_meant_is_refused_at_its_field(office, begun, newsroom, chosen, words, field):
    page = begun.press("Save and go on", **chosen)
    assert page.status == 400
    assert page.title.startswith("Error: ")
    summary = page.html.select_one(".error-summary")
    assert words in summary.get_text()
    assert summary.select_one("a")["href"] == f"#{field}"
    assert page.html.find(id=field) is not None


def test_words_that_can_not_stand_are_said_and_kept(office, begun, newsroom):
    page = step(office, begun, "words")
    for typed, said in (
        ({"subject": "x" * 251}, "too long for a subject"),
        ({"subject": "Hello {{ nam }}"}, "“{{ nam }}” is no merge field."),
        ({"preheader": "Hello {{ nam }}"}, "“{{ nam }}” is no merge field."),
        ({"intro": "Dear {{ nam }}"}, "“{{ nam }}” is no merge field."),
    ):
        refused = page.press("Save and go on", **typed)
        assert refused.status == 400
        assert said in refused.html.get_text()
        (field,) = typed
        assert refused.value(field) == typed[field]
        assert refused.html.select_one(f"#{field}")["aria-invalid"] == "true"
    assert only(newsroom, Campaign).subject == "Every door should open for everybody"


def test_where_nothing_is_typed_the_statements_own_words_stand(office, begun, newsroom):
    step(office, begun, "words").press("Save and go on", subject=" ", preheader="")
    campaign = only(newsroom, Campaign)
    assert (campaign.subject, campaign.preheader) == (campaign.statement.title, campaign.statement.standfirst)


def test_a_test_goes_to_the_colleagues_who_were_chosen(office, begun, newsroom):
    colleague = access.add_staff(newsroom, "ben@opendoors.example", "Ben Ode", "a password that is long enough")
    newsroom.commit()
    page = step(office, begun, "test")
    assert "None yet." in page.text
    page = page.press("Send the test", members=[str(colleague.id)])
    assert "The test is on its way to 1 person." in page.text
    assert "ben@opendoors.example" in page.text
    assert "Waiting" in page.text
    newsroom.execute(update(Letter).values(state=LetterState.SENT, sent_at=NOW, content=None))
    newsroom.commit()
    page = office.open(page.path)
    assert "The mail as it is now" in page.text
    step(office, begun, "words").press("Save and go on", subject="Another subject")
    assert "An earlier version" in office.open(page.path).text


def test_a_test_goes_to_nobody_else(office, begun, newsroom):
    invited = accounts.invite(newsroom, "wrong@opendoors.example", "Nobody yet", Role.AUTHOR)
    newsroom.commit()
    page = step(office, begun, "test")
    assert "wrong@opendoors.example" not in page.text
    for members in ([], ["99"], [str(invited.id)]):
        refused = page.press("Send the test", members=members)
        assert "Choose at least one person." in refused.text
    assert count(newsroom, Letter) == 0


def test_links_of_a_test_mail_lead_to_a_page_that_says_so_and_changes_nothing(app, newsroom, settings):
    links, client = Press.from_settings(settings).links, app.test_client()
    left, preferences = (link.removeprefix(links.base) for link in (links.unsubscribe(0, 0), links.preferences(0)))
    for path, posted in ((left, {"List-Unsubscribe": "One-Click"}), (left, {"confirm": "1"}), (preferences, {})):
        for answer in (client.get(path), client.post(path, data=posted)):
            assert answer.status_code == 200
            assert "This link came with a test" in answer.text


def test_a_viewer_looks_and_finds_no_buttons(office, begun, newsroom):
    become(newsroom, "viewer")
    for name in ("statement", "audience", "words", "checks", "test", "approval", "send"):
        page = step(office, begun, name)
        assert page.status == 200
        assert [words for words in page.buttons if words not in {"Show preview"}] == [], name


def test_a_campaign_that_is_on_its_way_is_not_prepared_any_more(office, begun, newsroom):
    newsroom.execute(update(Campaign).values(state="sending", started_at=NOW))
    newsroom.commit()
    path = f"/console/campaigns/{only(newsroom, Campaign).public_id}"
    assert office.open(begun.path).path == path
    page = begun.press("Save and go on", languages="fr")
    assert page.path == path
    assert "it was not sent twice" in page.text
    assert only(newsroom, Campaign).state is CampaignState.SENDING

"""Handed in, approved, handed back: by whom it may be, and for exactly what was seen."""

import re
from datetime import UTC, datetime

import pytest

from app.models import Campaign, CampaignState, LetterKind, Role
from app.services import access, site
from tests.flows.console.staff_room import letters, text_of
from tests.flows.newsroom import acknowledge_all, begin, only, publish, step
from tests.flows.press_office import ADDRESS, PressOffice
from tests.flows.roles import become

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BEN, PASSWORD = "ben@opendoors.example", "a password that is long enough"


@pytest.fixture
def ben(newsroom, app):
    """A second person, who may approve."""
    access.add_staff(newsroom, BEN, "Ben Ode", PASSWORD, role=Role.APPROVER)
    newsroom.commit()
    ben = PressOffice(app.test_client())
    ben.sign_in(BEN, PASSWORD)
    return ben


@pytest.fixture
def begun(office, newsroom):
    """A campaign whose checks are done."""
    publish(office)
    begun = begin(office)
    acknowledge_all(office, begun)
    return begun


@pytest.fixture
def four_eyes(newsroom, settings):
    site.change(newsroom, settings, {"four_eyes": "yes"}, now=NOW, by=None)
    newsroom.commit()


def written(newsroom):
    """The letters about this campaign, oldest first."""
    return letters(newsroom, LetterKind.ALERT)


def words_of(letter) -> str:
    return " ".join(text_of(letter).split())


def page_in(letter) -> str:
    """Where the letter leads."""
    return re.search(r"https?://[^/\s]+(/console/\S+)", text_of(letter))[1]


def test_an_author_hands_it_in_and_an_approver_sends_it(office, ben, begun, newsroom):
    become(newsroom, "author")
    page = step(office, begun, "approval")
    assert page.buttons[0] == "Hand in for approval"
    page = page.press("Hand in for approval")
    assert "Handed in. It can be sent once it is approved. 1 person who may approve it gets a letter." in page.text
    assert "Your role doesn't include approving." in page.text
    assert "It is not approved." in step(office, begun, "send").text

    page = ben.open(page.path)
    assert "Inés Falk" in page.text
    page = page.press("Approve")
    assert "Approved. It can be sent now." in page.text
    assert "Sending has begun." in page.press("Send to 3 people").text
    campaign = only(newsroom, Campaign)
    assert (campaign.submitted_by.name, campaign.approved_by.name) == ("Inés Falk", "Ben Ode")


def test_it_is_handed_back_with_a_note_that_its_author_reads(office, ben, begun, newsroom):
    page = step(office, begun, "approval").press("Hand in for approval")
    page = ben.open(page.path)
    refused = page.press("Hand back", review_note=" ")
    assert "Say what should be changed" in refused.text
    page = page.press("Hand back", review_note="Say who pays\nfor the ramps.")
    assert "Handed back, with your note." in page.text
    assert "Say who pays for the ramps." in step(office, begun, "words").text
    assert only(newsroom, Campaign).state is CampaignState.DRAFT
    asked, told = written(newsroom)
    assert (asked.recipient, asked.subject) == (BEN, "To be approved: Every door should open for everybody")
    assert "Inés Falk has handed this mail in." in words_of(asked)
    assert (told.recipient, told.subject) == (ADDRESS, "Handed back: Every door should open for everybody")
    assert "Ben Ode has looked at this mail and asks for a change: Say who pays for the ramps." in words_of(told)
    assert "It was handed back" in office.open(page_in(told)).text
    assert ben.open(page_in(asked)).title.startswith("Approval")


@pytest.mark.parametrize("words", ["", "Say who pays."])
def test_what_its_author_is_changing_already_is_not_handed_back_whatever_the_note(office, ben, begun, words):
    page = step(office, begun, "approval").press("Hand in for approval")
    form = ben.open(page.path)
    office.open(page.path).press("Hand back", review_note="Wait.")
    page = form.press("Hand back", review_note=words)
    assert "It is being changed already; there is nothing to hand back." in page.text
    assert page.html.select_one(".error-summary") is None


def test_an_edit_of_the_statement_after_the_approval_needs_another_one(office, ben, begun, newsroom):
    step(office, begun, "approval").press("Approve it myself")
    office.open("/console/statements/1/edit").press("Save", title="Another title")
    page = step(office, begun, "approval")
    assert "It was changed after it was approved." in page.text
    become(newsroom, "author")
    assert "It is not approved." in step(office, begun, "send").text


def test_an_edit_of_the_campaign_says_that_the_approval_is_gone(office, begun, newsroom):
    step(office, begun, "approval").press("Approve it myself")
    page = step(office, begun, "words").press("Save and go on", subject="Another subject")
    assert "hand it in again" in page.text
    assert only(newsroom, Campaign).state is CampaignState.DRAFT


def test_saving_what_was_not_changed_leaves_the_approval(office, begun, newsroom):
    step(office, begun, "approval").press("Approve it myself")
    step(office, begun, "words").press("Save and go on")
    step(office, begun, "audience").press("Save and go on")
    assert only(newsroom, Campaign).state is CampaignState.APPROVED


def test_nobody_approves_another_mail_than_they_saw(office, ben, begun, newsroom):
    page = step(office, begun, "approval").press("Hand in for approval")
    page = ben.open(page.path)
    office.open("/console/statements/1/edit").press("Save", standfirst="Another standfirst.")
    acknowledge_all(ben, page)
    page = page.press("Approve")
    assert page.status == 400
    assert "changed after you opened the page" in page.text
    assert only(newsroom, Campaign).state is CampaignState.IN_REVIEW


def test_letters_go_to_those_who_can_do_something_and_to_nobody_about_their_own_act(office, ben, begun, newsroom):
    access.add_staff(newsroom, "cleo@opendoors.example", "Cleo", PASSWORD, role=Role.AUTHOR)
    access.add_staff(newsroom, "dov@opendoors.example", "Dov", PASSWORD, role=Role.ADMIN).is_enabled = False
    newsroom.commit()
    page = step(office, begun, "approval").press("Hand in for approval")
    assert [letter.recipient for letter in written(newsroom)] == [BEN]
    assert "Sending has begun." in step(ben, page, "send").press("Approve and send to 3 people").text
    approved = written(newsroom)[-1]
    assert (approved.recipient, approved.subject) == (ADDRESS, "Approved: Every door should open for everybody")
    assert "Ben Ode has approved this mail." in words_of(approved)
    assert office.open(page_in(approved)).title.startswith("Sending")


def test_who_approves_their_own_gets_no_letter(office, ben, begun, newsroom):
    step(office, begun, "approval").press("Approve it myself")
    assert written(newsroom) == []


def test_where_nobody_else_may_approve_the_page_says_what_to_do(office, begun, newsroom, four_eyes):
    page = step(office, begun, "approval").press("Hand in for approval")
    assert "Nobody else here may approve it yet: ask an administrator" in page.text


def test_with_four_eyes_nobody_sends_their_own(office, ben, begun, newsroom, four_eyes):
    page = step(office, begun, "approval")
    assert "a second person approves what is sent" in page.text
    assert [words for words in page.buttons if "Approve" in words] == []
    page = page.press("Hand in for approval")
    assert "You handed it in." in page.text
    assert "It is not approved." in step(office, begun, "send").text
    assert "Approved." in ben.open(page.path).press("Approve").text
    assert "Sending has begun." in step(office, begun, "send").press("Send to 3 people").text


def test_with_four_eyes_a_forged_press_of_the_button_is_refused(office, begun, newsroom, four_eyes):
    page = step(office, begun, "approval")
    token = page.value("csrf_token")
    path = begun.path.rpartition("/")[0]
    for button in ("approve", "send"):
        office.client.post(f"{path}/{button}", data={"csrf_token": token, "content": "", "people": "3"})
    assert only(newsroom, Campaign).state is CampaignState.DRAFT


def test_what_a_check_stops_is_not_handed_in(office, newsroom):
    publish(office, body="[Click here](https://example.org/report) to read it.")
    begun = begin(office)
    acknowledge_all(office, begun)
    page = step(office, begun, "approval").press("Hand in for approval")
    assert page.status == 400
    assert page.text.count("stops this mail") == 1
    assert only(newsroom, Campaign).state is CampaignState.DRAFT


def test_a_warning_that_nobody_has_read_stops_it(office, newsroom):
    publish(office)
    begun = begin(office)
    page = step(office, begun, "approval").press("Hand in for approval")
    assert "not acknowledged yet" in page.text
    assert step(office, begun, "send").buttons == []
    acknowledge_all(office, begun)
    assert "Handed in." in step(office, begun, "approval").press("Hand in for approval").text

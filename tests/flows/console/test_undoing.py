"""Second thoughts: undone before the first mail, scheduled, missed, held; and a copy that says it doesn't send."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.models import Campaign, CampaignState, Delivery, DeliveryState
from app.services import campaigns, instance
from app.services.editions import Press
from app.services.schedule import due_schedules
from tests import factories
from tests.flows.newsroom import only, publish, ready, send
from worker.delivery import planner

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WINDOW = timedelta(seconds=30)


@pytest.fixture
def clock(app, settings, monkeypatch):
    """An installation with half a minute to undo, and its clock: `clock.now = …`."""

    class Clock:
        now = NOW

        def __call__(self):
            return self.now

    clock, local = Clock(), settings.model_copy(update={"undo_seconds": 30})
    here = app.extensions["communique"]
    changed = replace(here, settings=local, press=Press.from_settings(local), clock=clock)
    monkeypatch.setitem(app.extensions, "communique", changed)
    return clock


@pytest.fixture
def scheduled(newsroom, settings) -> Campaign:
    statement = factories.statement(newsroom)
    campaign = campaigns.prepare(newsroom, statement, None)
    factories.schedule(newsroom, Press.from_settings(settings), campaign, at=NOW + timedelta(days=7))
    newsroom.commit()
    return campaign


def test_sending_is_undone_by_one_button_and_can_be_sent_afresh(clock, office, newsroom):
    page = send(office)
    assert "The first mail leaves in 30 seconds. Until then you can undo it." in page.text
    assert "No mail has left yet. The first one leaves in 30 seconds." in page.text
    clock.now = NOW + timedelta(seconds=18)
    page = office.open(page.path)
    assert "leaves in 12 seconds" in page.text
    assert office.client.get(f"{page.path}/progress").json["undo_left"] == 12
    page = page.press("Undo")
    assert "Undone. Nobody has got this mail." in page.text
    assert page.title.startswith("Cancelled")
    assert (only(newsroom, Campaign).started_at, page.buttons) == (None, ["Prepare it again"])
    fresh = office.open("/console/statements/1/send")
    assert "This statement was sent before" not in fresh.text
    assert "Audience, words and approval are kept" in fresh.text
    page = fresh.press("Go on")
    assert page.path.endswith("/send")
    assert "The first mail leaves in" in page.press("Send to 3 people").text


def test_when_the_time_is_over_the_button_is_gone(clock, office):
    page = send(office)
    assert page.buttons == ["Undo", "Pause"]
    clock.now = NOW + WINDOW
    assert office.open(page.path).buttons == ["Pause"]
    assert office.client.get(f"{page.path}/progress").json["undo_left"] == 0


def test_undo_pressed_too_late_pauses(clock, office, newsroom):
    page = send(office)
    clock.now = NOW + WINDOW
    said = page.press("Undo")
    assert "It is too late to undo: mail may have left. Sending is paused; go on, or cancel it." in said.text
    assert said.buttons == ["Go on"]
    assert "Nothing was changed: the campaign is paused now." in page.press("Undo").text


def test_a_page_that_was_open_before_the_undo_does_not_send(clock, office, newsroom):
    publish(office)
    page = ready(office)
    page.press("send to 3 people").press("Undo")
    again = page.press("send to 3 people")
    assert "This campaign was taken back or cancelled meanwhile" in again.text
    assert only(newsroom, Campaign).state is CampaignState.CANCELLED


def test_a_time_is_chosen_by_the_offices_clock(clock, office, newsroom):
    publish(office)
    page = ready(office)
    for typed, words in (
        ("", "Choose the day and the time"),
        ("2020-01-01T09:00", "That is past"),
        ("soon", "is no day and time"),
    ):
        page = page.press("Approve and schedule", at=typed)
        assert page.status == 400
        assert words in page.html.select_one("#at-error").get_text()
        assert page.value("at") == typed
    page = page.press("Approve and schedule", at="2026-12-01T09:00")
    assert "It will be sent on December 1, 2026 at 09:00 UTC." in page.text
    campaign = only(newsroom, Campaign)
    assert (campaign.state, campaign.scheduled_for) == (CampaignState.SCHEDULED, datetime(2026, 12, 1, 9, tzinfo=UTC))


def test_a_schedule_that_is_taken_back_stays_approved(clock, office, newsroom):
    publish(office)
    ready(office).press("Approve and schedule", at="2026-12-01T09:00")
    campaign = only(newsroom, Campaign)
    assert campaigns.undo(newsroom, campaign, now=clock.now)
    newsroom.commit()
    page = office.open("/console/statements/1/send")
    assert page.path == f"/console/campaigns/{campaign.public_id}/send"
    assert "The first mail leaves in" in page.press("Send to 3 people").text


def test_a_scheduled_campaign_shows_its_time_and_can_be_cancelled(office, newsroom, scheduled):
    path = f"/console/campaigns/{scheduled.public_id}"
    page = office.open(path)
    assert page.title.startswith("Scheduled")
    assert "It will be sent on Dec 1, 2026, 12:00:00" in page.text
    assert "(UTC)" in page.text
    assert "the mail is as it was when this was scheduled" in page.text.lower()
    assert "It will be sent on Dec 1, 2026" in office.open("/console/").text
    assert "Dec 1, 2026" in office.open("/console/campaigns").text
    statement = f"/console/statements/{scheduled.statement_id}"
    assert office.open(statement).link("See its schedule") == path
    page = office.open(f"{statement}/send")
    assert "This is scheduled already" in page.text
    question = office.open(page.link("Cancel…"))
    assert "Nobody has got it yet." in question.text
    assert "The campaign is cancelled." in question.press("Cancel it for good").text
    assert office.open(f"{statement}/send").path == f"{statement}/send"


def test_a_press_of_send_on_a_page_from_before_the_schedule_sends_nothing(office, newsroom, settings):
    publish(office)
    page = ready(office)
    campaign = only(newsroom, Campaign)
    factories.schedule(newsroom, Press.from_settings(settings), campaign, at=NOW + timedelta(days=7))
    newsroom.commit()
    assert "This is scheduled already" in page.press("send to 3 people").text
    assert only(newsroom, Campaign).state is CampaignState.SCHEDULED


def test_a_missed_time_asks_staff(clock, office, newsroom, settings, scheduled):
    due_schedules(newsroom, settings, now=NOW + timedelta(days=8))
    newsroom.commit()
    page = office.open(f"/console/campaigns/{scheduled.public_id}")
    assert "It was to be sent on December 1, 2026 at 12:00 UTC, but the service wasn't running then." in page.text
    page = page.press("Go on")
    assert only(newsroom, Campaign).state is CampaignState.SENDING
    assert "No mail has left yet." in page.text


def test_the_unknown_and_what_becomes_of_them_stand_on_the_page(clock, office, newsroom):
    page = send(office)
    planner.open_campaign(newsroom, only(newsroom, Campaign).id, now=NOW)
    row = newsroom.scalars(select(Delivery)).first()
    row.state, row.unknown_since = DeliveryState.UNKNOWN, NOW
    newsroom.commit()
    assert "1 unknown: sent once more at 13:00." in office.open(page.path).text
    newsroom.execute(update(Campaign).values(unknown_policy="hold"))
    newsroom.commit()
    assert "1 unknown: held, not sent again." in office.open(page.path).text


def test_a_copy_says_on_every_page_that_it_does_not_send(office, newsroom, settings):
    publish(office)
    page = ready(office)
    former = settings.model_copy(update={"public_url": "https://former.example"})
    instance.remember(newsroom, former, now=NOW)
    newsroom.commit()
    for path in ("/console/", "/console/campaigns", "/console/statements/1/send", "/console/statements/999"):
        assert "Nothing is sent: this database belongs to an installation with another" in office.open(path).text
    refused = page.press("send to 3 people")
    assert "Nothing was sent" in refused.text
    assert refused.buttons == []
    assert only(newsroom, Campaign).started_at is None

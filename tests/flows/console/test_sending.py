"""From the editor to the readers: sent once, to those who were shown, and watched."""

from datetime import UTC, datetime
from functools import partial

from sqlalchemy import select, update

from app.models import Campaign, CampaignState, Delivery, DeliveryState, Subscription
from tests import factories
from tests.flows.newsroom import at_once, count, only, publish, send
from tests.flows.press_office import NAME, STATEMENT, PressOffice
from worker.delivery import planner

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_statement_goes_from_the_editor_to_its_readers(office, newsroom):
    page = office.write()
    assert page.path == "/console/statements/1"
    assert "The statement is saved." in page.text
    assert "Draft" in page.text
    assert " kB" in page.text

    page = page.press("Publish")
    assert "The statement is published." in page.text
    assert page.link("Its public page") == "http://localhost:8000/statements/every-door-should-open-for-everybody"

    page = office.open(page.link("Send…"))
    assert "3 people" in page.text
    assert "confirmed subscription to Statements" in page.text
    assert page.value("subject") == STATEMENT["title"]

    page = page.press("Send to 3 people", subject="Ramps for all", preheader="Nine of forty have one.")
    assert "Sending has begun." in page.text
    assert page.title.startswith("Sending: Ramps for all")
    assert "The list of people is being drawn up." in page.text

    campaign = only(newsroom, Campaign)
    assert (campaign.subject, campaign.preheader) == ("Ramps for all", "Nine of forty have one.")
    assert (campaign.state, campaign.created_by.name) == (CampaignState.SENDING, NAME)
    planner.open_campaign(newsroom, campaign.id, now=NOW)
    newsroom.commit()
    page = office.open(page.path)
    assert "0 of 3 done" in page.text

    first, second, third = newsroom.scalars(select(Delivery).order_by(Delivery.id)).all()
    first.state, first.sent_at = DeliveryState.SENT, NOW
    second.state, second.reply_code, second.reply_enhanced = DeliveryState.FAILED, 550, "5.1.1"
    second.reply_text = "No such user <b>here</b>"
    newsroom.commit()
    figures = office.client.get(f"{page.path}/progress").json
    assert (figures["state"], figures["done"], figures["total"], figures["percent"]) == ("sending", 2, 3, 66)
    assert (figures["numbers"]["sent"], figures["numbers"]["failed"], figures["numbers"]["queued"]) == ("1", "1", "1")

    third.state, third.unknown_since = DeliveryState.UNKNOWN, NOW
    campaign.state, campaign.finished_at = CampaignState.SENT, NOW
    newsroom.commit()
    page = office.open(page.path)
    assert page.title.startswith("Finished: Ramps for all")
    assert "3 of 3 done" in page.text
    assert "550 5.1.1 No such user <b>here</b>" in page.text
    assert "The line broke before the mail server answered." in page.text
    assert page.buttons == []
    assert "2 of 3 sent" not in office.open("/console/campaigns").text
    assert "1 of 3 sent" in office.open("/console/campaigns").text


def test_the_overview_leads_a_newcomer_step_by_step(office):
    page = office.open("/console/")
    assert "3 confirmed subscribers" in page.text or "confirmed subscribers 3" in page.text
    assert page.link("Write your first statement") == "/console/statements/new"
    office.write()
    assert office.open("/console/").link("Look at “Every door") == "/console/statements/1"
    office.open("/console/statements/1").press("Publish")
    assert office.open("/console/").link("Send “Every door") == "/console/statements/1/send"


def test_empty_lists_say_how_to_begin(office):
    assert "No statement yet" in office.open("/console/statements").text
    assert "Nothing was sent yet" in office.open("/console/campaigns").text


def test_a_draft_is_not_sent(office, newsroom):
    page = office.write()
    page = office.open(f"{page.path}/send")
    assert "Publish the statement first" in page.text
    assert page.path == "/console/statements/1"


def test_checking_other_words_sends_nothing(office, newsroom):
    publish(office)
    page = office.open("/console/statements/1/send").press("Check again", subject="Another subject")
    assert page.value("subject") == "Another subject"
    assert count(newsroom, Campaign) == 0


def test_the_first_button_of_the_form_only_checks_so_that_the_enter_key_never_sends(office):
    publish(office)
    page = office.open("/console/statements/1/send")
    assert page.buttons[0] == "Check again with these words"


def test_a_double_click_starts_one_campaign(office, newsroom):
    publish(office)
    page = office.open("/console/statements/1/send")
    page.press("Send to 3 people")
    second = page.press("Send to 3 people")
    assert "it was not sent twice" in second.text
    assert second.path == f"/console/campaigns/{only(newsroom, Campaign).public_id}"


def test_two_people_who_press_send_at_once_start_one_campaign(office, newsroom, app):
    colleague = PressOffice(app.test_client())
    colleague.sign_in()
    publish(office)
    pages = [person.open("/console/statements/1/send") for person in (office, colleague)]
    answers = at_once(*(partial(page.press, "Send to 3 people") for page in pages))
    campaign = only(newsroom, Campaign)
    assert [page.path for page in answers] == [f"/console/campaigns/{campaign.public_id}"] * 2
    said = sorted(page.html.select_one(".flashes").get_text(strip=True) for page in answers)
    assert said == ["Sending has begun.", "This statement was being sent already; it was not sent twice."]


def test_a_second_press_after_the_first_campaign_is_over_sends_nothing(office, newsroom, app):
    publish(office)
    page = office.open("/console/statements/1/send")
    page.press("Send to 3 people")
    newsroom.execute(update(Campaign).values(state="sent", finished_at=NOW))
    newsroom.commit()
    second = page.press("Send to 3 people")
    assert "it was not sent twice" in second.text
    assert count(newsroom, Campaign) == 1


def test_sending_a_second_time_has_to_be_meant(office, newsroom):
    send(office)
    newsroom.execute(update(Campaign).values(state="sent", finished_at=NOW))
    newsroom.commit()
    page = office.open("/console/statements/1/send")
    assert "This statement was sent before" in page.text
    refused = page.press("Send to 3 people")
    assert "Tick that these people shall get this statement a second time." in refused.text
    assert count(newsroom, Campaign) == 1
    assert "Sending has begun." in refused.press("Send to 3 people", again="yes").text
    assert count(newsroom, Campaign) == 2


def test_somebody_who_joins_while_the_page_is_read_stops_nobody(office, newsroom, settings):
    publish(office)
    page = office.open("/console/statements/1/send")
    factories.subscriber(newsroom, settings, "late@example.org")
    newsroom.commit()
    assert "Sending has begun." in page.press("Send to 3 people").text
    assert count(newsroom, Campaign) == 1


def test_a_form_that_does_not_say_how_many_people_it_showed_sends_nothing(office, newsroom):
    publish(office)
    page = office.open("/console/statements/1/send").press("Send to 3 people", people="many")
    assert "The number of people changed" in page.text
    assert count(newsroom, Campaign) == 0


def test_if_the_audience_changed_much_the_page_comes_back_with_the_new_count(office, newsroom, settings):
    publish(office)
    page = office.open("/console/statements/1/send")
    for number in range(11):
        factories.subscriber(newsroom, settings, f"late{number}@example.org")
    newsroom.commit()
    page = page.press("Send to 3 people", subject="My own subject")
    assert page.status == 400
    assert "The number of people changed" in page.text
    assert page.value("subject") == "My own subject"
    assert count(newsroom, Campaign) == 0
    assert "Sending has begun." in page.press("Send to 14 people").text


def test_if_the_statement_changed_nothing_is_sent(office, newsroom):
    publish(office)
    page = office.open("/console/statements/1/send")
    office.open("/console/statements/1/edit").press("Save", title="Another title")
    page = page.press("Send to 3 people")
    assert "The statement was changed after you opened this page." in page.text
    assert count(newsroom, Campaign) == 0


def test_without_readers_there_is_no_button(office, newsroom):
    newsroom.execute(update(Subscription).values(state="unsubscribed", unsubscribed_at=NOW))
    newsroom.commit()
    publish(office)
    page = office.open("/console/statements/1/send")
    assert "Nobody has confirmed a subscription to this yet." in page.text
    assert page.buttons == ["Check again with these words"]


def test_a_subject_that_can_not_stand_is_said_and_kept(office, newsroom):
    publish(office)
    page = office.open("/console/statements/1/send").press("Send to 3 people", subject="x" * 251)
    assert page.status == 400
    assert page.value("subject") == "x" * 251
    assert count(newsroom, Campaign) == 0


def test_a_campaign_is_paused_resumed_and_cancelled_after_a_question(office, newsroom):
    page = send(office).press("Pause")
    assert "Sending is paused." in page.text
    assert only(newsroom, Campaign).state is CampaignState.PAUSED
    assert "Paused" in office.open("/console/").text
    page = page.press("Go on")
    assert only(newsroom, Campaign).state is CampaignState.SENDING

    question = office.open(page.link("Cancel…"))
    assert question.title.startswith("Cancel “Every door")
    assert only(newsroom, Campaign).state is CampaignState.SENDING
    page = question.press("Cancel it for good")
    assert "The campaign is cancelled." in page.text
    assert only(newsroom, Campaign).state is CampaignState.CANCELLED


def test_trouble_is_shown_and_goes_away_again(office, newsroom):
    page = send(office)
    assert page.html.select_one("[data-trouble]").has_attr("hidden")
    newsroom.execute(update(Campaign).values(trouble="The mail server <b>does not</b> answer."))
    newsroom.commit()
    page = office.open(page.path)
    notice = page.html.select_one("[data-trouble]")
    assert not notice.has_attr("hidden")
    assert "Sending doesn't get on. The mail server <b>does not</b> answer." in notice.get_text()
    figures = office.client.get(f"{page.path}/progress").json
    assert figures["trouble"] == "The mail server <b>does not</b> answer."
    newsroom.execute(update(Campaign).values(state="sent", finished_at=NOW))
    newsroom.commit()
    assert office.open(page.path).html.select_one("[data-trouble]").has_attr("hidden")


def test_pressing_a_button_of_an_old_page_says_where_the_campaign_is_now(office, newsroom):
    old = send(office)
    office.open(old.path).press("Pause")
    page = old.press("Pause")
    assert page.status == 200
    assert "Nothing was changed: the campaign is paused now." in page.text

"""From the editor to the readers: sent once, to those who were shown, and watched."""

from datetime import UTC, datetime
from functools import partial

from sqlalchemy import select, update

from app.models import AuditEntry, Campaign, CampaignState, Delivery, DeliveryState, Subscription
from app.services import site
from tests import factories
from tests.flows.newsroom import acknowledge_all, at_once, begin, count, only, publish, ready, send, step
from tests.flows.press_office import NAME, STATEMENT, PressOffice
from worker.delivery import planner

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_statement_goes_from_the_editor_to_its_readers(office, newsroom):
    page = office.write()
    page = page.press("Publish")
    page = office.open(page.link("Send…"))
    assert "Six short steps lead from here" in page.text

    page = page.press("Begin")
    assert page.title.startswith("Who gets it: Every door")
    assert "3 people" in page.text
    assert "People who confirmed Statements" in page.text
    page = page.press("Save and go on")
    assert page.title.startswith("What they see in the inbox")
    assert page.value("subject") == STATEMENT["title"]
    page = page.press("Save and go on", subject="Ramps for all", preheader="Nine of forty have one.", intro="*Hello*")
    assert page.title.startswith("Checks: Every door")
    assert "Nobody has seen this as a mail yet." in page.text
    acknowledge_all(office, page)

    page = step(office, page, "approval").press("Approve it myself")
    assert "Approved. It can be sent now." in page.text
    page = page.press("Send to 3 people")
    assert "Sending has begun." in page.text
    assert page.title.startswith("Sending: Ramps for all")

    campaign = only(newsroom, Campaign)
    assert (campaign.subject, campaign.preheader, campaign.intro) == (
        "Ramps for all", "Nine of forty have one.", "*Hello*",
    )  # fmt: skip
    assert (campaign.state, campaign.created_by.name, campaign.approved_by.name) == (CampaignState.SENDING, NAME, NAME)
    planner.open_campaign(newsroom, campaign.id, now=NOW)
    assert newsroom.scalars(select(Delivery.state)).all() == [DeliveryState.QUEUED] * 3


def test_the_way_is_written_down_step_by_step(office, newsroom):
    send(office)
    done = newsroom.scalars(select(AuditEntry.action).where(AuditEntry.object_type == "campaign")).all()
    assert done[0] == "campaign.begin"
    assert done[-3:] == ["campaign.submit", "campaign.approve", "campaign.send"]
    assert "campaign.acknowledge" in done


def test_empty_lists_say_how_to_begin(office):
    assert "Nothing was sent yet" in office.open("/console/campaigns").text


def test_a_draft_is_not_sent(office, newsroom):
    page = office.write()
    page = office.open(f"{page.path}/send")
    assert "Publish the statement first" in page.text
    assert page.path == "/console/statements/1"


def test_looking_at_the_page_before_begins_nothing(office, newsroom):
    publish(office)
    office.open("/console/statements/1/send")
    assert count(newsroom, Campaign) == 0


def test_whoever_begins_what_was_begun_goes_on_with_it(office, newsroom):
    publish(office)
    page = office.open("/console/statements/1/send")
    page.press("Begin")
    assert "/campaigns/" in page.press("Begin").path
    assert "/campaigns/" in office.open("/console/statements/1/send").path
    assert count(newsroom, Campaign) == 1


def test_every_step_can_be_opened_at_any_time_and_says_where_it_is(office):
    publish(office)
    begun = begin(office)
    for name in ("statement", "audience", "words", "checks", "test", "approval", "send"):
        page = step(office, begun, name)
        assert page.status == 200, name
        current = page.html.select('.way [aria-current="step"]')
        assert len(current) == 1, name
        assert len(page.html.select(".way a")) == 6


def test_a_double_click_starts_one_campaign(office, newsroom):
    publish(office)
    page = ready(office)
    page.press("send to 3 people")
    second = page.press("send to 3 people")
    assert "it was not sent twice" in second.text
    assert second.path == f"/console/campaigns/{only(newsroom, Campaign).public_id}"


def test_two_people_who_press_send_at_once_start_one_campaign(office, newsroom, app):
    colleague = PressOffice(app.test_client())
    colleague.sign_in()
    publish(office)
    page = ready(office)
    pages = [person.open(page.path) for person in (office, colleague)]
    answers = at_once(*(partial(page.press, "send to 3 people") for page in pages))
    campaign = only(newsroom, Campaign)
    assert [page.path for page in answers] == [f"/console/campaigns/{campaign.public_id}"] * 2
    said = sorted(page.html.select_one(".flashes").get_text(strip=True) for page in answers)
    assert said == ["Sending has begun.", "This statement was being sent already; it was not sent twice."]


def test_a_second_press_after_the_first_campaign_is_over_sends_nothing(office, newsroom, app):
    publish(office)
    page = ready(office)
    page.press("send to 3 people")
    newsroom.execute(update(Campaign).values(state="sent", finished_at=NOW))
    newsroom.commit()
    second = page.press("send to 3 people")
    assert "it was not sent twice" in second.text
    assert count(newsroom, Campaign) == 1


def over(newsroom) -> None:
    """The campaign is over, and everybody got it."""
    planner.open_campaign(newsroom, only(newsroom, Campaign).id, now=NOW)
    newsroom.execute(update(Delivery).values(state="sent", sent_at=NOW))
    newsroom.execute(update(Campaign).values(state="sent", finished_at=NOW))
    newsroom.commit()


def test_sending_a_second_time_has_to_be_meant(office, newsroom):
    send(office)
    over(newsroom)
    page = office.open("/console/statements/1/send")
    assert "This statement was sent before" in page.text
    refused = page.press("Go on")
    assert refused.status == 400
    assert "Choose who shall get it" in refused.text
    assert count(newsroom, Campaign) == 1
    page = refused.press("Go on", whom="everybody")
    acknowledge_all(office, page)
    assert "Sending has begun." in step(office, page, "send").press("send to 3 people").text
    assert count(newsroom, Campaign) == 2


def test_it_is_sent_to_those_who_did_not_get_it(office, newsroom, settings):
    send(office)
    over(newsroom)
    factories.subscriber(newsroom, settings, "late@example.org")
    newsroom.commit()
    page = office.open("/console/statements/1/send").press("Go on", whom="others")
    assert "did not get “Every door should open for everybody” of" in page.text
    assert "1 person" in page.text
    acknowledge_all(office, page)
    assert "Sending has begun." in step(office, page, "send").press("send to 1 person").text


def test_somebody_who_joins_while_the_page_is_read_stops_nobody(office, newsroom, settings):
    publish(office)
    page = ready(office)
    factories.subscriber(newsroom, settings, "late@example.org")
    newsroom.commit()
    assert "Sending has begun." in page.press("send to 3 people").text


def test_a_form_that_does_not_say_what_it_showed_sends_nothing(office, newsroom):
    publish(office)
    page = ready(office)
    assert "The number of people changed" in page.press("send to 3 people", people="many").text
    assert "was changed after you opened this page" in page.press("send to 3 people", content="no hash").text
    assert only(newsroom, Campaign).state is CampaignState.DRAFT


def test_if_the_audience_changed_much_the_page_comes_back_with_the_new_count(office, newsroom, settings):
    publish(office)
    page = ready(office)
    for number in range(11):
        factories.subscriber(newsroom, settings, f"late{number}@example.org")
    newsroom.commit()
    page = page.press("send to 3 people")
    assert page.status == 400
    assert "The number of people changed" in page.text
    assert only(newsroom, Campaign).started_at is None
    assert "Sending has begun." in page.press("send to 14 people").text


def test_if_the_statement_changed_nothing_is_sent(office, newsroom):
    publish(office)
    page = ready(office)
    office.open("/console/statements/1/edit").press("Save", title="Another title")
    page = page.press("send to 3 people")
    assert "was changed after you opened this page" in page.text
    assert only(newsroom, Campaign).started_at is None


def test_without_readers_there_is_no_button(office, newsroom):
    newsroom.execute(update(Subscription).values(state="unsubscribed", unsubscribed_at=NOW))
    newsroom.commit()
    publish(office)
    page = begin(office)
    assert "Nobody is in this audience yet." in page.text
    page = step(office, page, "send")
    assert "Nobody would get it" in page.text
    assert page.buttons == []


def test_above_a_number_of_people_that_number_has_to_be_typed(office, newsroom, settings):
    site.change(newsroom, settings, {"confirm_above": "2"}, now=NOW, by=None)
    newsroom.commit()
    publish(office)
    page = ready(office)
    for typed in ("", "4", "three"):
        page = page.press("send to 3 people", typed_now=typed)
        assert page.status == 400
        assert "Type the number of people, 3, to confirm." in page.text
        assert page.html.select_one("#typed_now")["aria-invalid"] == "true"
    assert only(newsroom, Campaign).started_at is None
    assert "Sending has begun." in page.press("send to 3 people", typed_now=" 3 ").text


def test_a_campaign_is_given_up_before_it_is_sent(office, newsroom):
    publish(office)
    page = step(office, begin(office), "statement").press("Give it up")
    assert page.path == "/console/statements/1"
    assert only(newsroom, Campaign).state is CampaignState.CANCELLED
    assert "Six short steps" in office.open("/console/statements/1/send").text


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

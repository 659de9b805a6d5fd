"""A campaign while it is sent and afterwards: pace, report, the lists behind the numbers, the file, who did what."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from sqlalchemy import select, update

from app.clock import utc_now
from app.models import Campaign, CampaignState, Delivery, DeliveryState, Role, StaffMember, Subscriber
from app.services import campaigns
from app.services.editions import Press
from tests import factories
from tests.flows.newsroom import only
from worker.delivery import planner


@pytest.fixture
def campaign(newsroom, settings) -> Campaign:
    """Two messages were accepted a few seconds ago; one reader's provider doesn't want us."""
    found = campaigns.prepare(newsroom, factories.statement(newsroom), None)
    factories.send(newsroom, Press.from_settings(settings), found, now=utc_now() - timedelta(minutes=3))
    planner.open_campaign(newsroom, found.id, now=utc_now())
    rows = newsroom.scalars(select(Delivery).order_by(Delivery.id)).all()
    for row in rows[:2]:
        row.state, row.sent_at, row.reply_code, row.relay = (
            DeliveryState.SENT,
            utc_now() - timedelta(seconds=5),
            250,
            "a",
        )
    refused = {"state": DeliveryState.FAILED, "reply_code": 550, "reply_text": "=blocked", "reply_class": "blocked"}
    newsroom.execute(update(Delivery).where(Delivery.id == rows[2].id).values(**refused))
    newsroom.commit()
    return found


@pytest.fixture
def over(newsroom, campaign) -> Campaign:
    campaign.state, campaign.finished_at = CampaignState.SENT, utc_now()
    newsroom.commit()
    return campaign


def path(campaign: Campaign, more: str = "") -> str:
    return f"/console/campaigns/{campaign.public_id}{more}"


def test_progress_says_how_fast_it_goes(office, newsroom, campaign):
    newsroom.execute(update(Delivery).where(Delivery.state == DeliveryState.FAILED).values(state="queued"))
    newsroom.commit()
    told = office.client.get(path(campaign, "/progress")).json
    assert told["pace"] == "2 messages a minute, less than a minute left"
    assert told["pace"] in office.open(path(campaign)).text


def test_the_report_says_why_and_whose_and_that_nobody_is_watched(office, over):
    page = office.open(path(over))
    assert "Provider refuses us" in page.text
    assert "Opens and clicks are not tracked." in page.text
    providers = next(table for table in page.html.find_all("table") if "mailbox provider" in table.caption.text)
    assert [cell.get_text(strip=True) for cell in providers.tbody.find_all(["th", "td"])] == ["example.org", "1"]
    line = next(table for table in page.html.find_all("table") if "each minute" in table.caption.text)
    assert line.tbody.find("td").get_text() == "2"
    picture = office.client.get(path(over, "/chart.svg"))
    assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")
    assert b"style=" not in picture.data
    assert b"<script" not in picture.data


def test_every_number_opens_the_list_behind_it(office, over):
    page = office.open(path(over))
    sent = page.html.select_one('[data-count="sent"] a')
    assert sent.get_text() == "2"
    listed = office.open(sent["href"])
    assert listed.text.count("@example.org") == 4  # the address, and once more in the name of its link
    refused = office.open(path(over, "/deliveries?state=failed&reply_class=blocked&provider=example.org"))
    assert "reader2@example.org" in refused.text
    assert "550 =blocked" in refused.text
    story = office.open(refused.link("Story"))
    assert "Provider refuses us" in story.text
    assert "Refused" in story.text
    nothing = office.open(path(over, "/deliveries?state=complained"))
    assert "No message is like this" in nothing.text
    assert office.open(path(over, "/deliveries?state=nonsense")).status == 404
    assert office.open(path(over, "/deliveries?state=%00sent&reply=%00&provider=a%00b")).status == 200


def test_a_reader_who_left_since_is_counted_and_listed(office, over, newsroom, newsletter):
    reader = newsroom.scalars(select(Subscriber).where(Subscriber.address == "reader0@example.org")).one()
    newsletter.press(newsletter.installation.links.unsubscribe(reader.id, over.id), **{"List-Unsubscribe": "One-Click"})
    page = office.open(path(over))
    left = next(a for a in page.html.find_all("a") if "state=left" in a.get("href", ""))
    assert left.get_text(strip=True) == "1"
    assert "reader0@example.org" in office.open(left["href"]).text


def test_the_list_is_exported_as_a_file_that_runs_nothing(office, over, newsroom):
    page = office.open(path(over, "/deliveries?state=failed")).press("Export as CSV")
    assert page.response.mimetype == "text/csv"
    rows = list(csv.reader(StringIO(page.response.data.decode("utf-8-sig"))))
    assert rows[0][0] == "address"
    assert [row[0] for row in rows[1:]] == ["reader2@example.org"]
    assert rows[1][2] == "550 =blocked"
    assert "Exported a list of messages" in office.open("/console/audit").text


def test_a_viewer_sees_numbers_and_no_addresses(office, over, newsroom):
    only(newsroom, StaffMember).role = Role.VIEWER
    newsroom.commit()
    page = office.open(path(over, "/deliveries"))
    assert "r…@example.org" in page.text
    assert "reader0@example.org" not in page.text
    assert page.buttons == ["Filter"]
    assert office.client.post(path(over, "/deliveries/export")).status_code in {400, 403}
    assert office.open(path(over)).buttons == []


def test_who_pressed_what_stands_beneath(office, campaign):
    page = office.open(path(campaign)).press("Pause")
    assert "Sending is paused." in page.text
    page = page.press("Go on")
    done = next(table for table in page.html.find_all("table") if "What staff did" in table.caption.text)
    assert [row.find_all("td")[1].get_text(strip=True) for row in done.tbody.find_all("tr")] == [
        "Let a campaign go on",
        "Paused a campaign",
    ]


def test_unknown_mail_is_decided_about_with_one_button(office, over, newsroom):
    values = {"state": DeliveryState.UNKNOWN, "unknown_since": utc_now()}
    newsroom.execute(update(Delivery).where(Delivery.state == DeliveryState.FAILED).values(**values))
    newsroom.commit()
    page = office.open(path(over)).press("Never send them again")
    assert "What may have arrived is not sent again." in page.text
    page = page.press("Send them once more now")
    assert "1 message is sent once more." in page.text


def test_campaigns_are_found_by_words_and_state(office, over):
    assert "1 campaign, newest first" in office.open("/console/campaigns?q=polling&state=sent").text
    assert "No campaign fits" in office.open("/console/campaigns?q=100%25").text
    assert "No campaign fits" in office.open("/console/campaigns?state=paused").text

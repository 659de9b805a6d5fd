"""What came back, as staff read it: numbers by week and provider, decisions, reports that nobody could place."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.clock import utc_now
from app.mail.verp import Verp
from app.models import (
    AuditEntry,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Doubt,
    RawReport,
    ReplyClass,
    ReportSource,
    Suppression,
)
from app.services import mailroom
from tests import factories
from tests.flows.roles import become
from tests.integration.conftest import Bell
from tests.unit.reports import dsn
from worker.workshop import Workshop

EVIL = b"From: <script>alert(1)</script>\r\n\r\n\xff\x00<img src=x onerror=alert(2)>\x1b[31m\xe2\x80\xae\r\n"


def delivery(session, settings, address: str, campaign, **fields) -> Delivery:
    row = Delivery(
        kind=DeliveryKind.STATEMENT,
        subscriber_id=factories.subscriber(session, settings, address).id,
        campaign_id=campaign.id,
        dated=utc_now() - timedelta(minutes=5),
        **fields,
    )
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def campaign(newsroom):
    return factories.campaign(newsroom)


@pytest.fixture
def worker(settings, newsroom):
    workshop = Workshop(settings, bell=Bell())
    yield workshop
    workshop.close()


def failed(reply_class: ReplyClass) -> dict[str, object]:
    return {"state": DeliveryState.FAILED, "reply_class": reply_class, "reply_code": 550, "reply_text": "No such user"}


@pytest.fixture
def doubt(newsroom, settings, campaign):
    """Sixty readers at one provider, of whom ten are said not to exist."""
    made = Doubt(campaign_id=campaign.id, provider="example.com", refused=10, attempts=60)
    newsroom.add(made)
    newsroom.flush()
    for number in range(10):
        delivery(newsroom, settings, f"r{number}@example.com", campaign, doubt_id=made.id, **failed(ReplyClass.HARD))
    newsroom.commit()
    return made


def puzzle(session, number: int = 1, content: bytes = EVIL) -> None:
    for one in range(number):
        mailroom.take_in(session, ReportSource.PIPE, content + b"%d" % one, sender="somebody@example.net")
    session.commit()


def follow(office, page, words: str):
    return office.open(page.link(words))


def test_what_came_back_is_counted_by_week_and_provider(office, newsroom, settings, campaign):
    delivery(newsroom, settings, "a@googlemail.com", campaign, **failed(ReplyClass.HARD))
    delivery(newsroom, settings, "b@gmail.com", campaign, **failed(ReplyClass.QUOTA))
    delivery(newsroom, settings, "c@example.com", campaign, **failed(ReplyClass.BLOCKED))
    delivery(newsroom, settings, "d@example.com", campaign, state=DeliveryState.COMPLAINED)
    delivery(newsroom, settings, "e@example.com", campaign, state=DeliveryState.SENT, sent_at=utc_now())
    newsroom.commit()
    page = follow(office, office.open("/console/"), "Bounces")
    assert "example.com 0 0 1 1 gmail.com 1 1 0 0" in page.text
    chart = office.client.get("/console/bounces.svg")
    assert (chart.status_code, chart.mimetype) == (200, "image/svg+xml")


def test_where_nothing_came_back_that_is_said(office):
    assert "Nothing came back" in office.open("/console/bounces").text


@pytest.mark.parametrize("where", ["/console/", "/console/bounces"])
def test_readers_whose_provider_was_wrong_keep_their_place(office, newsroom, doubt, where):
    page = office.open(where)
    assert "Of 60 messages to example.com, 10 (17 %) were refused" in page.text
    page = page.press("Keep the readers at example.com")
    assert (page.path, "The readers at example.com keep their place." in page.text) == (where, True)
    assert "Please decide" not in page.text
    assert newsroom.scalar(select(func.count()).select_from(Suppression)) == 0


def test_readers_who_are_gone_are_not_written_to_and_it_is_written_down(office, newsroom, doubt, campaign):
    office.open("/console/bounces").press("They are gone at example.com")
    assert newsroom.scalar(select(func.count()).select_from(Suppression)) == 10
    entry = newsroom.scalars(select(AuditEntry).where(AuditEntry.action == "doubt.believe")).one()
    assert (entry.object_name, entry.details["refused"]) == ("example.com", 10)


def test_a_second_press_is_told_that_it_is_decided(office, doubt):
    page = office.open("/console/bounces")
    page.press("Keep the readers at example.com")
    assert "Somebody has decided this already." in page.press("They are gone at example.com").text


def test_who_may_not_decide_reads_who_may(office, newsroom, doubt):
    become(newsroom, "author")
    page = office.open("/console/bounces")
    assert "Approvers and administrators can decide it." in page.text
    assert "They are gone at example.com" not in page.buttons


def test_a_report_that_nobody_can_place_is_read_as_text_and_filed_away(office, newsroom, worker):
    puzzle(newsroom)
    worker.desk.work()
    waiting = follow(office, office.open("/console/bounces"), "1 report that nobody could place")
    page = follow(office, waiting, "Report 1")
    assert "neither a delivery report, nor a complaint" in page.text
    assert "<img src=x onerror=alert(2)>" in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.response.text
    assert not {"\x00", "\x1b", "\u202e"} & set(page.response.text)
    page = page.press("File it away")
    assert "No report waits" in page.text
    assert newsroom.scalars(select(AuditEntry.action).where(AuditEntry.action == "report.dismiss")).one()
    assert "File it away" not in office.open("/console/reports/1").buttons


def test_the_list_goes_on_behind_its_first_page(office, newsroom, worker):
    puzzle(newsroom, mailroom.PAGE_SIZE + 2)
    worker.desk.work()
    page = office.open("/console/reports")
    assert f"{mailroom.PAGE_SIZE + 2} reports wait." in page.text
    older = follow(office, page, "Older")
    assert ("Report 2" in older.text, "Report 3" in older.text) == (True, False)
    assert follow(office, older, "Newer").path == "/console/reports"


def test_a_message_tells_its_whole_story_with_the_report_as_it_came(office, newsroom, settings, campaign, worker):
    row = delivery(newsroom, settings, "gone@example.com", campaign, state=DeliveryState.SENT, sent_at=utc_now())
    sender = Verp(settings.signing_keys).sender(row.id, settings.envelope_domain)
    mailroom.take_in(newsroom, ReportSource.LISTENER, dsn("gone@example.com"), recipient=sender, sender="<>")
    newsroom.commit()
    worker.desk.work()
    page = office.open(f"/console/deliveries/{row.id}")
    assert "It came back" in page.text
    page = follow(office, page, "Report 1, as it came")
    assert "Reporting-MTA: dns; mx.example.org" in page.text
    assert follow(office, page, "The message it is about").path == f"/console/deliveries/{row.id}"


def test_who_may_not_see_people_sees_numbers_only(office, newsroom, worker):
    puzzle(newsroom)
    worker.desk.work()
    become(newsroom, "viewer")
    assert "nobody could place" not in office.open("/console/bounces").text
    assert office.client.get("/console/reports/1").status_code == 403
    assert newsroom.scalars(select(RawReport)).one()

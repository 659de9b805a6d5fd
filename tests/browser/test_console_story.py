"""The whole story of a statement, with everything real behind the pages: by mouse, and by keyboard alone.

A new admin signs in, turns on a second factor, pastes a page, is stopped by the checks, mends it, reads the test mail;
a colleague approves; it is scheduled, taken back, sent, undone, sent, paused at a fifth, let go on, and reported.
"""

import re
from datetime import timedelta

import pyotp
import pytest
from click.testing import CliRunner
from playwright.sync_api import expect
from sqlalchemy import text

from app.cli import main
from app.clock import utc_now
from app.services import site
from tests import factories
from tests.browser.hands import Hand, Keyboard, Mouse
from tests.browser.newsroom import faults
from tests.browser.whole_service import READERS, SlowRelay, at_work
from tests.fakes import fake_smtp
from tests.flows.newsroom import a_picture
from tests.installation import environment
from tests.integration.throttling import emptied

INES, BEN = "ines@opendoors.example", "ben@opendoors.example"
TITLE = "Every harbour terminal needs a ramp"
HAND_WRITTEN = "![](https://opendoors.example/pictures/ramp.jpg)"
FROM_ELSEWHERE = "https://opendoors.example/news/harbour-terminals"
PEOPLE, GONE, FIFTH = 50, 2, 10
TO_ALL = f"Send to {PEOPLE} people"
PATIENCE = 30_000
PAGE = """<!doctype html>
<html lang="en"><head><title>Every harbour terminal needs a ramp | Open Doors</title></head><body>
<header><nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></nav></header>
<main><h1>Every harbour terminal needs a ramp</h1>
<p>24 November 2026</p>
<p class="lead">Three of our city's five new harbour terminals opened with stairs and without a ramp.</p>
<p>Ferries leave from them <a href="http://harbour.example/timetable">every quarter of an hour</a>.</p>
<p>We saw passengers being <strong>carried on board</strong>. Others turned back.</p>
<p><img src="/pictures/ramp.jpg" alt="" width="640" height="400"></p>
<h2>What we ask for</h2>
<ul><li>a ramp at each terminal before the summer</li><li>disabled passengers at the table</li></ul>
<p>For the figures, <a href="/harbour-survey">click here</a>.</p>
<h3>Media contact</h3>
<p>Jonas Weber<br>Press officer<br>Email: <a href="mailto:press@opendoors.example">press@opendoors.example</a><br>
Phone: +44 20 7946 0000</p></main>
<footer><p>© Open Doors International</p></footer></body></html>"""


@pytest.fixture
def relay(session, settings, live_server, folder, database_url, redis_url):
    """Fifty readers, rules by which two people look at what is sent, and everything at work behind the pages."""
    emptied(redis_url).close()
    factories.topic(session)
    for number in range(PEOPLE):
        name = "gone" if number >= PEOPLE - GONE else "reader"
        factories.subscriber(session, settings, f"{name}{number}@{READERS}")
    wishes = {"four_eyes": "yes", "undo_seconds": "60"}
    site.change(session, settings, wishes, now=utc_now(), by=None)
    session.commit()
    with fake_smtp() as server:
        changes = {"PUBLIC_URL": live_server.url, "SMTP_URL": f"smtp://127.0.0.1:{server.port}?connections=1"}
        with at_work(environment(database_url, redis_url, folder, **changes), folder):
            yield SlowRelay(server)


@pytest.fixture
def add_staff(settings):
    """`communique staff add`; gives the password that is shown once."""

    def add(*words: str) -> str:
        done = CliRunner().invoke(main, ["staff", "add", *words], obj=settings)
        assert done.exit_code == 0, done.output
        return re.search(r"Password \(shown only now\): (\S+)", done.output)[1]

    return add


@pytest.mark.timeout(240)
@pytest.mark.parametrize("hand", [Mouse, Keyboard])
def test_a_statement_from_a_page_elsewhere_to_its_report(hand, open_page, session, relay, add_staff):
    password = add_staff(INES, "--name", "Inés Falk")
    ines = hand(open_page("/console/", reduced_motion="reduce"))
    sign_in(ines, INES, password)
    turn_on_the_second_factor(ines, password)
    write_by_pasting(ines)
    ines.press("Publish")
    ines.follow("Send…")
    lead_to_the_checks(ines)
    be_stopped_and_mend(ines)
    read_the_test_mail(ines, relay)
    acknowledge_the_rest(ines)
    ines.follow("Approval")
    ines.press("Hand in for approval")

    ben = hand(open_page("/console/", reduced_motion="reduce"))
    sign_in(ben, BEN, add_staff(BEN, "--name", "Ben Osei", "--role", "approver"))
    ben.follow(TITLE, within="Waiting")
    ben.press("Approve")

    ines.follow("Overview")
    ines.follow(TITLE, within="Waiting")
    schedule_and_take_back(ines)
    send_and_undo(ines)
    relay.stand_still_after(FIFTH)
    ines.press(TO_ALL)
    let_the_time_to_undo_pass(session)
    pause_at_a_fifth(ines, relay)
    relay.goes_on.set()
    expect(ines.page.locator("[data-words]")).to_have_text(f"{FIFTH + 1} of {PEOPLE} done", timeout=PATIENCE)
    assert len(relay.readers()) == FIFTH + 1
    ines.press("Go on")
    read_the_report(ines, relay)
    assert [words for words in faults(ines.page) if "/pictures/ramp.jpg" not in words] == []


def sign_in(hand: Hand, address: str, password: str) -> None:
    hand.write("Email address", address)
    hand.write("Password", password)
    hand.press("Sign in")
    expect(hand.page.get_by_role("heading", level=1)).to_have_text(re.compile("Overview|second step"))


def turn_on_the_second_factor(hand: Hand, password: str) -> None:
    """Set it up from the key that is shown, and come in with it; a code works once, so the next one is taken."""
    hand.follow("My account")
    hand.follow("Set up an authenticator app")
    codes = pyotp.TOTP(hand.page.locator(".key").inner_text().replace(" ", ""))
    now = utc_now()
    hand.write("The six digits that the app shows now", codes.at(now))
    hand.press("Switch it on")
    hand.follow("I have kept them")
    hand.press("Sign out")
    sign_in(hand, INES, password)
    hand.write("Code", codes.at(now + timedelta(seconds=codes.interval)))
    hand.press("Go on")
    expect(hand.page.get_by_role("heading", level=1)).to_have_text("Overview")


def write_by_pasting(hand: Hand) -> None:
    """Copy everything on a page elsewhere, paste it, and put by hand what could not come along: its picture."""
    elsewhere = hand.page.context.new_page()
    elsewhere.route(FROM_ELSEWHERE, lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    elsewhere.route("**/*.jpg", lambda route: route.fulfill(body=a_picture(), content_type="image/png"))
    elsewhere.goto(FROM_ELSEWHERE)
    elsewhere.keyboard.press("Control+a")
    elsewhere.keyboard.press("Control+c")
    elsewhere.close()
    hand.follow("Statements")
    hand.follow("Paste a page")
    hand.paste("The page (required)")
    hand.press("Read it")
    expect(hand.page.get_by_text("Pictures of the page weren't imported: 1")).to_be_visible()
    expect(hand.page.get_by_label("Title (required)")).to_have_value(TITLE)
    expect(hand.page.get_by_label("Standfirst")).to_have_value(re.compile("^Three of our city's five"))
    hand.replace("Text", "on board**. ", f"on board**.\n\n{HAND_WRITTEN}\n\n")
    hand.press("Save and look at the mail")


def lead_to_the_checks(hand: Hand) -> None:
    hand.press("Begin")
    expect(hand.page.get_by_role("status").get_by_text(f"{PEOPLE} people")).to_be_visible()
    hand.press("Save and go on")
    expect(hand.page.get_by_label("Subject")).to_have_value(TITLE)
    hand.press("Save and go on")


def be_stopped_and_mend(hand: Hand) -> None:
    page = hand.page
    stopped = page.get_by_role("region", name="What stops this mail")
    expect(stopped).to_contain_text("The image “ramp.jpg” in the text has no description.")
    expect(stopped).to_contain_text("The link text “click here” says nothing on its own")
    hand.follow("Edit the statement (Words of links)")
    hand.replace("Text", "click here", "read our survey of the harbour")
    hand.replace("Text", HAND_WRITTEN, "")
    hand.use_tool("Image")
    hand.attach("Image", {"name": "ramp.png", "mimeType": "image/png", "buffer": a_picture((640, 400))})
    hand.write("Description", "A woman in a wheelchair at the foot of a stair")
    hand.activate(page.get_by_role("button", name="Put it in", exact=True))
    expect(page.get_by_label("Text", exact=True)).to_have_value(re.compile("alt=.A woman in a wheelchair"))
    hand.press("Save and look at the mail")
    hand.follow("Send…")
    expect(page.get_by_role("heading", level=1)).to_have_text("Checks")
    expect(stopped).to_be_hidden()


def read_the_test_mail(hand: Hand, relay: SlowRelay) -> None:
    hand.follow("Go on to the test")
    hand.press("Send the test")
    row = hand.page.get_by_role("row", name=INES)
    while row.get_by_text("Sent", exact=True).count() == 0:
        hand.follow("Look again")
    *_, mail = relay.arrived(INES)
    assert mail["subject"] == f"[Test] {TITLE}"
    words, page = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "read our survey of the harbour" in words
    assert 'alt="A woman in a wheelchair at the foot of a stair"' in page


def acknowledge_the_rest(hand: Hand) -> None:
    hand.follow("Checks")
    button = hand.page.get_by_role("button", name="I have read this")
    while button.count():
        with hand.page.expect_navigation():
            hand.activate(button.first)
    expect(hand.page.get_by_text("Nothing stops this mail.")).to_be_visible()
    expect(hand.page.get_by_text("Inés Falk has read this")).to_be_visible()


def schedule_and_take_back(hand: Hand) -> None:
    hand.write_moment("Day and time", utc_now().replace(hour=9, minute=30) + timedelta(days=2))
    hand.press("Schedule")
    expect(hand.page.get_by_text("It will be sent on").first).to_be_visible()
    hand.press("Take the schedule back")
    expect(hand.page.get_by_text("Taken back. It is approved, and not scheduled any more.")).to_be_visible()


def send_and_undo(hand: Hand) -> None:
    """Within the time to undo; afterwards everything that was prepared is there again."""
    hand.press(TO_ALL)
    expect(hand.page.locator("[data-words]")).to_have_text(f"0 of {PEOPLE} done", timeout=PATIENCE)
    hand.press("Undo")
    expect(hand.page.get_by_text("Undone. Nobody has got this mail.")).to_be_visible()
    hand.press("Prepare it again")


def let_the_time_to_undo_pass(session) -> None:
    session.rollback()
    session.execute(text("UPDATE campaigns SET begins_at = now() WHERE state = 'sending'"))
    session.commit()


def pause_at_a_fifth(hand: Hand, relay: SlowRelay) -> None:
    """One mail is in the relay's hands; what was not begun has gone back when no other is being sent."""
    page = hand.page
    expect(page.locator("[data-words]")).to_have_text(f"{FIFTH} of {PEOPLE} done", timeout=PATIENCE)
    expect(page.locator("[data-percent]")).to_have_text("20")
    expect(page.locator("[data-count=sending] dd")).to_have_text("1", timeout=PATIENCE)
    assert len(relay.readers()) == FIFTH
    hand.press("Pause")
    expect(page.get_by_text("Sending is paused.")).to_be_visible()


def read_the_report(hand: Hand, relay: SlowRelay) -> None:
    page = hand.page
    expect(page.get_by_role("heading", name="Report")).to_be_visible(timeout=PATIENCE)
    assert page.title().startswith("Finished: ")
    expect(page.locator("[data-words]")).to_have_text(f"{PEOPLE} of {PEOPLE} done")
    expect(page.locator("[data-count=sent] dd")).to_have_text(str(PEOPLE - GONE))
    expect(page.locator("[data-count=failed] dd")).to_have_text(str(GONE))
    expect(page.get_by_role("row", name=re.compile("^No such mailbox"))).to_contain_text(str(GONE))
    assert relay.readers() == sorted(f"reader{number}@{READERS}" for number in range(PEOPLE - GONE))
    assert all(mail["subject"] == TITLE for mail in relay.arrived(f"reader0@{READERS}"))

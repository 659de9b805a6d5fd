"""What staff do in the console, and what nobody may do there: through HTTP, on the real database."""

from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO

import pytest
import time_machine
from bs4 import BeautifulSoup
from PIL import Image as Pillow
from sqlalchemy import func, select, text, update

from app import create_app
from app.db import db
from app.mail.address import EmailAddress
from app.models import (
    Campaign,
    CampaignState,
    Delivery,
    DeliveryState,
    Image,
    StaffSession,
    Statement,
    StatementState,
    Subscription,
    SubscriptionState,
)
from app.services import access, subscribers, topics
from tests.flows.press_office import ADDRESS, NAME, PASSWORD, STATEMENT, PressOffice, upload
from worker.delivery import planner

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@contextmanager
def built(settings):
    """An application of its own, and nothing of it left open afterwards."""
    app = create_app(settings)
    yield app
    with app.app_context():
        db.engine.dispose()
    close_limiters(app)


def close_limiters(app):
    for limiter in app.extensions["limiter"]:
        limiter.storage.storage.close()


@pytest.fixture
def newsroom(session, settings, app):
    """A member of staff, a topic, three readers, and one who never confirmed."""
    for limiter in app.extensions["limiter"]:
        limiter.reset()
    access.add_staff(session, ADDRESS, NAME, PASSWORD)
    topic = topics.ensure(session, "statements", "Statements", "What we say in public")
    for number in range(4):
        add_reader(session, settings, topic, f"reader{number}@example.org", confirmed=number < 3)
    session.commit()
    return session


@pytest.fixture
def office(newsroom, app):
    """Somebody who is signed in."""
    office = PressOffice(app.test_client())
    office.sign_in()
    return office


@pytest.fixture
def stranger(newsroom, app):
    return PressOffice(app.test_client())


def add_reader(session, settings, topic, address, *, confirmed=True):
    reader = subscribers.find_or_add(session, EmailAddress.parse(address), "en", settings)
    state = SubscriptionState.CONFIRMED if confirmed else SubscriptionState.PENDING
    session.add(
        Subscription(
            subscriber_id=reader.id,
            topic_id=topic.id,
            state=state,
            requested_at=NOW,
            confirmed_at=NOW if confirmed else None,
        )
    )


def only(session, model):
    session.rollback()
    return session.scalars(select(model).execution_options(populate_existing=True)).one()


def count(session, model):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


def rows_of_everything(session):
    """Every row but the time when a session was last seen."""
    session.rollback()
    tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    return {
        name: session.scalars(text(f"SELECT t::text FROM {name} t ORDER BY 1")).all()
        for name in tables
        if name != "staff_sessions"
    }


def a_picture(size=(40, 30), kind="PNG"):
    out = BytesIO()
    Pillow.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


def publish(office, **changes):
    return office.write(**changes).press("Publish")


def send(office):
    publish(office)
    return office.open("/console/statements/1/send").press("Send to 3 people")


# The whole story


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

    third.state = DeliveryState.UNKNOWN
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


# Signing in and out


def test_signing_in_begins_a_new_session_and_leads_back(stranger, newsroom):
    page = stranger.open("/console/statements/new")
    assert page.path == "/console/sign-in"
    before = stranger.client.get_cookie("session").value
    page = page.press("Sign in", email=f"  {ADDRESS.upper()} ", password=PASSWORD)
    assert page.path == "/console/statements/new"
    assert stranger.client.get_cookie("session").value != before
    assert count(newsroom, StaffSession) == 1


@pytest.mark.parametrize(("address", "password"), [(ADDRESS, "wrong"), ("nobody@example.org", PASSWORD), ("", "")])
def test_every_failure_to_sign_in_gets_the_same_answer(stranger, newsroom, address, password):
    page = stranger.sign_in(address, password)
    assert page.status == 403
    assert page.title.startswith("Error: Sign in")
    assert "The address or the password is wrong." in page.text
    assert page.value("email") == address
    assert page.value("password") == ""
    assert count(newsroom, StaffSession) == 0


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example/console/",
        "/console/\\..\\evil",
        "/console/\r\nSet-Cookie: a=b",
        "/console/ //evil",
        "/statements",
        "javascript:alert(1)",
        "/consoleevil.example",
        "",
    ],
)
def test_after_signing_in_nobody_is_led_out_of_the_console(stranger, target):
    page = stranger.open("/console/sign-in").press("Sign in", email=ADDRESS, password=PASSWORD, next=target)
    assert page.path == "/console/"


def test_a_cookie_copied_before_signing_out_is_worthless_afterwards(office, app):
    cookie = office.client.get_cookie("session").value
    page = office.open("/console/").press("Sign out")
    assert "You are signed out." in page.text
    thief = app.test_client()
    thief.set_cookie("session", cookie)
    answer = thief.get("/console/statements")
    assert (answer.status_code, answer.location) == (303, "/console/sign-in?next=/console/statements")


def test_a_session_ends_after_eight_idle_hours_and_after_a_week(stranger):
    office = stranger
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        office.sign_in()
        clock.shift(8 * 3600 - 1)
        assert office.open("/console/").path == "/console/"
        clock.shift(8 * 3600 - 1)
        assert office.open("/console/").path == "/console/"
        clock.shift(8 * 3600 + 1)
        assert office.open("/console/").path == "/console/sign-in"
        office.sign_in()
        for _ in range(24):
            clock.shift(7 * 3600)
            last = office.open("/console/").path
        assert last == "/console/"
        clock.shift(3600)
        assert office.open("/console/").path == "/console/sign-in"


def test_an_eleventh_attempt_within_a_minute_is_refused_even_with_the_right_password(stranger):
    for _ in range(10):
        assert stranger.sign_in(password="wrong").status == 403
    page = stranger.sign_in()
    assert page.status == 429
    assert page.response.headers["Retry-After"] == "60"
    assert "too many attempts" in page.text
    assert stranger.open("/console/").path == "/console/sign-in"


def test_without_redis_staff_can_still_sign_in(newsroom, settings, caplog):
    with built(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})) as app:
        assert PressOffice(app.test_client()).sign_in().path == "/console/"
        assert "rate limit" in caplog.text.lower()


def test_what_was_typed_is_shown_when_the_session_has_ended(office, newsroom):
    page = office.open("/console/statements/new")
    newsroom.execute(text("DELETE FROM staff_sessions"))
    newsroom.commit()
    page = page.press("Save", **STATEMENT)
    assert page.status == 401
    assert "Nothing was saved or sent." in page.text
    assert STATEMENT["body"] in page.html.get_text()
    assert count(newsroom, Statement) == 0


# What nobody may do


def staff_routes(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console.")]


def address_of(rule):
    return rule.rule.replace("<int:statement_id>", "1").replace(
        "<uuid:public_id>", "6f1d3a60-3a1c-4c5e-9d52-0f8a1f6a7b11"
    )


def test_every_page_asks_strangers_to_sign_in(stranger, app):
    for rule in staff_routes(app):
        if "GET" in rule.methods and rule.endpoint != "console.sign_in":
            answer = stranger.client.get(address_of(rule))
            assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/console/sign-in"), rule


def test_no_form_is_accepted_without_its_token(office, newsroom, app):
    publish(office)
    before = rows_of_everything(newsroom)
    for rule in staff_routes(app):
        if "POST" in rule.methods:
            answer = office.client.post(address_of(rule), data=STATEMENT | {"email": ADDRESS, "password": PASSWORD})
            assert answer.status_code == 400, rule
            assert b"Nothing was changed." in answer.data
            forged = office.client.post(address_of(rule), data={"csrf_token": "forged"})
            assert forged.status_code == 400, rule
    assert rows_of_everything(newsroom) == before
    assert office.open("/console/").path == "/console/"


def test_looking_changes_nothing(office, newsroom, app):
    send(office)
    before = rows_of_everything(newsroom)
    public_id = str(only(newsroom, Campaign).public_id)
    for rule in staff_routes(app):
        if "GET" in rule.methods:
            path = address_of(rule).replace("6f1d3a60-3a1c-4c5e-9d52-0f8a1f6a7b11", public_id)
            assert office.client.get(path).status_code in (200, 303), rule
            office.client.head(path)
            office.client.options(path)
    assert rows_of_everything(newsroom) == before


def test_what_does_not_exist_is_not_found_inside_the_frame(office):
    for path in (
        "/console/statements/99",
        "/console/statements/99999999999999999999/edit",
        "/console/campaigns/6f1d3a60-3a1c-4c5e-9d52-0f8a1f6a7b11",
        "/console/campaigns/6f1d3a60-3a1c-4c5e-9d52-0f8a1f6a7b11/progress",
    ):
        page = office.open(path)
        assert (page.status, page.title[:16]) == (404, "Error: Not found"), path
        assert page.link("Statements")


def test_the_token_check_works_behind_https(newsroom, settings):
    with built(settings.model_copy(update={"public_url": "https://localhost"})) as app:
        client = app.test_client()
        form = client.get("/console/sign-in", base_url="https://localhost")
        assert form.headers["Referrer-Policy"] == "same-origin"
        cookie = form.headers["Set-Cookie"]
        assert cookie.startswith("__Host-session=")
        for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
            assert part in cookie
        token = form.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        data = {"email": ADDRESS, "password": PASSWORD, "csrf_token": token}
        there = {"base_url": "https://localhost", "data": data}
        assert client.post("/console/sign-in", **there, headers={"Referer": "https://evil.example/"}).status_code == 400
        assert client.post("/console/sign-in", **there, headers={"Referer": "https://localhost/"}).status_code == 303


# Writing


def test_a_mistake_loses_nothing_that_was_typed(office, newsroom):
    typed = {"title": "", "issued_on": "", "contact_email": "not an address", "language": "xx"}
    page = office.write(**typed)
    assert page.status == 400
    assert page.title.startswith("Error: Write a statement")
    summary = page.html.select_one(".error-summary")
    assert {link["href"] for link in summary.select("a")} == {"#title", "#issued_on", "#contact_email", "#language"}
    assert summary.has_attr("autofocus")
    for name in ("title", "issued_on", "contact_email", "language"):
        field = page.html.select_one(f'main [name="{name}"]')
        assert field["aria-invalid"] == "true"
        assert f"{name}-error" in field["aria-describedby"].split()
    assert page.value("body") == STATEMENT["body"]
    assert page.value("contact_email") == "not an address"
    assert page.html.select_one('[name="topics"]').has_attr("checked")
    assert count(newsroom, Statement) == 0


def test_a_body_that_begins_with_an_empty_line_comes_back_as_it_was(office):
    page = office.write(title="", body="\n\nSecond line")
    assert page.value("body") == "\n\nSecond line"


def test_an_image_needs_a_description_or_to_be_decoration(office, newsroom):
    page = office.write(image=upload(a_picture(), "door.png"))
    assert page.status == 400
    assert "Describe what the image shows" in page.text
    image_id = page.value("image_id")
    page = page.press("Save", image_alt="A teal door")
    statement = only(newsroom, Statement)
    assert (str(statement.image_id), statement.image_alt) == (image_id, "A teal door")
    assert f"/images/{image_id}" in office.client.get(f"{page.path}/mail").text

    form = f"{page.path}/edit"
    page = office.open(form).press("Save", image_decorative="yes")
    assert "Keep one of the two." in page.text
    page.press("Save", image_alt="")
    assert only(newsroom, Statement).image_alt == ""
    assert office.open(form).html.select_one("[name=image_decorative]").has_attr("checked")

    office.open(form).press("Save", remove_image="yes")
    assert only(newsroom, Statement).image_id is None


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"%PDF-1.7"],
)
def test_what_is_not_an_image_is_refused_and_the_rest_is_kept(office, newsroom, content):
    page = office.write(image=upload(content, "picture.png"))
    assert page.status == 400
    assert page.html.select_one(".error-summary a")["href"] == "#image"
    assert page.value("body") == STATEMENT["body"]
    assert count(newsroom, Image) == count(newsroom, Statement) == 0


def test_what_is_too_large_is_refused_inside_the_frame(office, newsroom):
    page = office.write(body="x" * 1_100_000)
    assert (page.status, page.title[:24]) == (413, "Error: This is too large")
    page = office.write(image=upload(b"x" * 13_000_000, "big.png"))
    assert page.status == 413
    assert "An image may have 10 MB" in page.text
    assert count(newsroom, Statement) == 0


def test_a_description_without_an_image_is_asked_about(office):
    page = office.write(image_alt="A teal door")
    assert "You described an image, but none is chosen." in page.text
    assert page.value("image_alt") == "A teal door"


def test_when_two_people_edit_both_texts_are_shown_and_nothing_is_replaced(office, newsroom, app):
    office.write()
    colleague = PressOffice(app.test_client())
    colleague.sign_in()
    mine = office.open("/console/statements/1/edit")
    colleague.open("/console/statements/1/edit").press("Save", title="Their title")
    page = mine.press("Save", title="My title", standfirst="My standfirst")
    assert page.status == 409
    assert page.title.startswith("Error: Two people edited")
    assert [heading.get_text() for heading in page.html.select("section > h2")] == ["Title", "Standfirst"]
    for words in ("Their title", "My title", "My standfirst", STATEMENT["standfirst"]):
        assert words in page.text
    assert only(newsroom, Statement).title == "Their title"

    again = page.press("Go on editing mine")
    assert (again.status, again.value("title")) == (200, "My title")
    page.press("Use mine")
    statement = only(newsroom, Statement)
    assert (statement.title, statement.standfirst, statement.body) == ("My title", "My standfirst", STATEMENT["body"])


def test_a_change_of_topics_alone_is_noticed_too(office, newsroom, app):
    topics.ensure(newsroom, "appeals", "Appeals")
    newsroom.commit()
    office.write()
    mine = office.open("/console/statements/1/edit")
    office.open("/console/statements/1/edit").press("Save", topics=["1", "2"])
    assert mine.press("Save", title="My title").status == 409
    assert [topic.slug for topic in only(newsroom, Statement).topics] == ["statements", "appeals"]


def test_nobody_publishes_what_they_have_not_seen(office, newsroom):
    page = office.write()
    office.open("/console/statements/1/edit").press("Save", title="Changed meanwhile")
    page = page.press("Publish")
    assert page.status == 409
    assert "was changed after you opened this page" in page.text
    assert only(newsroom, Statement).state is StatementState.DRAFT


def test_an_incomplete_statement_is_not_published(office, newsroom):
    page = office.write(body="", topics=[]).press("Publish")
    assert page.status == 400
    assert "Write the text of the statement first." in page.text
    links = [link["href"] for link in page.html.select(".error-summary a")]
    assert links == [f"{page.link('Edit')}#body", f"{page.link('Edit')}#topics"]
    assert only(newsroom, Statement).state is StatementState.DRAFT


# Importing


def test_a_file_opens_as_a_filled_form_and_nothing_is_saved_yet(office, newsroom):
    file = (
        b"---\ntitle: Ramps for all\ndate: 2026-11-20\nlanguage: fr\ntopics: [Statements, Unheard]\n"
        b"signatory:\n  name: Amara Okoye\n  role: Director\nimage: ramp.jpg\n---\n\nForty *libraries*.\n"
    )
    page = office.open("/console/statements/import").press("Read the file", file=upload(file, "ramps.md"))
    assert page.status == 200
    assert "Read from ramps.md. Nothing is saved yet." in page.text
    assert "There are no topics called Unheard." in page.text
    assert "ramp.jpg. Please upload it below." in page.text
    for name, value in {
        "title": "Ramps for all",
        "issued_on": "2026-11-20",
        "language": "fr",
        "signatory_role": "Director",
    }.items():
        assert page.value(name) == value
    assert "Forty *libraries*." in page.value("body")
    assert page.html.select_one('[name="topics"]').has_attr("checked")
    assert count(newsroom, Statement) == 0
    page.press("Save")
    assert only(newsroom, Statement).title == "Ramps for all"


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "empty.txt"), (b"\x89PNG\r\n\x1a\n\0\0", "picture.md"), (b"\xff\xfe\xff", "odd.txt")]
)
def test_a_file_that_can_not_be_read_says_what_to_do(office, content, name):
    page = office.open("/console/statements/import").press("Read the file", file=upload(content, name))
    assert page.status == 400
    assert page.title.startswith("Error: Import a file")
    assert page.html.select_one(".error-summary a")["href"] == "#file"


def test_pressing_without_a_file_asks_for_one(office):
    page = office.open("/console/statements/import").press("Read the file")
    assert "Choose a file first." in page.text


# Looking at the mail


def test_the_preview_can_not_run_anything(office):
    office.write(title="<script>alert(1)</script>", body="<script>alert(2)</script>\n\n[x](javascript:alert(3))")
    page = office.open("/console/statements/1")
    frame = page.html.select_one("iframe")
    assert "allow-scripts" not in frame["sandbox"]
    assert "allow-same-origin" not in frame["sandbox"]
    assert not page.html.select("main script")
    mail = office.client.get(frame["src"])
    policy = mail.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy
    assert not BeautifulSoup(mail.text, "lxml").select("script, [href^='javascript:']")


def test_findings_are_shown_and_errors_stop_the_sending(office, newsroom):
    page = publish(office, body="Read more [here](https://example.org/a).")
    assert "1 thing stops this mail" in page.text
    page = office.open("/console/statements/1/send")
    assert page.buttons == ["Check again with these words"]
    forced = page.press("Check again", action="send")
    assert forced.status == 400
    assert forced.title.startswith("Error: Send")
    assert "(E-06)" in forced.html.select_one(".error-summary").get_text()
    assert count(newsroom, Campaign) == 0


# Sending


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


def test_if_the_audience_changed_the_page_comes_back_with_the_new_count(office, newsroom, settings):
    publish(office)
    page = office.open("/console/statements/1/send")
    add_reader(newsroom, settings, topics.find(newsroom, "statements"), "late@example.org")
    newsroom.commit()
    page = page.press("Send to 3 people", subject="My own subject")
    assert page.status == 400
    assert "The number of people changed" in page.text
    assert page.value("subject") == "My own subject"
    assert count(newsroom, Campaign) == 0
    assert "Sending has begun." in page.press("Send to 4 people").text


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


# Watching


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


def test_pressing_a_button_of_an_old_page_says_where_the_campaign_is_now(office, newsroom):
    old = send(office)
    office.open(old.path).press("Pause")
    page = old.press("Pause")
    assert page.status == 200
    assert "Nothing was changed: the campaign is paused now." in page.text

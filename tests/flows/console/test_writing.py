"""Writing, importing and looking at the mail; what somebody typed is never lost."""

from functools import partial

import pytest
from bs4 import BeautifulSoup

from app.models import Campaign, Image, Statement, StatementState
from app.services import topics
from tests.flows.newsroom import a_picture, at_once, count, only, publish, ready, rows_of_everything
from tests.flows.press_office import STATEMENT, PressOffice, upload


def test_a_mistake_loses_nothing_that_was_typed(office, newsroom):
    typed = {"title": "", "issued_on": "", "contact_email": "not an address", "language": "xx"}
    page = office.write(**typed)
    assert page.status == 400
    assert page.title.startswith("Error: Write a statement")
    summary = page.html.select_one(".error-summary")
    assert [link["href"] for link in summary.select("a")] == ["#title", "#issued_on", "#language", "#contact_email"]
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
    page = office.open(form).press("Save", image_is="decorative")
    assert "Keep one of the two." in page.text
    page.press("Save", image_alt="")
    assert only(newsroom, Statement).image_alt == ""
    assert only(newsroom, Statement).image_is_decorative
    assert office.open(form).html.select_one("[name=image_is][value=decorative]").has_attr("checked")

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


@pytest.mark.parametrize("limit", ["MAX_FORM_MEMORY_SIZE", "MAX_CONTENT_LENGTH"])
def test_what_is_too_large_is_refused_inside_the_frame(office, newsroom, app, monkeypatch, limit):
    monkeypatch.setitem(app.config, limit, 50_000)
    page = office.write(body="x" * 60_000, image=upload(a_picture(), "door.png"))
    assert (page.status, page.title[:24]) == (413, "Error: This is too large")
    assert "An image may have 10 MB" in page.text
    assert count(newsroom, Statement) == 0


def test_a_description_without_an_image_is_asked_about(office):
    page = office.write(image_alt="A teal door")
    assert "You described an image, but none is chosen." in page.text
    assert page.value("image_alt") == "A teal door"


def compared(page):
    """What stands side by side, without the words for those who hear the page."""
    for hidden in page.html.select(".compared .visually-hidden"):
        hidden.decompose()
    return [side.get_text().strip() for side in page.html.select(".compared")]


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
    assert compared(page) == ["Their title", "My title", STATEMENT["standfirst"], "My standfirst"]
    assert only(newsroom, Statement).title == "Their title"

    again = page.press("Go on editing with these", take_title="theirs")
    assert (again.status, again.value("title"), again.value("standfirst")) == (200, "Their title", "My standfirst")
    page.press("Save mine in place of theirs")
    statement = only(newsroom, Statement)
    assert (statement.title, statement.standfirst, statement.body) == ("My title", "My standfirst", STATEMENT["body"])


def test_two_notes_about_corrections_are_shown_beside_each_other(office, newsroom):
    publish(office)
    mine = office.open("/console/statements/1/edit")
    office.open("/console/statements/1/edit").press("Save", correcting="correct", correction="Nine, not twelve.")
    page = mine.press("Save", correcting="correct", correction="Forty, not fifty.")
    assert page.status == 409
    assert compared(page) == ["Nine, not twelve.", "Forty, not fifty."]
    theirs = page.press("Go on editing with these", take_correction="theirs")
    assert theirs.value("correction") == "Nine, not twelve."
    assert not theirs.html.select_one("[name=correcting][value=correct]").has_attr("checked")
    page.press("Save mine in place of theirs")
    assert only(newsroom, Statement).correction == "Forty, not fifty."


def test_a_change_of_topics_alone_is_noticed_too(office, newsroom, app):
    appeals = topics.ensure(newsroom, "appeals", "Appeals")
    newsroom.commit()
    office.write()
    mine = office.open("/console/statements/1/edit")
    office.open("/console/statements/1/edit").press("Save", topics=["1", str(appeals.id)])
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


def test_two_people_who_save_at_once_lose_nothing(office, newsroom, app):
    colleague = PressOffice(app.test_client())
    colleague.sign_in()
    office.write()
    pages = [person.open("/console/statements/1/edit") for person in (office, colleague)]
    answers = at_once(*(partial(page.press, "Save", title=f"Title {n}") for n, page in enumerate(pages)))
    assert sorted(page.status for page in answers) == [200, 409]
    refused = next(page for page in answers if page.status == 409)
    assert set(compared(refused)) == {"Title 0", "Title 1"}


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


def test_the_preview_can_not_run_anything(office):
    office.write(title="<script>alert(1)</script>", body="<script>alert(2)</script>\n\n[x](javascript:alert(3))")
    page = office.open("/console/statements/1")
    frame = page.html.select_one("iframe")
    assert "allow-scripts" not in frame["sandbox"]
    assert not page.html.select("main script:not([src])")
    mail = office.client.get(frame["src"])
    policy = mail.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy
    assert not BeautifulSoup(mail.text, "lxml").select("script, [href^='javascript:']")


def test_findings_are_shown_and_errors_stop_the_sending(office, newsroom):
    page = publish(office, body="Read more [here](https://example.org/a).")
    assert "1 thing stops this mail" in page.text
    page = ready(office)
    assert "This can't be sent yet." in page.text
    assert page.buttons == []
    assert only(newsroom, Campaign).started_at is None


def test_the_links_for_leaving_do_nothing_in_the_preview(office, newsroom):
    office.write()
    mail = BeautifulSoup(office.client.get("/console/statements/1/mail").text, "lxml")
    paths = {
        link["href"].removeprefix("http://localhost:8000") for link in mail.select("a[href*='/u/'], a[href*='/p/']")
    }
    assert len(paths) == 2
    before = rows_of_everything(newsroom)
    for path in paths:
        assert office.client.get(path).status_code < 500
        assert office.client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code < 500
    assert rows_of_everything(newsroom) == before


def test_changes_in_different_paragraphs_are_put_together(office, newsroom, app):
    office.write(body="First.\n\nSecond.")
    colleague = PressOffice(app.test_client())
    colleague.sign_in()
    mine = office.open("/console/statements/1/edit")
    colleague.open("/console/statements/1/edit").press("Save", body="First.\n\nSecond, theirs.")
    page = mine.press("Save", body="First, mine.\n\nSecond.")
    assert page.status == 409
    assert {mark.get_text() for mark in page.html.select("ins, del")} != set()
    assert page.html.select_one('[name="take_body"][value="both"]').has_attr("checked")
    again = page.press("Go on editing with these")
    assert again.value("body") == "First, mine.\n\nSecond, theirs."
    again.press("Save")
    assert only(newsroom, Statement).body == "First, mine.\n\nSecond, theirs."


def test_what_was_typed_before_a_conflict_is_offered_even_if_theirs_is_taken(office, app):
    office.write()
    colleague = PressOffice(app.test_client())
    colleague.sign_in()
    mine = office.open("/console/statements/1/edit")
    colleague.open("/console/statements/1/edit").press("Save", title="Their title")
    page = mine.press("Save", title="My title")
    page = office.open(page.link("Take theirs"))
    assert "You typed something" in page.text
    kept = office.open(page.link("Go on with it"))
    assert kept.value("title") == "My title"
    assert kept.press("Save").status == 409


def test_pressing_save_twice_makes_one_statement(office, newsroom):
    page = office.open("/console/statements/new")
    first, second = at_once(*(partial(page.press, "Save", **STATEMENT) for _ in range(2)))
    assert (first.status, second.status) == (200, 200)
    assert first.path == second.path
    assert count(newsroom, Statement) == 1


def test_a_form_that_was_sent_before_goes_on_with_its_statement(office, newsroom):
    page = office.open("/console/statements/new")
    page.press("Save", **STATEMENT)
    page.press("Save", **(STATEMENT | {"title": "Written after going back"}))
    assert only(newsroom, Statement).title == "Written after going back"


def test_pressing_save_twice_on_a_saved_statement_is_no_conflict(office, newsroom):
    office.write()
    page = office.open("/console/statements/1/edit")
    assert [page.press("Save", title="Once").status for _ in range(2)] == [200, 200]
    assert only(newsroom, Statement).version == 2

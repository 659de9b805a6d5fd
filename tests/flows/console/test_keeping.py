"""Nothing typed is lost: forms keep themselves, a lost session gives everything back, pastes keep their structure."""

import re

import pytest
from sqlalchemy import text

from app.models import Autosave, Image, Statement
from app.services import access
from tests.flows.newsroom import a_picture, count, only, publish
from tests.flows.press_office import STATEMENT, PressOffice, upload

DATED = {"issued_on": "2026-11-24", "language": "en"}


def keep(page, **fields):
    """What the page's script sends while somebody types."""
    form = page.html.select_one("form[data-keep]")
    data = {
        "csrf_token": form.select_one("[name=csrf_token]")["value"],
        "version": form.select_one("[name=version]")["value"],
        "key": form.select_one("[name=key]")["value"],
        "statement_id": form["data-statement"],
        "translation": form["data-translation"],
        "typed": "yes",
    }
    return page.client.post(form["data-keep"], data={k: v for k, v in data.items() if v} | fields)


def test_what_is_typed_is_kept_and_offered_when_its_author_comes_back(office, newsroom):
    page = office.open("/console/statements/new")
    answer = keep(page, title="Half a title", body="Half a text", topics="1", signatory_name="Amara", **DATED)
    assert re.fullmatch(r"Kept at \d\d:\d\d", answer.json["saved"])
    assert count(newsroom, Statement) == 0
    page = office.open("/console/statements/new")
    assert (page.value("title"), "You typed something here" in page.text) == ("", True)
    assert "You began a new statement" in office.open("/console/statements").text
    page = office.open(page.link("Go on with what you typed"))
    assert (page.value("title"), page.value("body"), page.value("signatory_name")) == (
        "Half a title",
        "Half a text",
        "Amara",
    )
    assert page.html.select_one("[name=topics]").has_attr("checked")
    page.press("Save")
    assert only(newsroom, Statement).title == "Half a title"
    assert count(newsroom, Autosave) == 0


def test_what_was_typed_can_be_discarded(office, newsroom):
    office.write()
    keep(office.open("/console/statements/1/edit"), title="Not this")
    page = office.open("/console/statements/1/edit").press("Discard it")
    assert (page.path, page.value("title")) == ("/console/statements/1/edit", STATEMENT["title"])
    assert "You typed something here" not in page.text
    assert count(newsroom, Autosave) == 0


def test_discarding_loses_nothing_that_stands_in_the_form(office, newsroom):
    office.write()
    keep(office.open("/console/statements/1/edit"), title="Not this")
    page = office.open("/console/statements/1/edit").press("Discard it", title="Typed now")
    assert (page.value("title"), "You typed something here" in page.text) == ("Typed now", False)
    page.press("Save")
    assert only(newsroom, Statement).title == "Typed now"


def test_new_statements_in_two_tabs_are_kept_apart(office, newsroom):
    one, other = office.open("/console/statements/new"), office.open("/console/statements/new")
    keep(one, title="Typed in one tab", **DATED)
    keep(other, title="Typed in another", **DATED)
    page = office.open("/console/statements/new")
    kept = office.open(page.link("Go on with what you typed"))
    assert kept.value("title") == "Typed in another"
    kept.press("Save")
    page = office.open("/console/statements/new")
    assert office.open(page.link("Go on with what you typed")).value("title") == "Typed in one tab"


def test_what_was_typed_earlier_stays_until_its_author_decides_about_it(office, newsroom):
    keep(office.open("/console/statements/new"), title="Half a title", **DATED)
    page = office.open("/console/statements/new").press("Save", **(STATEMENT | {"title": ""}))
    assert (page.status, "You typed something here" in page.text) == (400, True)
    page.press("Save", title="Another one")
    assert only(newsroom, Statement).title == "Another one"
    page = office.open("/console/statements/import").press("Read the file", file=upload(b"Ramps\n\nFor all.", "a.txt"))
    assert (page.value("title"), "You typed something here" in page.text) == ("Ramps", True)
    page.press("Save")
    page = office.open("/console/statements")
    page = office.open(page.link("Go on with it"))
    assert page.value("title") == "Half a title"
    page.press("Save", **(STATEMENT | {"title": "A whole title"}))
    assert count(newsroom, Autosave) == 0


def test_what_was_typed_earlier_in_a_statement_outlasts_a_conflict_and_so_does_mine(office, newsroom):
    office.write()
    keep(office.open("/console/statements/1/edit"), **(STATEMENT | {"title": "Typed earlier"}))
    mine = office.open("/console/statements/1/edit")
    newsroom.execute(text("UPDATE statements SET title = 'Theirs', version = 2"))
    newsroom.commit()
    conflict = mine.press("Save", title="Typed now")
    left = office.open(office.open("/console/statements/1/edit").link("Go on with what you typed"))
    assert left.value("title") == "Typed now", "the page with both was left without a decision"
    page = conflict.press("Go on editing with these")
    assert (page.value("title"), "You typed something here" in page.text) == ("Typed now", True)
    page.press("Save")
    assert only(newsroom, Statement).title == "Typed now"
    page = office.open("/console/statements/1/edit")
    assert office.open(page.link("Go on with what you typed")).value("title") == "Typed earlier"


def test_characters_that_are_no_text_keep_nothing_from_being_kept(office):
    page = office.open("/console/statements/new")
    assert keep(page, title="Half\0 a title").status_code == 200
    page = office.open("/console/statements/new")
    assert office.open(page.link("Go on with what you typed")).value("title") == "Half a title"


def test_what_was_typed_before_somebody_saved_is_not_saved_over_it(office, newsroom):
    office.write()
    keep(office.open("/console/statements/1/edit"), **(STATEMENT | {"title": "Mine, typed", "image_alt": ""}))
    page = office.open("/console/statements/1/edit")
    kept = office.open(page.link("Go on with what you typed"))
    newsroom.execute(text("UPDATE statements SET title = 'Theirs', version = 2"))
    newsroom.commit()
    assert kept.press("Save").status == 409
    assert only(newsroom, Statement).title == "Theirs"


def test_a_translation_is_kept_apart_from_the_original(office):
    office.write()
    keep(office.open("/console/statements/1/languages/fr/edit"), title="Titre à moitié")
    assert "You typed something here" not in office.open("/console/statements/1/edit").text
    page = office.open("/console/statements/1")
    assert "You typed something in Français at" in page.text
    assert office.open(page.link("Go on with it")).value("title") == "Titre à moitié"
    page = office.open("/console/statements/1/languages/fr/edit")
    assert office.open(page.link("Go on with what you typed")).value("title") == "Titre à moitié"


def test_colleagues_are_told_who_is_editing(office, newsroom, app):
    access.add_staff(newsroom, "ben@opendoors.example", "Ben Osei", "another password, long enough")
    newsroom.commit()
    office.write()
    ben = PressOffice(app.test_client())
    ben.sign_in("ben@opendoors.example", "another password, long enough")
    page = office.open("/console/statements/1/edit")
    assert page.html.select_one("[data-others]").has_attr("hidden")
    theirs = ben.open("/console/statements/1/edit")
    keep(theirs)
    assert "Ben Osei is editing this since" in office.open("/console/statements/1/edit").text
    assert "Ben Osei is editing this since" in keep(page, title="x").json["others"]
    assert "is editing this" not in ben.open("/console/statements/1").text


def test_what_is_kept_is_nobody_elses(office, newsroom, app):
    access.add_staff(newsroom, "ben@opendoors.example", "Ben Osei", "another password, long enough")
    newsroom.commit()
    page = office.open("/console/statements/new")
    keep(page, title="Mine alone")
    ben = PressOffice(app.test_client())
    ben.sign_in("ben@opendoors.example", "another password, long enough")
    assert "Mine alone" not in ben.open(f"/console/statements/new?typed={page.value('key')}").text


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "4711"])
def test_what_belongs_to_no_statement_is_not_kept(office, newsroom, number):
    answer = keep(office.open("/console/statements/new"), statement_id=number, title="x")
    assert answer.status_code == 404
    assert count(newsroom, Autosave) == 0


def test_a_lost_session_loses_no_text(office, newsroom):
    publish(office)
    page = office.open("/console/statements/1/edit")
    newsroom.execute(text("DELETE FROM staff_sessions"))
    newsroom.commit()
    lost = page.press("Save", title="Typed for an hour", contact_phone="+1 555")
    assert lost.status == 401
    assert "Typed for an hour" in lost.html.get_text()
    office.sign_in()
    again = lost.press("Open the form again")
    assert (again.status, again.path) == (400, "/console/statements/1/edit")
    assert (again.value("title"), again.value("contact_phone")) == ("Typed for an hour", "+1 555")
    assert only(newsroom, Statement).title == STATEMENT["title"]
    again.press("Save")
    assert only(newsroom, Statement).title == "Typed for an hour"


def test_a_form_of_an_earlier_session_opens_again_with_everything(office, newsroom):
    page = office.open("/console/statements/new")
    office.open("/console/").press("Sign out")
    office.sign_in()
    again = page.press("Save", **STATEMENT)
    assert (again.status, again.value("body")) == (400, STATEMENT["body"])
    assert count(newsroom, Statement) == 0
    again.press("Save")
    assert only(newsroom, Statement).body == STATEMENT["body"]


def test_what_another_site_sends_is_not_opened(office, newsroom):
    answer = office.client.post("/console/statements/new", data=STATEMENT, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert STATEMENT["body"].encode() not in answer.data


def test_a_token_for_an_open_page_is_given_to_those_who_are_signed_in(office, stranger):
    assert len(office.client.get("/console/form-token").json["token"]) > 20
    assert stranger.client.get("/console/form-token").status_code == 303


HTML = "<h1>What we ask</h1><p><b>Ramps</b> at <a href='https://example.org/'>all libraries</a></p>"


def pasted(office, **data):
    token = office.open("/console/statements/new").value("csrf_token")
    return office.client.post("/console/statements/paste/markdown", data={"csrf_token": token} | data)


def test_pasted_formatting_becomes_markdown(office):
    answer = pasted(office, html=upload(HTML.encode(), "pasted.html"))
    assert answer.json["markdown"] == "## What we ask\n\n**Ramps** at [all libraries](https://example.org/)"
    assert pasted(office, html=HTML).json == answer.json


def test_a_whole_page_that_is_pasted_fills_the_form(office, newsroom):
    page = office.open("/console/statements/paste")
    source = (
        "<html lang=fr><head><title>x</title></head><body><nav>Accueil</nav><main><h1>Des rampes pour tous</h1>"
        "<p>24 novembre 2026</p><p>Quarante bibliothèques.</p></main></body></html>"
    )
    page = page.press("Read it", source=source)
    assert "Read from what you pasted. Nothing is saved yet." in page.text
    assert (page.value("title"), page.value("issued_on"), page.value("language")) == (
        "Des rampes pour tous",
        "2026-11-24",
        "fr",
    )
    assert page.value("body") == "Quarante bibliothèques."
    page.press("Save")
    assert only(newsroom, Statement).title == "Des rampes pour tous"


def test_plain_text_is_pasted_as_well(office):
    page = office.open("/console/statements/paste").press("Read it", source="Ramps for all\n\nForty libraries < 50.")
    assert (page.value("title"), page.value("body")) == ("Ramps for all", "Forty libraries < 50.")


def test_formatted_text_can_be_had_as_markdown_without_scripts(office):
    page = office.open("/console/statements/paste").press("Only show it as Markdown", source=HTML)
    assert page.value("markdown").startswith("## What we ask")


def test_pasting_nothing_asks_for_something(office):
    page = office.open("/console/statements/paste").press("Read it", source="  ")
    assert page.status == 400
    assert page.html.select_one(".error-summary a")["href"] == "#source"


def test_a_picture_in_the_text_is_described_or_decoration(office, newsroom):
    page = office.open("/console/images/new").press("Add the image", picture=upload(a_picture(), "a.png"))
    assert page.status == 400
    assert page.html.select_one(".error-summary a")["href"] == "#picture_alt"
    assert count(newsroom, Image) == 0
    page = page.press("Add the image", picture=upload(a_picture(), "a.png"), picture_alt='A "teal" door')
    image = only(newsroom, Image)
    assert page.value("markup") == (
        f'<img src="http://localhost:8000/images/{image.id}" alt="A &#34;teal&#34; door" width="40" height="30">'
    )
    statement = office.write(body=f"Before.\n\n{page.value('markup')}\n\nAfter.")
    mail = office.client.get(f"{statement.path}/mail").text
    assert str(image.id) in mail
    assert "1 thing stops this mail" not in statement.text


def test_the_editor_gets_what_stands_for_a_picture(office):
    token = office.open("/console/images/new").value("csrf_token")
    headers = {"Accept": "application/json"}
    data = {"csrf_token": token, "picture_is": "decorative"}
    good = office.client.post(
        "/console/images/new", headers=headers, data=data | {"picture": upload(a_picture(), "a.png")}
    )
    assert 'alt=""' in good.json["markup"]
    bad = office.client.post(
        "/console/images/new", headers=headers, data=data | {"picture": upload(b"<svg/>", "a.svg")}
    )
    assert (bad.status_code, "JPEG, PNG or WebP" in bad.json["refused"][0]) == (422, True)


def test_what_arrives_after_its_form_was_saved_is_not_kept(office, newsroom):
    page = office.open("/console/statements/new")
    key = page.value("key")
    page.press("Save", **STATEMENT)
    keep(page, key=key, title=STATEMENT["title"], **DATED)
    assert count(newsroom, Autosave) == 0
    assert "You began a new statement" not in office.open("/console/statements").text

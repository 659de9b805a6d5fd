"""Finding, publishing, correcting and withdrawing statements, and what their readers see of it."""

import pytest
from bs4 import BeautifulSoup

from app.models import AuditEntry, Statement, StatementState
from tests import factories
from tests.flows.newsroom import a_picture, count, only, publish
from tests.flows.press_office import STATEMENT, upload


def entries(session) -> list[tuple[str, dict]]:
    session.rollback()
    found = session.query(AuditEntry).order_by(AuditEntry.id).all()
    return [(entry.action, entry.details) for entry in found if entry.object_type == "statement"]


def test_an_empty_list_says_how_to_start_in_three_ways(office):
    page = office.open("/console/statements")
    assert "No statement yet" in page.text
    ways = [page.link(words) for words in ("Write a statement", "Paste a page", "Import a file")]
    assert [office.open(way).status for way in ways] == [200, 200, 200]


def test_statements_are_searched_and_filtered(office, newsroom):
    office.write()
    office.write(title="Something else", issued_on="2025-01-02")
    page = office.open("/console/statements?words=something")
    assert [link.get_text() for link in page.html.select(".rows__title a")] == ["Something else"]
    assert page.value("words") == "something"
    assert "Something else" not in office.open("/console/statements?since=2026-01-01").text
    assert "Nothing found" in office.open("/console/statements?state=published&topic=1").text
    page = office.open("/console/statements?since=yesterday")
    assert page.status == 400
    assert page.html.select_one(".error-summary a")["href"] == "#since"


def test_a_long_list_comes_in_pages_that_keep_the_search(office, newsroom):
    for number in range(25):
        factories.statement(newsroom, f"Door {number}", published=False)
    newsroom.commit()
    page = office.open("/console/statements?words=door")
    assert len(page.html.select(".rows__title")) == 20
    page = office.open(page.link("Next"))
    assert len(page.html.select(".rows__title")) == 5
    assert page.value("words") == "door"


@pytest.mark.parametrize(
    "query", ["state=nonsense&topic=x&page=-3&language=%00&words=a%00b", "page=99999999999999999999", "topic=9" * 40]
)
def test_odd_addresses_of_the_list_do_no_harm(office, query):
    office.write()
    assert office.open(f"/console/statements?{query}").status == 200


def test_saving_publishing_and_withdrawing_are_written_down(office, newsroom):
    page = publish(office)
    page = office.open(page.link("Withdraw")).press("Withdraw it", reason="It names a source.")
    page.press("Publish again")
    assert entries(newsroom) == [
        ("statement.create", {}),
        ("statement.publish", {}),
        ("statement.withdraw", {"reason": "It names a source."}),
        ("statement.publish", {"again": True}),
    ]
    assert only(newsroom, Statement).state is StatementState.PUBLISHED


def test_a_withdrawal_needs_a_reason(office, newsroom):
    page = publish(office)
    page = office.open(page.link("Withdraw")).press("Withdraw it", reason="  ")
    assert page.status == 400
    assert page.html.select_one(".error-summary a")["href"] == "#reason"
    assert only(newsroom, Statement).state is StatementState.PUBLISHED


def test_readers_of_a_withdrawn_statement_are_told_so(office, newsroom):
    page = publish(office)
    office.open(page.link("Withdraw")).press("Withdraw it", reason="It names a source.")
    slug = only(newsroom, Statement).slug
    answer = office.client.get(f"/statements/{slug}")
    assert answer.status_code == 410
    assert "This statement was withdrawn" in answer.text
    assert "It names a source." not in answer.text
    assert STATEMENT["title"] not in answer.text
    for address in ("/statements", "/feed.atom", "/feed.json", "/sitemap.xml", "/"):
        assert slug not in office.client.get(address).text
    assert "Withdrawn on" in office.open("/console/statements/1").text


def test_a_correction_is_shown_on_the_page_with_its_day(office, newsroom):
    publish(office)
    page = office.open("/console/statements/1/edit").press("Save", correcting="correct", correction="")
    assert page.status == 400
    assert page.html.select_one(".error-summary a")["href"] == "#correction"
    page.press("Save", correction="Nine stations, not twelve.")
    statement = only(newsroom, Statement)
    public = office.client.get(f"/statements/{statement.slug}").text
    assert "Nine stations, not twelve." in public
    assert statement.corrected_at.date().isoformat() in public
    office.open("/console/statements/1/edit").press("Save", title="A small change")
    assert only(newsroom, Statement).correction == "Nine stations, not twelve."
    office.open("/console/statements/1/edit").press("Save", correcting="remove")
    assert "Nine stations" not in office.client.get(f"/statements/{statement.slug}").text
    assert [action for action, _ in entries(newsroom)][-3:] == ["statement.correct", "statement.save", "statement.save"]


def test_a_correction_is_said_in_each_language_and_the_next_one_again(office, newsroom):
    publish(office)
    translation = {"title": "Ouvrez", "body": "Texte."}
    page = office.open("/console/statements/1/languages/fr/edit").press("Save", **translation)
    assert office.open("/console/statements/1/languages/fr/edit").html.select_one("[name=correction]") is None
    office.open("/console/statements/1/edit").press("Save", correcting="correct", correction="Nine, not twelve.")
    address = f"/statements/{only(newsroom, Statement).slug}/fr"
    assert '<p lang="en" dir="ltr">Nine, not twelve.</p>' in office.client.get(address).text
    page = office.open("/console/statements/1")
    assert "Readers of the version in Français see this note in English." in page.text
    page = office.open(page.link("Say it in Français"))
    page.press("Save", correction="Neuf, et non douze.")
    shown = office.client.get(address).text
    assert '<p lang="fr" dir="ltr">Neuf, et non douze.</p>' in shown
    assert "Nine, not twelve." not in shown
    assert "see this note in" not in office.open("/console/statements/1").text
    office.open("/console/statements/1/edit").press("Save", correcting="correct", correction="Ten, not twelve.")
    shown = office.client.get(address).text
    assert '<p lang="en" dir="ltr">Ten, not twelve.</p>' in shown
    assert "Neuf" not in shown


def test_the_main_points_stand_in_easy_words_too(office, newsroom):
    page = publish(office, easy_summary="Doors are shut.\n\nWe want them open, {{ first_name | friend }}.")
    public = BeautifulSoup(office.client.get(f"/statements/{only(newsroom, Statement).slug}").text, "lxml")
    box = public.find("section", class_="easy")
    assert box.h2.get_text() == "In easy words"
    assert "We want them open, friend." in box.get_text()
    office.open("/console/statements/1/languages/fr/edit").press("Save", title="Ouvrez", body="Texte.")
    assert "In easy words" not in office.client.get(f"/statements/{only(newsroom, Statement).slug}/fr").text
    page = office.open("/console/statements/1/edit").press("Save", easy_summary="")
    page = office.open("/console/statements/1/versions/1").press("Bring this version back")
    assert only(newsroom, Statement).easy_summary.startswith("Doors are shut.")
    page = office.open("/console/statements/1/edit").press("Save", easy_summary="Doors, {{ nom }}")
    assert page.html.select_one(".error-summary a")["href"] == "#easy_summary"


def test_what_the_public_sees_is_not_emptied(office, newsroom):
    publish(office)
    page = office.open("/console/statements/1/edit").press("Save", body=" ", topics=[])
    assert page.status == 400
    assert [link["href"] for link in page.html.select(".error-summary a")] == ["#body", "#topics"]
    assert only(newsroom, Statement).body == STATEMENT["body"]


@pytest.mark.parametrize("year", ["0026", "1926", "9999"])
def test_a_year_that_is_a_slip_is_asked_about(office, newsroom, year):
    page = office.write(issued_on=f"{year}-11-24")
    assert (page.status, page.value("issued_on")) == (400, f"{year}-11-24")
    assert "Write the year in four digits" in page.text
    token = page.value("csrf_token")
    mail = office.client.post("/console/preview", data={"csrf_token": token, "issued_on": f"{year}-11-24"})
    assert mail.status_code == 200
    assert count(newsroom, Statement) == 0


def test_characters_that_are_no_text_are_left_out(office, newsroom):
    publish(office)
    office.open("/console/statements/1/edit").press("Save", correcting="correct", correction="Nine,\0 not twelve.")
    assert only(newsroom, Statement).correction == "Nine, not twelve."
    office.open("/console/statements/1/withdraw").press("Withdraw it", reason="It names\0 a source.")
    assert entries(newsroom)[-1] == ("statement.withdraw", {"reason": "It names a source."})


def test_a_draft_is_not_asked_about_corrections(office):
    office.write()
    page = office.open("/console/statements/1/edit")
    assert page.html.select_one("[name=correcting]") is None
    page.press("Save", correcting="correct", correction="Nothing to correct.")
    assert "Corrected on" not in office.open("/console/statements/1").text


def test_the_note_about_a_correction_can_run_nothing(office, newsroom):
    publish(office)
    office.open("/console/statements/1/edit").press(
        "Save", correcting="correct", correction="<script>alert(1)</script>"
    )
    public = office.client.get(f"/statements/{only(newsroom, Statement).slug}").text
    assert "<script>alert(1)" not in public


def test_each_save_is_a_version_that_shows_what_changed_and_can_come_back(office, newsroom):
    page = office.write()
    office.open("/console/statements/1/edit").press("Save", title="Every door must open for everybody")
    page = office.open(page.link("Versions"))
    rows = [row.get_text(" ", strip=True) for row in page.html.select("tbody tr")]
    assert [row.split()[1] for row in rows] == ["2", "1"]
    assert "Inés Falk" in rows[0]
    page = office.open(page.link("Version 2"))
    assert page.html.select_one("del").get_text().split(":")[1].split()[0] == "should"
    assert page.html.select_one("ins").get_text().split(":")[1].split()[0] == "must"
    page = office.open("/console/statements/1/versions/1").press("Bring this version back")
    assert only(newsroom, Statement).title == STATEMENT["title"]
    assert "Version 1 is back" in page.text


def test_a_version_is_not_brought_back_over_a_save_that_nobody_saw(office, newsroom):
    office.write()
    office.open("/console/statements/1/edit").press("Save", title="Second")
    page = office.open("/console/statements/1/versions/1")
    office.open("/console/statements/1/edit").press("Save", title="Third")
    page = page.press("Bring this version back")
    assert page.status == 409
    assert only(newsroom, Statement).title == "Third"


@pytest.mark.parametrize(
    "path", ["versions/9", "versions/99999999999999999999", "languages/klingon1x/edit", "languages/fr/remove"]
)
def test_what_is_not_there_is_not_found(office, path):
    office.write()
    assert office.open(f"/console/statements/1/{path}").status == 404


def test_a_statement_is_written_in_several_languages(office, newsroom):
    page = office.write()
    page = office.open(page.link("Add a language"))
    page = office.open(f"{page.path}?tag=&other=AR")
    assert page.path == "/console/statements/1/languages/ar/edit"
    assert page.html.select_one("#title")["lang"] == "ar"
    page = page.press("Save", title="يجب أن يفتح كل باب", body="نص")
    assert "يجب أن يفتح كل باب" in page.text
    statement = only(newsroom, Statement)
    assert [(one.language, one.body) for one in statement.translations] == [("ar", "نص")]
    page = office.open(page.link("Edit العربية"))
    assert page.value("body") == "نص"
    office.open("/console/statements/1/languages/ar/remove").press("Remove")
    assert only(newsroom, Statement).translations == []
    actions = [action for action, _ in entries(newsroom)]
    assert actions == ["statement.create", "statement.translate", "statement.remove_translation"]


def test_a_mistake_in_a_translation_loses_nothing(office):
    office.write()
    page = office.open("/console/statements/1/languages/fr/edit").press("Save", title="", body="Texte {{ nom }}")
    assert page.status == 400
    assert [link["href"] for link in page.html.select(".error-summary a")] == ["#title", "#body"]
    assert page.value("body") == "Texte {{ nom }}"


def test_two_people_writing_different_languages_do_not_disturb_each_other(office, newsroom):
    office.write()
    french = office.open("/console/statements/1/languages/fr/edit")
    english = office.open("/console/statements/1/edit")
    office.open("/console/statements/1/languages/ar/edit").press("Save", title="عنوان")
    assert french.press("Save", title="Titre").status == 200
    assert english.press("Save", title="Title").status == 200
    statement = only(newsroom, Statement)
    assert (statement.title, {one.language: one.title for one in statement.translations}) == (
        "Title",
        {"ar": "عنوان", "fr": "Titre"},
    )


def test_two_people_writing_the_same_language_see_both(office, newsroom):
    office.write()
    office.open("/console/statements/1/languages/fr/edit").press("Save", title="Titre", body="Un.\n\nDeux.")
    mine = office.open("/console/statements/1/languages/fr/edit")
    office.open("/console/statements/1/languages/fr/edit").press("Save", body="Un.\n\nDeux, eux.")
    page = mine.press("Save", body="Un, moi.\n\nDeux.")
    assert page.status == 409
    page = page.press("Go on editing with these")
    assert page.value("body") == "Un, moi.\n\nDeux, eux."
    page.press("Save")
    assert only(newsroom, Statement).translations[0].body == "Un, moi.\n\nDeux, eux."


@pytest.mark.parametrize(("query", "field"), [("tag=", "#tag"), ("tag=&other=xx_YY", "#other")])
def test_a_language_has_to_be_named(office, query, field):
    office.write()
    page = office.open(f"/console/statements/1/languages?{query}")
    assert page.status == 400
    assert page.html.select_one(".error-summary a")["href"] == field


def test_the_language_of_the_original_leads_to_the_original(office):
    office.write()
    assert office.open("/console/statements/1/languages?tag=&other=EN").path == "/console/statements/1/edit"
    assert office.open("/console/statements/1/languages/en/edit").path == "/console/statements/1/edit"


def test_a_picture_must_be_described_in_each_language(office, newsroom):
    office.write(image=upload(a_picture(), "door.png"), image_is="described", image_alt="A teal door")
    page = office.open("/console/statements/1/languages/fr/edit").press("Save", title="Titre", image_alt="")
    assert "Describe the image in this language too." in page.text
    assert page.press("Save", image_alt="Une porte").status == 200
    assert count(newsroom, Statement) == 1

"""The real mail beside what somebody writes: each look of it, each language, as typed so far, as somebody gets it."""

import pytest
from bs4 import BeautifulSoup

from app.models import Role, StaffMember, Statement, Subscriber, Translation
from tests.flows.newsroom import only, publish, rows_of_everything
from tests.flows.press_office import PressOffice

MAIL = "/console/statements/1/mail"
FRENCH = {"title": "Une porte pour chacun", "standfirst": "Des rampes", "body": "Chère {{ first_name | amie }}, venez."}


@pytest.fixture
def written(office: PressOffice, newsroom):
    """A published statement in English and French."""
    publish(office, body="Dear {{ first_name | friend }}, forty libraries.")
    statement = only(newsroom, Statement)
    statement.translations.append(Translation(language="fr", **FRENCH))
    newsroom.commit()
    return office


def token(office: PressOffice) -> str:
    return office.open("/console/statements/1/edit").value("csrf_token")


def asked(office: PressOffice, path: str = MAIL, **sent):
    return office.client.post(path, data={"csrf_token": token(office), **sent})


def as_json(office: PressOffice, path: str = MAIL, **sent):
    data = {"csrf_token": token(office), **sent}
    return office.client.post(path, data=data, headers={"Accept": "application/json"})


def shown(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def test_the_frame_runs_nothing_loads_nothing_and_may_stand_only_in_our_own_pages(written, settings):
    answer = written.client.get(MAIL)
    rules = dict(rule.strip().partition(" ")[::2] for rule in answer.headers["Content-Security-Policy"].split(";"))
    assert "allow-scripts" not in rules["sandbox"]
    assert "allow-forms" not in rules["sandbox"]
    assert (rules["default-src"], rules["frame-ancestors"], rules["form-action"]) == ("'none'", "'self'", "'none'")
    assert "script-src" not in rules
    assert rules["img-src"] == f"'self' {settings.public_url}"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_the_mail_is_light_until_somebody_wants_it_dark(written):
    assert "@media not all" in written.client.get(MAIL).text
    assert "@media all" in asked(written, preview_look="dark").text
    assert "@media not all" in asked(written, preview_look="telephone").text
    assert "@media not all" in asked(written, preview_look="no such look").text


def test_the_plain_text_and_the_source_are_shown_as_they_are(written):
    text = shown(asked(written, preview_look="text")).pre.get_text()
    assert "Dear friend, forty libraries." in text
    assert "Unsubscribe" in text
    source = shown(asked(written, preview_look="source")).pre.get_text()
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n" in source
    assert "Content-Transfer-Encoding:" in source


def test_each_language_is_shown_as_its_readers_get_it(written):
    page = shown(asked(written, preview_language="fr"))
    assert page.html["lang"] == "fr"
    assert page.h1.get_text() == FRENCH["title"]
    assert "Chère amie, venez." in page.get_text()
    assert shown(written.client.get(f"{MAIL}?preview_language=fr")).h1.get_text() == FRENCH["title"]
    missing = asked(written, preview_language="de")
    assert missing.status_code == 404
    assert "not there in this language" in missing.text


def test_the_mail_is_shown_as_a_chosen_subscriber_gets_it_but_its_links_are_dead(written, newsroom):
    reader = newsroom.query(Subscriber).filter_by(address="reader1@example.org").one()
    reader.first_name, reader.language = "Zoë", "fr-CA"
    newsroom.commit()
    answer = as_json(written, preview_reader="READER1@example.org")
    page = BeautifulSoup(answer.json["html"], "html.parser")
    assert "Chère Zoë, venez." in page.get_text()
    assert "reader1@example.org" in answer.json["about"]
    link = page.find("a", string="Se désinscrire")["href"]
    path = link.partition("//")[2].partition("/")[2]
    before = rows_of_everything(newsroom)
    written.client.post(f"/{path}", data="List-Unsubscribe=One-Click")
    assert rows_of_everything(newsroom) == before


def test_the_beginning_of_an_address_is_enough_if_only_one_begins_so(written):
    assert asked(written, preview_reader="reader2").status_code == 200
    several = asked(written, preview_reader="reader")
    assert several.status_code == 404
    for number in range(3):
        assert f"reader{number}@example.org" in several.text
    assert asked(written, preview_reader="nobody@example.org").status_code == 404
    assert asked(written, preview_reader="%").status_code == 404
    assert asked(written, preview_reader="reader_@").status_code == 404


def test_nobody_sees_a_subscriber_whose_role_may_not_see_people(written, newsroom):
    form = written.open("/console/statements/1/edit").value("csrf_token")
    newsroom.query(StaffMember).update({"role": Role.AUTHOR})
    newsroom.commit()
    refused = written.client.post(MAIL, data={"csrf_token": form, "preview_reader": "reader1@example.org"})
    assert refused.status_code == 403
    assert "reader1" not in refused.text
    assert written.client.post(MAIL, data={"csrf_token": form, "preview_look": "dark"}).status_code == 200


def test_what_is_typed_is_shown_and_nothing_of_it_is_kept(written, newsroom):
    before = rows_of_everything(newsroom)
    answer = as_json(
        written, "/console/statements/1/preview", title="Typed title", body="Typed *words*", issued_on="2026-12-01"
    )
    page = BeautifulSoup(answer.json["html"], "html.parser")
    assert page.h1.get_text() == "Typed title"
    assert "Typed words" in page.get_text()
    assert "December 1, 2026" in page.get_text()
    assert "Amara Okoye" in page.get_text()
    assert "Typed title" in answer.json["about"]
    assert rows_of_everything(newsroom) == before


def test_a_new_statement_is_shown_while_it_is_typed(office, newsroom):
    form = office.open("/console/statements/new").value("csrf_token")
    assert "as soon as something is written" in office.client.get("/console/preview").text
    empty = office.client.post("/console/preview", data={"csrf_token": form})
    assert "(no title yet)" in empty.text
    typed = office.client.post(
        "/console/preview", data={"csrf_token": form, "title": "Ramps", "language": "ar", "topics": ["1", "x"]}
    )
    assert (shown(typed).html["dir"], shown(typed).h1.get_text()) == ("rtl", "Ramps")


def test_a_translation_is_shown_while_it_is_typed_with_all_else_of_the_statement(written):
    answer = asked(written, "/console/statements/1/preview?language=ar", title="باب", body="نعم")
    page = shown(answer)
    assert (page.html["lang"], page.html["dir"]) == ("ar", "rtl")
    assert page.h1.get_text() == "باب"
    assert "Amara Okoye" in page.get_text()
    assert "forty libraries" not in page.get_text()
    assert (
        shown(asked(written, "/console/statements/1/preview?language=fr", title="Neuf")).get_text().count("venez") == 1
    )


def test_a_half_typed_merge_field_is_explained_and_the_mail_that_was_shown_may_stay(written):
    answer = as_json(written, "/console/statements/1/preview", body="Dear {{ first_na")
    assert answer.status_code == 422
    assert "html" not in answer.json
    assert "is not closed" in answer.json["about"]
    framed = asked(written, "/console/statements/1/preview", body="Dear {{ first_na")
    assert "is not closed" in framed.text
    assert "frame-ancestors 'self'" in framed.headers["Content-Security-Policy"]


def test_what_is_typed_can_run_nothing_and_break_out_of_nothing(written):
    evil = "</title><script>alert(1)</script><img src=x onerror=alert(1)>"
    for look in ("desktop", "text", "source"):
        page = shown(asked(written, "/console/statements/1/preview", title=evil, body=evil, preview_look=look))
        assert page.find("script") is None, look
        assert page.find(onerror=True) is None, look


def test_only_staff_see_mails(stranger, written):
    assert stranger.client.get(MAIL).status_code == 303
    assert stranger.client.post(MAIL).status_code in {400, 401}

"""The checks of a campaign in the console: what stops the mail, what is acknowledged, and links that are asked."""

from itertools import pairwise

from app.models import AuditEntry
from app.services.link_check import LinkCheck, LinkResult
from tests.flows.newsroom import begin, publish, step

SOUND = "Read [the report on accessible voting](https://opendoors.example/voting-report)."


def checks(office, **changes):
    publish(office, **changes)
    begun = begin(office)
    return begun, step(office, begun, "checks")


def test_vague_links_and_missing_descriptions_stop_the_mail_until_they_are_mended(office):
    begun, page = checks(
        office, body="Read [click here](https://opendoors.example/a). ![](https://opendoors.example/b.png)"
    )
    assert "2 things stop this mail." in page.text or "3 things stop this mail." in page.text
    assert "The link text “click here” says nothing on its own" in page.text
    assert "has no description" in page.text
    assert "#body" in page.link("Edit the statement")
    office.open("/console/statements/1/edit").press("Save", body=SOUND)
    page = step(office, begun, "checks")
    assert "stops this mail" not in page.text


def test_a_warning_is_acknowledged_by_name(office, newsroom):
    _, page = checks(office, body=f"{SOUND} A quote, TK.")
    assert "To be acknowledged" in page.text
    page = page.press("I have read this")
    assert "has read this" in page.text
    assert "Acknowledged" in page.text


def test_other_peoples_servers_are_asked_only_by_pressing_a_button(office, newsroom, monkeypatch):
    asked = []

    def check(self, urls):
        asked.append(tuple(urls))
        return [LinkResult(url, "gone", "its server says that there is no such page (404)") for url in urls]

    monkeypatch.setattr(LinkCheck, "check", check)
    _, page = checks(office, body=SOUND)
    assert "1 link to another site" in page.text
    assert asked == []
    page = page.press("Check the links")
    assert asked == [("https://opendoors.example/voting-report",)]
    assert "1 link was checked." in page.text
    assert "there is no such page (404)" in page.text
    assert "Check the links again" in page.text
    newsroom.rollback()
    acts = [entry.action for entry in newsroom.query(AuditEntry).order_by(AuditEntry.id)]
    assert acts[-1] == "campaign.check_links"


def test_the_page_has_headings_in_order_and_names_on_everything(office):
    _, page = checks(office, body=f"{SOUND} [here](https://opendoors.example/a) TK")
    levels = [int(heading.name[1]) for heading in page.html.select("main h1, main h2, main h3, main h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [element["id"] for element in page.html.select("[id]")]
    assert len(ids) == len(set(ids))
    for section in page.html.select("main section[aria-labelledby]"):
        assert page.html.find(id=section["aria-labelledby"]) is not None
    assert not page.html.select("[style]")

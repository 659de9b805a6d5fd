"""The sign-up form on other sites: who may show it, and where it leads back to."""

import pytest
from bs4 import BeautifulSoup

from app.models import ConsentEvent, SubscriptionState
from tests.flows.newsletter import hidden_fields

SITE = {"Origin": "https://opendoors.example"}
BACK = "https://opendoors.example/thanks"
ANA = "ana@example.org"


def snippet(newsletter):
    """The form that webmasters copy, as their page would hold it."""
    page = BeautifulSoup(newsletter.get("/embed").text, "lxml")
    return page.find("textarea", id="snippet").get_text()


def post(newsletter, headers=SITE, **fields):
    data = {**hidden_fields(snippet(newsletter)), "email": ANA, "topic": "statements", **fields}
    return newsletter.client.post("/embed/subscribe", data=data, headers=headers)


def test_the_copied_form_signs_up_and_leads_back(newsletter):
    newsletter.offer("statements", "education")
    form = BeautifulSoup(snippet(newsletter), "lxml").form
    assert form["action"] == "http://localhost:8000/embed/subscribe"
    assert {box["value"] for box in form.select("[type=checkbox]")} == {"statements", "education"}
    answer = post(newsletter)
    assert (answer.status_code, answer.location) == (303, BACK)
    assert newsletter.standing(ANA) == {"statements": SubscriptionState.PENDING}
    event = newsletter.session.query(ConsentEvent).one()
    assert event.source == "/embed on https://opendoors.example"


def test_every_field_of_the_copied_form_has_its_label(newsletter):
    newsletter.offer("statements", "education")
    form = BeautifulSoup(snippet(newsletter), "lxml").form
    for field in form.select("input:not([type=hidden]), select"):
        assert field.find_parent("label") or form.find("label", attrs={"for": field.get("id")}), field


def test_the_copied_form_leads_to_the_privacy_notice_and_asks_for_mail_in_its_own_language(newsletter):
    newsletter.offer("statements")
    page = BeautifulSoup(newsletter.get("/embed?lang=de").text, "lxml")
    form = BeautifulSoup(page.find("textarea", id="snippet").get_text(), "lxml").form
    assert form.select_one("a")["href"].startswith("http://localhost:8000/privacy")
    assert [option["value"] for option in form.select("option[selected]")] == ["de"]


def test_a_browser_that_tells_only_the_referring_page_is_understood(newsletter):
    newsletter.offer("statements")
    assert post(newsletter, headers={"Referer": "https://opendoors.example/news?x=1"}).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://opendoors.example"},
        {"Origin": "https://opendoors.example.evil.example"},
        {"Origin": "https://opendoors.example:8443"},
        {"Origin": "https://evil.example", "Referer": "https://opendoors.example/"},
        {"Referer": "https://evil.example/https://opendoors.example"},
        {"Referer": "https://opendoors.example@evil.example/"},
        {"Referer": "//opendoors.example/"},
    ],
)
def test_other_sites_can_not_sign_anybody_up(newsletter, headers):
    newsletter.offer("statements")
    answer = post(newsletter, headers=headers)
    assert answer.status_code == 403
    assert newsletter.standing(ANA) == {}
    assert BeautifulSoup(answer.text, "lxml").find(id="email")["value"] == ANA


@pytest.mark.parametrize(
    "target",
    [
        "",
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://opendoors.example/thanks/../else",
        "https://opendoors.example/thanks?next=x",
        "https://opendoors.example@evil.example/thanks",
        "https://opendoors.example/thanks\r\nSet-Cookie: x=1",
        "javascript:alert(1)",
        "HTTPS://OPENDOORS.EXAMPLE/thanks",
        " https://opendoors.example/thanks",
    ],
)
def test_the_form_leads_back_to_listed_pages_only(newsletter, target):
    newsletter.offer("statements")
    answer = post(newsletter, **{"return": target})
    assert (answer.status_code, answer.location) == (400, None)
    assert newsletter.standing(ANA) == {}
    assert BeautifulSoup(answer.text, "lxml").find(id="email")["value"] == ANA


def test_a_mistake_on_another_site_is_mended_on_ours(newsletter):
    newsletter.offer("statements", "education")
    answer = post(newsletter, email="ana@", topic="education")
    assert answer.status_code == 400
    page = BeautifulSoup(answer.text, "lxml")
    assert page.find(id="email")["value"] == "ana@"
    assert [box["value"] for box in page.select("input[checked]")] == ["education"]
    again = newsletter.client.post(
        page.form["action"], data={**hidden_fields(answer.text), "email": ANA, "topic": "education"}
    )
    assert (again.status_code, again.location) == (303, "/subscribe/check-your-inbox")


def test_every_address_leads_back_in_the_same_way(newsletter):
    newsletter.offer("statements")
    newsletter.join(ANA)
    known, new = post(newsletter), post(newsletter, email="new@example.org")
    assert (known.status, known.data, list(known.headers)) == (new.status, new.data, list(new.headers))


def test_the_frame_may_be_shown_by_listed_sites_and_stays_in_itself(newsletter):
    newsletter.offer("statements", "education")
    page = newsletter.get("/embed/form")
    assert "frame-ancestors 'self' https://opendoors.example" in page.headers["Content-Security-Policy"]
    fields = hidden_fields(page.text)
    wrong = newsletter.client.post("/embed/form", data={**fields, "email": "x", "topic": "statements"})
    assert wrong.status_code == 400
    assert "frame-ancestors 'self' https://opendoors.example" in wrong.headers["Content-Security-Policy"]
    right = newsletter.client.post("/embed/form", data={**fields, "email": ANA, "topic": "statements"})
    assert (right.status_code, right.location) == (303, "/embed/check-your-inbox")
    assert newsletter.standing(ANA) == {"statements": SubscriptionState.PENDING}


def test_no_other_page_can_be_framed(newsletter):
    newsletter.offer("statements")
    for path in ("/", "/subscribe", "/embed", "/help"):
        assert "frame-ancestors 'none'" in newsletter.get(path).headers["Content-Security-Policy"]


def test_the_frame_refuses_a_form_without_its_token(newsletter):
    newsletter.offer("statements")
    assert newsletter.client.post("/embed/form", data={"email": ANA}).status_code == 400
    assert newsletter.standing(ANA) == {}

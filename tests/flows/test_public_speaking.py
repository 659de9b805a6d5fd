"""Readers are spoken to in their language: pages, errors, mails, the words of consent. A switch keeps the place."""

import email
import email.policy
from email.message import EmailMessage

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from app.mail.lint import errors
from app.models import ConsentEvent, ConsentText, Delivery
from app.services import notices, topics
from app.services.notices import Notice
from app.services.topics import Wording
from tests.flows.newsletter import Newsletter

ANA = "ana@example.org"
WORDS = {
    "en": ("Subscribe", "Please confirm your subscription", "You are subscribed", "Your preferences", "Unsubscribe"),
    "fr": ("S’inscrire", "euillez confirmer votre", "Vous êtes inscrit(e)", "Vos préférences", "Se désinscrire"),
    "de": ("Anmelden", "Bitte bestätigen Sie Ihre Anmeldung", "Sie sind angemeldet", "Ihre Einstellungen", "Abmelden"),
    "es": ("Suscribirse", "Confirme su suscripción", "Ya está en la lista", "Sus preferencias", "Darse de baja"),
    "ar": ("اشتراك", "يُرجى تأكيد اشتراكك", "تم اشتراكك", "تفضيلاتك", "إلغاء الاشتراك"),
}  # fmt: skip
MARKS = ("%(", "\u2068\u2069")


def page(answer, status: int = 200) -> BeautifulSoup:
    assert answer.status_code == status
    assert not any(mark in answer.text for mark in MARKS)
    return BeautifulSoup(answer.text, "lxml")


def speaks(found: BeautifulSoup, language: str) -> bool:
    return (found.html["lang"], found.html["dir"]) == (language, "rtl" if language == "ar" else "ltr")


def mail(newsletter: Newsletter, delivery: Delivery) -> EmailMessage:
    """The notice as it would be handed over."""
    person, press = delivery.subscriber, newsletter.installation.press
    values = Notice(
        delivery.id, delivery.kind, person.id, delivery.consent_event_id, "k" * 20, delivery.created_at,
        notices.EmailAddress.parse(person.address), person.language,
    )  # fmt: skip
    _, raw = notices.write(newsletter.session, press, values)
    assert errors(notices.check(press, raw)) == []
    return email.message_from_bytes(raw, policy=email.policy.default)


def fields(found: BeautifulSoup) -> dict[str, str]:
    return {one["name"]: one["value"] for one in found.select("form input[type=hidden]")}


def switch(found: BeautifulSoup) -> dict[str, str]:
    return {link["lang"]: link["href"] for link in found.select("nav.languages a")}


@pytest.mark.parametrize("language", WORDS)
def test_somebody_joins_and_leaves_in_their_language(newsletter, language):
    subscribe, please, done, preferences, unsubscribe = WORDS[language]
    newsletter.offer("statements")
    browser = {"headers": {"Accept-Language": f"{language}-XX, sw;q=0.8"}}
    form = page(newsletter.client.get("/subscribe", **browser))
    assert speaks(form, language)
    assert form.h1.get_text() == subscribe
    assert form.find("option", selected=True)["value"] == language
    data = {**fields(form), "email": ANA, "language": language}
    answer = newsletter.client.post("/subscribe", data=data, **browser)
    assert speaks(page(newsletter.client.get(answer.location, **browser)), language)
    agreed = newsletter.session.scalars(select(ConsentText).join(ConsentEvent)).one()
    assert agreed.language == language
    assert agreed.words == form.find(id="consent").contents[0].strip()

    sent = mail(newsletter, newsletter.mails(ANA)[-1])
    html = BeautifulSoup(sent.get_body(("html",)).get_content(), "lxml")
    assert please in sent["Subject"]
    assert please in sent.get_body(("plain",)).get_content()
    assert please in html.h1.get_text()
    assert speaks(html, language)
    assert html.find(attrs={"lang": True, "class": "ours"}) is None, "all of it is in one language"

    for link, title in (
        (newsletter.confirmation_link(ANA), None),
        (newsletter.refusal_link(ANA), None),
        (newsletter.preferences_link(ANA), preferences),
        (newsletter.unsubscribe_link(ANA, newsletter.campaign("statements")), unsubscribe),
    ):
        opened = page(newsletter.open(link))
        assert speaks(opened, language), "the subscriber's language, whatever the browser's"
        assert title is None or opened.h1.get_text() == title
    assert page(newsletter.confirm(ANA)).h1.get_text() == done
    saved = page(newsletter.press(newsletter.preferences_link(ANA), topic=["statements"], language=language))
    assert speaks(saved, language)
    assert speaks(page(newsletter.press(newsletter.preferences_link(ANA), leave="1")), language)


@pytest.mark.parametrize("language", WORDS)
def test_errors_speak_too_and_say_what_to_do(newsletter, language):
    newsletter.offer("statements", "education")
    for path, status in (
        ("/nowhere", 404),
        ("/statements/none", 404),
        ("/statements?page=99", 404),
        ("/u/forged", 404),
    ):
        found = page(newsletter.get(path, **{"Accept-Language": language}), status)
        assert speaks(found, language)
        english = page(newsletter.get(path, **{"Accept-Language": "en"}), status)
        if language != "en":
            mine, theirs = (set(shown.main.stripped_strings) for shown in (found, english))
            assert mine & theirs <= {"office@opendoors.example", "Error 404"}, "nothing is left in English"
    data = {**newsletter.form(f"/subscribe?lang={language}"), "email": "ana@@example", "language": language}
    answer = page(newsletter.client.post(f"/subscribe?lang={language}", data=data), 400)
    said = [item.get_text() for item in answer.select(".error-summary li")]
    assert len(said) == 2
    if language != "en":
        assert not any("address" in one or "Choose" in one for one in said)


def test_the_browsers_first_choice_that_can_be_met_counts(newsletter):
    for accepted, spoken in (
        ("fr;q=0.3, de;q=0.9", "de"),
        ("sw, es-MX;q=0.5, fr;q=0.2", "es"),
        ("de;q=0, ar;q=0.1", "ar"),
        ("*", "en"),
        ("", "en"),
    ):
        answer = newsletter.get("/subscribe", **{"Accept-Language": accepted})
        assert speaks(page(answer), spoken), accepted
        assert answer.headers["Content-Language"] == spoken
        assert "Accept-Language" in answer.headers["Vary"]


def test_the_switch_names_each_language_in_itself_and_keeps_the_place(newsletter):
    newsletter.offer("statements", "education")
    found = page(newsletter.get("/statements?topic=education&lang=de"))
    links = found.select("nav.languages a")
    assert [link.get_text() for link in links] == ["English", "Français", "Deutsch", "Español", "العربية"]
    assert all(link["lang"] == link["hreflang"] for link in links)
    assert [link["lang"] for link in links if link.get("aria-current")] == ["de"]
    arabic = page(newsletter.get(switch(found)["ar"]))
    assert speaks(arabic, "ar")
    assert "Education" in arabic.h1.get_text()


def test_what_was_chosen_goes_along_and_back_without_a_cookie(newsletter):
    newsletter.offer("statements")
    home = newsletter.get("/?lang=fr", **{"Accept-Language": "de"})
    assert "Set-Cookie" not in home.headers
    link = page(home).find("a", class_="button")["href"]
    form = page(newsletter.get(link, **{"Accept-Language": "de"}))
    assert speaks(form, "fr")
    data = {**fields(form), "email": ANA, "language": "ar"}
    answer = newsletter.client.post(form.find("form")["action"], data=data, headers={"Accept-Language": "de"})
    assert answer.status_code == 303
    assert speaks(page(newsletter.get(answer.location)), "fr")
    agreed = newsletter.session.scalars(select(ConsentText)).one()
    assert agreed.language == "fr", "the words that were read, not those of the mails"
    assert "يُرجى" in mail(newsletter, newsletter.mails(ANA)[-1])["Subject"]


def test_a_page_behind_a_button_has_the_switch_to_the_page_of_the_button(newsletter):
    newsletter.offer("statements")
    newsletter.join(ANA, "statements")
    link = newsletter.unsubscribe_link(ANA, newsletter.campaign("statements"))
    left = page(newsletter.press(link, confirm="1", scope="topics"))
    again = page(newsletter.get(switch(left)["es"]))
    assert speaks(again, "es")
    assert newsletter.path(link) in switch(again)["en"]
    refused = page(newsletter.client.post("/embed/subscribe", data={}), 403)
    assert speaks(page(newsletter.get(switch(refused)["de"])), "de")


def test_the_switch_leads_nowhere_else(newsletter):
    found = page(newsletter.client.get("/?lang=xx", environ_overrides={"PATH_INFO": "//evil.example/x"}), 404)
    assert all(href.startswith("/evil.example/") for href in switch(found).values())


def test_a_form_on_another_site_may_hold_the_words_of_any_language(newsletter):
    newsletter.offer("statements")
    guide = page(newsletter.get("/embed?lang=ar"))
    snippet = BeautifulSoup(guide.find(id="snippet").get_text(), "lxml")
    assert snippet.button.get_text() == "اشتراك"
    answer = newsletter.client.post(
        newsletter.path(snippet.form["action"]),
        data={**fields(snippet), "email": ANA, "language": "de"},
        headers={"Origin": "https://opendoors.example", "Accept-Language": "fr"},
    )
    assert answer.location == "https://opendoors.example/thanks"
    assert newsletter.session.scalars(select(ConsentText)).one().language == "ar"


def test_addresses_for_search_engines_and_feeds_name_no_language_of_the_page(newsletter):
    newsletter.offer("statements")
    newsletter.publish("Ramps first")
    found = page(newsletter.get("/statements/ramps-first?lang=fr"))
    assert found.find("link", rel="canonical")["href"].endswith("/statements/ramps-first")
    feed = BeautifulSoup(newsletter.get("/feed.atom?lang=fr").text, "xml")
    assert not any("lang=" in one.get_text() for one in feed.find_all("id"))


def test_the_staffs_door_stays_english(newsletter):
    answer = newsletter.client.get("/console/sign-in?lang=fr", headers={"Accept-Language": "fr"})
    assert speaks(page(answer), "en")
    assert "Sign in" in answer.text
    assert 'lang="en"' in newsletter.get("/console/nowhere", **{"Accept-Language": "fr"}).text.replace("fr", "")[:200]


def test_what_the_news_is_about_is_said_in_the_language_of_the_page(newsletter):
    newsletter.offer("statements")
    for language, subject in (
        ("fr", "Actualités sur les droits des personnes handicapées"),
        ("ar", "أخبار عن \u2068حقوق الأشخاص ذوي الإعاقة\u2069"),
        ("de", "Neues über the rights of disabled people"),
    ):
        assert page(newsletter.get(f"/?lang={language}")).h1.get_text() == subject
    assert (
        "sur les droits des personnes handicapées" in page(newsletter.get("/subscribe?lang=fr")).find(id="consent").text
    )


def test_topics_are_called_by_their_name_in_the_readers_language(newsletter):
    first, _ = newsletter.offer("statements", "education")
    french = {"fr": {"name": "Nos communiqués", "description": "Un par semaine"}}
    topics.change(newsletter.session, first, Wording(first.name, "One a week", translations=french))
    newsletter.session.commit()
    form = page(newsletter.get("/subscribe?lang=fr")).find("fieldset").get_text(" ", strip=True)
    assert "Nos communiqués Un par semaine Education" in form
    assert "Statements One a week" in page(newsletter.get("/subscribe?lang=de")).find("fieldset").get_text(
        " ", strip=True
    )
    assert (
        page(newsletter.get("/statements?topic=statements&lang=fr")).h1.get_text()
        == "Communiqués\u00a0: Nos communiqués"
    )
    newsletter.sign_up(ANA, "statements", language="fr")
    assert "Nos communiqués" in mail(newsletter, newsletter.mails(ANA)[-1]).get_body(("plain",)).get_content()
    assert "Nos communiqués" in page(newsletter.open(newsletter.confirmation_link(ANA))).main.get_text()

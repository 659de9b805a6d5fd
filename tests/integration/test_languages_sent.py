"""One statement in several languages: each reader gets theirs, the same one in every copy."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from app.errors import Invalid
from app.mail.lint import errors
from app.models import Campaign, Delivery, Edition, Subscriber, Translation
from app.services import editions, languages, unknowns
from app.services.editions import Press
from tests import factories
from tests.integration.sending import NOW, work
from worker.delivery import ledger, planner
from worker.delivery.claims import Place, claim_statements
from worker.delivery.messages import Messages, Unsendable

HOUR = timedelta(hours=1)
ARABIC = {
    "title": "افتحوا كل مركز اقتراع",
    "standfirst": "مركز من كل ثلاثة",
    "body": "يجب أن يكون كل مركز متاحا للجميع.",
}
FRENCH = {
    "title": "Ouvrez tous les bureaux de vote",
    "standfirst": "Un sur trois",
    "body": "Chère {{ first_name | amie }}.",
}
READERS = {"ana@example.org": "en", "fatima@example.org": "ar-EG", "luc@example.org": "fr-CA", "yuki@example.org": "ja"}


@pytest.fixture
def press(settings):
    return Press.from_settings(settings)


@pytest.fixture
def campaign(session, settings):
    """A campaign in three languages, and readers of four."""
    for address, language in READERS.items():
        factories.subscriber(session, settings, address, language=language)
    made = factories.campaign(session)
    for language, words in (("ar", ARABIC), ("fr", FRENCH)):
        made.statement.translations.append(Translation(language=language, **words))
    made.subject, made.preheader, made.intro = "Vote with us", "Every door", "Tomorrow, **at ten**."
    session.flush()
    return made


def sent(relay) -> dict:
    return {taken.recipient: message_from_bytes(taken.raw, policy=policy.default) for taken in relay.taken}


def test_every_language_of_the_statement_becomes_an_edition(press, campaign):
    english, arabic, french = editions.render_all(press, campaign)
    assert [english.language, arabic.language, french.language] == ["en", "ar", "fr"]
    assert [english.subject, arabic.subject, french.subject] == ["Vote with us", ARABIC["title"], FRENCH["title"]]
    page = BeautifulSoup(arabic.html, "html.parser")
    assert (page.html["lang"], page.html["dir"]) == ("ar", "rtl")
    assert page.find(class_="intro")["lang"] == "en"
    assert page.find(class_="preheader").get_text() == ARABIC["standfirst"]
    assert page.find("a", string="قراءة هذا البيان على الويب")["href"].endswith(
        "/statements/open-every-polling-station/ar"
    )
    assert "/statements/open-every-polling-station\n" in english.text
    assert all(edition.campaign_id is None for edition in (english, arabic, french))


def test_no_language_breaks_a_rule(press, campaign):
    assert errors(editions.problems_in(press, campaign, editions.render_all(press, campaign))) == []


def test_what_is_wrong_in_one_language_is_said_of_that_language(press, campaign):
    campaign.statement.translations[1].body = "Chère {{ prenom }}"
    with pytest.raises(Invalid, match=r"body: French: “\{\{ prenom \}\}” is no merge field"):
        editions.render_all(press, campaign)
    campaign.statement.translations[1].body = "[cliquez ici](https://example.org/)"
    found = errors(editions.problems_in(press, campaign, editions.render_all(press, campaign)))
    assert found
    assert all(problem.message.startswith("French: ") for problem in found)


def test_what_is_wrong_with_the_intro_is_said_once(press, campaign):
    campaign.intro = "Dear {{ name }}"
    with pytest.raises(Invalid) as refused:
        editions.render_all(press, campaign)
    assert [problem.field for problem in refused.value.problems] == ["intro"]


def test_a_footer_is_that_of_the_language(press, campaign):
    from dataclasses import replace

    own = replace(press, footers={"fr": "Association déclarée."})
    english, _, french = editions.render_all(own, campaign)
    assert "Association déclarée." in french.text
    assert "Association déclarée." not in english.text


def test_each_reader_gets_their_language_or_the_nearest(session, press, relay, desk, campaign):
    factories.send(session, press, campaign, now=NOW)
    session.commit()
    work(desk, campaign)
    subjects = {who: str(message["Subject"]) for who, message in sent(relay).items()}
    assert subjects == {
        "ana@example.org": "Vote with us",
        "fatima@example.org": ARABIC["title"],
        "luc@example.org": FRENCH["title"],
        "yuki@example.org": "Vote with us",
    }
    text = sent(relay)["luc@example.org"].get_body(("plain",)).get_content()
    assert "Chère amie." in text
    assert "Tomorrow, at ten." in text


def test_the_ledger_keeps_the_language_of_each_message(session, press, relay, desk, campaign):
    factories.send(session, press, campaign, now=NOW)
    session.commit()
    work(desk, campaign)
    kept = session.scalars(select(Delivery).where(Delivery.campaign_id == campaign.id))
    assert {row.subscriber.address: row.language for row in kept} == READERS


def test_a_second_copy_is_in_the_language_of_the_first_whatever_the_reader_chose_meanwhile(session, press, campaign):
    factories.send(session, press, campaign, now=NOW)
    planner.open_campaign(session, campaign.id, now=NOW)
    messages, copies = Messages(press), []
    luc = session.scalars(select(Subscriber).where(Subscriber.address == "luc@example.org")).one()
    for language in ("fr-CA", "ar"):
        luc.language = language
        session.flush()
        page = claim_statements(session, Place(campaign.id), worker="w", most=9, now=NOW)
        (claim,) = [claim for claim in page.claims if claim.address.text == "luc@example.org"]
        copies.append(messages.fill(messages.statement(session, campaign.id), claim)[2])
        if language == "fr-CA":
            ledger.expire(session, now=NOW + 2 * HOUR)
            unknowns.resend(session, campaign, now=NOW + 2 * HOUR)
    assert copies[0] == copies[1]


def test_each_choice_of_language_is_made_once(session, press, campaign, monkeypatch):
    factories.send(session, press, campaign, now=NOW)
    compiled = Messages(press).statement(session, campaign.id)
    asked = []
    order = languages.fallback_order
    monkeypatch.setattr(
        "worker.delivery.messages.fallback_order", lambda *known: asked.append(known[0]) or order(*known)
    )
    chosen = [compiled[tag] for tag in ("fr", "fr-CA", "ja", "fr-CA", "ja", "en")]
    assert asked == ["fr-CA", "ja"]
    assert chosen[0] is chosen[1] is chosen[3]
    assert chosen[2] is chosen[4] is chosen[5]


def test_a_language_that_breaks_a_rule_stops_the_campaign(session, press, campaign):
    factories.send(session, press, campaign, now=NOW)
    frozen = session.get(Edition, (campaign.id, "fr"))
    frozen.html = frozen.html.replace("<h1", "<h3").replace("</h1", "</h3")
    session.flush()
    with pytest.raises(Unsendable, match="French: "):
        Messages(press).statement(session, campaign.id)


def test_a_campaign_that_was_never_rendered_is_not_sent(session, press, campaign):
    with pytest.raises(Unsendable):
        Messages(press).statement(session, campaign.id)
    assert session.get(Campaign, campaign.id).editions == []

"""Both mails in a real browser, as the compiled bytes bring them."""

from email import message_from_bytes, policy

import pytest

from app.mail.address import EmailAddress
from app.models import DeliveryKind
from app.services import campaigns, consent, editions, notices
from app.services.consent import Origin
from app.services.editions import Press
from app.services.notices import Notice
from tests import factories
from tests.browser.conftest import SCREENS


def newsletter_mail(session, settings, language: str) -> bytes:
    campaign = factories.campaign(session, language=language)
    return editions.sample(
        Press.from_settings(settings), campaign, campaigns.preview(Press.from_settings(settings), campaign)
    )


def confirmation_mail(session, settings) -> bytes:
    person = factories.subscriber(session, settings, "ana@example.org")
    topic = factories.topic(session)
    event = consent.record(session, person, consent.ConsentKind.REQUESTED, [topic.id], Origin("/subscribe"))
    notice = Notice(
        delivery_id=1,
        kind=DeliveryKind.CONFIRMATION,
        subscriber_id=person.id,
        consent_event_id=event.id,
        message_key="a" * 32,
        dated=factories.NOW,
        address=EmailAddress.parse("ana@example.org"),
        language="en",
    )
    return notices.write(session, Press.from_settings(settings), notice)[1]


def html_of(raw: bytes) -> str:
    return message_from_bytes(raw, policy=policy.default).get_body(("html",)).get_content()


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("mail", ["newsletter", "newsletter in Arabic", "confirmation"])
def test_axe_finds_nothing_in_a_mail_and_it_fits_the_screen(browser, violations, session, settings, screen, mail):
    if mail == "confirmation":
        raw = confirmation_mail(session, settings)
    else:
        raw = newsletter_mail(session, settings, "ar" if "Arabic" in mail else "en")
    context = browser.new_context(**SCREENS[screen])
    page = context.new_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.set_content(html_of(raw))
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert requests == []
    context.close()

"""Subscribers and the first page in a real browser: legible in light and dark, on a telephone, by keyboard alone."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.clock import utc_now
from app.models import (
    CampaignState,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    SuppressionReason,
)
from app.services import suppressions
from tests import factories
from tests.browser.conftest import SCREENS
from tests.browser.newsroom import Look, faults, press, sign_in

LONG = "a.reader.with.a.very.long.address.that.has.no.place.to.break@a-very-long-name-of-a-domain.example.org"
PAGE = "/console/subscribers"


@pytest.fixture(params=SCREENS)
def look(request, open_page, violations, newsroom):
    page = open_page("/console/", **SCREENS[request.param], reduced_motion="reduce")
    sign_in(page)
    yield Look(page, violations, request.param)
    assert faults(page) == []


@pytest.fixture
def reader(newsroom, settings):
    """Somebody of whom there is everything to tell."""
    reader = factories.subscriber(newsroom, settings, LONG, "statements", "alerts")
    reader.first_name, reader.last_name = "Ana-Maria", "Lima de Souza"
    campaign = factories.campaign(newsroom)
    campaign.state, campaign.started_at, campaign.finished_at = CampaignState.SENT, factories.NOW, factories.NOW
    newsroom.add(
        Delivery(
            kind=DeliveryKind.STATEMENT,
            state=DeliveryState.FAILED,
            subscriber_id=reader.id,
            campaign_id=campaign.id,
            dated=factories.NOW,
            reply_code=550,
            reply_enhanced="5.1.1",
            reply_text="no such user here, see https://support.example/mail/answer/a-very-long-address-without-a-break",
            reply_class="hard",
        )
    )
    for back, kind in enumerate((ConsentKind.REQUESTED, ConsentKind.CONFIRMED, ConsentKind.WITHDRAWN)):
        event = {"topic_ids": [1], "source": "/subscribe", "language": "en", "network": "192.0.2.0/24"}
        at = utc_now() - timedelta(weeks=back)
        newsroom.add(ConsentEvent(subscriber_id=reader.id, kind=kind, created_at=at, **event))
    suppressions.add(newsroom, reader.address_hmac, SuppressionReason.COMPLAINT, "feedback of the provider")
    newsroom.commit()
    return reader


def test_the_pages_of_subscribers_are_legible_and_fit(look, reader):
    page = look.page
    look.go(PAGE)
    page.fill("#who", "nobody here")
    press(page, "Search")
    expect(page.get_by_text("Nobody was found")).to_be_visible()
    look.at(PAGE)
    page.goto(PAGE)
    page.fill("#who", "somebody@else.example")
    press(page, "Search")
    look.at(PAGE)
    press(page, "Add this address")
    look.at("add")
    look.press("Add and send the confirmation", "add, refused")
    page.goto(PAGE)
    page.fill("#who", LONG)
    press(page, "Search")
    look.at("person")
    person = page.url
    look.go(f"{person}/unsubscribe")
    look.press("Unsubscribe", "unsubscribe, refused")
    look.go(f"{person}/lift")
    look.press("Let it be written to", "lift, refused")


def test_the_first_page_is_legible_for_a_newcomer_and_later(look, newsroom):
    look.go("/console/")
    expect(look.page.get_by_text("The way to your first statement")).to_be_visible()


@pytest.mark.usefixtures("reader")
def test_the_first_page_shows_growth_as_a_picture_in_the_colours_of_the_page(look):
    page = look.page
    look.go("/console/")
    picture = page.locator("picture img")
    picture.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('picture img').complete")
    width, address = {"light": (960, "growth.svg"), "dark": (960, "look=dark"), "narrow": (420, "size=narrow")}[
        look.screen
    ]
    assert picture.evaluate("image => image.naturalWidth") == width
    assert picture.evaluate("image => image.currentSrc").endswith(address)
    page.get_by_text("The numbers as a table").press("Enter")
    look.at("/console/")


def test_somebody_is_added_and_leaves_by_keyboard_alone_without_scripts(open_page, newsroom):
    page = open_page("/console/", java_script_enabled=False)
    sign_in(page)
    page.goto(PAGE)
    page.get_by_role("link", name="Add somebody").press("Enter")
    page.keyboard.press("Tab")
    page.fill("#email", "ana@example.org")
    page.get_by_label("Statements").press("Space")
    page.fill("#how", "by telephone")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("ana@example.org")
    expect(page.get_by_text("A mail is on its way")).to_be_visible()
    page.get_by_role("link", name="Unsubscribe").press("Enter")
    page.get_by_label("Everything").press("Space")
    page.fill("#reason", "by telephone")
    page.keyboard.press("Enter")
    expect(page.get_by_text("They have left everything.")).to_be_visible()

"""The checks of a campaign in a real browser: nothing that a machine can find wrong, wide, narrow, and in the dark."""

import pytest

from app.models import Translation
from app.services import campaigns
from tests import factories
from tests.browser.conftest import SCREENS
from tests.flows.press_office import ADDRESS, PASSWORD

BODY = """Dear {{ first_name }}, read [here](https://a.org/x) and [the report](https://opendoors.example/report). TK

![](https://a.org/chart.png)

See [the map](http://maps.org/a). Lorem ipsum.
"""


@pytest.mark.parametrize("screen", SCREENS)
def test_a_page_full_of_findings_can_be_used_by_everybody(newsroom, open_page, violations, screen):
    statement = factories.statement(newsroom, body=BODY)
    words = {"title": "Ouvrez tous les bureaux", "standfirst": "Un sur trois.", "body": "[Ici](https://a.org/x)."}
    newsroom.add(Translation(statement_id=statement.id, language="fr", **words))
    campaign = campaigns.prepare(newsroom, statement, None)
    newsroom.commit()
    page = open_page(f"/console/campaigns/{campaign.public_id}/checks", **SCREENS[screen])
    page.get_by_label("Email").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="What stops this mail").wait_for()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    page.get_by_role("button", name="I have read this; send it anyway (Where links lead)").press("Enter")
    page.get_by_text("has read this").wait_for()
    assert page.complaints == []

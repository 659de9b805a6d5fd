"""A newsroom with its staff and readers, and the small things that its tests ask."""

import pytest
from sqlalchemy import text

from app.models import SubscriptionState
from app.services import access, topics
from tests import factories
from tests.flows.press_office import ADDRESS, NAME, PASSWORD, PressOffice


@pytest.fixture
def newsroom(session, settings, app):
    """A member of staff, a topic, three readers, and one who never confirmed."""
    for limiter in app.extensions["limiter"]:
        limiter.reset()
    # tests that take their rows back don't take back the numbers, and pages here are called by their numbers
    session.execute(text("TRUNCATE topics, statements RESTART IDENTITY CASCADE"))
    access.add_staff(session, ADDRESS, NAME, PASSWORD)
    topics.ensure(session, "statements", "Statements", "What we say in public")
    for number in range(3):
        factories.subscriber(session, settings, f"reader{number}@example.org")
    factories.subscriber(session, settings, "undecided@example.org", state=SubscriptionState.PENDING)
    session.commit()
    return session


@pytest.fixture
def office(newsroom, app):
    """Somebody who is signed in."""
    office = PressOffice(app.test_client())
    office.sign_in()
    return office


@pytest.fixture
def stranger(newsroom, app):
    """Somebody who is not."""
    return PressOffice(app.test_client())

"""A newsroom with its staff and readers, and the small things that its tests ask."""

import pytest

from app.models import SubscriptionState
from app.services import access, topics
from app.services.access import accounts
from tests import factories
from tests.flows.press_office import ADDRESS, NAME, PASSWORD, PressOffice


@pytest.fixture
def newsroom(session, settings, app):
    """A member of staff, a topic, three readers, and one who never confirmed."""
    for limiter in app.extensions["limiter"]:
        limiter.reset()
    access.add_staff(session, ADDRESS, NAME, PASSWORD)
    topics.ensure(session, "statements", "Statements", "What we say in public")
    factories.readers(session, settings, (f"reader{number}@example.org" for number in range(3)))
    factories.subscriber(session, settings, "undecided@example.org", state=SubscriptionState.PENDING)
    session.commit()
    return session


@pytest.fixture
def office(newsroom, app):
    """Somebody who is signed in."""
    office = PressOffice(app.test_client())
    office.come_in(accounts.find(newsroom, ADDRESS))
    newsroom.commit()
    return office


@pytest.fixture
def let_the_minute_last(app):
    """Attempts that were counted stay counted, however slow the machine is that makes the others."""

    def last():
        (counted,) = {limiter.storage for limiter in app.extensions["limiter"]}
        for key in counted.storage.keys("*/minute"):
            counted.storage.persist(key)

    return last


@pytest.fixture
def stranger(newsroom, app):
    """Somebody who is not."""
    return PressOffice(app.test_client())

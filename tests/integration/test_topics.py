"""What readers may choose from: added, renamed, hidden and put in order."""

import pytest

from app.errors import Conflict, Invalid, NotFound
from app.models import SubscriptionState
from app.services import topics
from app.services.topics import Wording
from tests import factories


def test_a_new_topic_comes_last_and_keeps_its_label(session):
    topics.add(session, "statements", "Statements")
    made = topics.add(session, "press-freedom", "Press freedom", "About once a month.")
    assert [topic.slug for topic in topics.public(session)] == ["statements", "press-freedom"]
    topics.change(session, made, Wording("Freedom of the press"))
    assert (made.list_label, made.slug) == ("press-freedom", "press-freedom")


@pytest.mark.parametrize("slug", ["", "Press", "press freedom", "-press", "press--freedom", "pressé", "x" * 64])
def test_a_bad_slug_is_refused_with_an_example(session, slug):
    with pytest.raises(Invalid, match="press-freedom"):
        topics.add(session, slug, "Press freedom")


def test_a_topic_without_a_name_or_with_a_taken_slug_is_refused(session):
    with pytest.raises(Invalid, match="name"):
        topics.add(session, "statements", "  ")
    topics.add(session, "statements", "Statements")
    with pytest.raises(Conflict, match="already"):
        topics.add(session, "statements", "Others")


def test_what_is_changed_is_told_with_what_it_was(session):
    made = topics.add(session, "statements", "Statements")
    topics.add(session, "alerts", "Alerts")
    changes = topics.change(session, made, Wording(" What we say ", "Twice a month.", is_public=False))
    assert changes == {
        "name": ("Statements", "What we say"),
        "description": ("", "Twice a month."),
        "is_public": (True, False),
    }
    assert topics.change(session, made, Wording("What we say", "Twice a month.", is_public=False)) == {}
    assert [topic.slug for topic in topics.public(session)] == ["alerts"]


@pytest.mark.parametrize("wording", [Wording(""), Wording("x" * 101), Wording("a\nb"), Wording("a", "x" * 301)])
def test_a_wording_that_does_not_fit_is_refused(session, wording):
    made = topics.add(session, "statements", "Statements")
    with pytest.raises(Invalid):
        topics.change(session, made, wording)
    assert made.name == "Statements"


def test_the_last_topic_on_the_form_can_not_be_hidden(session):
    made = topics.add(session, "statements", "Statements")
    with pytest.raises(Invalid, match="only topic"):
        topics.change(session, made, Wording("Statements", is_public=False))
    assert made.is_public


def test_topics_change_places_with_their_neighbours(session):
    first, second, third = (topics.ensure(session, slug, slug) for slug in ("one", "two", "three"))
    assert topics.move(session, first, down=True)
    assert [topic.slug for topic in topics.every(session)] == ["two", "one", "three"]
    assert topics.move(session, third, down=False)
    assert [topic.slug for topic in topics.every(session)] == ["two", "three", "one"]
    assert not topics.move(session, second, down=False)
    assert not topics.move(session, first, down=True)


def test_readers_are_those_who_confirmed(session, settings):
    factories.subscriber(session, settings, "a@example.org", "statements", "alerts")
    factories.subscriber(session, settings, "b@example.org", "statements")
    factories.subscriber(session, settings, "c@example.org", "alerts", state=SubscriptionState.PENDING)
    named = {topic.slug: topics.readers(session).get(topic.id, 0) for topic in topics.every(session)}
    assert named == {"statements": 2, "alerts": 1}


def test_a_topic_that_is_not_there_is_not_found(session):
    with pytest.raises(NotFound):
        topics.get(session, "nothing")

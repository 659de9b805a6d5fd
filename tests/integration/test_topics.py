"""Adding what readers may choose from."""

import pytest

from app.errors import Conflict, Invalid
from app.services import topics


def test_a_new_topic_comes_last_and_keeps_its_label(session):
    topics.add(session, "statements", "Statements")
    made = topics.add(session, "press-freedom", "Press freedom", "About once a month.")
    assert [topic.slug for topic in topics.public(session)] == ["statements", "press-freedom"]
    made.name = "Freedom of the press"
    session.flush()
    assert made.list_label == "press-freedom"


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

"""`communique provider`: which providers are held, and how one is released."""

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.services import holds
from tests import factories


@pytest.fixture
def run(settings, database):
    def call(*words: str) -> Result:
        return CliRunner().invoke(main, ["provider", *words], obj=settings)

    return call


def test_the_list_says_who_is_held_since_when_and_why(run, session):
    assert run("list").stdout == "No provider is held.\n"
    holds.hold(session, "gmail.com", "It said: 550 5.7.26", now=factories.NOW)
    session.commit()
    said = run("list").stdout
    assert "gmail.com: held since November 24, 2026 at 09:00 UTC, for all campaigns\n  It said: 550 5.7.26" in said
    assert "communique provider release" in said


def test_any_domain_names_the_provider_to_release(run, session):
    holds.hold(session, "gmail.com", "why", now=factories.NOW)
    session.commit()
    assert run("release", "googlemail.com").stdout.startswith("Released: gmail.com.")
    again = run("release", "gmail.com")
    assert again.exit_code == 1
    assert "Nothing is held back from gmail.com." in again.output

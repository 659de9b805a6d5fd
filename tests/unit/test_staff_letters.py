"""Mail to staff says what it is about, leads to one page, and keeps every rule of a mail."""

import re

import pytest

from app.mail.compile import compile_notice
from app.mail.encoding import split_slots
from app.mail.lint import lint_message
from app.mail.staff_letters import Alert, render_alert, render_invitation, render_reset
from app.mail.templates import Rendered
from tests.unit.mail_samples import BRANDING, LAW, STREAM, read, recipient

LINK = "https://news.example.org/console/link/6a1f0c7b8e"
CAMPAIGN = "https://news.example.org/console/campaigns/00000000-0000-0000-0000-000000000000"
HALTED = Alert(
    "Sending is paused: Open every polling station",
    [
        "gmail.com refused 12 of 60 messages within 15 minutes because of who sends them, and said: "
        "550-5.7.26 This mail is unauthenticated <see https://support.google.com/mail> & refused",
        "Nothing more of it is sent until somebody has looked and lets it go on.",
    ],
    CAMPAIGN,
    "Look at the campaign",
)


def invitation(name: str = "Inés Falk", by: str = "Amara Okoye") -> Rendered:
    return render_invitation(BRANDING, name=name, invited_by=by, link_url=LINK, minutes=30)


def reset() -> Rendered:
    return render_reset(BRANDING, name="Inés Falk", link_url=LINK, minutes=30)


def alert(alert: Alert = HALTED) -> Rendered:
    return render_alert(BRANDING, name="Inés Falk", alert=alert)


@pytest.mark.parametrize(
    "rendered",
    [invitation(), invitation("<b>" + "n" * 190, "x" * 200), invitation("פנינה", "عائشة"), reset(), alert()],
)
def test_letters_to_staff_are_complete_and_pass_every_check(rendered):
    assert split_slots(rendered.html) == [rendered.html]
    assert split_slots(rendered.text) == [rendered.text]
    raw = compile_notice(rendered, STREAM).fill(recipient(unsubscribe_url="", preferences_url=""))
    assert not lint_message(raw, kind="transactional", **LAW)


def test_an_invitation_says_who_invites_to_what_and_until_when():
    for part in (invitation().text, invitation().html):
        said = " ".join(re.sub(r"<[^>]+>", " ", part).split())
        assert "Amara Okoye has made an account for you" in said
        assert "works once, for 30 minutes" in said
        assert LINK in part


def test_a_reset_says_what_to_do_if_it_was_somebody_else():
    assert "your password stays as it is" in " ".join(reset().text.split())
    assert "still be asked" in " ".join(reset().text.split())


def test_an_alert_says_what_happened_in_the_servers_own_words_and_leads_to_the_campaign():
    rendered = alert()
    assert rendered.subject == "Sending is paused: Open every polling station"
    assert "<see https://support.google.com/mail>" in " ".join(rendered.text.split())
    assert "&lt;see" in rendered.html
    assert f'href="{CAMPAIGN}"' in rendered.html


def test_the_subject_of_an_alert_is_one_line_and_not_too_long():
    long = Alert("Heading\nin two lines " + "word " * 60, ["It happened."], CAMPAIGN, "Look")
    assert len(alert(long).subject) <= 150
    assert "\n" not in alert(long).subject
    message = read(compile_notice(alert(long), STREAM).fill(recipient()))
    assert message["Auto-Submitted"] == "auto-generated"

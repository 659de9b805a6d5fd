"""Automatic mails say what happened, offer what is needed, and advertise nothing."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from app.mail.compile import compile_notice
from app.mail.encoding import split_slots
from app.mail.lint import lint_message
from app.mail.newsletter import Rendered
from app.mail.notices import (
    render_address_change,
    render_address_changed,
    render_already_subscribed,
    render_confirmation,
    render_preferences_link,
)
from tests.unit.mail_samples import BRANDING, LAW, LINKS, STREAM, read, recipient

CONFIRM, REFUSE, PREFERENCES = LINKS.confirm(7, 21), LINKS.refuse(7, 21), LINKS.preferences(7)
ASKED = datetime(2026, 11, 24, 10, 5, tzinfo=timezone(timedelta(hours=1)))


def confirmation(**changes: Any) -> Rendered:
    fields: dict[str, Any] = {
        "confirm_url": CONFIRM,
        "refuse_url": REFUSE,
        "home_url": LINKS.home(),
        "requested_at": ASKED,
        "page_url": "https://www.example.org/news",
        "topics": ("Statements", "Accessible cities"),
        "language": "en",
    }
    return render_confirmation(BRANDING, **{**fields, **changes})


def already(language: str = "en") -> Rendered:
    return render_already_subscribed(BRANDING, preferences_url=PREFERENCES, home_url=LINKS.home(), language=language)


def link(language: str = "en") -> Rendered:
    return render_preferences_link(BRANDING, preferences_url=PREFERENCES, home_url=LINKS.home(), language=language)


def moving(topics: Sequence[str] = ("Statements",)) -> Rendered:
    urls = {"move_url": LINKS.move(3), "refuse_url": REFUSE, "home_url": LINKS.home()}
    return render_address_change(BRANDING, **urls, topics=topics, language="en")


def moved() -> Rendered:
    urls = {"preferences_url": PREFERENCES, "home_url": LINKS.home()}
    return render_address_changed(BRANDING, new_address="a…@new.example", **urls, language="en")


def targets(rendered: Rendered) -> set[str]:
    return set(re.findall(r'href="([^"]+)"', rendered.html))


def test_a_confirmation_says_where_and_when_the_address_was_entered_and_what_for() -> None:
    for part in (confirmation().text, confirmation().html):
        said = " ".join(re.sub(r"<[^>]+>", " ", part).split())
        assert "On November 24, 2026 at 09:05 UTC" in said
        assert "https://www.example.org/news" in said
        assert "Accessible cities" in said
        assert "works for 3 days" in said
        assert "12 Harbour Street" in said


def test_a_confirmation_holds_no_other_links_than_it_needs() -> None:
    needed = {CONFIRM, REFUSE, LINKS.home(), BRANDING.privacy_url, "mailto:office@example.org"}
    assert targets(confirmation()) == needed
    assert "<img" not in confirmation().html


def test_a_confirmation_leads_to_a_page_with_a_button_and_offers_to_refuse() -> None:
    assert f"Confirm my subscription:\n{CONFIRM}\n" in confirmation().text
    assert f"This was not me, do not write again:\n{REFUSE}\n" in confirmation().text


def test_a_confirmation_without_topics_lists_none() -> None:
    assert "topics" not in confirmation(topics=()).text


def test_a_subscriber_who_signs_up_again_gets_a_way_to_their_own_page() -> None:
    assert "already subscribed" in already().subject
    assert f"Manage my subscription:\n{PREFERENCES}\n" in already().text
    assert not any("/c/" in target for target in targets(already()))


def test_each_mail_about_an_address_leads_where_it_says_and_nowhere_else() -> None:
    always = {LINKS.home(), BRANDING.privacy_url, "mailto:office@example.org"}
    assert targets(link()) - always == {PREFERENCES}
    assert targets(moving()) - always == {LINKS.move(3), REFUSE}
    assert targets(moved()) - always == {PREFERENCES}
    assert f"Use this address:\n{LINKS.move(3)}\n" in moving().text
    assert "a…@new.example" in moved().text


def test_a_page_address_with_line_breaks_stays_one_line() -> None:
    assert "a b" in confirmation(page_url="https://x.example/a\r\nb").text.replace("\n", " ")


@pytest.mark.parametrize(
    "rendered",
    [
        confirmation(),
        confirmation(topics=(), language="ar"),
        already(),
        already("fr"),
        link(),
        moving(),
        moving(()),
        moved(),
    ],
)
def test_notices_are_complete_and_pass_every_check(rendered: Rendered) -> None:
    assert split_slots(rendered.html) == [rendered.html]
    assert split_slots(rendered.text) == [rendered.text]
    raw = compile_notice(rendered, STREAM).fill(recipient(unsubscribe_url="", preferences_url=""))
    assert not lint_message(raw, kind="transactional", **LAW)


def test_notices_say_that_they_are_automatic_and_belong_to_no_list() -> None:
    message = read(compile_notice(confirmation(), STREAM).fill(recipient()))
    assert message["Auto-Submitted"] == "auto-generated"
    assert not [name for name in message if name.lower().startswith("list-")]
    assert "Precedence" not in message


def test_without_a_privacy_notice_or_telephone_nothing_is_left_empty() -> None:
    bare = replace(BRANDING, privacy_url="", contact_phone="")
    rendered = render_already_subscribed(bare, preferences_url="https://x.example/p", home_url="https://x.example/",
                                         language="en")  # fmt: skip
    assert "Privacy" not in rendered.html + rendered.text
    assert 'href=""' not in rendered.html

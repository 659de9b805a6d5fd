"""Whoever can do something is written to when the service has stopped a campaign: once, and not for what staff did."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select, update

from app.mail.lint import errors
from app.mailbox_providers import MailboxProviders
from app.models import Campaign, Doubt, DoubtDecision, Letter, LetterKind, Role
from app.services import access, alerts, campaigns, holds
from app.services.editions import Press
from app.services.notices import check
from tests import factories
from worker.delivery.sweep import keep_time

NOW = factories.NOW
PASSWORD = "a password that is long enough"


@pytest.fixture
def staff(session):
    for name, role in {"ana": Role.ADMIN, "ben": Role.APPROVER, "cleo": Role.AUTHOR, "dov": Role.VIEWER}.items():
        access.add_staff(session, f"{name}@opendoors.example", name.title(), PASSWORD).role = role
    gone = access.add_staff(session, "eve@opendoors.example", "Eve", PASSWORD)
    gone.is_enabled = False
    session.commit()


@pytest.fixture
def campaign(session, settings, staff):
    factories.subscriber(session, settings, "reader@example.org")
    made = factories.campaign(session)
    factories.send(session, Press.from_settings(settings), made, now=NOW)
    session.commit()
    return made


def told(session) -> list[str]:
    wanted = select(Letter.recipient).where(Letter.kind == LetterKind.ALERT).order_by(Letter.id)
    return [address.partition("@")[0] for address in session.scalars(wanted)]


def text_of(letter: Letter) -> str:
    """Its text part, each paragraph on one line."""
    part = message_from_bytes(letter.content, policy=default).get_body(("plain",))
    return re.sub(r"(?<=\S)\n(?=\S)", " ", part.get_content().replace("\r\n", "\n"))


def test_admins_and_approvers_are_told_once_that_a_campaign_was_stopped(session, settings, campaign):
    campaigns.halt(session, campaign.id, "gmail.com refused 12 of 60 messages: 550 5.7.26 unauthenticated & blocked")
    session.commit()
    assert alerts.write_due(session, settings, now=NOW) == 2
    assert told(session) == ["ana", "ben"]
    assert alerts.write_due(session, settings, now=NOW) == 0
    letter = session.scalars(select(Letter)).first()
    assert letter.subject == "Sending is paused: Open every polling station"
    assert letter.campaign_id == campaign.id
    assert str(campaign.public_id).encode() in letter.content
    assert errors(check(Press.from_settings(settings), letter.content)) == []


def test_the_same_reason_with_other_figures_is_told_once_and_another_reason_again(session, settings, campaign):
    for words in ("refused 12 of 60 messages", "refused 40 of 99 messages", "the relay refuses our login"):
        campaigns.halt(session, campaign.id, words)
        alerts.write_due(session, settings, now=NOW)
        campaigns.resume(session, campaign, now=NOW)
    assert told(session) == ["ana", "ben", "ana", "ben"]


def test_nobody_is_told_of_a_pause_that_staff_made_or_of_trouble_that_passes(session, settings, campaign):
    campaigns.note_trouble(session, campaign.id, "The relay is away.")
    session.refresh(campaign)
    assert alerts.write_due(session, settings, now=NOW) == 0
    campaigns.pause(session, campaign)
    assert alerts.write_due(session, settings, now=NOW) == 0


def test_the_sweep_tells_of_a_schedule_that_was_missed(session, settings, staff):
    factories.subscriber(session, settings, "reader@example.org")
    late = factories.campaign(session)
    factories.schedule(session, Press.from_settings(settings), late, at=NOW)
    after = NOW + timedelta(hours=2)
    list(keep_time(session, settings, now=after))
    list(keep_time(session, settings, now=after))
    assert told(session) == ["ana", "ben"]


def test_a_long_subject_with_merge_fields_makes_a_readable_alert(session, settings, campaign):
    session.execute(update(Campaign).values(subject="{{ first_name|friend }}, " + "very long " * 20))
    session.refresh(campaign)
    campaigns.halt(session, campaign.id, "It breaks a rule.")
    alerts.write_due(session, settings, now=NOW)
    subject = session.scalars(select(Letter.subject)).first()
    assert subject.startswith("Sending is paused: friend, very long")
    assert len(subject) <= 120


def test_a_doubt_is_told_once_and_not_when_it_is_decided(session, settings, campaign):
    doubt = Doubt(campaign_id=campaign.id, provider="example.net", refused=30, attempts=60)
    decided = Doubt(
        campaign_id=campaign.id,
        provider="example.com",
        refused=30,
        attempts=60,
        decision=DoubtDecision.FORGIVE,
        decided_at=NOW,
    )
    session.add_all([doubt, decided])
    session.commit()
    assert alerts.write_due(session, settings, now=NOW) == 2
    assert alerts.write_due(session, settings, now=NOW) == 0
    assert told(session) == ["ana", "ben"]
    letter = session.scalars(select(Letter)).first()
    assert letter.subject == "Please decide: are so many readers at example.net gone?"
    assert b"/console/bounces" in letter.content
    assert errors(check(Press.from_settings(settings), letter.content)) == []


def test_a_provider_that_is_held_for_one_campaign_is_told_once_with_what_to_do(session, settings, campaign):
    why = "example.net said of 9 of 60 readers within 15 minutes that they have no mailbox there: “550 5.1.1 <nobody>”."
    holds.hold(session, "example.net", why, now=NOW, campaign_id=campaign.id)
    session.commit()
    assert alerts.write_due(session, settings, now=NOW) == 2
    assert alerts.write_due(session, settings, now=NOW) == 0
    assert told(session) == ["ana", "ben"]
    letter = session.scalars(select(Letter)).first()
    assert letter.subject == "Sending to example.net is stopped"
    said = text_of(letter)
    assert "550 5.1.1 <nobody>" in said
    assert "Nothing more of “Open every polling station” is sent to readers at example.net" in said
    assert f"/console/campaigns/{campaign.public_id}" in said
    assert errors(check(Press.from_settings(settings), letter.content)) == []


def test_a_provider_held_for_all_leads_to_the_overview_and_is_told_again_when_it_is_held_again(
    session, settings, campaign
):
    providers = MailboxProviders.from_settings(settings)
    for _ in range(2):
        holds.hold(session, "gmail.com", "gmail.com refused 12 of 60 messages: “550 5.7.26”.", now=NOW)
        alerts.write_due(session, settings, now=NOW)
        alerts.write_due(session, settings, now=NOW)
        holds.release(session, "googlemail.com", providers=providers, now=NOW)
    assert told(session) == ["ana", "ben", "ana", "ben"]
    said = text_of(session.scalars(select(Letter)).first())
    assert "Nothing more of any campaign is sent to readers at gmail.com" in said
    assert re.search(r"Look at it and release it: http\S+/console/\n", said)


def test_nobody_is_told_of_a_provider_that_was_held_for_a_campaign_that_is_over(session, settings, campaign):
    holds.hold(session, "example.net", "They are gone.", now=NOW, campaign_id=campaign.id)
    campaigns.cancel(session, campaign, now=NOW)
    assert alerts.write_due(session, settings, now=NOW) == 0

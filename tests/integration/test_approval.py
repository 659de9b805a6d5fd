"""Approval holds for exactly what was looked at: whatever changes afterwards has to be approved again."""

from datetime import timedelta

import pytest

from app.errors import Conflict, Forbidden, Invalid
from app.models import CampaignState, Role, StatementVersion, Translation
from app.services import access, approval, campaigns, images, site, topics
from app.services.editions import Press
from app.settings import PROJECT
from tests import factories

NOW = factories.NOW
PASSWORD = "a password that is long enough"


@pytest.fixture
def press(settings):
    return Press.from_settings(settings)


@pytest.fixture
def ana(session):
    return access.add_staff(session, "ana@opendoors.example", "Ana", PASSWORD, role=Role.AUTHOR)


@pytest.fixture
def ben(session):
    return access.add_staff(session, "ben@opendoors.example", "Ben", PASSWORD, role=Role.APPROVER)


@pytest.fixture
def campaign(session, settings):
    factories.subscriber(session, settings, "reader@example.org")
    factories.subscriber(session, settings, "lecteur@example.org", "events", language="fr")
    return factories.campaign(session)


@pytest.fixture
def four_eyes(session, settings):
    site.change(session, settings, {"four_eyes": "yes"}, now=NOW, by=None)


def seen(session, press, campaign) -> bytes:
    return approval.content_hash(session, press, campaign)


def approve(session, press, campaign, ana, ben) -> None:
    approval.submit(session, campaign, ana, now=NOW)
    approval.approve(session, press, campaign, ben, seen=seen(session, press, campaign), now=NOW)


def change_image(session, statement) -> None:
    statement.image = images.add(session, (PROJECT / "sample" / "entrance.jpg").read_bytes())
    statement.image_alt = "A ramp leads to the door"


def translate(session, statement) -> None:
    statement.translations.append(Translation(language="fr", title="Ouvrez tout", body="Chaque bureau."))


CHANGES = {
    "title": lambda session, campaign: setattr(campaign.statement, "title", "Another title"),
    "body": lambda session, campaign: setattr(campaign.statement, "body", "Another text."),
    "contact": lambda session, campaign: setattr(campaign.statement, "contact_phone", "+44 20 7946 0001"),
    "image": lambda session, campaign: change_image(session, campaign.statement),
    "translation": lambda session, campaign: translate(session, campaign.statement),
    "subject": lambda session, campaign: setattr(campaign, "subject", "Another subject"),
    "preheader": lambda session, campaign: setattr(campaign, "preheader", "Another line"),
    "intro": lambda session, campaign: setattr(campaign, "intro", "Dear readers,"),
    "topics": lambda session, campaign: campaign.topics.append(factories.topic(session, "events")),
    "languages": lambda session, campaign: setattr(campaign, "languages", ["en"]),
    "excluded topics": lambda session, campaign: campaign.excluded_topics.append(factories.topic(session, "events")),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_is_changed_after_the_approval_is_not_sent(session, press, campaign, ana, ben, what):
    approve(session, press, campaign, ana, ben)
    assert approval.is_current(session, press, campaign)
    CHANGES[what](session, campaign)
    session.flush()
    session.expire_all()
    assert not approval.is_current(session, press, campaign)
    with pytest.raises(Conflict, match="changed after it was approved"):
        campaigns.send(session, press, campaign, now=NOW)
    assert campaign.state is CampaignState.APPROVED


def test_another_order_of_the_topics_on_the_pages_leaves_the_approval(session, press, campaign, ana, ben):
    events = factories.topic(session, "events")
    campaign.topics.append(events)
    session.flush()
    approve(session, press, campaign, ana, ben)
    session.commit()
    topics.move(session, events, down=False)
    session.commit()
    session.expire_all()
    assert campaign.topics[0] is events
    assert approval.is_current(session, press, campaign)


def test_another_sender_needs_another_approval_too(session, settings, press, campaign, ana, ben):
    approve(session, press, campaign, ana, ben)
    site.change(session, settings, {"sender_name": "Somebody else"}, now=NOW, by=None)
    with pytest.raises(Conflict, match="changed after it was approved"):
        campaigns.send(session, press, campaign, now=NOW)


def test_what_is_approved_and_unchanged_is_sent(session, press, campaign, ana, ben):
    approve(session, press, campaign, ana, ben)
    session.commit()
    session.expire_all()
    campaigns.send(session, press, campaign, now=NOW)
    assert campaign.state is CampaignState.SENDING
    assert (campaign.submitted_by, campaign.approved_by, campaign.approved_at) == (ana, ben, NOW)
    assert approval.is_current(session, press, campaign), "of what is frozen the hash is the same"


def test_what_nobody_approved_is_not_sent(session, press, campaign, ana):
    with pytest.raises(Conflict, match="isn't approved yet"):
        campaigns.send(session, press, campaign, now=NOW)
    approval.submit(session, campaign, ana, now=NOW)
    with pytest.raises(Conflict, match="isn't approved yet"):
        campaigns.send(session, press, campaign, now=NOW)


def test_nobody_approves_something_else_than_they_saw(session, press, campaign, ana, ben):
    before = seen(session, press, campaign)
    approval.submit(session, campaign, ana, now=NOW)
    campaign.statement.body = "Another text."
    session.flush()
    with pytest.raises(Conflict, match="changed after you opened the page"):
        approval.approve(session, press, campaign, ben, seen=before, now=NOW)
    assert campaign.state is CampaignState.IN_REVIEW


def test_an_edit_takes_the_approval_away_and_says_whether_there_was_one(session, press, campaign, ana, ben):
    assert not approval.void(session, campaign, ana)
    approve(session, press, campaign, ana, ben)
    assert approval.void(session, campaign, ana)
    assert (campaign.state, campaign.approved_hash, campaign.approved_by) == (CampaignState.DRAFT, None, None)
    assert campaign.edited_by is ana


def test_it_is_handed_back_with_a_note_and_handed_in_again(session, press, campaign, ana, ben):
    approval.submit(session, campaign, ana, now=NOW)
    with pytest.raises(Invalid) as refused:
        approval.hand_back(session, campaign, "  ")
    assert refused.value.problems[0].field == "review_note"
    approval.hand_back(session, campaign, "Say who pays.")
    assert (campaign.state, campaign.review_note) == (CampaignState.DRAFT, "Say who pays.")
    with pytest.raises(Conflict):
        approval.hand_back(session, campaign, "Once more.")
    approve(session, press, campaign, ana, ben)
    assert (campaign.state, campaign.review_note) == (CampaignState.APPROVED, "")


def test_without_four_eyes_people_approve_their_own(session, press, campaign, ben):
    approve(session, press, campaign, ben, ben)
    assert campaign.state is CampaignState.APPROVED


def test_with_four_eyes_nobody_approves_what_they_handed_in(session, press, campaign, ben, four_eyes):
    with pytest.raises(Forbidden, match="You handed it in"):
        approve(session, press, campaign, ben, ben)


def test_with_four_eyes_nobody_approves_what_they_edited_last(session, press, campaign, ana, ben, four_eyes):
    approval.void(session, campaign, ben)
    with pytest.raises(Forbidden, match="last to edit it"):
        approve(session, press, campaign, ana, ben)


def test_with_four_eyes_nobody_approves_a_statement_that_they_saved_last(session, press, campaign, ana, ben, four_eyes):
    for version, member in ((7001, ana), (7002, ben)):
        saved = {"statement_id": campaign.statement_id, "version": version, "content": {}}
        session.add(StatementVersion(**saved, saved_by_id=member.id))
    session.flush()
    with pytest.raises(Forbidden, match="last to edit it"):
        approve(session, press, campaign, ana, ben)
    session.add(StatementVersion(**saved | {"version": 7003}, saved_by_id=ana.id))
    session.flush()
    approval.approve(session, press, campaign, ben, seen=seen(session, press, campaign), now=NOW)
    assert campaign.approved_by is ben


def test_a_command_passes_the_approval_unless_two_people_must_look(session, settings, press, campaign, ana, ben):
    approval.waive(session, press, campaign, now=NOW)
    assert (campaign.state, campaign.approved_by) == (CampaignState.APPROVED, None)
    site.change(session, settings, {"four_eyes": "yes"}, now=NOW, by=None)
    approval.waive(session, press, campaign, now=NOW)
    approval.void(session, campaign, ana)
    with pytest.raises(Forbidden, match="a second person approves"):
        approval.waive(session, press, campaign, now=NOW)
    approve(session, press, campaign, ana, ben)
    approval.waive(session, press, campaign, now=NOW + timedelta(hours=1))
    assert campaign.approved_by is ben


def test_what_waits_is_listed_longest_first(session, press, ana):
    statements = [factories.statement(session, title) for title in ("First", "Second")]
    first, second = (campaigns.prepare(session, statement, None) for statement in statements)
    approval.submit(session, second, ana, now=NOW)
    approval.submit(session, first, ana, now=NOW + timedelta(minutes=1))
    assert list(approval.waiting(session)) == [second, first]


def test_a_statement_that_is_withdrawn_is_not_sent_any_more(session, press, campaign, ana, ben):
    approve(session, press, campaign, ana, ben)
    campaign.statement.state = "withdrawn"
    session.flush()
    with pytest.raises(Conflict, match="Publish the statement first"):
        campaigns.send(session, press, campaign, now=NOW)

"""Test mails: the real mail, to staff only, marked as a test, with links that change nothing."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import func, select

from app.errors import Conflict, Invalid
from app.models import Delivery, Letter, LetterKind, LetterState, Translation
from app.services import access, approval, proof_mail
from app.services.editions import Press, check
from tests import factories

NOW = factories.NOW


@pytest.fixture
def press(settings):
    return Press.from_settings(settings)


@pytest.fixture
def ines(session):
    return access.add_staff(session, "ines@opendoors.example", "Inés Falk", "a password that is long enough")


@pytest.fixture
def campaign(session):
    return factories.campaign(session, body="Dear {{ first_name | friend }}, every station must be open.")


def read(letter):
    return message_from_bytes(letter.content, policy=policy.default)


def test_the_real_mail_goes_to_a_colleague_and_says_that_it_is_a_test(session, press, campaign, ines):
    (letter,) = proof_mail.send(session, press, campaign, [ines], language="en", now=NOW)
    message = read(letter)
    assert (letter.kind, letter.state, letter.campaign_id) == (LetterKind.TEST, LetterState.QUEUED, campaign.id)
    assert (letter.recipient, message["To"]) == ("ines@opendoors.example", "ines@opendoors.example")
    assert message["Subject"] == f"[Test] {campaign.subject}"
    plain, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for body in (plain, html):
        assert "This is a test." in body
        assert "Inés" in body
    assert plain.startswith("This is a test.")
    assert {problem.code for problem in check(press, letter.content)} <= {"U-01"}, "no https here"
    assert session.scalar(select(func.count()).select_from(Delivery)) == 0


def test_each_copy_has_an_identity_of_its_own(session, press, campaign, ines):
    letters = [proof_mail.send(session, press, campaign, [ines], language="en", now=NOW)[0] for _ in range(2)]
    assert len({read(letter)["Message-ID"] for letter in letters}) == 2


def test_its_links_are_signed_and_belong_to_nobody(session, press, campaign, ines):
    (letter,) = proof_mail.send(session, press, campaign, [ines], language="en", now=NOW)
    text = read(letter).get_body(("plain",)).get_content()
    found = set(re.findall(r"https?://\S+/(?:u|p)/\S+", text))
    assert found == {press.links.unsubscribe(0, 0), press.links.preferences(0, at=NOW)}
    assert press.links.unsubscribe(0, 0) in read(letter)["List-Unsubscribe"]


def test_it_comes_in_the_language_that_was_chosen(session, press, campaign, ines):
    words = {"title": "Ouvrez tout", "standfirst": "Chaque bureau.", "body": "Chaque bureau doit ouvrir."}
    campaign.statement.translations.append(Translation(language="fr", **words))
    session.flush()
    (letter,) = proof_mail.send(session, press, campaign, [ines], language="fr", now=NOW)
    assert "Chaque bureau doit ouvrir." in read(letter).get_body(("plain",)).get_content()
    with pytest.raises(Invalid) as refused:
        proof_mail.send(session, press, campaign, [ines], language="de", now=NOW)
    assert refused.value.problems[0].field == "language"


def test_a_test_counts_for_what_it_showed(session, press, campaign, ines):
    before = approval.content_hash(session, press, campaign)
    (letter,) = proof_mail.send(session, press, campaign, [ines], language="en", now=NOW)
    assert proof_mail.unseen(session, campaign, before) == ["en"], "it is only queued"
    letter.state, letter.sent_at, letter.content = LetterState.SENT, NOW, None
    session.flush()
    assert proof_mail.unseen(session, campaign, before) == []
    campaign.subject = "Another subject"
    session.flush()
    assert proof_mail.unseen(session, campaign, approval.content_hash(session, press, campaign)) == ["en"]
    assert list(proof_mail.listed(session, campaign)) == [letter]


def test_each_language_wants_a_test_of_its_own(session, press, campaign, ines):
    campaign.statement.translations.append(Translation(language="fr", title="Ouvrez tout", body="Ouvrez."))
    session.flush()
    content = approval.content_hash(session, press, campaign)
    (letter,) = proof_mail.send(session, press, campaign, [ines], language="fr", now=NOW)
    letter.state, letter.sent_at, letter.content = LetterState.SENT, NOW, None
    session.flush()
    assert proof_mail.unseen(session, campaign, content) == ["en"]


def test_at_most_twenty_an_hour_go_out(session, press, campaign, ines):
    for _ in range(proof_mail.MOST_AN_HOUR):
        proof_mail.send(session, press, campaign, [ines], language="en", now=NOW)
    with pytest.raises(Invalid, match="at most 20 tests"):
        proof_mail.send(session, press, campaign, [ines], language="en", now=NOW)
    proof_mail.send(session, press, campaign, [ines], language="en", now=NOW + timedelta(hours=1, seconds=1))
    assert session.scalar(select(func.count()).select_from(Letter)) == proof_mail.MOST_AN_HOUR + 1


def test_nobody_and_no_stranger_gets_one(session, press, campaign, ines):
    with pytest.raises(Invalid, match="at least one person"):
        proof_mail.send(session, press, campaign, [], language="en", now=NOW)
    ines.is_enabled = False
    with pytest.raises(Invalid, match="may use the console"):
        proof_mail.send(session, press, campaign, [ines], language="en", now=NOW)


def test_once_it_is_on_its_way_there_is_nothing_to_test(session, settings, press, campaign, ines):
    factories.subscriber(session, settings, "a@example.org")
    factories.send(session, press, campaign, now=NOW)
    with pytest.raises(Conflict, match="on its way already"):
        proof_mail.send(session, press, campaign, [ines], language="en", now=NOW)

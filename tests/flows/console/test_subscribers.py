"""Subscribers in the console: found, looked at, added, unsubscribed, and written to again, each with a reason."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.clock import utc_now
from app.mail.address import EmailAddress
from app.models import (
    AuditEntry,
    CampaignState,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Subscriber,
    Subscription,
    SuppressionReason,
)
from app.services import audience, pausing, preferences, signup, suppressions, topics
from app.services.consent import Origin
from app.services.signup import Ask
from tests import factories
from tests.flows.newsroom import rows_of_everything
from tests.flows.press_office import Page, PressOffice
from tests.flows.roles import become

PAGE = "/console/subscribers"
ANA = "ana.lima@example.org"
FORMER = "former@example.org"
BLOCKED = [SuppressionReason.COMPLAINT, SuppressionReason.REFUSED, SuppressionReason.ADMIN]


def shown(page: Page) -> list[str]:
    return [link.get_text() for link in page.html.select("tbody th a")]


def find(office: PressOffice, who: str, **more: str) -> Page:
    return office.open(PAGE).press("Search", who=who, **more)


def person(session, address: str) -> Subscriber:
    session.rollback()
    return session.scalars(select(Subscriber).where(Subscriber.address == address)).one()


def standing(session, address: str) -> dict[str, str]:
    rows = session.scalars(select(Subscription).where(Subscription.subscriber_id == person(session, address).id))
    return {row.topic.slug: row.state.value for row in rows}


def confirmations(session) -> list[Delivery]:
    session.rollback()
    return list(session.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.CONFIRMATION)))


def noted(session, action: str) -> AuditEntry:
    session.rollback()
    return session.scalars(select(AuditEntry).where(AuditEntry.action == action)).one()


def add(office: PressOffice, **typed) -> Page:
    form = {"email": ANA, "topics": ["statements"], "how": "by telephone"}
    return office.open(f"{PAGE}/new").press("Add and send", **(form | typed))


@pytest.fixture
def ana(newsroom, settings):
    """Somebody who confirmed two topics and gave a name."""
    made = factories.subscriber(newsroom, settings, ANA, "statements", "alerts")
    made.first_name, made.last_name = "Ana", "Lima"
    newsroom.commit()
    return made


@pytest.fixture
def suppressed(newsroom, ana):
    """Suppress her for a reason."""

    def suppress(reason: SuppressionReason) -> None:
        suppressions.add(newsroom, ana.address_hmac, reason, "550 5.1.1 no such user")
        newsroom.commit()

    return suppress


@pytest.fixture
def former(newsroom, settings) -> bytes:
    """The key of an address that complained, and that no subscriber has any more."""
    key = suppressions.address_hmac(settings, EmailAddress.parse(FORMER))
    suppressions.add(newsroom, key, SuppressionReason.COMPLAINT, "they rang us")
    newsroom.commit()
    return key


def test_the_list_says_who_there_is_and_where_they_stand(office, ana):
    page = office.open(PAGE)
    assert "5 people, newest first" in page.text
    assert shown(page)[0] == ANA
    row = page.html.select("tbody tr")[0].get_text(" ", strip=True)
    assert "Ana Lima" in row
    assert "Statements Confirmed" in row
    assert "undecided@example.org" in page.text
    assert "Not confirmed yet" in page.text


def test_an_empty_list_says_how_people_come(office, newsroom):
    for model in (Subscription, Subscriber):
        newsroom.execute(model.__table__.delete())
    newsroom.commit()
    page = office.open(PAGE)
    assert "Nobody has subscribed yet" in page.text
    assert page.link("Look at the sign-up form").endswith("/subscribe")


@pytest.mark.parametrize("words", ["ana.lima", "ANA", "lima", "Lima Ana", "an lim", "lima@exam"])
def test_a_part_of_the_address_or_name_finds_somebody(office, ana, words):
    page = find(office, words)
    assert shown(page) == [ANA]
    assert page.value("who") == words
    assert "1 person, newest first" in page.text


@pytest.mark.parametrize("words", [ANA, "ANA.LIMA@EXAMPLE.ORG", f"  {ANA} "])
def test_a_whole_address_leads_to_its_owner_and_stands_in_no_url(office, ana, words):
    page = find(office, words)
    assert page.html.h1.get_text() == ANA
    assert "@" not in page.path
    assert str(ana.id) not in page.path.split("/")


def test_an_address_that_nobody_has_can_be_added_without_typing_it_again(office, newsroom):
    page = find(office, "new@example.org")
    assert "No subscriber has the address new@example.org" in page.text
    assert page.value("who") == "new@example.org"
    form = page.press("Add this address")
    assert form.value("email") == "new@example.org"
    assert "Error" not in form.title


def test_an_address_that_is_remembered_although_nobody_has_it_is_named_as_such(office, newsroom, former):
    page = find(office, FORMER)
    assert "must not be written to: Complained" in page.text
    assert "they rang us" in page.text
    assert page.buttons == ["Search", "Let it be written to again…"]
    become(newsroom, "approver")
    assert find(office, FORMER).buttons == ["Search"]


def test_the_list_says_how_many_addresses_are_remembered_that_nobody_has(office, newsroom, former):
    assert "One address must not be written to although" in find(office, "", suppressed="yes").text
    assert "although no subscriber" not in office.open(PAGE).text
    for model in (Subscription, Subscriber):
        newsroom.execute(model.__table__.delete())
    newsroom.commit()
    assert "must not be written to: Complained" in find(office, FORMER).text


@pytest.mark.parametrize("words", ["%", "_", "a%a", "\\", "'; DROP TABLE subscribers; --", "\x00", "(", "xxxx " * 90])
def test_odd_words_find_nobody_and_break_nothing(office, ana, words):
    page = find(office, words)
    assert page.status == 200
    assert shown(page) == [] or words == "\x00"


def test_the_filters_narrow_the_list(office, ana, newsroom, suppressed):
    suppressed(SuppressionReason.HARD)
    assert shown(find(office, "", topic="alerts")) == [ANA]
    assert shown(find(office, "", state="pending")) == ["undecided@example.org"]
    assert len(shown(find(office, "", topic="statements", state="confirmed"))) == 4
    assert shown(find(office, "", suppressed="yes")) == [ANA]
    assert ANA not in shown(find(office, "", suppressed="no"))
    assert "Not written to: No such mailbox" in find(office, "", suppressed="yes").text
    nobody = find(office, "", topic="alerts", state="pending")
    assert "Nobody was found" in nobody.text
    assert "5 people" in office.open(nobody.link("Show all")).text


def test_unknown_filters_are_left_out(office, ana):
    page = office.open(f"{PAGE}?topic=nothing&state=none&suppressed=perhaps&before=x&after=y")
    assert page.status == 200
    assert len(shown(page)) == 5


def test_a_long_list_is_read_page_by_page_and_back(office, newsroom, settings):
    for number in range(60):
        factories.subscriber(newsroom, settings, f"many{number:02}@example.org")
    newsroom.commit()
    first = find(office, "many")
    assert shown(first)[0] == "many59@example.org"
    assert len(shown(first)) == 50
    second = office.open(first.link("Older"))
    assert shown(second) == [f"many{number:02}@example.org" for number in range(9, -1, -1)]
    assert "Older" not in second.text
    assert shown(office.open(second.link("Newer"))) == shown(first)


def test_a_page_says_everything_about_a_person(office, newsroom, ana, suppressed):
    campaign = factories.campaign(newsroom)
    campaign.state, campaign.started_at = CampaignState.SENDING, factories.NOW
    failed = Delivery(
        kind=DeliveryKind.STATEMENT,
        state=DeliveryState.FAILED,
        subscriber_id=ana.id,
        campaign_id=campaign.id,
        dated=factories.NOW,
        reply_code=550,
        reply_enhanced="5.1.1",
        reply_text="no such user",
        reply_class="hard",
    )
    newsroom.add(failed)
    suppressed(SuppressionReason.HARD)
    page = find(office, ANA)
    for words in (
        "Ana Lima",
        "English",
        "Nothing is sent to this address: No such mailbox",
        "550 5.1.1 no such user",
        "No such mailbox: once",
        "Open every polling station",
        "Refused",
    ):
        assert words in page.text, words


def test_a_pause_and_why_somebody_left_are_shown(office, newsroom, ana):
    pausing.pause(newsroom, ana.id, 3, Origin("/p"), now=utc_now())
    newsroom.commit()
    assert "Paused until" in find(office, ANA).text
    preferences.leave_all(newsroom, ana.id, Origin("/u", detail="hard-to-read: No alt texts."), now=utc_now())
    newsroom.commit()
    page = find(office, ANA).text
    assert "Paused until" not in page
    assert "hard to read or to use: “No alt texts.”" in page


def test_the_exact_words_of_consent_are_shown(office, newsroom, settings):
    topic = topics.find(newsroom, "statements")
    ask = Ask(EmailAddress.parse(ANA), [topic], "en")
    signup.request(newsroom, ask, Origin("/subscribe", "192.0.2.0/24"), settings=settings, now=utc_now())
    event = newsroom.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
    signup.confirm(newsroom, event.subscriber_id, event.id, Origin("/c"), now=utc_now())
    newsroom.commit()
    page = find(office, ANA)
    assert "Asked for it" in page.text
    assert "the sign-up form" in page.text
    assert "network 192.0.2.0/24" in page.text
    assert settings.organisation in page.html.select_one("td details p").get_text()
    assert "will send you its statements about" in page.html.select_one("td details p").get_text()
    assert "the link in the confirmation mail" in page.text


def test_a_key_that_is_not_ours_opens_nobody(office, ana):
    assert office.open(f"{PAGE}/{ana.id}").status == 404
    assert office.open(f"{PAGE}/WzFd.forged").status == 404


def test_somebody_who_is_gone_is_not_found(office, ana, newsroom):
    path = find(office, ANA).path
    newsroom.execute(Subscription.__table__.delete().where(Subscription.subscriber_id == ana.id))
    newsroom.execute(Subscriber.__table__.delete().where(Subscriber.id == ana.id))
    newsroom.commit()
    page = office.open(path)
    assert page.status == 404
    assert "This person is not known here any more." in page.text


def test_who_may_only_look_sees_no_buttons(office, ana, newsroom, suppressed):
    suppressed(SuppressionReason.HARD)
    become(newsroom, "approver")
    page = find(office, ANA)
    assert page.status == 200
    assert "Unsubscribe" not in page.html.main.get_text()
    assert "written to again" not in page.html.main.get_text()
    assert "Add somebody" not in office.open(PAGE).text


def test_authors_see_nobody(office, ana, newsroom):
    become(newsroom, "author")
    assert office.open(PAGE).status == 403


# Adding


def test_who_is_added_by_hand_is_asked_to_confirm_and_gets_nothing_else(office, newsroom):
    page = add(office, first_name="Ana", last_name="Lima", how="on the list at the summer fair")
    assert "A mail is on its way in which they confirm it." in page.text
    assert page.html.h1.get_text() == ANA
    assert standing(newsroom, ANA) == {"statements": "pending"}
    made = person(newsroom, ANA)
    assert (made.first_name, made.last_name, made.language) == ("Ana", "Lima", "en")
    assert len(confirmations(newsroom)) == 1
    topic = topics.find(newsroom, "statements")
    assert audience.count(newsroom, [topic.id]) == 3
    event = newsroom.scalars(select(ConsentEvent).where(ConsentEvent.subscriber_id == made.id)).one()
    assert (event.kind, event.source) == (ConsentKind.REQUESTED, "staff")
    assert (event.method, event.detail) == ("noted by staff", "on the list at the summer fair")
    assert event.actor.startswith("staff ")
    assert event.consent_text_id is None
    assert "on the list at the summer fair" in page.text
    assert "None: they did not use the form." in page.text


def test_adding_is_written_down_without_the_address(office, newsroom):
    add(office, how="a mail from ana.lima@example.org")
    entry = noted(newsroom, "subscriber.add")
    assert (entry.object_type, entry.object_id) == ("subscriber", str(person(newsroom, ANA).id))
    assert entry.details == {"how": "a mail from (address)", "topics": ["statements"]}
    log = office.open("/console/audit")
    assert "Added a subscriber" in log.text
    assert "@example.org" not in log.html.select_one("tbody").get_text()
    assert office.open(log.html.select_one('tbody a[href*="/subscribers/"]')["href"]).html.h1.get_text() == ANA


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"email": "ana"}, "The @ sign is missing."),
        ({"topics": []}, "Choose at least one topic."),
        ({"how": " "}, "Say it in a few words"),
        ({"first_name": "www.example.org"}, "A name can't hold a web or mail address."),
    ],
)
def test_a_slip_is_said_and_nothing_typed_is_lost(office, newsroom, typed, words):
    before = rows_of_everything(newsroom)
    page = add(office, **({"last_name": "Lima"} | typed))
    assert page.status == 400
    assert page.title.startswith("Error: ")
    assert words in page.text
    assert page.value("last_name") == "Lima"
    assert page.value("email") == typed.get("email", ANA)
    assert rows_of_everything(newsroom) == before


def test_who_has_confirmed_it_already_gets_no_second_mail(office, ana, newsroom):
    page = add(office, email="Ana.Lima@Example.org")
    assert page.status == 400
    assert "They have confirmed all of these topics already." in page.text
    assert confirmations(newsroom) == []


def test_a_name_that_somebody_gave_is_not_overwritten(office, ana, newsroom, settings):
    factories.topic(newsroom, "events")
    newsroom.commit()
    add(office, topics=["events"], first_name="Anna")
    assert person(newsroom, ANA).first_name == "Ana"
    assert standing(newsroom, ANA) == {"statements": "confirmed", "alerts": "confirmed", "events": "pending"}


@pytest.mark.parametrize("reason", BLOCKED)
def test_who_asked_to_be_left_alone_is_not_added(office, newsroom, suppressed, reason):
    suppressed(reason)
    page = add(office)
    assert page.status == 400
    assert "This address must not be written to" in page.text
    assert confirmations(newsroom) == []


def test_one_person_adds_so_many_a_day(office, newsroom):
    add(office)
    entry = noted(newsroom, "subscriber.add")
    row = {name: getattr(entry, name) for name in ("at", "staff_member_id", "who", "action", "details", "hash")}
    newsroom.execute(AuditEntry.__table__.insert(), [row] * 99)
    newsroom.commit()
    page = add(office, email="ben@example.org")
    assert page.status == 400
    assert "You have added 100 people within a day." in page.text
    assert page.value("email") == "ben@example.org"


# Asking again


def test_a_confirmation_is_sent_again_in_its_turn_and_not_for_ever(office, newsroom):
    page = add(office)
    page = page.press("Send the confirmation again")
    assert "They got such a mail a moment ago." in page.text or "on its way" in page.text
    newsroom.rollback()
    early = utc_now() - timedelta(minutes=20)
    for _ in range(3):
        newsroom.execute(
            update(Delivery)
            .where(Delivery.kind == DeliveryKind.CONFIRMATION)
            .values(state=DeliveryState.SENT, sent_at=early, dated=early, next_attempt_at=None)
        )
        newsroom.commit()
        page = page.press("Send the confirmation again")
    assert "this address got three within a day" in page.text
    assert len(confirmations(newsroom)) == 3
    assert noted_number(newsroom, "subscriber.ask_again") == 4


def noted_number(session, action: str) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action))


def test_nothing_is_sent_again_when_nothing_waits(office, ana, newsroom):
    page = find(office, ANA)
    assert "Send the confirmation again" not in page.buttons
    add(office, email="ben@example.org")
    waiting = find(office, "ben@example.org")
    preferences.leave_all(newsroom, person(newsroom, "ben@example.org").id, Origin("/u"), now=utc_now())
    newsroom.commit()
    refused = waiting.press("Send the confirmation again")
    assert refused.status == 409
    assert refused.html.h1.get_text() == "ben@example.org"
    assert "Nothing waits for a confirmation" in refused.html.select_one(".error-summary").get_text()


# Unsubscribing


def leaving(office: PressOffice) -> Page:
    return office.open(find(office, ANA).link("Unsubscribe"))


def test_somebody_leaves_one_topic_as_they_asked(office, ana, newsroom):
    page = leaving(office).press("Unsubscribe", topics=["alerts"], reason="by telephone")
    assert "They have left 1 topic." in page.text
    assert standing(newsroom, ANA) == {"statements": "confirmed", "alerts": "unsubscribed"}
    event = newsroom.scalars(select(ConsentEvent).where(ConsentEvent.kind == ConsentKind.WITHDRAWN)).one()
    assert (event.source, event.detail) == ("staff", "by telephone")
    assert suppressions.find(newsroom, ana.address_hmac) is None
    assert noted(newsroom, "subscriber.unsubscribe").details == {
        "reason": "by telephone",
        "everything": False,
        "topics": 1,
    }


def test_somebody_leaves_everything_and_is_written_to_no_more(office, ana, newsroom):
    page = leaving(office).press("Unsubscribe", topics=["*"], reason="by telephone")
    assert "They have left everything." in page.text
    assert "Nothing is sent to this address: Left everything" in page.text
    assert set(standing(newsroom, ANA).values()) == {"unsubscribed"}
    assert suppressions.find(newsroom, ana.address_hmac).reason is SuppressionReason.UNSUBSCRIBED
    assert person(newsroom, ANA).first_name == ""


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"topics": [], "reason": "by telephone"}, "Choose what they want to leave."),
        ({"topics": ["nothing"], "reason": "by telephone"}, "Choose what they want to leave."),
        ({"topics": ["alerts"], "reason": ""}, "Say it in a few words"),
        ({"topics": ["alerts"], "reason": "x" * 400}, "Say it in at most 300"),
    ],
)
def test_unsubscribing_needs_to_know_what_and_why(office, ana, newsroom, typed, words):
    page = leaving(office).press("Unsubscribe", **typed)
    assert page.status == 400
    assert words in page.text
    assert page.value("reason") == typed["reason"]
    assert set(standing(newsroom, ANA).values()) == {"confirmed"}


# Blocking


def test_a_blocked_address_gets_nothing_whatever_its_owner_signs_up_for(office, newsroom, ana):
    page = office.open(find(office, ANA).link("Block…"))
    assert page.press("Block this address", reason=" ").status == 400
    page = page.press("Block this address", reason="misused")
    assert "Staff decided that nothing is sent to this address." in page.text
    assert set(standing(newsroom, ANA).values()) == {"unsubscribed"}
    assert suppressions.is_silenced(newsroom, ana.address_hmac)
    assert noted(newsroom, "subscriber.block").details == {"reason": "misused"}
    page = lifting(office).press("Let it be written to", reason="it was a mistake", typed=ANA)
    assert "This address may be written to again." in page.text


# Lifting


def lifting(office: PressOffice) -> Page:
    return office.open(find(office, ANA).link("Let it be written to again"))


def test_a_bounced_address_is_written_to_again_for_a_reason(office, newsroom, suppressed):
    suppressed(SuppressionReason.HARD)
    form = lifting(office)
    assert "the next statement about one of them goes to them again" in form.text
    assert form.html.select_one('[name="typed"]') is None
    page = form.press("Let it be written to", reason="mailbox works again")
    assert "This address may be written to again." in page.text
    assert "Nothing is sent to this address" not in page.text
    entry = noted(newsroom, "subscriber.lift")
    assert entry.details == {"reason": "mailbox works again", "was": "hard"}


def test_a_reason_is_needed(office, newsroom, ana, suppressed):
    suppressed(SuppressionReason.HARD)
    page = lifting(office).press("Let it be written to", reason=" ")
    assert page.status == 400
    assert suppressions.find(newsroom, ana.address_hmac) is not None


@pytest.mark.parametrize("reason", BLOCKED)
def test_what_somebody_said_of_themselves_is_lifted_only_by_typing_their_address(
    office, newsroom, ana, suppressed, reason
):
    suppressed(reason)
    form = lifting(office)
    for typed in ("", "ben@example.org", "nonsense"):
        page = form.press("Let it be written to", reason="they asked", typed=typed)
        assert page.status == 400
        assert "Type the whole address" in page.text
        assert (page.value("typed"), page.value("reason")) == (typed, "they asked")
        newsroom.rollback()
        assert suppressions.find(newsroom, ana.address_hmac) is not None
    page = form.press("Let it be written to", reason="they asked", typed=ANA.upper())
    assert "This address may be written to again." in page.text
    newsroom.rollback()
    assert suppressions.find(newsroom, ana.address_hmac) is None


def test_lifting_subscribes_nobody(office, newsroom, ana, suppressed):
    preferences.leave_all(newsroom, ana.id, Origin("/u"), now=utc_now())
    newsroom.commit()
    form = lifting(office)
    assert "nothing is sent to them until they sign up again" in form.text
    form.press("Let it be written to", reason="they asked")
    assert set(standing(newsroom, ANA).values()) == {"unsubscribed"}


def test_a_complaint_that_came_meanwhile_is_not_lifted_by_an_older_page(office, newsroom, ana, suppressed):
    suppressed(SuppressionReason.HARD)
    form = lifting(office)
    suppressed(SuppressionReason.COMPLAINT)
    page = form.press("Let it be written to", reason="mailbox works again")
    assert page.status == 400
    assert suppressions.find(newsroom, ana.address_hmac).reason is SuppressionReason.COMPLAINT


def test_what_is_not_suppressed_has_nothing_to_lift(office, ana):
    page = office.open(f"{find(office, ANA).path}/lift")
    assert page.status == 409
    assert "may be written to already" in page.text


def test_an_address_that_nobody_has_is_written_to_again_for_a_reason(office, newsroom, former):
    form = find(office, FORMER).press("Let it be written to again")
    assert "No subscriber has this address" in form.text
    assert "Error" not in form.title
    page = form.press("Let it be written to", typed="ben@example.org", reason=" ")
    assert [a["href"] for a in page.html.select(".error-summary a")] == ["#typed", "#reason"]
    assert page.value("typed") == "ben@example.org"
    newsroom.rollback()
    assert suppressions.find(newsroom, former) is not None
    page = page.press("Let it be written to", typed=FORMER.upper(), reason=f"asked by mail from {FORMER}")
    assert "may be written to again. Nobody is subscribed by that." in page.text
    assert page.path == PAGE
    newsroom.rollback()
    assert suppressions.find(newsroom, former) is None
    entry = noted(newsroom, "subscriber.lift")
    assert entry.details == {"reason": "asked by mail from (address)", "was": "complaint"}
    assert (entry.object_type, entry.object_name) == ("address", "")
    assert "Add this address" in find(office, FORMER).buttons


def test_who_has_signed_up_with_it_meanwhile_is_shown_instead(office, newsroom, settings, former):
    form = find(office, FORMER).press("Let it be written to again")
    factories.subscriber(newsroom, settings, FORMER)
    newsroom.commit()
    page = form.press("Let it be written to", typed=FORMER, reason="they asked")
    assert "They have confirmed topics" in page.text
    assert suppressions.find(newsroom, former) is not None

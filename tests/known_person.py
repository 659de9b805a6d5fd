"""Somebody of whom the service knows everything that it can know, in every table that can name them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.mail.verp import Verp
from app.models import (
    Base,
    Campaign,
    CampaignState,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    ImportReader,
    ImportRow,
    ImportState,
    ImportVerdict,
    Subscriber,
    SubscriberImport,
    SuppressionReason,
)
from app.models import ReportSource as Source
from app.services import audit, consent, mailroom, suppressions
from app.services.audit import Actor, Thing
from app.services.consent import Origin
from app.settings import Settings
from tests import factories
from tests.unit.reports import dsn

ADDRESS = "Ana.Lima@example.net"
REASON = "too many mails in my summer"
NAME = "Anastasia"
FORM = Origin("/subscribe", "198.51.100.0/24")


@dataclass(frozen=True)
class Known:
    """Her, another reader of the same campaign, and what was sent to her."""

    person: Subscriber
    other: Subscriber
    campaign: Campaign
    bounced: Delivery
    notice: Delivery


def known_person(session: Session, settings: Settings, *, now: datetime = factories.NOW) -> Known:
    """Sign her up, write to her, let mail come back, import her, and let staff act on her."""
    person = factories.subscriber(session, settings, ADDRESS, "statements", "events")
    person.first_name = NAME
    other = factories.subscriber(session, settings, "ben@example.org")
    words = consent.current_text(session, settings, "en")
    topics = [row.topic_id for row in person.subscriptions]
    asked = consent.record(session, person, ConsentKind.REQUESTED, topics, FORM, text=words)
    consent.record(session, person, ConsentKind.CONFIRMED, topics, FORM)
    left = Origin("/p", "198.51.100.0/24", detail=f"{REASON}; I am {ADDRESS}")
    consent.record(session, person, ConsentKind.CHANGED, topics, left)
    campaign = factories.campaign(session)
    campaign.state, campaign.started_at, campaign.finished_at = CampaignState.SENT, now, now
    bounced, notice = _mails(session, person, other, campaign, asked, now)
    _reports(session, settings, bounced)
    suppressions.add(session, person.address_hmac, SuppressionReason.SOFT_LIMIT, f"452 4.2.2 <{ADDRESS}> is full")
    _import(session, person)
    thing = Thing("subscriber", str(person.id))
    audit.record(session, Actor("staff"), "subscriber.ask_again", thing, now=now, details={"reason": "they rang"})
    session.commit()
    return Known(person, other, campaign, bounced, notice)


def _mails(
    session: Session, person: Subscriber, other: Subscriber, campaign: Campaign, asked: ConsentEvent, now: datetime
) -> tuple[Delivery, Delivery]:
    sent = {"dated": now, "sent_at": now, "campaign_id": campaign.id, "kind": DeliveryKind.STATEMENT}
    said = f"550 5.1.1 <{ADDRESS}> User unknown"
    bounced = Delivery(subscriber_id=person.id, state=DeliveryState.BOUNCED, reply_code=550, reply_text=said, **sent)
    bounced.reply_class, bounced.first_name = "hard", NAME
    notice = Delivery(subscriber_id=person.id, kind=DeliveryKind.CONFIRMATION, consent_event_id=asked.id)
    session.add_all([bounced, notice, Delivery(subscriber_id=other.id, state=DeliveryState.SENT, **sent)])
    session.flush()
    return bounced, notice


def _reports(session: Session, settings: Settings, bounced: Delivery) -> None:
    sender = Verp(settings.signing_keys).sender(bounced.id, settings.envelope_domain)
    mailroom.take_in(session, Source.LISTENER, dsn(ADDRESS, diagnostic=f"smtp; 550 {ADDRESS}"), recipient=sender)
    mailroom.take_in(session, Source.PIPE, dsn(ADDRESS.lower()), recipient="b+forged@example.org", sender=ADDRESS)
    mailroom.take_in(session, Source.LISTENER, dsn("ben@example.org"), recipient="b+other@example.org")


def _import(session: Session, person: Subscriber) -> None:
    made = SubscriberImport(
        name="old list.csv",
        reader=ImportReader.CSV,
        state=ImportState.APPLIED,
        source="the old list",
        consented_on=date(2020, 1, 1),
        basis="they signed a paper",
        language="en",
        topic_ids=[1],
        octets=40,
        unchanged=1,
    )
    session.add(made)
    session.flush()
    person.import_id = made.id
    row = {"address": ADDRESS, "identity": person.identity, "address_hmac": person.address_hmac, "first_name": NAME}
    session.add(ImportRow(import_id=made.id, line=1, verdict=ImportVerdict.UNCHANGED, **row))
    refused = {"verdict": ImportVerdict.REFUSED, "reason": "twice in this file", "address": ADDRESS.lower()}
    session.add(ImportRow(import_id=made.id, line=2, identity=person.identity, **refused))


def tables_with(session: Session, *words: str) -> set[str]:
    """The tables of which any column of any row holds one of these words, as text or as bytes, in any case."""
    session.rollback()
    found = set()
    for table in Base.metadata.sorted_tables:
        for word in words:
            conditions = {"word": f"%{word.lower()}%", "octets": f"%{word.lower().encode().hex()}%"}
            # bytes are shown in hexadecimal, of which capital letters differ in one bit: both are asked for
            conditions["capitals"] = f"%{word.encode().hex()}%"
            query = text(
                f'SELECT 1 FROM "{table.name}" t WHERE lower(t::text) LIKE :word'
                " OR lower(t::text) LIKE :octets OR lower(t::text) LIKE :capitals LIMIT 1"
            )
            if session.execute(query, conditions).first():
                found.add(table.name)
    return found


def lookup(session: Session, person_id: int) -> Subscriber:
    """What is left of her row."""
    session.expire_all()
    found = session.get(Subscriber, person_id)
    assert found is not None
    return found

"""Rows for tests, each made the way the product makes them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.mail.address import EmailAddress
from app.models import Campaign, Statement, Subscriber, Subscription, SubscriptionState, Topic
from app.services import approval, campaigns, statements, subscribers, topics
from app.services.editions import Press
from app.services.schedule import schedule as schedule_campaign
from app.services.statements import Content
from app.services.suppressions import address_hmac
from app.settings import Settings

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
BODY = """Every polling station must be open to everyone. Today, one in three is not.

## What we ask

- A ramp and a door that opens, in every station.
- Ballot papers in Braille and in easy language.

Read [the report on accessible voting](https://opendoors.example/voting-report) for the figures.
"""


def topic(session: Session, slug: str = "statements") -> Topic:
    return topics.ensure(session, slug, slug.replace("-", " ").capitalize())


def subscriber(
    session: Session,
    settings: Settings,
    address: str,
    *slugs: str,
    state: SubscriptionState = SubscriptionState.CONFIRMED,
    language: str = "en",
) -> Subscriber:
    """A person who confirmed these topics ("statements" if none is named)."""
    person = subscribers.find_or_add(session, EmailAddress.parse(address), language, settings)
    for slug in slugs or ("statements",):
        session.add(
            Subscription(
                subscriber_id=person.id,
                topic_id=topic(session, slug).id,
                state=state,
                requested_at=NOW,
                confirmed_at=NOW if state is not SubscriptionState.PENDING else None,
                unsubscribed_at=NOW if state is SubscriptionState.UNSUBSCRIBED else None,
            )
        )
    session.flush()
    return person


def readers(session: Session, settings: Settings, addresses: Iterable[str], slug: str = "statements") -> None:
    """People who confirmed a topic, as `subscriber` makes one, but all at once."""
    people = [
        {
            "address": address.text,
            "local": address.local,
            "domain": address.domain,
            "identity": address.identity,
            "address_hmac": address_hmac(settings, address),
            "language": "en",
        }
        for address in map(EmailAddress.parse, addresses)
    ]
    if people:
        chosen = {"topic_id": topic(session, slug).id, "state": SubscriptionState.CONFIRMED}
        ids = session.scalars(insert(Subscriber).returning(Subscriber.id, sort_by_parameter_order=True), people)
        moments = {"requested_at": NOW, "confirmed_at": NOW}
        session.execute(insert(Subscription), [{"subscriber_id": number, **chosen, **moments} for number in ids])


def statement(
    session: Session, title: str = "Open every polling station", *slugs: str, published: bool = True, **fields: str
) -> Statement:
    """A statement about these topics."""
    made = statements.create(
        session,
        Content(
            title=title,
            issued_on=date(2026, 11, 24),
            language=fields.pop("language", "en"),
            standfirst=fields.pop("standfirst", "One polling station in three shuts disabled voters out."),
            body=fields.pop("body", BODY),
            signatory_name="Maya Okafor",
            signatory_role="Director of Advocacy",
            contact_name="Tom Berg",
            contact_role="Media officer",
            contact_email="media@opendoors.example",
            contact_phone="+44 20 7946 0000",
            topic_ids=tuple(topic(session, slug).id for slug in slugs or ("statements",)),
            **fields,
        ),
    )
    if published:
        statements.publish(session, made, NOW)
    return made


def campaign(session: Session, *slugs: str, **fields: str) -> Campaign:
    """The draft campaign of a published statement."""
    return campaigns.prepare(session, statement(session, "Open every polling station", *slugs, **fields), None)


def send(session: Session, press: Press, campaign: Campaign, *, now: datetime, again: bool = False) -> None:
    """Approve a campaign and send it."""
    approval.waive(session, press, campaign, now=now)
    campaigns.send(session, press, campaign, now=now, again=again)


def schedule(session: Session, press: Press, campaign: Campaign, *, at: datetime, again: bool = False) -> None:
    """Approve a campaign and let it start at that moment."""
    approval.waive(session, press, campaign, now=NOW)
    schedule_campaign(session, press, campaign, at=at, again=again)

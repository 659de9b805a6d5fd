"""One person's page: where they stand, how they came and went in whose words, what was sent to them, what came back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.models import (
    Campaign,
    ConsentEvent,
    ConsentText,
    Delivery,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
    Topic,
)
from app.services import suppressions

MOST_STEPS = 200
MOST_MAILS = 50


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the consent log, the names of its topics, and the exact words that they were shown, if any were."""

    event: ConsentEvent
    topics: Sequence[str]
    text: ConsentText | None


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to them; of a statement also its campaign and its subject."""

    delivery: Delivery
    campaign: UUID | None
    subject: str
    language: str


@dataclass(frozen=True, slots=True)
class Replies:
    """How often a mail server answered of their address in one way, and when last."""

    kind: str
    number: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """All of it, each list newest first; only so many steps and mails, and how many there are of each."""

    subscriber: Subscriber
    subscriptions: Sequence[Subscription]
    suppression: Suppression | None
    steps: Sequence[Step]
    steps_in_all: int
    mails: Sequence[Mail]
    mails_in_all: int
    replies: Sequence[Replies]

    def has(self, state: SubscriptionState) -> bool:
        """Whether they stand so with any topic."""
        return any(row.state is state for row in self.subscriptions)


def tell(session: Session, subscriber: Subscriber) -> Story:
    """Everything that is kept about somebody."""
    theirs = ConsentEvent.subscriber_id == subscriber.id
    sent = Delivery.subscriber_id == subscriber.id
    return Story(
        subscriber,
        subscriptions_of(session, subscriber.id),
        suppressions.find(session, subscriber.address_hmac),
        steps=_steps(session, subscriber.id),
        steps_in_all=session.scalar(select(func.count()).select_from(ConsentEvent).where(theirs)) or 0,
        mails=_mails(session, subscriber.id),
        mails_in_all=session.scalar(select(func.count()).select_from(Delivery).where(sent)) or 0,
        replies=_replies(session, subscriber.id),
    )


def subscriptions_of(session: Session, subscriber_id: int) -> Sequence[Subscription]:
    """Their standing with each topic that they ever asked for, in the topics' order."""
    theirs = select(Subscription).where(Subscription.subscriber_id == subscriber_id)
    loaded = theirs.options(joinedload(Subscription.topic)).execution_options(populate_existing=True)
    return sorted(session.scalars(loaded), key=lambda row: (row.topic.position, row.topic_id))


def _steps(session: Session, subscriber_id: int) -> list[Step]:
    rows = session.execute(
        select(ConsentEvent, ConsentText)
        .outerjoin(ConsentText, ConsentText.id == ConsentEvent.consent_text_id)
        .where(ConsentEvent.subscriber_id == subscriber_id)
        .order_by(ConsentEvent.id.desc())
        .limit(MOST_STEPS)
    ).all()
    names = _topic_names(session)
    gone = "a topic that is gone"
    return [Step(event, [names.get(one, gone) for one in event.topic_ids], text) for event, text in rows]


def _topic_names(session: Session) -> Mapping[int, str]:
    return {row.id: row.name for row in session.execute(select(Topic.id, Topic.name))}


def every_mail(session: Session, subscriber_id: int) -> Sequence[Mail]:
    """All that was ever sent to them and isn't forgotten, newest first."""
    return _mails(session, subscriber_id, limit=None)


def _mails(session: Session, subscriber_id: int, *, limit: int | None = MOST_MAILS) -> list[Mail]:
    rows = session.scalars(
        select(Delivery).where(Delivery.subscriber_id == subscriber_id).order_by(Delivery.id.desc()).limit(limit)
    ).all()
    ids = {row.campaign_id for row in rows if row.campaign_id is not None}
    loaded = select(Campaign).where(Campaign.id.in_(ids)).options(joinedload(Campaign.statement))
    campaigns = {campaign.id: campaign for campaign in session.scalars(loaded)} if ids else {}
    return [_mail(row, campaigns.get(row.campaign_id or 0)) for row in rows]


def _mail(delivery: Delivery, campaign: Campaign | None) -> Mail:
    if campaign is None:
        return Mail(delivery, None, "", "")
    return Mail(delivery, campaign.public_id, campaign.subject, campaign.statement.language)


def _replies(session: Session, subscriber_id: int) -> list[Replies]:
    """Answers by which a message was not taken, by their class."""
    moment = func.max(func.coalesce(Delivery.dated, Delivery.created_at)).label("moment")
    rows = session.execute(
        select(Delivery.reply_class, func.count().label("number"), moment)
        .where(Delivery.subscriber_id == subscriber_id, Delivery.reply_class.is_not(None))
        .group_by(Delivery.reply_class)
        .order_by(moment.desc())
    ).all()
    return [Replies(row.reply_class, row.number, row.moment) for row in rows]

"""Who a campaign is for: everybody with a confirmed subscription to one of its topics, unless suppressed or pausing.

A campaign may narrow that: to readers of some languages, without those who also follow another topic, without those
who got another campaign, or to those whom an earlier campaign failed to reach.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from app.models import (
    Campaign,
    Delivery,
    DeliveryState,
    ReplyClass,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
    UnknownPolicy,
)
from app.services import deliveries

_NEAR = text("SET LOCAL random_page_cost = 1.1")
_DID_NOT_GET = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.SKIPPED)
_FOR_GOOD = (ReplyClass.HARD, ReplyClass.INACTIVE)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant. Empty `languages` mean all of them.

    Left out are those who confirmed one of the excluded topics, and those who got the excluded campaign or will get
    it. If it `repeats` a campaign, only those whom that one failed to reach are meant.
    """

    topic_ids: tuple[int, ...]
    languages: tuple[str, ...] = ()
    excluded_topic_ids: tuple[int, ...] = ()
    excluded_campaign_id: int | None = None
    repeats_id: int | None = None

    @classmethod
    def of(cls, campaign: Campaign) -> Self:
        """The audience of a campaign as it is saved, whatever the order in which its topics are shown."""
        return cls(
            tuple(sorted(topic.id for topic in campaign.topics)),
            tuple(campaign.languages or ()),
            tuple(sorted(topic.id for topic in campaign.excluded_topics)),
            campaign.excluded_campaign_id,
            campaign.repeats_id,
        )


def eligible(whom: Audience | Sequence[int], *columns: Any, now: datetime | None = None) -> Select[Any]:
    """The query for these people; planner, claim and count all mean the same ones.

    A sequence of topics' ids is the audience of these topics. Who has paused is left out until `now` (by the database's
    clock, if it isn't given) is past the end of it.
    """
    meant = whom if isinstance(whom, Audience) else Audience(tuple(whom))
    suppressed = exists().where(Suppression.address_hmac == Subscriber.address_hmac)
    asked_for_it = _confirmed(meant.topic_ids)
    moment = func.now() if now is None else now
    awake = or_(Subscriber.paused_until.is_(None), Subscriber.paused_until <= moment)
    return select(*columns).select_from(Subscriber).where(asked_for_it, ~suppressed, awake, *_narrower(meant))


def count(session: Session, whom: Audience | Sequence[int]) -> int:
    """How many people a campaign with this audience would reach if it started now.

    All tables are walked along in the order of their indexes. PostgreSQL takes the next page for as far away as on a
    turning disk, and would rather hash a million rows, which costs a third more; so it is told otherwise until the end
    of the transaction.
    """
    session.execute(_NEAR)
    return session.scalar(eligible(whom, func.count(Subscriber.id))) or 0


def is_empty(session: Session, whom: Audience | Sequence[int]) -> bool:
    """Whether it would reach nobody; quicker than counting."""
    return session.scalar(eligible(whom, Subscriber.id).limit(1)) is None


def _confirmed(topic_ids: Sequence[int]) -> ColumnElement[bool]:
    return exists().where(
        Subscription.subscriber_id == Subscriber.id,
        Subscription.topic_id.in_(topic_ids),
        Subscription.state == SubscriptionState.CONFIRMED,
    )


def _narrower(meant: Audience) -> list[ColumnElement[bool]]:
    """What takes people away from those who asked for it; nothing for most campaigns."""
    conditions: list[ColumnElement[bool]] = []
    if meant.languages:
        conditions.append(Subscriber.language.in_(meant.languages))
    if meant.excluded_topic_ids:
        conditions.append(~_confirmed(meant.excluded_topic_ids))
    if meant.excluded_campaign_id is not None:
        theirs = _delivery_of(meant.excluded_campaign_id)
        conditions.append(~exists().where(theirs, Delivery.state.not_in(_DID_NOT_GET)))
    if meant.repeats_id is not None:
        conditions.append(_not_reached(meant.repeats_id))
    return conditions


def _delivery_of(campaign_id: int) -> ColumnElement[bool]:
    return and_(Delivery.campaign_id == campaign_id, Delivery.subscriber_id == Subscriber.id)


def _not_reached(campaign_id: int) -> ColumnElement[bool]:
    """Those whom a campaign failed to reach, and for whom trying again makes sense.

    Not if their address or mailbox is gone, nor who left. Mail of which nobody knows whether it arrived counts only if
    staff decided for that campaign that it is held, and it was never sent twice: else readers might get it again.
    """
    refused = and_(
        Delivery.state.in_((DeliveryState.FAILED, DeliveryState.BOUNCED)),
        func.coalesce(Delivery.reply_class, "").not_in([kind.value for kind in _FOR_GOOD]),
    )
    cancelled = and_(Delivery.state == DeliveryState.SKIPPED, Delivery.reply_text == deliveries.CANCELLED_WORDS)
    repeated = aliased(Campaign)
    is_held = exists().where(repeated.id == campaign_id, repeated.unknown_policy == UnknownPolicy.HOLD)
    held = and_(Delivery.state == DeliveryState.UNKNOWN, Delivery.resent_at.is_(None), is_held)
    return exists().where(_delivery_of(campaign_id), or_(refused, cancelled, held))

"""The ledger's front desk: notices go in here, and everybody who asks what became of mail is answered from rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.jobs import ring_later, send_notice
from app.models import Campaign, ConsentEvent, Delivery, DeliveryKind, DeliveryState, Subscriber

REASONS_SHOWN = 100
NOTICE_GAP = timedelta(minutes=15)
NOTICES_A_DAY = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """Why messages of one campaign are in a state: what the next mail server answered, and to how many."""

    state: DeliveryState
    reply: str
    number: int


def queue_notice(
    session: Session, kind: DeliveryKind, subscriber: Subscriber, event: ConsentEvent | None, now: datetime
) -> Delivery | None:
    """Enter one transactional mail into the ledger and ring for it after the commit.

    One address gets at most one such mail in fifteen minutes and three a day, whoever asks for them; None if that is
    used up. The caller holds the subscriber's row lock, so that two requests at once don't both pass.
    """
    recent = session.scalars(
        select(Delivery.created_at).where(
            Delivery.subscriber_id == subscriber.id,
            Delivery.campaign_id.is_(None),
            Delivery.created_at > now - timedelta(days=1),
        )
    ).all()
    if len(recent) >= NOTICES_A_DAY or any(moment > now - NOTICE_GAP for moment in recent):
        return None
    delivery = Delivery(
        kind=kind, subscriber_id=subscriber.id, consent_event_id=event.id if event else None, created_at=now
    )
    session.add(delivery)
    session.flush()
    ring_later(session, send_notice(delivery.id))
    return delivery


def counts(session: Session, campaign: Campaign) -> Mapping[DeliveryState, int]:
    """How many deliveries of a campaign are in each state, by query; every state is a key."""
    rows = session.execute(
        select(Delivery.state, func.count().label("number"))
        .where(Delivery.campaign_id == campaign.id)
        .group_by(Delivery.state)
    ).all()
    found = {row.state: row.number for row in rows}
    return {state: found.get(state, 0) for state in DeliveryState}


def reasons(session: Session, campaign: Campaign) -> Sequence[Reason]:
    """Why messages were not sent, most frequent first; servers' words are kept as they came."""
    reply = func.concat_ws(" ", Delivery.reply_code, Delivery.reply_enhanced, Delivery.reply_text)
    number = func.count().label("number")
    rows = session.execute(
        select(Delivery.state, reply.label("reply"), number)
        .where(
            Delivery.campaign_id == campaign.id,
            Delivery.state.not_in([DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT]),
        )
        .group_by(Delivery.state, reply)
        .order_by(number.desc(), Delivery.state, reply)
        .limit(REASONS_SHOWN)
    ).all()
    return [Reason(row.state, row.reply, row.number) for row in rows]

"""Mailbox providers that are held: nothing is sent to their readers until somebody has looked and releases them.

A hold is a row, so it survives every restart. It is for one campaign, where the audience is in doubt, or for all, where
the provider doesn't want mail from us.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.jobs import deliver, ring_later
from app.mailbox_providers import MailboxProviders
from app.models import Campaign, CampaignState, Delivery, DeliveryState, ProviderHold, Subscriber
from app.models.reply_class import ABOUT_US


def hold(session: Session, provider: str, why: str, *, now: datetime, campaign_id: int | None = None) -> bool:
    """Send nothing more to this provider's readers, for one campaign or (without one) for all.

    Gives False if it was held already; the first reason is kept.
    """
    row = {"provider": provider, "campaign_id": campaign_id, "since": now, "why": why}
    made = session.execute(insert(ProviderHold).values(row).on_conflict_do_nothing().returning(ProviderHold.id))
    return made.first() is not None


def release(session: Session, provider: str, *, providers: MailboxProviders, now: datetime) -> str:
    """Send to this provider's readers again, in every campaign, those it refused among them; gives its name.

    Any of its domains names it. Raises NotFound if it isn't held.
    """
    typed = provider.strip().lower()
    name = providers.provider_of(typed)
    # the settings may have grouped domains differently when it was held
    meant = ProviderHold.provider.in_([name, typed])
    if not session.scalars(delete(ProviderHold).where(meant).returning(ProviderHold.id)).all():
        raise NotFound(f"Nothing is held back from {name}.")
    readers = select(Subscriber.id).where(Subscriber.domain.in_(providers.domains_of(name)))
    _try_now(session, Delivery.campaign_id.is_not(None), Delivery.subscriber_id.in_(readers), now=now)
    under_way = select(Campaign.id).where(Campaign.state == CampaignState.SENDING).limit(1)
    if session.scalar(under_way) is not None:
        ring_later(session, deliver())
    return name


def try_refused_again(session: Session, campaign_id: int, *, now: datetime) -> None:
    """Make due at once what was put off because of us: whoever lets a campaign go on has put that right."""
    _try_now(session, Delivery.campaign_id == campaign_id, now=now)


def held(session: Session, campaign_id: int | None = None) -> Sequence[ProviderHold]:
    """What holds up this campaign: its own holds and those for all. Without a campaign, all that matter."""
    if campaign_id is None:
        over = select(Campaign.id).where(Campaign.state.in_([CampaignState.SENT, CampaignState.CANCELLED]))
        concerned = or_(ProviderHold.campaign_id.is_(None), ProviderHold.campaign_id.not_in(over))
    else:
        concerned = _concerns(campaign_id)
    return session.scalars(select(ProviderHold).where(concerned).order_by(ProviderHold.since, ProviderHold.id)).all()


def held_providers(session: Session, campaign_id: int) -> frozenset[str]:
    """The names of the providers that are held for this campaign."""
    return frozenset(session.scalars(select(ProviderHold.provider).where(_concerns(campaign_id))).all())


def held_domains(session: Session, campaign_id: int, providers: MailboxProviders) -> frozenset[str]:
    """The recipients' domains for which nothing of this campaign may be claimed."""
    return frozenset(domain for name in held_providers(session, campaign_id) for domain in providers.domains_of(name))


def _concerns(campaign_id: int) -> ColumnElement[bool]:
    return or_(ProviderHold.campaign_id == campaign_id, ProviderHold.campaign_id.is_(None))


def _try_now(session: Session, *chosen: ColumnElement[bool], now: datetime) -> None:
    put_off = Delivery.state == DeliveryState.DEFERRED, Delivery.reply_class.in_(sorted(ABOUT_US))
    session.execute(update(Delivery).where(*put_off, *chosen).values(next_attempt_at=now))

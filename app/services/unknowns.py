"""Mail of which nobody knows whether it arrived: sent once more after a while, or held.

The connection, or the process, died between the last octet and the answer. A second copy has the same Message-ID, Date
and octets as the first, so that most mail programs show it once; and no row is ever sent more than once again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.jobs import open_campaign, ring_later
from app.models import (
    Campaign,
    CampaignState,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryState,
    Subscriber,
    UnknownPolicy,
)
from app.models.campaign_states import CAMPAIGN, CampaignEvent
from app.models.delivery_states import DELIVERY, DeliveryEvent
from app.services.office_time import spell_time
from app.services.outlook import OVER
from app.settings import Settings

_ANSWERED = exists().where(
    ConsentEvent.subscriber_id == Delivery.subscriber_id,
    ConsentEvent.id > Delivery.consent_event_id,
    ConsentEvent.kind.in_([ConsentKind.CONFIRMED, ConsentKind.CHANGED, ConsentKind.WITHDRAWN]),
)
# put back, and then not sent once more: a handover leaves the name of the process that tried
_GIVEN_UP = and_(Delivery.state == DeliveryState.UNKNOWN, Delivery.claimed_by.is_(None))
RESENT = and_(Delivery.resent_at.is_not(None), ~_GIVEN_UP)
_UNTRIED = and_(
    Delivery.state == DeliveryState.UNKNOWN, Delivery.resent_at.is_(None), Delivery.subscriber_id.is_not(None)
)


@dataclass(frozen=True, slots=True)
class Unknowns:
    """What is unknown of a campaign, and what will be done about it.

    `waiting` are those that were not sent again yet, the first of them since `since`; `final` are
    unknown for good: they were, or their reader left or the campaign was cancelled before it came to that. `resent` is
    how many were sent again or will be, the last of them put back at `resent_at`.
    """

    policy: UnknownPolicy
    waiting: int
    final: int
    resent: int
    since: datetime | None
    resent_at: datetime | None
    due_at: datetime | None

    @property
    def number(self) -> int:
        """All that are unknown now."""
        return self.waiting + self.final


def policy_of(settings: Settings, campaign: Campaign) -> UnknownPolicy:
    """What is done about this campaign's unknown mail: its own decision, else the installation's."""
    return campaign.unknown_policy or UnknownPolicy(settings.unknown)


def look(session: Session, settings: Settings, campaign: Campaign) -> Unknowns:
    """Count them, from the ledger. Nothing of a cancelled campaign is sent again."""
    policy = UnknownPolicy.HOLD if campaign.state is CampaignState.CANCELLED else policy_of(settings, campaign)
    waiting = func.count().filter(_UNTRIED)
    row = session.execute(
        select(
            waiting,
            func.count().filter(Delivery.state == DeliveryState.UNKNOWN) - waiting,
            func.count().filter(RESENT),
            func.min(Delivery.unknown_since).filter(_UNTRIED),
            func.max(Delivery.resent_at),
        ).where(
            Delivery.campaign_id == campaign.id,
            or_(Delivery.state == DeliveryState.UNKNOWN, Delivery.resent_at.is_not(None)),
        )
    ).one()
    since = row[3]
    due = since + _delay(settings) if since is not None and policy is UnknownPolicy.RESEND else None
    return Unknowns(policy, row[0], row[1], row[2], since, row[4], due)


def describe(found: Unknowns, zone: ZoneInfo, *, now: datetime) -> str:
    """The same in a line for staff; empty if nothing is unknown and nothing was."""
    said = []
    if found.waiting:
        said.append(f"{found.waiting:,} unknown: {_plan(found, zone, now)}")
    if found.resent and found.resent_at is not None:
        said.append(f"{found.resent:,} sent once more, at {spell_time(found.resent_at, zone, now=now)}")
    if found.final:
        said.append(f"{found.final:,} still unknown: not sent again")
    return "; ".join(said)


def addresses(session: Session, campaign: Campaign) -> Sequence[tuple[str, datetime | None, datetime | None]]:
    """Whose mail is unknown now: the address, since when, and when it was sent once more."""
    rows = session.execute(
        select(Subscriber.address, Delivery.unknown_since, Delivery.resent_at)
        .join(Delivery.subscriber)
        .where(Delivery.campaign_id == campaign.id, Delivery.state == DeliveryState.UNKNOWN)
        .order_by(Subscriber.address)
    ).all()
    return [(row.address, row.unknown_since, row.resent_at) for row in rows]


def hold(session: Session, campaign: Campaign) -> None:
    """Never send this campaign's unknown mail again, now or later."""
    campaign.unknown_policy = UnknownPolicy.HOLD
    session.flush()


def resend(session: Session, campaign: Campaign, *, now: datetime) -> int:
    """Send this campaign's unknown mail once more without waiting, and later such mail in its time; gives how many.

    Raises Conflict for a cancelled campaign, and while another campaign of its statement is under way.
    """
    session.flush()
    session.refresh(campaign, with_for_update=True)
    if campaign.state is CampaignState.CANCELLED:
        raise Conflict("This campaign is cancelled; nothing of it is sent any more.")
    if campaign.state is CampaignState.SENT and session.scalar(select(_other_under_way(campaign.statement_id))):
        raise Conflict("This statement is being sent by another campaign now. Try again when that one is over.")
    campaign.unknown_policy = UnknownPolicy.RESEND
    return _put_back(session, campaign, _UNTRIED, now=now)


def resend_due(session: Session, settings: Settings, *, now: datetime) -> int:
    """Put back, once, what has been unknown for long enough and whose campaign doesn't hold it; gives how many rows.

    A campaign that was sent already is opened again by it, unless another campaign of its statement is under way:
    there can be one only, so it waits for that one's end. Notices follow the setting, but for those whose reader has
    acted since: they have arrived, or nothing is left to say.
    """
    due = and_(_UNTRIED, Delivery.unknown_since <= now - _delay(settings))
    number = _put_back(session, None, and_(due, ~_ANSWERED), now=now) if settings.unknown == "resend" else 0
    wanted = func.coalesce(Campaign.unknown_policy, UnknownPolicy(settings.unknown)) == UnknownPolicy.RESEND
    of_campaigns = (
        select(Campaign)
        .where(
            wanted,
            Campaign.state != CampaignState.CANCELLED,
            Campaign.id.in_(select(Delivery.campaign_id).where(due, Delivery.campaign_id.is_not(None))),
        )
        .order_by(Campaign.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    for campaign in session.scalars(of_campaigns).all():
        if campaign.state not in OVER or not session.scalar(select(_other_under_way(campaign.statement_id))):
            number += _put_back(session, campaign, due, now=now)
    return number


def _put_back(session: Session, campaign: Campaign | None, which: ColumnElement[bool], *, now: datetime) -> int:
    theirs = Delivery.campaign_id == campaign.id if campaign is not None else Delivery.campaign_id.is_(None)
    put = session.scalars(
        update(Delivery)
        .where(theirs, which)
        .values(
            state=DELIVERY.after(DeliveryState.UNKNOWN, DeliveryEvent.RESEND),
            resent_at=now,
            next_attempt_at=None,
            claimed_by=None,
            lease_until=None,
        )
        .returning(Delivery.id)
    ).all()
    if campaign is not None and put and campaign.state is CampaignState.SENT:
        campaign.state = CAMPAIGN.after(campaign.state, CampaignEvent.REOPEN)
        campaign.finished_at = None
    session.flush()
    if campaign is not None and put:
        ring_later(session, open_campaign(campaign.id))
    return len(put)


def _other_under_way(statement_id: int) -> ColumnElement[bool]:
    return exists().where(Campaign.statement_id == statement_id, Campaign.state.not_in(OVER))


def _delay(settings: Settings) -> timedelta:
    return timedelta(minutes=settings.unknown_after_minutes)


def _plan(found: Unknowns, zone: ZoneInfo, now: datetime) -> str:
    if found.policy is UnknownPolicy.HOLD:
        return "held, not sent again"
    when = spell_time(found.due_at, zone, now=now) if found.due_at and found.due_at > now else ""
    return f"sent once more at {when}" if when else "sent once more in a moment"

"""What lies on somebody's desk: campaigns that wait for them, those under way, and what became of the last ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.models import Campaign, CampaignState, Delivery, DeliveryState, StaffMember
from app.permissions import Permission, may
from app.services import approval, site
from app.services.outlook import OVER
from app.settings import Settings

LAST = 5
_MOST = 20


@dataclass(frozen=True, slots=True)
class Desk:
    """Campaigns that aren't sent yet and wait for somebody.

    Those that this person may approve, those that were handed back to them, those that are approved and that they may
    send, and those that wait for the approval of somebody else.
    """

    to_approve: Sequence[Campaign]
    handed_back: Sequence[Campaign]
    to_send: Sequence[Campaign]
    with_others: Sequence[Campaign]

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not (self.to_approve or self.handed_back or self.to_send or self.with_others)


@dataclass(frozen=True, slots=True)
class Sent:
    """A campaign that is over, and how many messages it had: in all, sent, refused, and of unknown fate."""

    campaign: Campaign
    total: int
    sent: int
    refused: int
    unknown: int


def of(session: Session, settings: Settings, member: StaffMember) -> Desk:
    """The desk of a member of staff."""
    four_eyes = site.get(session, settings).four_eyes
    waiting = approval.waiting(session)
    mine = [
        one
        for one in waiting
        if may(member.role, Permission.APPROVE) and not approval.refusal(session, one, member, four_eyes=four_eyes)
    ]
    ready = select(Campaign).where(Campaign.state == CampaignState.APPROVED).order_by(Campaign.approved_at)
    return Desk(
        to_approve=mine,
        handed_back=_handed_back(session, member),
        to_send=session.scalars(ready.limit(_MOST)).all() if may(member.role, Permission.SEND) else [],
        with_others=[one for one in waiting if one not in mine],
    )


def last(session: Session, number: int = LAST) -> Sequence[Sent]:
    """The campaigns that ended last, if any of their mail may have left."""
    ended = select(Campaign).where(Campaign.state.in_(OVER), Campaign.started_at.is_not(None))
    newest = ended.order_by(Campaign.finished_at.desc(), Campaign.id.desc()).limit(number)
    found = session.scalars(newest.options(joinedload(Campaign.statement))).all()
    numbers = _numbers(session, [campaign.id for campaign in found])
    return [_sent(campaign, numbers.get(campaign.id, {})) for campaign in found]


def _sent(campaign: Campaign, by_state: Mapping[DeliveryState, int]) -> Sent:
    refused = by_state.get(DeliveryState.FAILED, 0) + by_state.get(DeliveryState.BOUNCED, 0)
    sent = by_state.get(DeliveryState.SENT, 0) + by_state.get(DeliveryState.COMPLAINED, 0)
    unknown = by_state.get(DeliveryState.UNKNOWN, 0)
    return Sent(campaign, sum(by_state.values()), sent, refused, unknown)


def _numbers(session: Session, ids: Sequence[int]) -> Mapping[int, Mapping[DeliveryState, int]]:
    counted = select(Delivery.campaign_id, Delivery.state, func.count()).where(Delivery.campaign_id.in_(ids))
    found: dict[int, dict[DeliveryState, int]] = {one: {} for one in ids}
    for campaign_id, state, number in session.execute(counted.group_by(Delivery.campaign_id, Delivery.state)):
        if campaign_id is not None:
            found[campaign_id][state] = number
    return found


def _handed_back(session: Session, member: StaffMember) -> Sequence[Campaign]:
    theirs = or_(
        Campaign.created_by_id == member.id, Campaign.edited_by_id == member.id, Campaign.submitted_by_id == member.id
    )
    returned = select(Campaign).where(Campaign.state == CampaignState.DRAFT, Campaign.review_note != "", theirs)
    return session.scalars(returned.order_by(Campaign.id.desc()).limit(_MOST)).all()

"""Before a statement is sent: what sending it would mean, and whether it was sent before."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, Problem
from app.models import Campaign, CampaignState, Statement, StatementState
from app.models.campaign_states import CAMPAIGN, CampaignEvent
from app.services import audience
from app.services.audience import Audience
from app.services.office_time import spell_moment

OVER = (CampaignState.SENT, CampaignState.CANCELLED)
_NOT_STARTED = (CampaignState.DRAFT, CampaignState.IN_REVIEW, CampaignState.APPROVED)
_FEW, _SMALL_PART = 10, 0.01
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What sending a statement now would mean; staff agree to it before anything is held or written."""

    title: str
    version: int
    people: int
    sent_before: datetime | None

    def still_holds(self, now: "Outlook") -> bool:
        """Whether what was agreed to is, for all that matters, what would be sent now."""
        same = (self.version, self.sent_before) == (now.version, now.sent_before)
        return same and not is_other_audience(self.people, now.people)


def look_ahead(session: Session, statement: Statement, zone: ZoneInfo = _UTC) -> Outlook:
    """What sending this statement would mean. It locks and changes nothing, so its reader may take their time.

    Raises Conflict for a draft and while a campaign of it is scheduled or under way, Invalid if nobody would get it.
    """
    demand_published(statement)
    begun = unfinished(session, statement)
    if begun is not None and begun.state is CampaignState.SCHEDULED and begun.scheduled_for is not None:
        moment = spell_moment(begun.scheduled_for, zone)
        raise Conflict(f"This statement is to be sent on {moment}. Cancel that campaign first, then send it otherwise.")
    if begun is not None and begun.state not in _NOT_STARTED:
        CAMPAIGN.after(begun.state, CampaignEvent.SEND)
    words = begun.subject if begun else statement.title
    topics = tuple(topic.id for topic in statement.topics)
    people = audience.count(session, Audience.of(begun) if begun else Audience(topics))
    if not people:
        raise nobody()
    before = sent_before(session, statement)
    return Outlook(words, statement.version, people, before.started_at if before else None)


def is_other_audience(seen: int, now: int) -> bool:
    """Whether an audience has changed by more than a busy list does while somebody reads a page: 1 % and 10 people."""
    difference = abs(now - seen)
    return difference > _FEW and difference > _SMALL_PART * seen


def sent_before(session: Session, statement: Statement) -> Campaign | None:
    """The newest campaign of a statement that was ever started, finished or not."""
    started = select(Campaign).where(Campaign.statement_id == statement.id, Campaign.started_at.is_not(None))
    return session.scalar(started.order_by(Campaign.id.desc()).limit(1))


def unfinished(session: Session, statement: Statement) -> Campaign | None:
    """The one campaign of a statement that is neither sent nor cancelled, if there is one."""
    return session.scalar(select(Campaign).where(Campaign.statement_id == statement.id, Campaign.state.not_in(OVER)))


def demand_published(statement: Statement) -> None:
    """Raise Conflict for a draft: what is sent has a page in the archive."""
    if statement.state is not StatementState.PUBLISHED:
        raise Conflict("Publish the statement first; readers follow the link in the mail to its page.")


def demand_first_time(session: Session, statement: Statement, *, again: bool) -> None:
    """Raise Conflict if it was sent before and isn't meant `again`: nobody mails the same people twice by accident."""
    before = None if again else sent_before(session, statement)
    if before is not None and before.started_at is not None:
        raise Conflict(
            f"This statement was sent on {spell_moment(before.started_at)}. "
            "It is not sent a second time unless that is asked for expressly."
        )


def nobody() -> Invalid:
    """What is said where a campaign would reach no one."""
    return Invalid(Problem("Nobody has confirmed a subscription to these topics yet.", field="topics"))

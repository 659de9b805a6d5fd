"""Sending a statement: prepared, started, undone, paused, resumed, cancelled, watched. The workers do the rest."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, NotFound, Problem
from app.jobs import open_campaign, ring_later
from app.mail.lint import errors
from app.models import OPEN, Campaign, CampaignState, Delivery, DeliveryState, Edition, StaffMember, Statement
from app.models.campaign_states import CAMPAIGN, CampaignEvent
from app.services import approval, audience, deliveries, editions, holds, languages, site
from app.services.audience import Audience
from app.services.editions import Press
from app.services.locking import read_afresh
from app.services.outlook import OVER, demand_first_time, demand_published, nobody, unfinished

_SKIPPED_AT_ONCE = 20_000
_WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
_UNTOUCHED = (DeliveryState.QUEUED, DeliveryState.SKIPPED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is, counted from the ledger."""

    state: CampaignState
    total: int
    by_state: Mapping[DeliveryState, int]
    trouble: str = ""

    @property
    def done(self) -> int:
        """Messages that need nothing more."""
        return self.total - sum(self.by_state[state] for state in OPEN)

    @property
    def percent(self) -> int:
        """Of all messages, rounded down, so that 100 means all."""
        return 100 * self.done // self.total if self.total else (100 if self.state is CampaignState.SENT else 0)


def prepare(session: Session, statement: Statement, author: StaffMember | None, *, again: bool = False) -> Campaign:
    """The campaign of a published statement that is not finished yet, made if there is none.

    Raises Conflict for a draft (what is sent has a page in the archive), and for a statement that was sent before
    unless it is meant `again`.
    """
    demand_published(statement)
    session.execute(select(Statement.id).where(Statement.id == statement.id).with_for_update())
    begun = unfinished(session, statement)
    if begun is not None:
        return begun
    demand_first_time(session, statement, again=again)
    campaign = Campaign(
        statement=statement,
        subject=statement.title,
        preheader=statement.standfirst,
        created_by=author,
        topics=list(statement.topics),
    )
    session.add(campaign)
    session.flush()
    return campaign


def preview(press: Press, campaign: Campaign) -> Edition:
    """What would be sent in the original language, as an edition that is not kept."""
    return editions.render_in(press, campaign, languages.original(campaign.statement))


def send(session: Session, press: Press, campaign: Campaign, *, now: datetime, again: bool = False) -> None:
    """Freeze what is sent and let the workers begin. Two people pressing Send start one campaign.

    The audience is drawn up at once; the first mail leaves when the time to undo it (`undo_seconds`) is over.
    Raises Conflict if it was started before, if what would be sent is not what was approved, or if another campaign of
    this statement was started and it isn't meant `again`; Invalid if the message breaks a rule or nobody would get it.
    """
    seconds = site.get(session, press.settings).undo_seconds
    freeze(session, press, campaign, CampaignEvent.SEND, again=again)
    start(session, campaign, now=now, begins_at=now + timedelta(seconds=seconds))


def freeze(session: Session, press: Press, campaign: Campaign, event: CampaignEvent, *, again: bool) -> None:
    """Move a campaign on by `event`, and keep its message as it is now; all that `send` raises is raised here."""
    read_afresh(session, campaign)
    if campaign.state not in approval.BEFORE_SENDING:
        CAMPAIGN.after(campaign.state, event)
    read_afresh(session, campaign.statement)
    demand_published(campaign.statement)
    demand_first_time(session, campaign.statement, again=again)
    if audience.is_empty(session, Audience.of(campaign)):
        raise nobody()
    made = approval.demand(session, press, campaign)
    after = CAMPAIGN.after(campaign.state, event)
    found = errors(editions.problems_in(site.press(session, press), campaign, made))
    if found:
        raise Invalid(*(Problem(f"{problem.message} ({problem.code})", field="body") for problem in found))
    for edition in made:
        edition.campaign_id = campaign.id
    session.add_all(made)
    session.flush()
    campaign.state = after


def start(session: Session, campaign: Campaign, *, now: datetime, begins_at: datetime) -> None:
    """Note that a campaign, `sending` from now on, has started, and ring for the workers after the commit."""
    campaign.started_at, campaign.begins_at = now, begins_at
    session.flush()
    ring_later(session, open_campaign(campaign.id))


def pause(session: Session, campaign: Campaign) -> None:
    """Stop the claiming; what a worker has in its hands is finished. Raises Conflict if it isn't sending.

    Trouble that is noted on a paused campaign says that the service stopped it by itself; here somebody did.
    """
    _move(session, campaign, CampaignEvent.PAUSE)
    campaign.trouble = ""


def resume(session: Session, campaign: Campaign, *, now: datetime, undo_seconds: int = 0) -> None:
    """Go on where the ledger stands; trouble that is still there is noted anew. Raises Conflict if it isn't paused.

    What was put off because of us is due again at once: whoever lets it go on has put that right.
    One that missed its schedule starts by this, and can be undone for `undo_seconds` like any other.
    """
    read_afresh(session, campaign)
    after = CAMPAIGN.after(campaign.state, CampaignEvent.RESUME)
    if campaign.started_at is None:
        _demand_still_approved(campaign)
    campaign.state, campaign.trouble = after, ""
    if campaign.started_at is None:
        start(session, campaign, now=now, begins_at=now + timedelta(seconds=undo_seconds))
    else:
        holds.try_refused_again(session, campaign.id, now=now)
        ring_later(session, open_campaign(campaign.id))


def undo_left(campaign: Campaign, now: datetime) -> int:
    """For how many seconds more the sending can be undone, rounded up: until then no mail leaves."""
    if campaign.state not in {CampaignState.SENDING, CampaignState.PAUSED} or campaign.begins_at is None:
        return 0
    return max(0, math.ceil((campaign.begins_at - now).total_seconds()))


def undo(session: Session, campaign: Campaign, *, now: datetime) -> bool:
    """Take a sending back of which nothing has left; gives whether that was still so.

    What is only scheduled is approved again, as before. Once mail may have left nothing can be undone. Whoever asks
    wants it stopped, so it is paused instead, and they decide what becomes of it. Raises Conflict if it isn't on its
    way.
    """
    read_afresh(session, campaign)
    if campaign.state is CampaignState.SCHEDULED:
        unschedule(session, campaign)
        return True
    is_unsent = _is_unsent(session, campaign, now)
    if is_unsent:
        _close(session, campaign, now=now, is_unsent=True)
    else:
        pause(session, campaign)
    return is_unsent


def unschedule(session: Session, campaign: Campaign) -> None:
    """Take a schedule back: it is approved as before, and its mail is no longer frozen. Raises Conflict if it isn't."""
    _move(session, campaign, CampaignEvent.UNSCHEDULE)
    campaign.scheduled_for = None
    session.execute(delete(Edition).where(Edition.campaign_id == campaign.id))
    session.flush()
    session.expire(campaign, ["editions"])


def cancel(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """Stop for good; what is not sent yet never will be. Raises Conflict if it is over.

    Before its first mail it counts as never sent. Rows beyond the first thousands are closed by the sweep: claiming
    has to end at once, however long the list.
    """
    read_afresh(session, campaign)
    _close(session, campaign, now=now, is_unsent=_is_unsent(session, campaign, now))


def note_trouble(session: Session, campaign_id: int, words: str) -> None:
    """Keep why a campaign that is sending doesn't get on, for staff to see; empty words say that it does again.

    One that was paused keeps what it was paused for.
    """
    changed = Campaign.state == CampaignState.SENDING, Campaign.trouble != words
    session.execute(update(Campaign).where(Campaign.id == campaign_id, *changed).values(trouble=words))


def halt(session: Session, campaign_id: int, why: str) -> None:
    """Pause a campaign that can't be sent as it is, and say why; one that isn't sending is left alone."""
    campaign = session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    if campaign is not None and CAMPAIGN.allows(campaign.state, CampaignEvent.PAUSE):
        campaign.state = CAMPAIGN.after(campaign.state, CampaignEvent.PAUSE)
        campaign.trouble = why


def get(session: Session, public_id: UUID) -> Campaign:
    """The campaign with this public id; raises NotFound."""
    campaign = session.scalar(select(Campaign).where(Campaign.public_id == public_id))
    if campaign is None:
        raise NotFound("This campaign does not exist.")
    return campaign


def latest(session: Session, statement: Statement, *, lock: bool = False) -> Campaign | None:
    """The newest campaign of a statement. `lock` reads the statement afresh and holds it until the commit.

    Whoever shows a page before sending compares this with what the page was made from: a second press of Send that
    arrives when the first campaign is already over would else start another one.
    """
    if lock:
        read_afresh(session, statement)
    return session.scalar(
        select(Campaign).where(Campaign.statement_id == statement.id).order_by(Campaign.id.desc()).limit(1)
    )


def newest(session: Session, limit: int = 100) -> Sequence[Campaign]:
    """All campaigns, newest first."""
    return session.scalars(select(Campaign).order_by(Campaign.id.desc()).limit(limit)).all()


def under_way(session: Session) -> Sequence[Campaign]:
    """Campaigns that are scheduled, sending or paused, newest first."""
    going = (CampaignState.SCHEDULED, CampaignState.SENDING, CampaignState.PAUSED)
    return session.scalars(select(Campaign).where(Campaign.state.in_(going)).order_by(Campaign.id.desc())).all()


def progress(session: Session, campaign: Campaign) -> Progress:
    """How far it is, and what keeps it from getting on; before the audience is frozen the total is 0."""
    by_state = deliveries.counts(session, campaign)
    trouble = "" if campaign.state in OVER else campaign.trouble
    return Progress(campaign.state, sum(by_state.values()), by_state, trouble)


def _demand_still_approved(campaign: Campaign) -> None:
    """Raise Conflict for a schedule that went by because of what was changed (see `schedule.due_schedules`)."""
    demand_published(campaign.statement)
    if campaign.approved_hash is None:
        raise Conflict("What would be sent is not what was approved. Cancel it, and prepare it again.")


def _move(session: Session, campaign: Campaign, event: CampaignEvent) -> None:
    read_afresh(session, campaign)
    campaign.state = CAMPAIGN.after(campaign.state, event)


def _close(session: Session, campaign: Campaign, *, now: datetime, is_unsent: bool) -> None:
    campaign.state = CAMPAIGN.after(campaign.state, CampaignEvent.CANCEL)
    campaign.finished_at = now
    if is_unsent:
        campaign.started_at = None
    theirs = Delivery.campaign_id == campaign.id
    some = select(Delivery.id).where(theirs, Delivery.state.in_(_WAITING)).limit(_SKIPPED_AT_ONCE)
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(some.scalar_subquery()), Delivery.state.in_(_WAITING))
        .values(deliveries.CANCELLED)
    )


def _is_unsent(session: Session, campaign: Campaign, now: datetime) -> bool:
    """Whether nothing can have left: its time hasn't come, and no worker whose clock is ahead has claimed any."""
    if campaign.state is not CampaignState.SCHEDULED and not undo_left(campaign, now):
        return False
    touched = [state for state in DeliveryState if state not in _UNTOUCHED]
    found = select(Delivery.id).where(Delivery.campaign_id == campaign.id, Delivery.state.in_(touched)).limit(1)
    return session.scalar(found) is None

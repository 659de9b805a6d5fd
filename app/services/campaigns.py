"""Sending a statement: prepared, started, paused, resumed, cancelled, watched. The workers do the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, NotFound, Problem
from app.jobs import open_campaign, ring_later
from app.mail.lint import errors
from app.mail.templates import WORDING
from app.models import (
    OPEN,
    Campaign,
    CampaignState,
    Delivery,
    DeliveryState,
    Edition,
    StaffMember,
    Statement,
    StatementState,
)
from app.models.campaign_states import CAMPAIGN, CampaignEvent
from app.services import audience, deliveries, editions
from app.services.editions import Press

_OVER = (CampaignState.SENT, CampaignState.CANCELLED)
_FEW, _SMALL_PART = 10, 0.01


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


def is_other_audience(seen: int, now: int) -> bool:
    """Whether an audience has changed by more than a busy list does while somebody reads a page: 1 % and 10 people."""
    difference = abs(now - seen)
    return difference > _FEW and difference > _SMALL_PART * seen


def look_ahead(session: Session, statement: Statement) -> Outlook:
    """What sending this statement would mean. It locks and changes nothing, so its reader may take their time.

    Raises Conflict for a draft and while a campaign of it is under way, Invalid if nobody would get it.
    """
    _demand_published(statement)
    unfinished = _unfinished(session, statement)
    if unfinished is not None:
        CAMPAIGN.after(unfinished.state, CampaignEvent.SEND)
    words, topics = (unfinished.subject, unfinished.topics) if unfinished else (statement.title, statement.topics)
    people = audience.count(session, [topic.id for topic in topics])
    if not people:
        raise _nobody()
    before = sent_before(session, statement)
    return Outlook(words, statement.version, people, before.started_at if before else None)


def sent_before(session: Session, statement: Statement) -> Campaign | None:
    """The newest campaign of a statement that was ever started, finished or not."""
    started = select(Campaign).where(Campaign.statement_id == statement.id, Campaign.started_at.is_not(None))
    return session.scalar(started.order_by(Campaign.id.desc()).limit(1))


def prepare(session: Session, statement: Statement, author: StaffMember | None, *, again: bool = False) -> Campaign:
    """The campaign of a published statement that is not finished yet, made if there is none.

    Raises Conflict for a draft (what is sent has a page in the archive), and for a statement that was sent before
    unless it is meant `again`.
    """
    _demand_published(statement)
    session.execute(select(Statement.id).where(Statement.id == statement.id).with_for_update())
    unfinished = _unfinished(session, statement)
    if unfinished is not None:
        return unfinished
    _demand_first_time(session, statement, again=again)
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


def latest(session: Session, statement: Statement, *, lock: bool = False) -> Campaign | None:
    """The newest campaign of a statement. `lock` reads the statement afresh and holds it until the commit.

    Whoever shows a page before sending compares this with what the page was made from: a second press of Send that
    arrives when the first campaign is already over would else start another one.
    """
    if lock:
        _read_afresh(session, statement)
    return session.scalar(
        select(Campaign).where(Campaign.statement_id == statement.id).order_by(Campaign.id.desc()).limit(1)
    )


def preview(press: Press, campaign: Campaign) -> Edition:
    """What would be sent, as an edition that is not kept."""
    statement = campaign.statement
    rendered = editions.render(press, statement, campaign.subject, campaign.preheader)
    return Edition(language=statement.language, subject=rendered.subject, html=rendered.html, text=rendered.text)


def send(session: Session, press: Press, campaign: Campaign, *, now: datetime, again: bool = False) -> None:
    """Freeze what is sent and let the workers begin. Two people pressing Send start one campaign.

    Raises Conflict if it was started before, or another campaign of this statement was and it isn't meant `again`;
    Invalid if the message breaks a rule or nobody would get it.
    """
    _read_afresh(session, campaign)
    after = CAMPAIGN.after(campaign.state, CampaignEvent.SEND)
    _demand_first_time(session, campaign.statement, again=again)
    if not audience.count(session, [topic.id for topic in campaign.topics]):
        raise _nobody()
    edition = preview(press, campaign)
    found = errors(editions.check(press, editions.sample(press, campaign, edition)))
    if found:
        raise Invalid(*(Problem(f"{problem.message} ({problem.code})", field="body") for problem in found))
    edition.campaign_id = campaign.id
    session.add(edition)
    campaign.state = after
    campaign.started_at = now
    session.flush()
    ring_later(session, open_campaign(campaign.id))


def pause(session: Session, campaign: Campaign) -> None:
    """Stop the claiming; what a worker has in its hands is finished. Raises Conflict if it isn't sending."""
    _move(session, campaign, CampaignEvent.PAUSE)


def resume(session: Session, campaign: Campaign) -> None:
    """Go on where the ledger stands; trouble that is still there is noted anew. Raises Conflict if it isn't paused."""
    _move(session, campaign, CampaignEvent.RESUME)
    campaign.trouble = ""
    ring_later(session, open_campaign(campaign.id))


def cancel(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """Stop for good; what is not sent yet never will be. Raises Conflict if it is over."""
    _move(session, campaign, CampaignEvent.CANCEL)
    campaign.finished_at = now
    session.execute(
        update(Delivery)
        .where(
            Delivery.campaign_id == campaign.id,
            Delivery.state.in_([DeliveryState.QUEUED, DeliveryState.DEFERRED]),
        )
        .values(state=DeliveryState.SKIPPED, reply_text="the campaign was cancelled")
    )


def note_trouble(session: Session, campaign_id: int, words: str) -> None:
    """Keep why a campaign doesn't get on, for staff to see; empty words say that it does again."""
    session.execute(update(Campaign).where(Campaign.id == campaign_id, Campaign.trouble != words).values(trouble=words))


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


def newest(session: Session, limit: int = 100) -> Sequence[Campaign]:
    """All campaigns, newest first."""
    return session.scalars(select(Campaign).order_by(Campaign.id.desc()).limit(limit)).all()


def under_way(session: Session) -> Sequence[Campaign]:
    """Campaigns that are sending or paused, newest first."""
    going = select(Campaign).where(Campaign.state.in_([CampaignState.SENDING, CampaignState.PAUSED]))
    return session.scalars(going.order_by(Campaign.id.desc())).all()


def progress(session: Session, campaign: Campaign) -> Progress:
    """How far it is, and what keeps it from getting on; before the audience is frozen the total is 0."""
    by_state = deliveries.counts(session, campaign)
    trouble = "" if campaign.state in _OVER else campaign.trouble
    return Progress(campaign.state, sum(by_state.values()), by_state, trouble)


def _demand_published(statement: Statement) -> None:
    if statement.state is not StatementState.PUBLISHED:
        raise Conflict("Publish the statement first; readers follow the link in the mail to its page.")


def _demand_first_time(session: Session, statement: Statement, *, again: bool) -> None:
    """Nobody mails the same people twice by accident."""
    before = None if again else sent_before(session, statement)
    if before is not None and before.started_at is not None:
        raise Conflict(
            f"This statement was sent on {spell_moment(before.started_at)}. "
            "It is not sent a second time unless that is asked for expressly."
        )


def spell_moment(moment: datetime) -> str:
    """A moment as sentences for staff name it."""
    moment = moment.astimezone(UTC)
    return f"{WORDING.spell_date(moment.date())} at {moment:%H:%M} UTC"


def _nobody() -> Invalid:
    return Invalid(Problem("Nobody has confirmed a subscription to these topics yet.", field="topics"))


def _unfinished(session: Session, statement: Statement) -> Campaign | None:
    return session.scalar(select(Campaign).where(Campaign.statement_id == statement.id, Campaign.state.not_in(_OVER)))


def _move(session: Session, campaign: Campaign, event: CampaignEvent) -> None:
    _read_afresh(session, campaign)
    campaign.state = CAMPAIGN.after(campaign.state, event)


def _read_afresh(session: Session, row: Campaign | Statement) -> None:
    """Lock a row until the commit and see it as it is now; what was changed here is written first, or it were lost."""
    session.flush()
    session.refresh(row, with_for_update=True)

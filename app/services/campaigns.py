"""Sending a statement: prepared, started, paused, resumed, cancelled, watched. The workers do the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, NotFound, Problem
from app.jobs import open_campaign, ring_later
from app.mail.lint import errors
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


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is, counted from the ledger."""

    state: CampaignState
    total: int
    by_state: Mapping[DeliveryState, int]

    @property
    def done(self) -> int:
        """Messages that need nothing more."""
        return self.total - sum(self.by_state[state] for state in OPEN)

    @property
    def percent(self) -> int:
        """Of all messages, rounded down, so that 100 means all."""
        return 100 * self.done // self.total if self.total else (100 if self.state is CampaignState.SENT else 0)


def prepare(session: Session, statement: Statement, author: StaffMember | None) -> Campaign:
    """The campaign of a published statement that is not finished yet, made if there is none.

    Raises Conflict for a draft: what is sent has a page in the archive.
    """
    if statement.state is not StatementState.PUBLISHED:
        raise Conflict("Publish the statement first; readers follow the link in the mail to its page.")
    session.execute(select(Statement.id).where(Statement.id == statement.id).with_for_update())
    unfinished = session.scalar(
        select(Campaign).where(
            Campaign.statement_id == statement.id,
            Campaign.state.not_in([CampaignState.SENT, CampaignState.CANCELLED]),
        )
    )
    if unfinished is not None:
        return unfinished
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


def send(session: Session, press: Press, campaign: Campaign, *, now: datetime) -> None:
    """Freeze what is sent and let the workers begin. Two people pressing Send start one campaign.

    Raises Conflict if it was started before, Invalid if the message breaks a rule or nobody would get it.
    """
    _read_afresh(session, campaign)
    after = CAMPAIGN.after(campaign.state, CampaignEvent.SEND)
    if not audience.count(session, [topic.id for topic in campaign.topics]):
        raise Invalid(Problem("Nobody has confirmed a subscription to these topics yet.", field="topics"))
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
    """Go on where the ledger stands. Raises Conflict if it isn't paused."""
    _move(session, campaign, CampaignEvent.RESUME)
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
    """How far it is; before the audience is frozen the total is 0."""
    by_state = deliveries.counts(session, campaign)
    return Progress(campaign.state, sum(by_state.values()), by_state)


def _move(session: Session, campaign: Campaign, event: CampaignEvent) -> None:
    _read_afresh(session, campaign)
    campaign.state = CAMPAIGN.after(campaign.state, event)


def _read_afresh(session: Session, row: Campaign | Statement) -> None:
    """Lock a row until the commit and see it as it is now; what was changed here is written first, or it were lost."""
    session.flush()
    session.refresh(row, with_for_update=True)

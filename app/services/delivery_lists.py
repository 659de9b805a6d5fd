"""The messages behind a number of a report: found by state, answer, provider and time, a page at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, contains_eager

from app.errors import NotFound
from app.mailbox_providers import MailboxProviders
from app.models import Campaign, Delivery, DeliveryState
from app.services import unknowns
from app.services.deliveries import ANSWER
from app.services.reports import DOMAIN, UNREACHED, who_left

PAGE_SIZE = 100
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Filters:
    """Which messages of a campaign are meant; what is empty doesn't matter.

    `state` is one of the ledger's, "unreached" for all that a report counts as not reached, "left" for those whose
    readers left since, or "resent" for those that were unknown and were sent once more. `reply_class` "none" means that
    no answer was classified; `reply` is the key of an answer (see `Reason`). Accepted were they from `begin` on and
    before `end`.
    """

    state: str = ""
    reply_class: str = ""
    provider: str = ""
    reply: str = ""
    begin: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some messages with their readers, by number; `next` is the last one's number if there are more."""

    deliveries: Sequence[Delivery]
    next: int | None


def find(session: Session, campaign: Campaign, filters: Filters, known: MailboxProviders, *, after: int = 0) -> Page:
    """A page of what is meant, behind the message with the number `after`."""
    wanted = _wanted(campaign, filters, known, after).limit(PAGE_SIZE + 1)
    found = session.scalars(wanted).all()
    is_more = len(found) > PAGE_SIZE
    return Page(found[:PAGE_SIZE], found[PAGE_SIZE - 1].id if is_more else None)


def everything(session: Session, campaign: Campaign, filters: Filters, known: MailboxProviders) -> Iterator[Delivery]:
    """All that is meant, read as it is needed."""
    after = 0
    while found := session.scalars(_wanted(campaign, filters, known, after).limit(_AT_ONCE)).all():
        after = found[-1].id
        yield from found
        session.expunge_all()


def get(session: Session, delivery_id: int) -> Delivery:
    """One message; raises NotFound."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound("This message does not exist.")
    return delivery


def _wanted(campaign: Campaign, filters: Filters, known: MailboxProviders, after: int) -> Select[Delivery]:
    return (
        select(Delivery)
        .outerjoin(Delivery.subscriber)
        .options(contains_eager(Delivery.subscriber))
        .where(Delivery.campaign_id == campaign.id, Delivery.id > after, *_conditions(campaign, filters, known))
        .order_by(Delivery.id)
    )


def _conditions(campaign: Campaign, filters: Filters, known: MailboxProviders) -> Iterator[ColumnElement[bool]]:
    if filters.state:
        yield _in_state(campaign, filters.state)
    if filters.reply_class == "none":
        yield Delivery.reply_class.is_(None)
    elif filters.reply_class:
        yield Delivery.reply_class == filters.reply_class
    if filters.reply:
        yield func.md5(ANSWER) == filters.reply
    if filters.provider:
        yield DOMAIN.in_(known.domains_of(filters.provider))
    if filters.begin is not None:
        yield Delivery.sent_at >= filters.begin
    if filters.end is not None:
        yield Delivery.sent_at < filters.end


def _in_state(campaign: Campaign, state: str) -> ColumnElement[bool]:
    match state:
        case "unreached":
            return Delivery.state.in_(UNREACHED)
        case "left":
            return Delivery.subscriber_id.in_(who_left(campaign))
        case "resent":
            return unknowns.RESENT
    return Delivery.state == DeliveryState(state)

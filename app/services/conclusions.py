"""From refusals to suppressions: which addresses are not written to any more, drawn from the rows of the ledger.

A refusal in the SMTP dialogue and a bounce that comes back days later count the same way. An address that doesn't exist
is suppressed at once; one that keeps putting us off, after several campaigns in a row and some weeks. Where too many
readers of one provider are said not to exist, that is doubted, and a person decides.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, func, select, text, update
from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound
from app.mailbox_providers import MailboxProviders
from app.models import (
    Delivery,
    DeliveryState,
    Doubt,
    DoubtDecision,
    ReplyClass,
    Subscriber,
    SuppressionReason,
)
from app.services import suppressions
from app.settings import Settings

FEWEST, MOST_HARD = 50, 0.05
_AT_ONCE = 500
_PER_REFUSAL = round(1 / MOST_HARD)
_REASONS = {ReplyClass.HARD: SuppressionReason.HARD, ReplyClass.INACTIVE: SuppressionReason.INACTIVE}
_SOFT = (ReplyClass.SOFT, ReplyClass.QUOTA)
_CAME_BACK = (DeliveryState.FAILED, DeliveryState.BOUNCED)
_NOT_TRIED = (DeliveryState.QUEUED, DeliveryState.SKIPPED)
_SOFT_RUNS = text("""
SELECT latest.id
FROM deliveries latest, LATERAL (
    SELECT count(*) AS campaigns, min(run.at) AS first
    FROM (
        SELECT coalesce(d.dated, d.created_at) AS at,
            bool_and(d.state IN ('failed', 'bounced') AND d.reply_class IN ('soft', 'quota'))
                OVER (ORDER BY d.id DESC) AS is_unbroken
        FROM deliveries d
        WHERE d.subscriber_id = latest.subscriber_id AND d.campaign_id IS NOT NULL AND d.id <= latest.id
            AND d.state <> 'skipped'
    ) run
    WHERE run.is_unbroken
) soft
WHERE latest.id = ANY(:ids) AND soft.campaigns >= :campaigns
    AND coalesce(latest.dated, latest.created_at) - soft.first >= :span
""")


class _Refusal(NamedTuple):
    """One row of the ledger from which nothing has been concluded yet."""

    id: int
    campaign_id: int | None
    domain: str
    address_hmac: bytes
    reply_class: str | None
    evidence: str
    is_erased: bool


_Case = tuple[int, str]
"""A campaign and a mailbox provider."""


def draw(session: Session, settings: Settings, *, now: datetime) -> int:
    """Draw what follows from refusals that are new, some hundreds at once; gives how many those were.

    What is doubted waits for `decide`, and costs nobody anything before.
    """
    refusals = _unconcluded(session)
    if not refusals:
        return 0
    doubts = _doubts(session, refusals, MailboxProviders.from_settings(settings))
    reasons: dict[_Refusal, SuppressionReason] = {}
    doubted: dict[int, list[int]] = defaultdict(list)
    for refusal in refusals:
        doubt = doubts.get(refusal.id)
        if doubt is not None and doubt.decision is None:
            doubted[doubt.id].append(refusal.id)
        elif (reason := _reason(refusal)) and (doubt is None or doubt.decision is DoubtDecision.BELIEVE):
            reasons[refusal] = reason
    for refusal in _soft_limits(session, refusals, settings):
        reasons[refusal] = SuppressionReason.SOFT_LIMIT
    _suppress(session, reasons)
    for doubt_id, ids in doubted.items():
        session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(doubt_id=doubt_id))
    session.execute(update(Delivery).where(Delivery.id.in_([one.id for one in refusals])).values(concluded_at=now))
    return len(refusals)


def are_due(session: Session) -> bool:
    """Whether there are refusals from which nothing has been concluded yet."""
    new = exists().where(Delivery.state.in_(_CAME_BACK), Delivery.concluded_at.is_(None))
    return bool(session.scalar(select(new)))


def open_doubts(session: Session) -> Sequence[Doubt]:
    """What somebody has to decide."""
    return session.scalars(select(Doubt).where(Doubt.decision.is_(None)).order_by(Doubt.id)).all()


def decide(session: Session, doubt_id: int, decision: DoubtDecision, *, now: datetime, by: int | None = None) -> Doubt:
    """Believe the refusals of a provider, or forgive them, those that come later as well.

    Raises NotFound, and Conflict if it was decided before.
    """
    doubt = session.get(Doubt, doubt_id, with_for_update=True)
    if doubt is None:
        raise NotFound("There is no such question any more.")
    if doubt.decision is not None:
        raise Conflict("Somebody has decided this already.")
    doubt.decision, doubt.decided_at, doubt.decided_by_id = decision, now, by
    if decision is DoubtDecision.BELIEVE:
        believed = map(_Refusal._make, session.execute(_refusals().where(Delivery.doubt_id == doubt_id)))
        _suppress(session, {refusal: reason for refusal in believed if (reason := _reason(refusal))})
    return doubt


def _refusals() -> Select[Any]:
    return select(
        Delivery.id,
        Delivery.campaign_id,
        Subscriber.domain,
        Subscriber.address_hmac,
        Delivery.reply_class,
        func.concat_ws(" ", Delivery.reply_code, Delivery.reply_enhanced, Delivery.reply_text),
        Subscriber.erased_at.is_not(None),
    ).join(Subscriber, Subscriber.id == Delivery.subscriber_id)


def _unconcluded(session: Session) -> list[_Refusal]:
    chosen = _refusals().where(Delivery.state.in_(_CAME_BACK), Delivery.concluded_at.is_(None))
    rows = session.execute(chosen.order_by(Delivery.id).limit(_AT_ONCE).with_for_update(of=Delivery, skip_locked=True))
    return list(map(_Refusal._make, rows))


def _reason(refusal: _Refusal) -> SuppressionReason | None:
    if refusal.is_erased:
        return None
    return _REASONS.get(ReplyClass(refusal.reply_class)) if refusal.reply_class else None


def _doubts(session: Session, refusals: Iterable[_Refusal], providers: MailboxProviders) -> dict[int, Doubt]:
    """The doubt, decided or not, under which a refusal falls."""
    cases: dict[_Case, list[int]] = defaultdict(list)
    for refusal in refusals:
        if refusal.campaign_id is not None and _reason(refusal):
            cases[refusal.campaign_id, providers.provider_of(refusal.domain)].append(refusal.id)
    found: dict[int, Doubt] = {}
    for case, ids in sorted(cases.items()):
        doubt = _known_doubt(session, case) or _new_doubt(session, case, providers)
        if doubt is not None:
            found |= dict.fromkeys(ids, doubt)
    return found


def _known_doubt(session: Session, case: _Case) -> Doubt | None:
    campaign_id, provider = case
    return session.scalar(select(Doubt).where(Doubt.campaign_id == campaign_id, Doubt.provider == provider))


def _new_doubt(session: Session, case: _Case, providers: MailboxProviders) -> Doubt | None:
    """A doubt, if more readers of the provider are said not to exist than can be true.

    It is enough to know whether there were so many attempts that it can be true, so no more of them are counted.
    """
    campaign_id, provider = case
    of_provider = (
        select(Delivery.id)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(Delivery.campaign_id == campaign_id, Subscriber.domain.in_(providers.domains_of(provider)))
    )
    hard = of_provider.where(Delivery.state.in_(_CAME_BACK), Delivery.reply_class.in_(sorted(_REASONS)))
    refused = session.scalar(select(func.count()).select_from(hard.subquery())) or 0
    enough = max(FEWEST, refused * _PER_REFUSAL)
    tried = of_provider.where(Delivery.state.not_in(_NOT_TRIED)).limit(enough).subquery()
    attempts = session.scalar(select(func.count()).select_from(tried)) or 0
    if attempts < FEWEST or refused <= MOST_HARD * attempts:
        return None
    doubt = Doubt(campaign_id=campaign_id, provider=provider, refused=refused, attempts=attempts)
    session.add(doubt)
    session.flush()
    return doubt


def _soft_limits(session: Session, refusals: Sequence[_Refusal], settings: Settings) -> list[_Refusal]:
    """Those of whom this is the last of several soft ends in a row, over some weeks; mail that was taken ends a row.

    Campaigns after it don't count: their own bounces may still be on the way.
    """
    soft = {
        refusal.id: refusal
        for refusal in refusals
        if refusal.reply_class in _SOFT and refusal.campaign_id and not refusal.is_erased
    }
    limits = {"campaigns": settings.soft_bounces, "span": timedelta(days=settings.soft_bounce_days)}
    return [soft[number] for number in session.scalars(_SOFT_RUNS, {"ids": list(soft), **limits})] if soft else []


def _suppress(session: Session, reasons: Mapping[_Refusal, SuppressionReason]) -> None:
    for refusal, reason in reasons.items():
        suppressions.add(session, refusal.address_hmac, reason, refusal.evidence)

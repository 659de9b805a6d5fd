"""Whether the service works, in words and with what to do about it: for the console's first page.

It asks only what is at hand: the database, Redis, and what the workers noted there. `communique doctor` looks further.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.jobs import BULK, PLANNING, TRANSACTIONAL
from app.models import Delivery, DeliveryState, Letter, LetterState
from app.services import heartbeats, instance
from app.services.doctor.diagnosis import Diagnosis, fail, ok, remark, warn
from app.services.heartbeats import Queue, Signs
from app.services.preflight.outside import known_relays
from app.settings import Settings

LATE = timedelta(minutes=2)
RECENTLY = timedelta(minutes=15)
_SWEEP_LATE = timedelta(seconds=60)
_LOSSES = {
    TRANSACTIONAL: "Confirmations, links and mail to staff aren't sent.",
    BULK: "Statements aren't sent.",
    PLANNING: "Campaigns don't start, and what was left behind isn't found.",
}
_ASK = "Ask whoever looks after this installation to look: communique doctor."


def examine(session: Session, settings: Settings, *, now: datetime) -> Sequence[Diagnosis]:
    """Every part, in the order in which they depend on each other."""
    signs = heartbeats.look(settings, now=now)
    refusal = instance.may_send(session, settings)
    found = [ok("Database", "It answers.")]
    if refusal:
        found.append(fail("Installation", refusal, "See docs/operations.md, Copies and moves.", "copy"))
    found += _background(signs, now)
    if not refusal:
        found += [*_waiting(session, now), *_relays(session, settings, now)]
    return found


def ago(moment: datetime, now: datetime) -> str:
    """How long ago something was, roughly."""
    seconds = max(0, int((now - moment).total_seconds()))
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            number = seconds // size
            return f"{number} {name}{'' if number == 1 else 's'} ago"
    return "a moment ago" if seconds < 15 else f"{seconds} seconds ago"


def _background(signs: Signs | None, now: datetime) -> Iterator[Diagnosis]:
    if signs is None:
        words = "It doesn't answer. Nothing can be told of the workers, and limited relays get nothing."
        yield fail(
            "Redis", words, "Start it. Nothing is lost: what is to be sent stands in the database.", "redis-away"
        )
        return
    yield ok("Redis", "It answers.")
    for queue in signs.queues:
        yield _worker(queue, now)
    yield _clock(signs.swept_at, now)


def _worker(queue: Queue, now: datetime) -> Diagnosis:
    part = f"Worker “{queue.name}”"
    if not queue.workers:
        seen = (
            f"None is there; the last one was seen {ago(queue.seen_at, now)}."
            if queue.seen_at
            else "None was ever seen."
        )
        words = f"{seen} {_LOSSES[queue.name]}"
        return fail(part, words, f"Start one: communique run worker --queue {queue.name}", "worker-missing")
    there = "It is there" if queue.workers == 1 else f"{queue.workers} are there"
    calls = f", and {queue.calls:,} calls wait for a free hand" if queue.calls > 1 else ""
    return ok(part, f"{there}{calls}.")


def _clock(swept_at: datetime | None, now: datetime) -> Diagnosis:
    part = "Sweep"
    if swept_at is not None and now - swept_at <= _SWEEP_LATE:
        return ok(part, f"It ran {ago(swept_at, now)}.")
    words = f"It ran {ago(swept_at, now)} for the last time." if swept_at is not None else "It has never run."
    words += " What is scheduled doesn't start, and what was left behind isn't found."
    return fail(part, words, "See that communique run beat and a worker for “planning” run.", "sweep-late")


def _waiting(session: Session, now: datetime) -> Iterator[Diagnosis]:
    """Mail that is due and hasn't gone."""
    part = "Mail that is due"
    oldest = {
        "a confirmation or a link to preferences": _oldest(
            session, Delivery.next_attempt_at, Delivery.created_at, now, _notices()
        ),
        "a letter to staff": _oldest(session, Letter.next_attempt_at, Letter.created_at, now, _letters()),
    }
    late = {what: due for what, due in oldest.items() if due is not None and now - due > LATE}
    for what, due in late.items():
        words = f"The oldest that waits is {what}; it was due {ago(due, now)}."
        yield warn(part, words, f"If the workers are there, a relay may be away. {_ASK}", "mail-late")
    if not late:
        yield ok(part, "Nothing is late.")


def _notices() -> list[ColumnElement[bool]]:
    waiting = Delivery.state.in_([DeliveryState.QUEUED, DeliveryState.DEFERRED])
    return [Delivery.campaign_id.is_(None), waiting]


def _letters() -> list[ColumnElement[bool]]:
    return [Letter.state == LetterState.QUEUED]


def _oldest(
    session: Session,
    next_attempt_at: InstrumentedAttribute[datetime | None],
    created_at: InstrumentedAttribute[datetime],
    now: datetime,
    which: list[ColumnElement[bool]],
) -> datetime | None:
    due = func.coalesce(next_attempt_at, created_at)
    return session.scalar(select(func.min(due)).where(*which, due <= now))


def _relays(session: Session, settings: Settings, now: datetime) -> Iterator[Diagnosis]:
    """What each relay did lately, by the ledger, and what it said if a preflight asked it a moment ago."""
    last, away = _last_sent(session, now - RECENTLY), known_relays(settings)
    for relay in settings.relays:
        part = f"Relay {relay.name}"
        if away and relay.name in away:
            words = f"It can't be used now: {away[relay.name]}."
            yield warn(part, words, f"Nothing is lost, mail waits or goes another way. {_ASK}", "relay-away")
        elif relay.name in last:
            yield ok(part, f"It took mail {ago(last[relay.name], now)}.")
        elif away is not None:
            yield ok(part, "It answers. Nothing was handed to it in the last quarter of an hour.")
        else:
            yield remark(part, "Nothing was handed to it in the last quarter of an hour.")


def _last_sent(session: Session, since: datetime) -> Mapping[str, datetime]:
    newest = select(Delivery.relay, func.max(Delivery.sent_at)).where(
        Delivery.sent_at > since, Delivery.relay.is_not(None)
    )
    rows = session.execute(newest.group_by(Delivery.relay))
    return {relay: moment for relay, moment in rows if relay is not None and moment is not None}

"""A pause: no statements for some months, and then again, without anybody having to think of it."""

from calendar import monthrange
from datetime import datetime

from sqlalchemy.orm import Session

from app.errors import Invalid, Problem
from app.models import ConsentKind, Subscriber
from app.services import consent, standings, subscribers
from app.services.consent import Origin

MONTHS = (1, 3, 6)


def pause(session: Session, subscriber_id: int, months: int, origin: Origin, *, now: datetime) -> None:
    """Send no statements until so many months from now; another pause takes the place of the one before.

    Topics, language and names stay. What falls into the pause is not sent afterwards.
    Raises NotFound if the subscriber is gone, Invalid for another number of months or where there is nothing to pause.
    """
    subscriber = subscribers.known(session, subscriber_id)
    if months not in MONTHS:
        raise Invalid(Problem("Choose for how long we should pause.", field="months"))
    topic_ids = [row.topic_id for row in standings.confirmed(session, subscriber_id)]
    if not topic_ids:
        raise Invalid(Problem("You get no mails from us at the moment, so there is nothing to pause.", field="months"))
    subscriber.paused_until = _later(now, months)
    _note(session, subscriber, topic_ids, origin, f"paused until {subscriber.paused_until:%Y-%m-%d}")


def resume(session: Session, subscriber_id: int, origin: Origin, *, now: datetime) -> None:
    """End a pause before its time; nothing happens where there is none. Raises NotFound if the subscriber is gone."""
    subscriber = subscribers.known(session, subscriber_id)
    is_paused = subscriber.paused_until is not None and subscriber.paused_until > now
    subscriber.paused_until = None
    if is_paused:
        topic_ids = [row.topic_id for row in standings.confirmed(session, subscriber_id)]
        _note(session, subscriber, topic_ids, origin, "ended the pause")


def _note(session: Session, subscriber: Subscriber, topic_ids: list[int], origin: Origin, method: str) -> None:
    step = Origin(origin.source, origin.network, origin.actor, method, origin.detail)
    consent.record(session, subscriber, ConsentKind.CHANGED, topic_ids, step)


def _later(moment: datetime, months: int) -> datetime:
    """The same day and time some months on, or the last day of that month if it has no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))

"""A change of address: asked for by the old address's link, done by a button that only the new mailbox can reach.

The new address is a subscriber of its own, with steps of its own in the consent log; when it confirms, it takes over
what the old one gets at that moment, with names, language and pause, and the old one is told. Whether the new address
was known here, or must not be written to, shows nowhere: whoever has the link could ask for any address.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, NotFound, Problem, Sentence
from app.mail.address import EmailAddress
from app.models import AddressChange, ConsentEvent, ConsentKind, DeliveryKind, Subscriber, Topic
from app.services import consent, deliveries, preferences, standings, subscribers, suppressions
from app.services.consent import Origin
from app.settings import Settings

FIELD = "new_email"
MOST_A_DAY = 3
METHOD = "change of address"


def request(
    session: Session, subscriber_id: int, address: EmailAddress, origin: Origin, *, settings: Settings, now: datetime
) -> None:
    """Mail the new address a link to the button that confirms it. Asking again takes the place of what was asked.

    Raises NotFound if the subscriber is gone; Invalid (field "new_email") for the address that they have, where there
    is nothing to move, and beyond three a day.
    """
    asking = session.get(Subscriber, subscriber_id)
    if asking is not None and asking.identity == address.identity:
        raise Invalid(Problem("This is the address that we write to already.", field=FIELD))
    language = asking.language if asking is not None else ""
    new_id = subscribers.add_missing(session, address, language, settings)
    both = {one.id: one for one in subscribers.all_locked(session, subscriber_id, new_id)}
    if subscriber_id not in both:
        raise NotFound("This address is not known here any more.")
    old, new = both[subscriber_id], both[new_id]
    topic_ids = _topic_ids(session, old, now)
    step = replace(origin, method=METHOD)
    event = consent.record(session, new, ConsentKind.REQUESTED, topic_ids, step)
    standings.ask(session, new.id, topic_ids, now)
    session.add(
        AddressChange(old_subscriber_id=old.id, new_subscriber_id=new.id, request_event_id=event.id, created_at=now)
    )
    session.flush()
    if not suppressions.is_silenced(session, new.address_hmac):
        deliveries.queue_notice(session, DeliveryKind.ADDRESS_CHANGE, new, event, now)


def show(session: Session, change_id: int) -> tuple[Sequence[Topic], bool]:
    """The topics that would move now, and whether the change is done already.

    Raises NotFound if it isn't known; Conflict, as `confirm` does, if the button could not do it.
    """
    change = _known(session, change_id)
    old = session.get_one(Subscriber, change.old_subscriber_id)
    new = session.get_one(Subscriber, change.new_subscriber_id)
    is_done = change.confirmed_at is not None
    ids = (
        {row.topic_id for row in standings.confirmed(session, new.id)}
        if is_done
        else _movable(session, change, old, new)
    )
    found = session.scalars(select(Topic).where(Topic.id.in_(ids)).order_by(Topic.position, Topic.id)).all()
    return found, is_done


def confirm(session: Session, change_id: int, origin: Origin, *, now: datetime) -> int:
    """Let the new address take over, and tell the old one; gives the id of the subscriber with the new address.

    Pressing again changes nothing. Raises NotFound if the change isn't known any more; Conflict if the old address
    left, a newer change was asked for, or the new address wants no mail.
    """
    change = _known(session, change_id)
    both = {one.id: one for one in subscribers.all_locked(session, change.old_subscriber_id, change.new_subscriber_id)}
    if len(both) < 2:  # one of them was erased while we waited, and the change with them
        raise NotFound("This link is not one of ours.")
    session.refresh(change)
    old, new = both[change.old_subscriber_id], both[change.new_subscriber_id]
    if change.confirmed_at is not None:
        return new.id
    topic_ids = _movable(session, change, old, new)
    asked_for = set(session.get_one(ConsentEvent, change.request_event_id).topic_ids)
    standings.ask(session, new.id, topic_ids - asked_for, now)
    change.confirmed_at, step = now, replace(origin, method=METHOD)
    _take_over(session, old, new, topic_ids, step, now=now)
    _let_go(session, old, topic_ids, step, now)
    return new.id


def _movable(session: Session, change: AddressChange, old: Subscriber, new: Subscriber) -> set[int]:
    """The ids of the topics that the new address would take over at this moment; raises Conflict if it can't."""
    if suppressions.is_silenced(session, new.address_hmac):
        raise Conflict("This address asked not to be written to. To change that, please contact us.")
    newest = select(func.max(AddressChange.id)).where(AddressChange.old_subscriber_id == old.id)
    if change.id != session.scalar(newest):
        raise Conflict("Nothing was changed: there is a newer wish to change this address. Use the link in its email.")
    topic_ids = {row.topic_id for row in standings.confirmed(session, old.id)}
    if not topic_ids:
        raise Conflict(
            "Nothing was changed: the old address has left since then. Subscribe with the new one, if you like."
        )
    return topic_ids


def _take_over(
    session: Session, old: Subscriber, new: Subscriber, topic_ids: set[int], origin: Origin, *, now: datetime
) -> None:
    """What staff see as theirs goes with them; a name that the new address had already stays."""
    was_empty = not standings.confirmed(session, new.id)
    standings.confirm(session, new.id, topic_ids, now)
    if was_empty:
        new.language, new.paused_until = old.language, old.paused_until
    if not (new.first_name or new.last_name):
        new.first_name, new.last_name = old.first_name, old.last_name
    suppressions.lift(session, new.address_hmac)
    consent.record(session, new, ConsentKind.CONFIRMED, topic_ids, origin)
    deliveries.skip_answered(session, new.id)


def _let_go(session: Session, old: Subscriber, topic_ids: set[int], origin: Origin, now: datetime) -> None:
    standings.leave(session, old.id, now, only=topic_ids)
    preferences.forget(session, old)
    event = consent.record(session, old, ConsentKind.WITHDRAWN, topic_ids, origin)
    deliveries.skip_answered(session, old.id)
    if not suppressions.is_silenced(session, old.address_hmac):
        deliveries.queue_notice(session, DeliveryKind.ADDRESS_CHANGED, old, event, now)


def _topic_ids(session: Session, old: Subscriber, now: datetime) -> list[int]:
    """What there is to move; raises Invalid if there is nothing, or if too much was asked for."""
    if suppressions.is_silenced(session, old.address_hmac):
        raise Invalid(
            Problem("This address asked not to be written to. To change that, please contact us.", field=FIELD)
        )
    ids = [row.topic_id for row in standings.confirmed(session, old.id)]
    if not ids:
        raise Invalid(
            Problem("You get no mails from us at the moment. Subscribe with the new address instead.", field=FIELD)
        )
    asked = select(func.count()).where(
        AddressChange.old_subscriber_id == old.id, AddressChange.created_at > now - timedelta(days=1)
    )
    if (session.scalar(asked) or 0) >= MOST_A_DAY:
        words = Sentence(
            "You asked for this %(number)d times within a day. Please try again tomorrow, or write to us.",
            number=MOST_A_DAY,
        )
        raise Invalid(Problem(words, field=FIELD))
    return ids


def _known(session: Session, change_id: int) -> AddressChange:
    change = session.get(AddressChange, change_id)
    if change is None:
        raise NotFound("This link is not one of ours.")
    return change

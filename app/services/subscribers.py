"""People by address."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.mail.address import EmailAddress
from app.models import Subscriber, Subscription, SubscriptionState
from app.services.suppressions import address_hmac
from app.settings import Settings


def find_or_add(session: Session, address: EmailAddress, language: str, settings: Settings) -> Subscriber:
    """The subscriber with this address, without regard to case and Unicode form, locked until the commit."""
    add_missing(session, address, language, settings)
    return session.scalars(select(Subscriber).where(Subscriber.identity == address.identity).with_for_update()).one()


def add_missing(session: Session, address: EmailAddress, language: str, settings: Settings) -> int:
    """Add a subscriber with this address unless there is one, and give the id; a row that was there is not locked."""
    session.execute(
        insert(Subscriber)
        .values(
            address=address.text,
            local=address.local,
            domain=address.domain,
            identity=address.identity,
            address_hmac=address_hmac(settings, address),
            language=language,
        )
        .on_conflict_do_nothing(index_elements=[Subscriber.identity])
    )
    return session.scalars(select(Subscriber.id).where(Subscriber.identity == address.identity)).one()


def by_address(session: Session, address: EmailAddress) -> Subscriber | None:
    """The subscriber with this address, without regard to case and Unicode form."""
    return session.scalar(select(Subscriber).where(Subscriber.identity == address.identity))


def locked(session: Session, subscriber_id: int) -> Subscriber | None:
    """The subscriber with this id, locked until the commit; None if there is none, or they were erased."""
    is_there = Subscriber.id == subscriber_id, Subscriber.erased_at.is_(None)
    return session.scalar(select(Subscriber).where(*is_there).with_for_update())


def all_locked(session: Session, *ids: int) -> Sequence[Subscriber]:
    """Those of these subscribers that are there, locked until the commit; always in one order, against deadlocks."""
    there = Subscriber.id.in_(ids), Subscriber.erased_at.is_(None)
    found = select(Subscriber).where(*there).order_by(Subscriber.id).with_for_update()
    return session.scalars(found.execution_options(populate_existing=True)).all()


def known(session: Session, subscriber_id: int) -> Subscriber:
    """The subscriber with this id, locked until the commit; raises NotFound if they are gone."""
    subscriber = locked(session, subscriber_id)
    if subscriber is None:
        raise NotFound("This address is not known here any more.")
    return subscriber


def count_confirmed(session: Session) -> int:
    """How many people have at least one confirmed subscription."""
    return (
        session.scalar(
            select(func.count(Subscription.subscriber_id.distinct())).where(
                Subscription.state == SubscriptionState.CONFIRMED
            )
        )
        or 0
    )

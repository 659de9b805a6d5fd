"""Loading made-up people as if they had joined long ago."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.cli.demo.people import Standing
from app.mail.address import EmailAddress
from app.models import ConsentEvent, ConsentKind, Subscriber, Subscription, SubscriptionState, Topic
from app.services import suppressions
from app.services.suppressions import address_hmac
from app.settings import Settings

_KINDS = {
    SubscriptionState.PENDING: (ConsentKind.REQUESTED,),
    SubscriptionState.CONFIRMED: (ConsentKind.IMPORTED,),
    SubscriptionState.UNSUBSCRIBED: (ConsentKind.IMPORTED, ConsentKind.WITHDRAWN),
}


def load(
    session: Session, settings: Settings, addresses: Iterable[str], topic: Topic, standing: Standing, *, now: datetime
) -> None:
    """Add subscribers who all stand so with a topic, each with their entries in the consent log."""
    rows = [_row(settings, EmailAddress.parse(address)) for address in addresses]
    ids = session.scalars(insert(Subscriber).returning(Subscriber.id), rows).all()
    subscription = {
        "topic_id": topic.id,
        "state": standing.state,
        "requested_at": now,
        "confirmed_at": None if standing.state is SubscriptionState.PENDING else now,
        "unsubscribed_at": now if standing.state is SubscriptionState.UNSUBSCRIBED else None,
    }
    session.execute(insert(Subscription), [{"subscriber_id": reader, **subscription} for reader in ids])
    event = {"topic_ids": [topic.id], "source": "sample readers", "language": "en", "network": ""}
    events = [{"subscriber_id": one, "kind": kind, **event} for one in ids for kind in _KINDS[standing.state]]
    session.execute(insert(ConsentEvent), events)
    if standing.suppressed is not None:
        for row in rows:
            suppressions.add(session, row["address_hmac"], standing.suppressed, "sample readers")


def _row(settings: Settings, address: EmailAddress) -> dict[str, Any]:
    return {
        "address": address.text,
        "local": address.local,
        "domain": address.domain,
        "identity": address.identity,
        "address_hmac": address_hmac(settings, address),
        "language": "en",
    }

"""A thousand readers who have confirmed, made up."""

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.mail.address import EmailAddress
from app.models import ConsentEvent, ConsentKind, Subscriber, Subscription, SubscriptionState, Topic
from app.services.suppressions import address_hmac
from app.settings import Settings

_FIRST = ("amina", "björn", "chloé", "dmitri", "esra", "fatou", "giulia", "hoa", "inés", "jonas")
_LAST = ("adeyemi", "bauer", "costa", "dubois", "eriksen", "farah", "garcía", "haddad", "ivanova", "jensen")
_HOSTS = ("mail.example", "post.example", "inbox.example", "büro.example", "courrier.example")


def load(session: Session, settings: Settings, topic: Topic, number: int, *, now: datetime) -> None:
    """Add confirmed subscribers of a topic, each with an entry in the consent log."""
    rows = [_row(settings, EmailAddress.parse(address)) for address in _addresses(number)]
    ids = session.scalars(insert(Subscriber).returning(Subscriber.id), rows).all()
    confirmed = {"topic_id": topic.id, "state": SubscriptionState.CONFIRMED, "requested_at": now, "confirmed_at": now}
    session.execute(insert(Subscription), [{"subscriber_id": reader, **confirmed} for reader in ids])
    event = {"kind": ConsentKind.IMPORTED, "topic_ids": [topic.id], "source": "sample readers", "language": "en"}
    session.execute(insert(ConsentEvent), [{"subscriber_id": reader, "network": "", **event} for reader in ids])


def _row(settings: Settings, address: EmailAddress) -> dict[str, object]:
    return {
        "address": address.text,
        "local": address.local,
        "domain": address.domain,
        "identity": address.identity,
        "address_hmac": address_hmac(settings, address),
        "language": "en",
    }


def _addresses(number: int) -> list[str]:
    """Names of many spellings; every tenth host is an internationalised domain."""
    return [f"{_FIRST[n % 10]}.{_LAST[n // 10 % 10]}{n // 100}@{_HOSTS[n % len(_HOSTS)]}" for n in range(number)]

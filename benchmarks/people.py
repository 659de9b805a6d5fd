"""Subscribers by the hundred thousand: rows as the sign-up makes them, copied in bulk, in topics of several sizes."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Engine, insert, literal, select, text
from sqlalchemy.orm import Session

from app.clock import utc_now
from app.mail.address import EmailAddress
from app.models import Subscriber, Subscription, SubscriptionState, Topic
from app.services import topics
from app.services.suppressions import address_hmac
from app.settings import Settings

_COLUMNS = ("address", "local", "domain", "identity", "address_hmac", "language", "first_name", "last_name")
_FIRST = ("Amina", "Björn", "Chloé", "Dmitri", "Esra", "Fatou", "Giulia", "Hoa", "Inés", "Jonas")
_LAST = ("Adeyemi", "Bauer", "Costa", "Dubois", "Eriksen", "Farah", "García", "Haddad", "Ivanova", "Jensen")
_DOMAINS = 500


def topic_of(session: Session, number: int) -> Topic:
    """The topic that so many people have confirmed."""
    return topics.ensure(session, f"audience-{number}", f"Audience of {number:,}")


def settle(engine: Engine, settings: Settings, audiences: Iterable[int]) -> None:
    """Fill an empty database with confirmed subscribers, and a topic for each of these numbers of people."""
    numbers = sorted(set(audiences))
    with Session(engine) as session:
        _copy(session, settings, numbers[-1])
        _subscribe(session, numbers)
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _copy(session: Session, settings: Settings, number: int) -> None:
    driver = session.connection().connection.driver_connection
    assert driver is not None
    statement = f"COPY subscribers ({', '.join(_COLUMNS)}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in _rows(settings, number):
            copy.write_row(row)


def _rows(settings: Settings, number: int) -> Iterator[tuple[object, ...]]:
    """Rows of made-up people; four of five have told a name."""
    for one in range(number):
        local, domain = f"reader.{one}", f"mail{one % _DOMAINS}.example"
        address = EmailAddress(f"{local}@{domain}", local, domain)
        first, last = (_FIRST[one % 10], _LAST[one // 10 % 10]) if one % 5 else ("", "")
        yield (address.text, local, domain, address.identity, address_hmac(settings, address), "en", first, last)


def _subscribe(session: Session, numbers: Sequence[int]) -> None:
    now = literal(utc_now())
    columns = ["subscriber_id", "topic_id", "state", "requested_at", "confirmed_at"]
    for number in numbers:
        topic_id = literal(topic_of(session, number).id)
        first = select(Subscriber.id).order_by(Subscriber.id).limit(number).subquery()
        rows = select(first.c.id, topic_id, literal(SubscriptionState.CONFIRMED.value), now, now)
        session.execute(insert(Subscription).from_select(columns, rows, include_defaults=False))

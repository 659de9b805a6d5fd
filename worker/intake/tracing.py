"""Which of our mails a finding is about: told by an envelope sender of ours with its MAC, or by a verified provider.

A provider that was verified at the door is believed where it names the reader and, besides, the message: by our own
Message-ID or by the name that it gave the message when it took it. An address alone is never enough.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session

from app.errors import Invalid
from app.mail.address import EmailAddress
from app.mail.verp import Verp
from app.models import BY_MAIL, Delivery, ReportSource, Subscriber
from app.services import suppressions
from app.settings import Settings
from worker.intake.findings import Finding

SHORTEST_NAME = 16
"""Shorter names might stand in the words of a relay by chance."""


class Tracing:
    """Finds deliveries with the keys of one installation."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._verp = Verp(settings.signing_keys)

    def delivery(self, session: Session, source: ReportSource, found: Finding) -> Delivery | None:
        """The delivery that this finding is surely about; None if nobody can say."""
        for local_part in found.local_parts:
            number = self._verp.read(local_part)
            if number is not None and (delivery := session.get(Delivery, number)) is not None:
                return delivery
        return None if source in BY_MAIL else self._named(session, found.recipient, found.message_ids)

    def _named(self, session: Session, recipient: str, names: Sequence[str]) -> Delivery | None:
        try:
            address = EmailAddress.parse(recipient)
        except Invalid:
            return None
        called = [condition for name in names for condition in _is_called(name.strip("<> "))]
        of_reader = (
            select(Delivery)
            .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
            .where(Subscriber.address_hmac == suppressions.address_hmac(self._settings, address), or_(false(), *called))
            .order_by(Delivery.id.desc())
            .limit(1)
        )
        return session.scalar(of_reader)


def _is_called(name: str) -> Iterator[ColumnElement[bool]]:
    """How a row shows that its message has this name."""
    with suppress(ValueError):
        yield Delivery.message_key == UUID(name.partition("@")[0])
    if len(name) >= SHORTEST_NAME:
        yield Delivery.reply_text.contains(name, autoescape=True)

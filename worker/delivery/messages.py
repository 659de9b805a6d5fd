"""Finished messages for claimed rows: a campaign's edition is compiled once per process, then only filled."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.mail.compile import CompiledMessage
from app.mail.lint import errors
from app.models import Campaign, Edition
from app.services import editions, notices
from app.services.editions import Press
from app.services.notices import Notice
from worker.delivery.claims import Claim

_KEPT = 20


class Unsendable(Exception):
    """The message breaks a rule that stops it; the campaign is paused rather than its readers burnt."""


class Messages:
    """Makes the bytes of each claimed row."""

    def __init__(self, press: Press) -> None:
        self._press = press
        self._compiled: dict[int, CompiledMessage] = {}

    def statement(self, session: Session, campaign_id: int) -> CompiledMessage:
        """The compiled edition of a campaign; its first message is checked. Raises Unsendable."""
        if campaign_id not in self._compiled:
            if len(self._compiled) >= _KEPT:
                self._compiled.pop(next(iter(self._compiled)))
            self._compiled[campaign_id] = self._compile(session, campaign_id)
        return self._compiled[campaign_id]

    def fill(self, compiled: CompiledMessage, claim: Claim) -> tuple[str, str, bytes]:
        """Envelope sender, recipient and bytes for one person.

        Raises Invalid if this person's values can't stand in a message; that concerns nobody else.
        """
        recipient = editions.recipient_of(self._press, claim.campaign_id or 0, claim)
        return compiled.envelope_sender(recipient), claim.address.wire, compiled.fill(recipient)

    def notice(self, session: Session, claim: Claim) -> tuple[str, bytes]:
        """Envelope sender and bytes of a transactional mail; every one is checked. Raises Unsendable."""
        sender, raw = notices.write(
            session,
            self._press,
            Notice(
                claim.delivery_id,
                claim.kind,
                claim.subscriber_id,
                claim.consent_event_id,
                claim.message_key,
                claim.dated,
                claim.address,
                claim.language,
            ),
        )
        if found := errors(notices.check(self._press, raw)):
            raise Unsendable("; ".join(map(str, found)))
        return sender, raw

    def _compile(self, session: Session, campaign_id: int) -> CompiledMessage:
        campaign = session.scalars(
            select(Campaign)
            .options(joinedload(Campaign.statement), selectinload(Campaign.topics))
            .where(Campaign.id == campaign_id)
        ).one()
        edition = session.scalars(select(Edition).where(Edition.campaign_id == campaign_id)).one()
        if found := errors(editions.check(self._press, editions.sample(self._press, campaign, edition))):
            raise Unsendable("; ".join(map(str, found)))
        return editions.compile_edition(self._press, campaign, edition)

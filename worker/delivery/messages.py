"""Finished messages for claimed rows: a campaign's editions are compiled once per process, then only filled."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.mail.compile import CompiledMessage
from app.mail.lint import errors
from app.models import Campaign, Edition
from app.services import editions, notices, site
from app.services.editions import Press
from app.services.languages import fallback_order
from app.services.notices import Notice
from worker.delivery.claims import Claim

_KEPT = 20


class Unsendable(Exception):
    """The message breaks a rule that stops it; the campaign is paused rather than its readers burnt."""


class CompiledEditions(dict[str, CompiledMessage]):
    """A campaign's compiled editions by the language that a reader wants; each choice is made once and remembered."""

    def __init__(self, compiled: Mapping[str, CompiledMessage], original: str, offered: Sequence[str]) -> None:
        super().__init__(compiled)
        self._available = tuple(compiled)
        self._original = original
        self._offered = offered

    def __missing__(self, wanted: str) -> CompiledMessage:
        """Fall back to another language, for all who want this one."""
        self[wanted] = self[fallback_order(wanted, self._available, self._original, self._offered)[0]]
        return self[wanted]


class Messages:
    """Makes the bytes of each claimed row."""

    def __init__(self, press: Press) -> None:
        self._press = press
        self._compiled: dict[int, CompiledEditions] = {}

    def statement(self, session: Session, campaign_id: int) -> CompiledEditions:
        """The compiled editions of a campaign; each one's first message is checked. Raises Unsendable."""
        if campaign_id not in self._compiled:
            if len(self._compiled) >= _KEPT:
                self._compiled.pop(next(iter(self._compiled)))
            self._compiled[campaign_id] = self._compile(session, campaign_id)
        return self._compiled[campaign_id]

    def fill(self, compiled: CompiledEditions, claim: Claim) -> tuple[str, str, bytes]:
        """Envelope sender, recipient and bytes for one person, in their language or the nearest that there is.

        Raises Invalid if this person's values can't stand in a message; that concerns nobody else.
        """
        edition = compiled[claim.language]
        recipient = editions.recipient_of(self._press, claim.campaign_id or 0, claim)
        sender, raw = edition.addressed(recipient)
        return sender, claim.address.wire, raw

    def notice(self, session: Session, claim: Claim) -> tuple[str, bytes]:
        """Envelope sender and bytes of a transactional mail; every one is checked. Raises Unsendable."""
        press = site.press(session, self._press)
        sender, raw = notices.write(
            session,
            press,
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
        if found := errors(notices.check(press, raw)):
            raise Unsendable("; ".join(map(str, found)))
        return sender, raw

    def _compile(self, session: Session, campaign_id: int) -> CompiledEditions:
        campaign = session.scalars(
            select(Campaign)
            .options(joinedload(Campaign.statement), selectinload(Campaign.topics))
            .where(Campaign.id == campaign_id)
        ).one()
        frozen = session.scalars(
            select(Edition).where(Edition.campaign_id == campaign_id).order_by(Edition.language)
        ).all()
        if not frozen:
            raise Unsendable("it was never rendered")
        press = self._press
        if found := errors(editions.problems_in(press, campaign, frozen)):
            raise Unsendable("; ".join(map(str, found)))
        compiled = {edition.language: editions.compile_edition(press, campaign, edition) for edition in frozen}
        return CompiledEditions(compiled, campaign.statement.language, press.settings.languages)

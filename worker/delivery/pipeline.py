"""Claim a window, fill, hand over, record; again until nothing is due. No transaction is open while the relay talks."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from app.mail.compile import CompiledMessage
from app.models import Batch, Campaign, CampaignState
from app.models.delivery_states import DeliveryEvent
from app.services.editions import Press
from worker.delivery import ledger, planner
from worker.delivery.entries import entry_of
from worker.delivery.journal import Journal
from worker.delivery.ledger import Claim, Entry
from worker.delivery.messages import Messages, Unsendable
from worker.delivery.outcome import Envelope, Outcome, RelayAway, Transport

SMALLEST, LARGEST = 20, 500
log = structlog.get_logger()


def next_size(size: int, seconds: float) -> int:
    """How many rows to claim after a window that took so long: about a second's work, so that a pause acts soon."""
    return max(SMALLEST, min(LARGEST, 2 * size, int(size / max(seconds, 0.001))))


class Pipeline:
    """The way of mail through one process."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        transport: Transport,
        journal: Journal,
        press: Press,
        clock: Callable[[], datetime],
    ) -> None:
        self._sessions = sessions
        self._transport = transport
        self._journal = journal
        self._messages = Messages(press)
        self._clock = clock

    def deliver_batch(self, batch_id: int) -> None:
        """Send what is due in a batch, window by window, until there is nothing or the campaign stops."""
        with self._sessions.begin() as session:
            batch = session.get(Batch, batch_id)
        if batch is None:
            return
        size, began = SMALLEST, time.monotonic()
        while self._window(batch, size):
            size, began = next_size(size, time.monotonic() - began), time.monotonic()
        with self._sessions.begin() as session:
            planner.finish(session, batch.campaign_id, now=self._clock())

    def send_notice(self, delivery_id: int) -> None:
        """Send one transactional mail, if it is due."""
        with self._sessions.begin() as session:
            claim = ledger.claim_notice(session, delivery_id, worker=self._journal.worker, now=self._clock())
        if claim is None:
            return
        try:
            with self._sessions.begin() as session:
                sender, raw = self._messages.notice(session, claim)
        except Unsendable as error:
            log.warning("notice.unsendable", delivery=delivery_id, problems=str(error))
            self._record([self._entry(claim, Outcome(DeliveryEvent.REFUSED, text=f"not sent: {error}"))])
            return
        self._hand_over_all([claim], lambda _: (sender, claim.address.wire, raw))

    def _window(self, batch: Batch, size: int) -> bool:
        """One round of at most `size` rows; True if another should follow."""
        with self._sessions.begin() as session:
            claims, seen = ledger.claim_statements(
                session, batch.id, worker=self._journal.worker, window=size, now=self._clock()
            )
        if not claims:
            return seen > 0
        try:
            compiled = self._compiled(batch.campaign_id)
        except Unsendable as error:
            log.warning("campaign.unsendable", campaign=batch.campaign_id, problems=str(error))
            self._give_back(claims)
            self._pause(batch.campaign_id)
            return False
        return self._hand_over_all(claims, partial(self._messages.fill, compiled))

    def _hand_over_all(self, claims: Sequence[Claim], fill: Callable[[Claim], tuple[str, str, bytes]]) -> bool:
        """Hand over each claimed row and record the outcomes; rows that weren't begun go back. True if all were."""
        entries: list[Entry] = []
        by_id = {claim.delivery_id: claim for claim in claims}
        envelopes = (Envelope(claim.delivery_id, *fill(claim)) for claim in claims)
        try:
            for delivery_id, outcome in self._transport.hand_over(envelopes, self._journal.begun):
                self._journal.answered(delivery_id, outcome)
                entries.append(self._entry(by_id[delivery_id], outcome))
        except RelayAway as error:
            log.warning("relay.away", error=str(error))
        done = {entry.delivery_id for entry in entries}
        left = [claim for claim in claims if claim.delivery_id not in done]
        self._record(entries)
        self._give_back(left)
        return not left

    def _entry(self, claim: Claim, outcome: Outcome) -> Entry:
        return entry_of(claim, outcome, self._clock())

    def _record(self, entries: Sequence[Entry]) -> None:
        with self._sessions.begin() as session:
            ledger.record(session, entries, worker=self._journal.worker, now=self._clock())
        self._journal.recorded()

    def _give_back(self, claims: Sequence[Claim]) -> None:
        with self._sessions.begin() as session:
            ledger.release(session, [claim.delivery_id for claim in claims], worker=self._journal.worker)

    def _compiled(self, campaign_id: int) -> CompiledMessage:
        with self._sessions.begin() as session:
            return self._messages.statement(session, campaign_id)

    def _pause(self, campaign_id: int) -> None:
        with self._sessions.begin() as session:
            session.execute(
                update(Campaign)
                .where(Campaign.id == campaign_id, Campaign.state == CampaignState.SENDING)
                .values(state=CampaignState.PAUSED)
            )

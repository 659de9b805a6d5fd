"""Claim a window, fill, hand over, record; again until nothing is due. No transaction is open while the relay talks."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.mail.compile import CompiledMessage
from app.models import Batch
from app.models.delivery_states import DeliveryEvent
from app.services import campaigns
from app.services.editions import Press
from worker.delivery import ledger, planner
from worker.delivery.entries import entry_of
from worker.delivery.journal import Journal
from worker.delivery.ledger import Claim, Entry
from worker.delivery.messages import Messages, Unsendable
from worker.delivery.outcome import Envelope, Outcome, RelayAway, Transport

SMALLEST, LARGEST = 20, 500
LONGEST_WINDOW = 2.0
RELAY_PAUSE = timedelta(seconds=30)
_DATABASE_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
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
        with self._journal.guarding():
            while self._window(batch, size):
                size, began = next_size(size, time.monotonic() - began), time.monotonic()
        with self._sessions.begin() as session:
            planner.finish(session, batch.campaign_id, now=self._clock())

    def send_notice(self, delivery_id: int) -> None:
        """Send one transactional mail, if it is due."""
        with self._journal.guarding():
            self._notice(delivery_id)

    def _notice(self, delivery_id: int) -> None:
        with self._sessions.begin() as session:
            claim = ledger.claim_notice(session, delivery_id, worker=self._journal.worker, now=self._clock())
        if claim is None:
            return
        try:
            with self._sessions.begin() as session:
                sender, raw = self._messages.notice(session, claim)
        except Unsendable as error:
            log.error("notice.unsendable", delivery=delivery_id, problems=str(error))  # noqa: TRY400
            self._record([self._entry(claim, Outcome(DeliveryEvent.REFUSED, text=f"not sent: {error}"))])
            return
        self._hand_over([claim], lambda _: (sender, claim.address.wire, raw), wait=RELAY_PAUSE)

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
            log.error("campaign.unsendable", campaign=batch.campaign_id, problems=str(error))  # noqa: TRY400
            self._give_back(claims)
            with self._sessions.begin() as session:
                campaigns.halt(session, batch.campaign_id, f"Paused, because the message breaks a rule: {error}")
            return False
        trouble = self._hand_over(claims, partial(self._messages.fill, compiled))
        with self._sessions.begin() as session:
            campaigns.note_trouble(session, batch.campaign_id, trouble)
        return not trouble

    def _hand_over(
        self, claims: Sequence[Claim], fill: Callable[[Claim], tuple[str, str, bytes]], wait: timedelta | None = None
    ) -> str:
        """Hand over, record the outcomes, give back what wasn't begun; gives what kept it from being all, if anything.

        `wait` is how long rows rest that a relay which is away didn't take.
        """
        entries: list[Entry] = []
        by_id = {claim.delivery_id: claim for claim in claims}
        trouble = ""
        try:
            with closing(self._transport.hand_over(_envelopes(claims, fill), self._journal.begun)) as outcomes:
                for delivery_id, outcome in outcomes:
                    self._journal.answered(delivery_id, outcome)
                    entries.append(self._entry(by_id.pop(delivery_id), outcome))
        except RelayAway as error:
            trouble = f"The mail server can't be reached. It is tried again every minute. ({error})"
            log.error("relay.away", error=str(error))  # noqa: TRY400
        self._record(entries)
        self._give_back(list(by_id.values()), self._clock() + wait if trouble and wait else None)
        return trouble

    def _entry(self, claim: Claim, outcome: Outcome) -> Entry:
        return entry_of(claim, outcome, self._clock())

    def _record(self, entries: Sequence[Entry]) -> None:
        """Tell the ledger; a database that restarts is waited for."""
        for pause in (*_DATABASE_PAUSES, None):
            try:
                with self._sessions.begin() as session:
                    ledger.record(session, entries, worker=self._journal.worker, now=self._clock())
                break
            except OperationalError as error:
                if pause is None:
                    raise
                log.warning("database.away", error=str(error.orig), outcomes=len(entries))
                time.sleep(pause)
        self._journal.recorded()

    def _give_back(self, claims: Sequence[Claim], until: datetime | None = None) -> None:
        with self._sessions.begin() as session:
            ids = [claim.delivery_id for claim in claims]
            ledger.release(session, ids, worker=self._journal.worker, until=until)

    def _compiled(self, campaign_id: int) -> CompiledMessage:
        with self._sessions.begin() as session:
            return self._messages.statement(session, campaign_id)


def _envelopes(claims: Sequence[Claim], fill: Callable[[Claim], tuple[str, str, bytes]]) -> Iterator[Envelope]:
    """The messages of a window, made as they are asked for.

    After two seconds the rest is left for another claim, so that a pause, or somebody who leaves, is heard even while
    the relay stalls.
    """
    began = time.monotonic()
    for claim in claims:
        if time.monotonic() - began > LONGEST_WINDOW:
            return
        yield Envelope(claim.delivery_id, *fill(claim))

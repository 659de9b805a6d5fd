"""One run of a sending process: claim, fill, hand over, record, without a pause between, until nothing is due.

No transaction is open while a relay talks. A message that hangs holds up its own connection and nothing else.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy.orm import Session, sessionmaker

from app.errors import Invalid
from app.mailbox_providers import MailboxProviders
from app.models.delivery_states import DeliveryEvent
from worker.breaker.breaker import Verdict
from worker.delivery import ledger
from worker.delivery.claims import Claim
from worker.delivery.docket import Docket
from worker.delivery.journal import Journal
from worker.delivery.messages import Unsendable
from worker.delivery.pace import Pace
from worker.delivery.permits import Permits, spread
from worker.delivery.recorder import DATABASE_AWAY, Recorder
from worker.delivery.tray import Prepared, Tray, Waiting
from worker.limits.throttle import Throttle
from worker.smtp.outcome import Envelope, Outcome, Transport, Turn

_PATIENCE = 0.1
_LONGEST_PAUSE = 5.0
_DATABASE_PATIENCE = 60.0
_STUCK = 1.0
_NOTE_EVERY = 1.0
_LAST_WORDS = 10.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Equipment:
    """What every stream of a process works with. `is_stopping` says that the process is to end soon."""

    sessions: sessionmaker[Session]
    transport: Transport
    journal: Journal
    throttle: Throttle
    providers: MailboxProviders
    is_stopping: Callable[[], bool]


class Stream:
    """The messages of one run: waiting in the tray, in hand at a relay, or with the recorder."""

    def __init__(self, equipment: Equipment, docket: Docket, recorder: Recorder, *, is_urgent: bool = False) -> None:
        self._tools = equipment
        self._docket = docket
        self._recorder = recorder
        self._is_urgent = is_urgent
        self._permits = Permits(equipment.throttle, is_urgent=is_urgent)
        self._tray = Tray()
        self._pace = Pace()
        self._in_hand: dict[int, Waiting] = {}
        self._why = ""
        self._noted: str | None = None
        self._note_at = 0.0
        self._claim_at = 0.0
        self._heard_at = time.monotonic()
        self._away_since = 0.0
        self._end_at = 0.0

    def run(self) -> None:
        """Work until nothing is due, limits forbid more for a while, or the process is to end."""
        self._tools.transport.begin(is_urgent=self._is_urgent)
        while True:
            self._refill()
            self._offer()
            self._listen(self._tools.transport.turn(self._patience()))
            self._record(at_once=self._is_over())
            self._tell()
            if self._is_over():
                break
        self._recorder.flush()
        self._tools.transport.rest()
        self._why = self._why or self._tools.transport.trouble
        self._tell(at_once=True)
        self._docket.close()

    def _refill(self) -> None:
        """Claim when the tray is half empty: permits first, rows second."""
        now = time.monotonic()
        if self._tools.is_stopping():
            self._put_back(self._tray.everything())
            return
        self._put_back(self._tray.stale(now))
        wanted = self._pace.target - len(self._tray)
        if now < self._claim_at or 2 * wanted < self._pace.target or self._is_stuck(now):
            return
        permits = self._permitted(wanted)
        rows = self._take(sum(permits.values())) if permits else []
        relays = spread(permits)
        self._tray.add(rows, relays, now)
        self._permits.leave_over(relays)
        if not rows:
            self._claim_at = now + _PATIENCE

    def _permitted(self, wanted: int) -> Mapping[str, int]:
        """How many messages may go to each relay now; keeps the reason if it is none."""
        shares = self._tools.transport.shares(wanted)
        if not shares:
            self._why = self._tools.transport.trouble
            return {}
        permits = self._permits.take(shares)
        self._why = self._permits.reason or self._tools.transport.trouble
        return permits

    def _take(self, most: int) -> Sequence[Prepared]:
        """Claim; while the database is away, go on with what is in hand."""
        try:
            if self._away_since:
                self._reconcile()
            rows = self._docket.take(most, self._tools.transport.resting())
        except DATABASE_AWAY as error:
            now = time.monotonic()
            self._away_since = self._away_since or now
            if now - self._away_since > _DATABASE_PATIENCE:
                raise
            log.warning("database.away", error=str(error.orig))
            self._docket.look_again()
            self._claim_at = now + 5 * _PATIENCE
            return []
        self._away_since = 0.0
        return rows

    def _reconcile(self) -> None:
        """Give back what was claimed without our knowing: the answer to a commit may be lost with the database."""
        worker = self._tools.journal.worker
        known = {*self._in_hand, *self._tray.ids, *self._recorder.pending}
        with self._tools.sessions.begin() as session:
            unknown = [row.delivery_id for row in ledger.held_by(session, worker) if row.delivery_id not in known]
            ledger.release(session, unknown, worker=worker)

    def _offer(self) -> None:
        """Hand over what there is room for; a permit that has grown old is exchanged before."""
        old = []
        for waiting in self._tray.ready(self._tools.transport):
            if self._permits.is_fresh(waiting):
                self._hand_over(waiting)
            else:
                old.append(waiting)
        if not old:
            return
        granted, denied = self._permits.exchange(old)
        self._tray.put_down(denied)
        for waiting in granted:
            if self._tools.transport.takes(waiting.relay, waiting.prepared.claim.address.domain):
                self._hand_over(waiting)
            else:
                self._tray.put_down([waiting])

    def _hand_over(self, waiting: Waiting) -> None:
        """Make the message, now that there is a place for it, and offer it to its relay."""
        claim = waiting.prepared.claim
        try:
            sender, recipient, raw = waiting.prepared.make()
        except (Invalid, Unsendable) as error:
            log.error("delivery.unsendable", delivery=claim.delivery_id, problems=str(error))  # noqa: TRY400
            self._recorder.add(claim, Outcome(DeliveryEvent.REFUSED, text=f"not sent: {error}"))
            self._permits.give_back([waiting])
            return
        self._in_hand[claim.delivery_id] = waiting
        envelope = Envelope(claim.delivery_id, sender, recipient, raw, waiting.relay, dotless=True)
        self._tools.transport.offer(envelope)

    def _listen(self, turn: Turn) -> None:
        """Take note of what a turn brought; a journal that can't be written must not cost what is known already."""
        if turn.answered:
            self._heard_at = time.monotonic()
            self._pace.answered(len(turn.answered), self._heard_at)
        for delivery_id, outcome in turn.answered:
            self._recorder.add(self._in_hand.pop(delivery_id).prepared.claim, outcome)
        try:
            self._tools.journal.answered(turn.answered)
        except OSError as error:
            log.error("journal.full", error=str(error))  # noqa: TRY400
            self._record(at_once=True)
        self._put_back([self._in_hand.pop(envelope.id) for envelope in turn.returned])

    def _record(self, *, at_once: bool) -> None:
        """Tell the ledger if there is much or old news; what the breaker has stopped goes back."""
        had_released = self._recorder.has_released
        verdicts = self._recorder.flush() if at_once else self._recorder.flush_if_due()
        for verdict in verdicts:
            self._put_back(self._tray.of(partial(self._is_meant, verdict)))
        if verdicts or (had_released and not self._recorder.has_released):
            self._docket.look_again()

    def _is_meant(self, verdict: Verdict, claim: Claim) -> bool:
        same = claim.campaign_id == verdict.campaign_id
        return same and verdict.provider in {"", self._tools.providers.provider_of(claim.address.domain)}

    def _put_back(self, rows: Sequence[Waiting]) -> None:
        self._recorder.give_back(row.prepared.claim.delivery_id for row in rows)
        self._permits.give_back(rows)

    def _is_stuck(self, now: float) -> bool:
        """Whether messages are in hand, no answer has come for a while, and there is no room for others."""
        is_silent = bool(self._in_hand) and now - self._heard_at > _STUCK
        return is_silent and not any(self._tools.transport.room().values())

    def _patience(self) -> float:
        """How long to wait for something to happen, in seconds."""
        if self._in_hand:
            return _PATIENCE
        return min(max(self._claim_at - time.monotonic(), 0.0), _PATIENCE)

    def _tell(self, *, at_once: bool = False) -> None:
        """Tell staff why it is slow, or no longer."""
        now = time.monotonic()
        if self._why == self._noted or (now < self._note_at and not at_once):
            return
        with suppress(*DATABASE_AWAY):
            self._docket.note(self._why)
            self._noted = self._why
        self._note_at = now + _NOTE_EVERY

    def _is_over(self) -> bool:
        if self._tools.is_stopping():
            return self._is_over_soon()
        if self._in_hand or len(self._tray) or self._away_since:
            return False
        is_long_pause = bool(self._why) and self._permits.wait > _LONGEST_PAUSE
        return self._docket.is_exhausted or is_long_pause or not self._tools.transport.shares(1)

    def _is_over_soon(self) -> bool:
        """A process that is to end waits a while for the answers to what has left; the rest its journal tells."""
        now = time.monotonic()
        self._end_at = self._end_at or now + _LAST_WORDS
        if self._in_hand and now >= self._end_at:
            self._recorder.flush()
            self._tools.transport.abandon()
            self._tools.journal.renew()
            self._in_hand.clear()
        return not self._in_hand

"""What became of messages, told to the ledger in bulk, several times a second."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.models.delivery_states import DeliveryEvent
from worker.breaker.breaker import Answer, Breaker, Verdict
from worker.delivery import ledger
from worker.delivery.claims import Claim
from worker.delivery.entries import entry_of
from worker.delivery.journal import Journal
from worker.delivery.ledger import Entry
from worker.delivery.retry import Retries
from worker.replies import ReplyClass
from worker.smtp.outcome import Outcome

DATABASE_AWAY = (OperationalError, InterfaceError)
_MOST, _MOST_REFUSED = 500, 25
_LONGEST = 0.25
_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
log = structlog.get_logger()


class Recorder:
    """Gathers outcomes and rows given back, and writes them down together."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        journal: Journal,
        *,
        retries: Retries,
        breaker: Breaker,
        clock: Callable[[], datetime],
    ) -> None:
        self._sessions = sessions
        self._journal = journal
        self._retries = retries
        self._breaker = breaker
        self._clock = clock
        self._entries: list[Entry] = []
        self._answers: dict[int, list[Answer]] = defaultdict(list)
        self._released: list[int] = []
        self._refused = 0
        self._due_at = 0.0

    @property
    def has_released(self) -> bool:
        """Whether rows wait to be given back, which are due again as soon as that is written down."""
        return bool(self._released)

    @property
    def pending(self) -> set[int]:
        """Rows of which the ledger is still to be told."""
        return {entry.delivery_id for entry in self._entries}.union(self._released)

    def add(self, claim: Claim, outcome: Outcome) -> None:
        """Take note of one outcome."""
        entry = entry_of(claim, outcome, self._clock(), self._retries)
        self._entries.append(entry)
        self._due_at = self._due_at or time.monotonic() + _LONGEST
        if claim.campaign_id is not None and outcome.event is not DeliveryEvent.UNKNOWN:
            kind = ReplyClass(entry.reply_class) if entry.reply_class else None
            self._refused += kind is not None
            self._answers[claim.campaign_id].append(
                Answer(claim.address.domain, kind, f"{outcome.code or ''} {outcome.text}".strip())
            )

    def give_back(self, delivery_ids: Iterable[int]) -> None:
        """Take note of rows that no relay took; they are due again at once."""
        self._released += delivery_ids
        if self._released:
            self._due_at = self._due_at or time.monotonic() + _LONGEST

    def flush_if_due(self) -> Sequence[Verdict]:
        """Write down what has gathered, if it is much or old; gives what the breaker decided."""
        if len(self._entries) >= _MOST or self._refused >= _MOST_REFUSED:
            return self.flush()
        return self.flush() if self._due_at and time.monotonic() >= self._due_at else []

    def flush(self) -> Sequence[Verdict]:
        """Write everything down; a database that restarts is waited for. Gives what the breaker decided."""
        if not (self._entries or self._released):
            return []
        for pause in (*_PAUSES, None):
            try:
                self._write()
                break
            except DATABASE_AWAY as error:
                if pause is None:
                    raise
                log.warning("database.away", error=str(error.orig), outcomes=len(self._entries))
                time.sleep(pause)
        try:
            self._journal.recorded(self.pending)
        except OSError as error:  # the ledger knows it, and that is what counts
            log.error("journal.full", error=str(error))  # noqa: TRY400
        answers, self._answers = self._answers, defaultdict(list)
        self._entries, self._released, self._refused, self._due_at = [], [], 0, 0.0
        return [verdict for number, given in answers.items() for verdict in self._breaker.note(number, given)]

    def _write(self) -> None:
        with self._sessions.begin() as session:
            ledger.record(session, self._entries, worker=self._journal.worker, now=self._clock())
            ledger.release(session, self._released, worker=self._journal.worker)

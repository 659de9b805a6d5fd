"""Handing over letters to staff: few, one after the other, by the same relays and limits as notices."""

import time
from collections import deque
from collections.abc import Callable
from datetime import datetime

import structlog

from app.models.delivery_states import DeliveryEvent
from app.services import instance
from app.settings import Settings
from worker.delivery import letter_rows
from worker.delivery.letter_rows import Claimed
from worker.delivery.stream import Equipment
from worker.smtp.outcome import Envelope, Outcome, Turn

_MOST = 20
_PATIENCE = 0.1
_LONGEST_PAUSE = 5.0
_LAST_WORDS = 10.0
log = structlog.get_logger()


class Letters:
    """Sends the letters that are due.

    In the transport and the journal a letter goes by its number below zero, so that it is never taken for a delivery.
    """

    def __init__(self, equipment: Equipment, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._tools = equipment
        self._settings = settings
        self._clock = clock
        self._waiting: deque[Claimed] = deque()
        self._in_hand: dict[int, Claimed] = {}

    def send(self) -> None:
        """Send until nothing is due, or nothing can be sent for a while: then the sweep rings again."""
        with self._tools.sessions.begin() as session:
            forbidden = instance.may_send(session, self._settings)
        if forbidden:
            log.error("letters.forbidden", why=forbidden)
            return
        self._waiting.clear()
        self._in_hand.clear()
        with self._tools.journal.guarding():
            try:
                self._tools.transport.begin(is_urgent=True)
                while self._claim() and self._hand_over():
                    pass
            except BaseException:
                self._tools.transport.abandon()
                raise
        self._tools.transport.rest()

    def _claim(self) -> bool:
        """Take a few; gives whether there were any, and a relay for them."""
        if self._tools.is_stopping() or not self._tools.transport.shares(1):
            return False
        with self._tools.sessions.begin() as session:
            self._waiting.extend(letter_rows.claim(session, most=_MOST, now=self._clock()))
        return bool(self._waiting)

    def _hand_over(self) -> bool:
        """Offer what was claimed and listen, until each is answered or given back; gives whether any was answered."""
        end, answered = 0.0, 0
        while self._waiting or self._in_hand:
            if self._tools.is_stopping():
                end = end or time.monotonic() + _LAST_WORDS
                self._release(*self._waiting)
            if end and time.monotonic() > end:
                self._give_up_waiting()
                break
            if self._waiting and not self._offer():
                self._release(*self._waiting)
            turn = self._tools.transport.turn(_PATIENCE)
            self._listen(turn)
            answered += len(turn.answered)
        return answered > 0

    def _offer(self) -> bool:
        """Offer letters for as long as a relay takes them and the limits allow it; gives whether to wait for more."""
        transport, throttle = self._tools.transport, self._tools.throttle
        while self._waiting:
            relay = next(iter(transport.shares(1)), "")
            if not relay:
                return False
            if not transport.takes(relay, self._waiting[0].domain):
                return True
            if not throttle.relays({relay: 1}, urgent=True).get(relay):
                return throttle.wait < _LONGEST_PAUSE
            letter = self._waiting.popleft()
            self._in_hand[letter.id] = letter
            transport.offer(Envelope(-letter.id, letter.sender, letter.recipient, letter.content, relay))
        return True

    def _listen(self, turn: Turn) -> None:
        for number, outcome in turn.answered:
            self._record(-number, outcome)
        self._release(*(self._in_hand.pop(-envelope.id) for envelope in turn.returned))

    def _record(self, letter_id: int, outcome: Outcome) -> None:
        letter = self._in_hand.pop(letter_id)
        with self._tools.sessions.begin() as session:
            letter_rows.record(session, letter, outcome, now=self._clock())
        self._tools.journal.recorded([-letter_id])

    def _release(self, *letters: Claimed) -> None:
        """Give back what no relay took; nothing of it waits any more."""
        if not letters:
            return
        ids = {letter.id for letter in letters}
        self._waiting = deque(letter for letter in self._waiting if letter.id not in ids)
        with self._tools.sessions.begin() as session:
            letter_rows.release(session, ids)

    def _give_up_waiting(self) -> None:
        """The process ends, and a relay has not answered: nobody will know."""
        self._tools.transport.abandon()
        for letter_id in list(self._in_hand):
            self._record(letter_id, Outcome(DeliveryEvent.UNKNOWN, text="the process ended before the answer came"))

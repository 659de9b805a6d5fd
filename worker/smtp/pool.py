"""The connections of one process to one relay: opened as they are needed, filled evenly, closed when they are idle."""

import selectors
import ssl
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum, auto

from app.models.delivery_states import DeliveryEvent
from app.relay_settings import RelaySettings
from worker.smtp.connection import Connection
from worker.smtp.conversation import Conversation
from worker.smtp.dialling import Dialler, Lines
from worker.smtp.health import Health
from worker.smtp.lanes import Lanes
from worker.smtp.outcome import Envelope, Outcome, Turn
from worker.smtp.slowness import Slowness
from worker.smtp.suspects import Suspects

IDLE_SECONDS = 60.0
LONGEST_WAIT = 1.5
"""Seconds after which a message that no connection could begin is given back."""
_TEND_SECONDS = 0.05
_USUAL_WINDOW = 2


class Standing(IntEnum):
    """How much is known of a relay: the higher, the more messages may be claimed for it."""

    DOUBTFUL = auto()
    UNTRIED = auto()
    PROVEN = auto()


@dataclass(slots=True)
class _Waiting:
    envelope: Envelope
    since: float


class Pool:
    """Takes messages for one relay with `offer`; `tend`, `feed` and `collect` are the steps of a turn."""

    def __init__(
        self,
        settings: RelaySettings,
        ehlo_name: str,
        selector: selectors.BaseSelector,
        *,
        context: ssl.SSLContext,
        lines: Lines | None = None,
        chance: Callable[[], float],
    ) -> None:
        self.name = settings.name
        self.weight = settings.weight
        self.is_shared = bool(settings.all_connections)
        self._selector = selector
        self._most = settings.connections
        self._health = Health(settings.url.place, chance)
        self._dialler = Dialler(settings, ehlo_name, self._health, context=context, lines=lines)
        self._slowness = Slowness()
        self._suspects = Suspects()
        self._queue: deque[_Waiting] = deque()
        self._window = _USUAL_WINDOW
        self._offered_at: dict[int, float] = {}
        self._turn = Turn()
        self._room: int | None = None
        self._tend_at = 0.0
        self._heard_at = 0.0
        self.connections: list[Connection] = []

    def can_be_used(self, now: float) -> bool:
        """Whether messages may be offered: it is not away, and has a connection or may open one."""
        return not self._health.is_away(now) and (bool(self.connections) or self._dialler.may_dial(now))

    def standing(self, now: float) -> Standing:
        """Whether it takes messages, may take some, or has given cause for doubt."""
        if self._health.is_doubtful or self._hangs(now):
            return Standing.DOUBTFUL
        return Standing.PROVEN if any(one.open for one in self.connections) else Standing.UNTRIED

    def probe(self, now: float) -> int:
        """How many messages would show whether it can be used; where it hangs, the connections themselves will."""
        return 0 if self._hangs(now) else min(self.room(now), 1 + self._suspects.number)

    def _hangs(self, now: float) -> bool:
        """Whether it has been silent for longer than a message may wait, and would begin no other meanwhile."""
        if self.connections and not any(one.open for one in self.connections):
            return all(now - one.moved > LONGEST_WAIT for one in self.connections)
        may_begin = len(self.connections) < self._reach(now) or any(one.room > 0 for one in self.connections)
        if may_begin or not self._offered_at:
            return False
        return now - max(self._heard_at, next(iter(self._offered_at.values()))) > LONGEST_WAIT

    @property
    def trouble(self) -> str:
        """Why it can't be used, in words for staff."""
        return self._health.trouble

    def room(self, now: float) -> int:
        """How many more messages it would take at once; one beside suspects, while nothing is known of it."""
        if self._room is None:
            self._room = self._count_room(now)
        return self._room

    def _count_room(self, now: float) -> int:
        if not self.can_be_used(now):
            return 0
        if self._health.is_doubtful or not any(one.open for one in self.connections):
            held = sum(one.load for one in self.connections)
            return max(1 + self._suspects.number - held - len(self._queue), 0)
        spare = self._reach(now) - sum(not one.leaving and not one.opening for one in self.connections)
        room = spare * (self._window + _ahead(self._window)) - len(self._queue)
        for one in self.connections:
            if one.open and one.conversation is not None and not one.conversation.exhausted:
                window = self._window = one.conversation.window
                room += window + _ahead(window) - one.load
        return max(room, 0)

    def takes(self, domain: str, now: float) -> bool:
        """Whether a message for this domain can be offered now."""
        if self.room(now) <= 0:
            return False
        if self._slowness.is_slow(domain):
            return self._slow_room(now) > 0
        return self._slowness.is_quick(domain) or not self._lanes(now).holds_enough(domain)

    def resting(self, now: float) -> frozenset[str]:
        """Slow domains that have all they may."""
        if not self._slowness or self._slow_room(now) > 0:
            return frozenset()
        return self._slowness.domains

    def offer(self, envelope: Envelope, now: float) -> None:
        """Take a message; it goes to a connection with the next turn."""
        self._queue.append(_Waiting(envelope, now))
        self._offered_at[envelope.id] = now
        if self._room is not None:
            self._room -= 1

    def tend(self, now: float) -> None:
        """Twenty times a second: notice what has gone wrong or grown old, and let go of what is not needed."""
        if now < self._tend_at:
            return
        self._tend_at = now + _TEND_SECONDS
        for connection in self.connections:
            connection.check(now)
            if (waited := connection.waited(now)) is not None:
                self._slowness.note(waited[0].domain, waited[1], now)
        self.collect(now)
        self._slowness.forget(now)
        for connection in self.connections:
            self._let_go(connection, now)
        if old := [one for one in self._queue if now - one.since > LONGEST_WAIT]:
            self._give_back(old)

    def feed(self, now: float) -> Iterator[Connection]:
        """Bring what waits to the connections, open others if there are too few; gives those that can talk."""
        if self._queue and not self._health.is_away(now):
            self._distribute(now)
            if self._queue:
                self._open_more(now)
        return (one for one in self.connections if one.open)

    def collect(self, now: float) -> None:
        """Take in what was answered and returned; connections that have ended are buried here."""
        self._room = None
        for connection in list(self.connections):
            if connection.conversation is not None and connection.conversation.has_results:
                self._results(connection.conversation, now)
                self._let_go(connection, now)
            if connection.ended:
                self._bury(connection, now)
        if self._queue and self._health.is_away(now):
            self._give_back(list(self._queue))

    def harvest(self) -> Turn:
        """Hand out what has been collected."""
        turn, self._turn = self._turn, Turn()
        return turn

    def watch(self, connection: Connection) -> None:
        """Wait for what the connection waits for."""
        if connection.watched and not connection.ended and connection.interest != connection.watched:
            connection.watched = connection.interest
            self._selector.modify(connection.number, connection.watched, (self, connection))

    def hang_up(self) -> None:
        """Close everything, whatever is under way."""
        self._queue.clear()
        self._offered_at.clear()
        self._turn = Turn()
        while self.connections:
            self._drop(self.connections[0])

    def leave(self, now: float) -> None:
        """Say goodbye wherever the line is quiet."""
        for connection in self.connections:
            if not connection.leaving and not connection.in_hand:
                connection.leave(now)
                self.watch(connection)

    @property
    def unanswered(self) -> int:
        """How many messages have left whole, without an answer yet."""
        return sum(one.conversation.unanswered for one in self.connections if one.conversation is not None)

    @property
    def is_looking_up(self) -> bool:
        """Whether the relay's name is being looked up."""
        return self._dialler.is_looking_up

    def _reach(self, now: float) -> int:
        """How many connections it can have, as far as is known."""
        return self._most if self._dialler.may_dial(now) else min(self._most, len(self.connections))

    def _lanes(self, now: float) -> Lanes:
        return Lanes(self.connections, self._reach(now), self._slowness)

    def _slow_room(self, now: float) -> int:
        """How many messages for slow domains can be taken."""
        waiting = sum(self._slowness.is_slow(one.envelope.domain) for one in self._queue)
        return self._lanes(now).slow_room - waiting

    def _distribute(self, now: float) -> None:
        lanes, waiting = self._lanes(now), self._queue
        if self._suspects.number:
            waiting = deque(sorted(waiting, key=lambda one: self._suspects.is_one(one.envelope.id)))
        self._queue = deque()
        while waiting and lanes.have_room:
            one = waiting.popleft()
            connection = lanes.choose(one.envelope.domain)
            if connection is None or connection.conversation is None:
                self._queue.append(one)
            else:
                connection.conversation.offer(one.envelope)
        self._queue += waiting

    def _open_more(self, now: float) -> None:
        """As many connections as messages wait; only one while nothing is known of the relay."""
        opening = sum(one.opening for one in self.connections)
        talking = sum(one.open for one in self.connections)
        wanted = len(self._queue) if talking and not self._health.is_doubtful else 1
        for _ in range(min(wanted - opening, self._reach(now) - len(self.connections))):
            connection = self._dialler.dial(now)
            if connection is None:
                return
            self.connections.append(connection)
            connection.watched = connection.interest
            self._selector.register(connection.number, connection.watched, (self, connection))

    def _give_back(self, some: list[_Waiting]) -> None:
        """Messages that nothing was made of go back to who offered them."""
        gone = {one.envelope.id for one in some}
        self._queue = deque(one for one in self._queue if one.envelope.id not in gone)
        for one in some:
            del self._offered_at[one.envelope.id]
            self._turn.returned.append(one.envelope)

    def _results(self, conversation: Conversation, now: float) -> None:
        answered, returned = conversation.results()
        has_heard = False
        for envelope, outcome in answered:
            del self._offered_at[envelope.id]
            self._turn.answered.append((envelope.id, outcome))
            self._heard_at = now
            if outcome.event is not DeliveryEvent.UNKNOWN:
                has_heard = bool(conversation.answers)
                self._slowness.note_answer(envelope.domain)
                self._suspects.answered(envelope.id)
        if has_heard:
            self._health.answers()
        if conversation.objection and not self._health.is_away(now):
            self._health.fails(f"used: {conversation.objection}", now)
        if (one := conversation.cut_short) is not None and one in returned:
            returned.remove(one)
            self._cut_short(one, conversation)
        self._queue.extendleft(_Waiting(one, self._offered_at[one.id]) for one in reversed(returned))

    def _cut_short(self, envelope: Envelope, conversation: Conversation) -> None:
        """The relay ended the connection on this message: others go first, and once it is to blame it is put off."""
        if not self._suspects.is_to_blame(envelope.id, was_alone=not conversation.answers):
            self._queue.append(_Waiting(envelope, self._offered_at[envelope.id]))
            return
        words = f"the relay ends the connection each time that this message comes: {conversation.why}"
        del self._offered_at[envelope.id]
        self._turn.answered.append((envelope.id, Outcome(DeliveryEvent.DEFERRED, text=words, relay=self.name)))
        self._health.answers()

    def _bury(self, connection: Connection, now: float) -> None:
        """Draw the conclusions from a connection's end."""
        self._drop(connection)
        if connection.leaving:
            return
        conversation = connection.conversation
        if conversation is None:
            self._dialler.failed(connection, now, is_the_only_one=not any(one.open for one in self.connections))
        elif not conversation.answers and not conversation.objection and (conversation.offered or self._queue):
            self._health.closes_silently(conversation.why, now)

    def _let_go(self, connection: Connection, now: float) -> None:
        """Leave a connection that is of no more use."""
        conversation = connection.conversation
        if conversation is None or not connection.open or conversation.busy:
            return
        if conversation.exhausted or now - connection.moved > IDLE_SECONDS:
            connection.leave(now)
            self.watch(connection)

    def _drop(self, connection: Connection) -> None:
        self.connections.remove(connection)
        self._selector.unregister(connection.number)
        connection.close()
        self._dialler.hung_up()


def _ahead(window: int) -> int:
    """How many messages may wait for each connection, so that it needn't wait for them."""
    return max(window // 4, 1)

"""The transport: several relays, each with its connections, served by one process from one selector."""

import random
import selectors
import ssl
import time
from collections.abc import Callable, Mapping, Sequence

from app.relay_settings import RelaySettings
from worker.smtp.dialling import Lines
from worker.smtp.outcome import Envelope, Turn
from worker.smtp.pool import Pool

_KEEP_SECONDS = 10.0
_NAP_SECONDS = 0.02
_LOOKING_UP_SECONDS = 0.02
_GOODBYE_SECONDS = 1.0
_LISTEN_OUT_SECONDS = 10.0
_MOST_OWED = 100.0
_GATHER_SECONDS = 0.001
_FEW = 4


def trusting() -> ssl.SSLContext:
    """What is trusted: the system's authorities (or those of SSL_CERT_FILE), names verified, TLS 1.2 or newer."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Relays:
    """Hands messages to mail servers (see `Transport`).

    `begun` is told which messages are about to be completed, before the octets leave; if it raises OSError they don't
    leave, nothing else is begun, and a later turn raises it, when the answers to all that had left are told. What a
    turn gives has to be written down before the next turn: only then are further messages begun, so that a process
    that dies leaves no more of them unknown than are in flight. `clock` counts seconds and never goes back; `tls` says
    which certificates are trusted; `chance` gives numbers from 0 to 1.
    """

    def __init__(
        self,
        relays: Sequence[RelaySettings],
        ehlo_name: str,
        begun: Callable[[list[int]], None],
        lines: Lines | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        tls: ssl.SSLContext | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._selector = selectors.DefaultSelector()
        self._begun = begun
        self._lines = lines
        self._clock = clock
        context = tls or trusting()
        self._pools = {
            relay.name: Pool(relay, ehlo_name, self._selector, context=context, lines=lines, chance=chance)
            for relay in relays
        }
        self._owed = dict.fromkeys(self._pools, 0.0)
        self._in_hand = 0
        self._unwritten: tuple[OSError, float] | None = None
        self._looked = self._kept = clock()

    def begin(self, *, is_urgent: bool) -> None:
        """A run begins; an urgent one, of notices, may have the last connection of those that all processes share."""
        if self._lines is not None:
            self._lines.is_urgent = is_urgent

    def rest(self) -> None:
        """Close connections of which all processes share so many: nobody renews their leases until the next run."""
        self._part([pool for pool in self._pools.values() if pool.is_shared])

    def room(self) -> Mapping[str, int]:
        """For each relay that can be used now, the heaviest first, how many more messages it would take at once."""
        now = self._clock()
        usable = sorted(self._usable(now), key=lambda pool: -pool.weight)
        return {pool.name: pool.room(now) for pool in usable}

    def shares(self, wanted: int) -> Mapping[str, int]:
        """How so many messages would be spread over the relays that can be used now, the one whose turn it is first.

        By their weights, and by what each is owed for the messages that were offered before. But while one relay takes
        messages, another that hasn't been seen to do so gets no more than shows whether it would.
        """
        now = self._clock()
        usable = self._usable(now)
        turns = self._due(usable, 1)
        usable.sort(key=lambda pool: -turns[pool.name])
        standings = {pool.name: pool.standing(now) for pool in usable}
        best = [pool for pool in usable if standings[pool.name] is max(standings.values())]
        shares, left = {pool.name: 0 for pool in usable}, wanted
        due = self._due(usable, wanted)
        for pool in usable:
            if pool not in best:
                shares[pool.name] = max(min(int(due[pool.name]), pool.probe(now), left), 0)
                left -= shares[pool.name]
        shares.update(self._divided(best, left))
        return shares

    def takes(self, relay: str, domain: str) -> bool:
        """Whether a message for this domain can be offered for this relay now."""
        pool, now = self._pools.get(relay), self._clock()
        return pool is not None and pool.takes(domain, now)

    def offer(self, envelope: Envelope) -> None:
        """Take a message for the relay that it names."""
        now = self._clock()
        if len(self._pools) > 1:
            for name, due in self._due(self._usable(now), 1).items():
                owed = due - (name == envelope.relay)
                self._owed[name] = max(-_MOST_OWED, min(owed, _MOST_OWED))
        self._pools[envelope.relay].offer(envelope, now)
        self._in_hand += 1

    def turn(self, seconds: float) -> Turn:
        """Send what can be sent, then wait at most so many seconds for the first answers."""
        until = self._clock() + seconds
        if self._clock() - self._looked > _NAP_SECONDS:
            # after a nap: hear first what was said meanwhile, before anything is sent or judged by the time
            self._look(0.0)
        while True:
            now = self._clock()
            self._keep_lines(now)
            for pool in self._pools.values():
                pool.tend(now)
            if (turn := self._harvest()) is not None:
                return turn
            self._speak(now)
            self._listen(self._patience(until - now))
            now = self._clock()
            for pool in self._pools.values():
                pool.collect(now)
            if (turn := self._harvest()) is not None:
                return turn
            if now >= until:
                return Turn()

    def resting(self) -> frozenset[str]:
        """Domains that answer slowly and have all the connections that they may, wherever mail can be sent now."""
        now = self._clock()
        usable = self._usable(now)
        return frozenset.intersection(*(pool.resting(now) for pool in usable)) if usable else frozenset()

    @property
    def in_hand(self) -> int:
        """How many messages were offered and neither answered nor returned yet."""
        return self._in_hand

    @property
    def trouble(self) -> str:
        """Why a relay can't be used now, in words for staff; empty if all is well."""
        return " ".join(pool.trouble for pool in self._pools.values() if pool.trouble)

    def abandon(self) -> None:
        """Hang up everywhere at once; what was in hand is forgotten."""
        for pool in self._pools.values():
            pool.hang_up()
        self._in_hand = 0
        self._unwritten = None

    def close(self) -> None:
        """Say goodbye where the line is quiet, wait a second at most for the answers, and hang up."""
        self._part(list(self._pools.values()))
        self.abandon()

    def _part(self, pools: Sequence[Pool]) -> None:
        until = self._clock() + _GOODBYE_SECONDS
        for pool in pools:
            pool.leave(self._clock())
        while any(one.leaving and not one.ended for pool in pools for one in pool.connections):
            left = until - self._clock()
            if left <= 0:
                break
            self._look(left)
        for pool in pools:
            pool.hang_up()

    def _usable(self, now: float) -> list[Pool]:
        return [pool for pool in self._pools.values() if pool.can_be_used(now)]

    def _divided(self, pools: Sequence[Pool], wanted: int) -> Mapping[str, int]:
        """So many messages for these relays; what rounding leaves goes to those that it has cost most."""
        due, left = self._due(pools, wanted), wanted
        shares = {}
        for name, number in due.items():
            shares[name] = max(min(int(number), left), 0)
            left -= shares[name]
        for _ in range(left if shares else 0):
            shares[max(due, key=lambda name: due[name] - shares[name])] += 1
        return shares

    def _due(self, pools: Sequence[Pool], wanted: int) -> Mapping[str, float]:
        whole = sum(pool.weight for pool in pools)
        return {pool.name: wanted * pool.weight / whole + self._owed[pool.name] for pool in pools}

    def _keep_lines(self, now: float) -> None:
        if self._lines is not None and now - self._kept >= _KEEP_SECONDS / 2:
            self._kept = now
            if any(pool.connections for pool in self._pools.values()):
                self._lines.keep()

    def _speak(self, now: float) -> None:
        """Send; but once something could not be written down, only wait for the answers to what has left.

        Raises what kept it from being written, when every answer has come or none has for ten seconds.
        """
        if self._unwritten is None:
            try:
                self._send(now)
            except OSError as trouble:
                self._unwritten = (trouble, now)
            else:
                return
        error, since = self._unwritten
        owed = sum(pool.unanswered for pool in self._pools.values())
        if not owed or now - since > _LISTEN_OUT_SECONDS:
            self._unwritten = None
            raise error

    def _send(self, now: float) -> None:
        """Let every connection say what it has to say; what that completes is written down first, all at once."""
        talking = [
            (pool, connection, connection.conversation)
            for pool in self._pools.values()
            for connection in pool.feed(now)
            if connection.conversation is not None
        ]
        if begun := [number for _, _, conversation in talking for number in conversation.completing]:
            self._begun(begun)
        for pool, connection, conversation in talking:
            if data := conversation.take():
                connection.send(data, now)
                pool.watch(connection)

    def _listen(self, seconds: float) -> None:
        """Wait for the first answers and, where many are awaited, a moment for more: a turn costs as much for one."""
        if self._look(seconds) and self._in_hand > _FEW:
            time.sleep(_GATHER_SECONDS)
            self._look(0.0)

    def _look(self, seconds: float) -> bool:
        """Serve the sockets that are ready, waiting for the first at most so long; gives whether there were any."""
        ready = self._selector.select(seconds)
        now = self._looked = self._clock()
        for key, events in ready:
            pool, connection = key.data
            connection.serve(events, now)
            pool.watch(connection)
        return bool(ready)

    def _patience(self, left: float) -> float:
        if any(pool.is_looking_up for pool in self._pools.values()):
            left = min(left, _LOOKING_UP_SECONDS)
        return max(left, 0.0)

    def _harvest(self) -> Turn | None:
        """What has happened, if anything has."""
        turn = Turn()
        for pool in self._pools.values():
            part = pool.harvest()
            turn.answered += part.answered
            turn.returned += part.returned
        done = len(turn.answered) + len(turn.returned)
        self._in_hand -= done
        return turn if done else None

"""Which connection a message goes to: the emptiest, and never behind somebody slow."""

from collections.abc import Sequence
from functools import partial

from worker.smtp.connection import Connection
from worker.smtp.slowness import Slowness


class Lanes:
    """The connections of a relay as they are now, out of `most` that it may have; good for one round of choosing."""

    def __init__(self, connections: Sequence[Connection], most: int, slowness: Slowness) -> None:
        self._connections = connections
        self._free = {one: room for one in connections if (room := one.room) > 0}
        self._loads = {one: one.load for one in connections}
        self._most_slow = max(most - 1, 1)
        self._most = most
        self._slowness = slowness

    def choose(self, domain: str) -> Connection | None:
        """The connection for a message to this domain, if there is one now; it is taken to be given the message."""
        found = self._slow_lane() if self._slowness.is_slow(domain) else self._quick_lane(domain)
        if found is not None:
            self._free[found] -= 1
            self._loads[found] += 1
            if not self._free[found]:
                del self._free[found]
        return found

    @property
    def have_room(self) -> bool:
        """Whether any connection can begin another message now."""
        return bool(self._free)

    def _quick_lane(self, domain: str) -> Connection | None:
        free = list(self._free)
        if self._slowness:
            free = [one for one in free if not self._is_slow(one)]
        if free and not self._slowness.is_quick(domain) and self.holds_enough(domain):
            free = [one for one in free if _carries(one, domain)]
        return self._emptiest(free)

    @property
    def slow_room(self) -> int:
        """How many messages slow domains may add; a lane that has none of theirs yet counts as one."""
        if not self._slowness:
            return 1
        slow = [one for one in self._connections if self._is_slow(one)]
        return sum(one.room for one in slow) + max(self._most_slow - len(slow), 0)

    def _slow_lane(self) -> Connection | None:
        """The emptiest connection, as long as slow domains don't have all they may; then the emptiest of theirs."""
        slow = [one for one in self._connections if self._is_slow(one)]
        free = slow if len(slow) >= self._most_slow else self._connections
        return self._emptiest([one for one in free if one in self._free])

    def _emptiest(self, free: list[Connection]) -> Connection | None:
        return min(free, key=self._loads.__getitem__, default=None)

    def _is_slow(self, connection: Connection) -> bool:
        return any(self._slowness.is_slow(envelope.domain) for envelope in connection.in_hand)

    def holds_enough(self, domain: str) -> bool:
        """Whether one domain has all connections but one, which is not good if it was never seen to answer.

        Where somebody slow is before it, it is not to blame.
        """
        return self._most > 1 and sum(map(partial(self._hangs_on, domain), self._connections)) >= self._most_slow

    def _hangs_on(self, domain: str, connection: Connection) -> bool:
        return _carries(connection, domain) and not (self._slowness and self._is_slow(connection))


def _carries(connection: Connection, domain: str) -> bool:
    return any(envelope.domain == domain for envelope in connection.in_hand)

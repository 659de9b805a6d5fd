"""Leave to send, had before rows are claimed and used within a moment.

A permit is for now: used a second later it would stand beside that second's own ones, and the relay saw more than the
limit. So one that has grown old while rows were claimed or a connection was opened is exchanged before it is used.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat

from worker.delivery.tray import Waiting
from worker.limits.throttle import Throttle, Unlimited

FRESH = 0.05
# a little less than the limits remember: what is older can't be given back any more
_RETURNABLE = 8.0


class Permits:
    """The permits of one stream; notices are urgent and may have the last ones."""

    def __init__(self, throttle: Throttle, *, is_urgent: bool) -> None:
        self._throttle = throttle
        self._is_urgent = is_urgent
        self._is_free = isinstance(throttle, Unlimited)

    @property
    def reason(self) -> str:
        """Why there were fewer than wanted the last time, in words for staff."""
        return self._throttle.reason

    @property
    def wait(self) -> float:
        """In how many seconds there may be some again."""
        return self._throttle.wait

    def take(self, shares: Mapping[str, int]) -> Mapping[str, int]:
        """How many messages may go to each relay now, of so many wanted."""
        permits = self._throttle.relays(shares, urgent=self._is_urgent)
        return {relay: number for relay, number in permits.items() if number}

    def give_back(self, rows: Iterable[Waiting]) -> None:
        """Give back the permits of messages that don't leave now."""
        if self._is_free:
            return
        since = time.monotonic() - _RETURNABLE
        permitted = [row for row in rows if row.permitted_at > max(since, 0.0)]
        self.leave_over(row.relay for row in permitted)
        for group, number in Counter(row.prepared.group for row in permitted if row.prepared.group).items():
            self._throttle.give_back_group(group, number)

    def leave_over(self, relays: Iterable[str]) -> None:
        """Give back permits for which there was no message, one relay's name for each."""
        for relay, number in Counter(relays).items():
            self._throttle.give_back(relay, number)

    def is_fresh(self, waiting: Waiting) -> bool:
        """Whether a message may leave with the permit that it has."""
        return self._is_free or time.monotonic() - waiting.permitted_at <= FRESH

    def exchange(self, rows: Sequence[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
        """Change old permits for new ones; gives the rows that have one now, and those that have none any more."""
        granted: list[Waiting] = []
        denied: list[Waiting] = []
        kinds: dict[tuple[str, str], list[Waiting]] = defaultdict(list)
        for row in rows:
            kinds[row.relay, row.prepared.group].append(row)
        for (relay, group), same in kinds.items():
            number = self._exchange(relay, group, held=sum(1 for row in same if row.permitted_at), wanted=len(same))
            now = time.monotonic()
            granted += [row._replace(permitted_at=now) for row in same[:number]]
            denied += [row._replace(permitted_at=0.0) for row in same[number:]]
        return granted, denied

    def _exchange(self, relay: str, group: str, *, held: int, wanted: int) -> int:
        if held:
            self._throttle.give_back(relay, held)
        number = self._throttle.relays({relay: wanted}, urgent=self._is_urgent).get(relay, 0)
        if not group:
            return number
        if held:
            self._throttle.give_back_group(group, held)
        allowed = self._throttle.group(group, number) if number else 0
        if number > allowed:
            self._throttle.give_back(relay, number - allowed)
        return allowed


def spread(permits: Mapping[str, int]) -> Iterator[str]:
    """The relays' names, each as often as it has permits, mixed evenly; the first named, whose turn it is, first."""
    if len(permits) == 1:
        yield from chain.from_iterable(repeat(relay, number) for relay, number in permits.items())
        return
    whole = sum(permits.values())
    behind = {relay: number / whole for relay, number in permits.items()}
    for place in range(whole):
        relay = max(behind, key=behind.__getitem__) if place else next(iter(permits))
        yield relay
        behind[relay] -= 1
        for name, number in permits.items():
            behind[name] += number / whole

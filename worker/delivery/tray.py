"""Claimed messages that wait for a place with a relay: few, and not for long."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from worker.delivery.claims import Claim
from worker.smtp.outcome import Transport

LONGEST_WAIT = 1.5


class Prepared(NamedTuple):
    """A claimed row, and what makes its envelope sender, recipient and bytes; that raises Invalid for a bad row.

    `group` names the limited domains that its reader's is among.
    """

    claim: Claim
    make: Callable[[], tuple[str, str, bytes]]
    group: str = ""


class Waiting(NamedTuple):
    """A prepared message with its relay, since when it waits, and when its permit was given (monotonic seconds).

    `permitted_at` is 0 if it has none any more.
    """

    prepared: Prepared
    relay: str
    since: float
    permitted_at: float


class Tray:
    """What this process has claimed and not yet handed over, by relay, in the order of the claims."""

    def __init__(self) -> None:
        self._rows: dict[str, deque[Waiting]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    @property
    def ids(self) -> list[int]:
        """The deliveries that wait."""
        return [waiting.prepared.claim.delivery_id for rows in self._rows.values() for waiting in rows]

    def add(self, rows: Iterable[Prepared], relays: Iterable[str], now: float) -> None:
        """Put rows down, each with the next relay and its permit."""
        for prepared, relay in zip(rows, relays, strict=False):
            self._rows.setdefault(relay, deque()).append(Waiting(prepared, relay, now, now))

    def ready(self, transport: Transport) -> Iterator[Waiting]:
        """Take up, one after the other, what a relay has a place for; a slow domain's rows are passed by."""
        for relay, places in transport.room().items():
            rows, left = self._rows.get(relay, deque()), places
            passed: list[Waiting] = []
            while rows and left > 0:
                waiting = rows.popleft()
                if transport.takes(relay, waiting.prepared.claim.address.domain):
                    left -= 1
                    yield waiting
                else:
                    passed.append(waiting)
            rows.extendleft(reversed(passed))

    def put_down(self, rows: Sequence[Waiting]) -> None:
        """Put rows back to the front that were taken up in vain."""
        for waiting in reversed(rows):
            self._rows.setdefault(waiting.relay, deque()).appendleft(waiting)

    def stale(self, now: float) -> list[Waiting]:
        """Take up what has waited too long, so that who leaves, and a pause, is heard even if a relay stalls."""
        taken = []
        for rows in self._rows.values():
            while rows and now - rows[0].since > LONGEST_WAIT:
                taken.append(rows.popleft())
        return taken

    def everything(self) -> list[Waiting]:
        """Take up all that is there."""
        return self._take(lambda waiting: True)

    def of(self, is_meant: Callable[[Claim], bool]) -> list[Waiting]:
        """Take up certain rows."""
        return self._take(lambda waiting: is_meant(waiting.prepared.claim))

    def _take(self, is_meant: Callable[[Waiting], bool]) -> list[Waiting]:
        taken = []
        for relay, rows in self._rows.items():
            taken += [waiting for waiting in rows if is_meant(waiting)]
            self._rows[relay] = deque(waiting for waiting in rows if not is_meant(waiting))
        return taken

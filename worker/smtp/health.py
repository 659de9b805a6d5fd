"""Whether a relay can be used: away after failures, for longer each time, without any message paying for it."""

from collections.abc import Callable

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
FAILURES = 3
"""So many connections in a row that end without an answered message, and the relay is away."""


class Health:
    """The breaker of one relay. `chance` gives numbers from 0 to 1, for the jitter that keeps processes apart."""

    def __init__(self, place: str, chance: Callable[[], float]) -> None:
        self._place = place
        self._chance = chance
        self._pauses = 0
        self._silent = 0
        self._until = 0.0
        self.trouble = ""

    def is_away(self, now: float) -> bool:
        """Whether it is left alone now."""
        return now < self._until

    @property
    def is_doubtful(self) -> bool:
        """Whether it has failed and not taken anything since: one connection is enough to find out."""
        return self._pauses > 0

    def fails(self, why: str, now: float) -> None:
        """It can't be used: leave it alone for a second, two, four … a minute, a tenth more or less."""
        pause = min(FIRST_PAUSE * 2**self._pauses, LONGEST_PAUSE)
        self._pauses = min(self._pauses + 1, 10)
        self._silent = 0
        self._until = now + pause * (0.9 + 0.2 * self._chance())
        seconds = "1 second" if pause == 1 else f"{pause:.0f} seconds"
        self.trouble = f"The mail server {self._place} can't be {why}. It is tried again in {seconds}."

    def closes_silently(self, why: str, now: float) -> bool:
        """A connection ended and no message was answered on it; True if that was once too often."""
        self._silent += 1
        if self._silent < FAILURES and not self.is_doubtful:
            return False
        self.fails(f"used: it closes the connection without taking a message ({why})", now)
        return True

    def answers(self) -> None:
        """It has answered a message."""
        self._pauses = self._silent = 0
        self._until = 0.0
        self.trouble = ""

"""What one relay or one group of domains may be given, and what this process was given of it."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.mailbox_providers import DomainGroup
from app.ramp import ramp_limit
from app.relay_settings import RelaySettings
from worker.limits import words

# Permits older than this can't be given back: whoever holds them so long has used them.
_REMEMBERED = 10_000
SECOND, HOUR, DAY, UNCOUNTED = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Answer:
    """What Redis gave: permits, when (its own time in ms), which window gave least, and seconds until there is more."""

    given: int
    stamp: int
    window: int
    wait: float

    @classmethod
    def of(cls, numbers: Sequence[int]) -> "Answer":
        """One answer as the script gives it, where times are in milliseconds."""
        given, stamp, window, wait = numbers
        return cls(given, stamp, window, wait / 1000)


@dataclass(slots=True)
class Limit:
    """The limits of one relay or group; 0 means none. `who` names it in words for staff."""

    key: str
    who: str
    per_second: int
    per_hour: int
    per_day: int
    ramp: Sequence[int] = ()
    ramp_from: date | None = None
    domains: tuple[str, ...] = ()
    relay: str = ""
    given: deque[tuple[int, int]] = field(default_factory=deque)

    @classmethod
    def of_relay(cls, relay: RelaySettings, ramp: Sequence[int]) -> "Limit":
        """The limits of a relay; its warm-up is a limit per day that grows by date."""
        return cls(
            f"communique:limit:relay:{relay.name}",
            f"relay {relay.name}",
            relay.per_second,
            relay.per_hour,
            relay.per_day,
            ramp=ramp,
            ramp_from=relay.ramp_from,
            relay=relay.name,
        )

    @classmethod
    def of_group(cls, group: DomainGroup) -> "Limit":
        """The limits of a group of domains."""
        rates = (group.per_second, group.per_hour, group.per_day)
        return cls(f"communique:limit:domains:{group.name}", group.name, *rates, domains=group.domains)

    @property
    def keys(self) -> tuple[str, str, str]:
        """Where Redis keeps its second, its hour and its day."""
        return f"{self.key}:second", f"{self.key}:hour", f"{self.key}:day"

    def on(self, today: date) -> tuple[int, int, int]:
        """The limits per second, hour and day that hold today."""
        days = [limit for limit in (self.per_day, ramp_limit(self.ramp, self.ramp_from, today)) if limit]
        return self.per_second, self.per_hour, min(days, default=0)

    def take_note(self, stamp: int, number: int) -> None:
        """Remember when permits were given, in milliseconds of Redis' time, so that they can be given back."""
        while self.given and self.given[0][0] < stamp - _REMEMBERED:
            self.given.popleft()
        if number:
            self.given.append((stamp, number))

    def returned(self, number: int) -> Iterator[tuple[int, int]]:
        """When those permits were given that are given back now: the oldest first, as what is used was used late."""
        while number > 0 and self.given:
            stamp, held = self.given.popleft()
            part = min(held, number)
            if held > part:
                self.given.appendleft((stamp, held - part))
            number -= part
            yield stamp, part

    def why(self, window: int, wait: float, now: datetime) -> str:
        """Why less was given than wanted; `window` as the script numbers them."""
        if window == UNCOUNTED:
            return words.counting(self.who)
        limits = self.on(now.date())
        if window == SECOND:
            return words.waiting(self.who, self.per_second)
        until = now + timedelta(seconds=self.patience(window, wait, now))
        return words.used_up(self.who, limits[window - 1], "hour" if window == HOUR else "day", now=now, until=until)

    def patience(self, window: int, wait: float, now: datetime) -> float:
        """Seconds until there may be more: a warm-up may allow more at midnight already."""
        tomorrow = now.date() + timedelta(days=1)
        if window != DAY or self.on(tomorrow)[2] == self.on(now.date())[2]:
            return wait
        midnight = datetime.combine(tomorrow, datetime.min.time(), now.tzinfo)
        return min(wait, (midnight - now).total_seconds())

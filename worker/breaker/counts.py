"""Counting answers over fifteen minutes: in Redis for all processes together, or in this process while Redis is away.

Both keep, for each campaign and minute, how many answers each provider gave and how many of them were bad, and besides
how many answers in a row said that we are not served at all.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from app.redis_client import redis_client

MINUTES = 15
_PREFIX = "communique:breaker:"
ALL = ""
"""Stands for all providers together."""

_ADD = """
local told = cjson.decode(ARGV[1])
local at = KEYS[1] .. ':' .. told.minute
for name, number in pairs(told.attempts) do redis.call('HINCRBY', at .. ':all', name, number) end
for name, number in pairs(told.bad) do redis.call('HINCRBY', at .. ':bad', name, number) end
redis.call('EXPIRE', at .. ':all', ARGV[2])
redis.call('EXPIRE', at .. ':bad', ARGV[2])
local run = math.max(redis.call('INCRBY', KEYS[1] .. ':run', told.leading), told.longest)
if told.is_broken then redis.call('SET', KEYS[1] .. ':run', told.trailing) end
redis.call('EXPIRE', KEYS[1] .. ':run', ARGV[2])
if #told.asked == 0 then return '' end
local attempts, bad = {}, {}
for minute = told.minute - ARGV[3] + 1, told.minute do
    local names = redis.call('HGETALL', KEYS[1] .. ':' .. minute .. ':bad')
    for i = 1, #names, 2 do bad[names[i]] = (bad[names[i]] or 0) + names[i + 1] end
    local numbers = redis.call('HMGET', KEYS[1] .. ':' .. minute .. ':all', unpack(told.asked))
    for i, name in ipairs(told.asked) do attempts[name] = (attempts[name] or 0) + (numbers[i] or 0) end
end
return cjson.encode({attempts = attempts, bad = bad, run = run})
"""
_FORGET = """
for minute = ARGV[1] - ARGV[2] + 1, ARGV[1] do
    local at = KEYS[1] .. ':' .. minute
    if ARGV[3] == '' then
        redis.call('DEL', at .. ':all', at .. ':bad', KEYS[1] .. ':run')
    else
        local number = redis.call('HGET', at .. ':all', ARGV[3])
        if number then redis.call('HINCRBY', at .. ':all', '', -number) end
        redis.call('HDEL', at .. ':all', ARGV[3])
        redis.call('HDEL', at .. ':bad', 'hard ' .. ARGV[3], 'blocked ' .. ARGV[3])
    end
end
"""


@dataclass(slots=True)
class Tally:
    """What one call brings.

    `attempts` are answers by provider, `bad` those that were "hard <provider>", "blocked <provider>" or "content";
    `asked` are the providers whose sums are needed. The three runs are of answers by which we were not served: before
    the first message that was accepted, the longest between two, and after the last.
    """

    attempts: Counter[str] = field(default_factory=Counter)
    bad: Counter[str] = field(default_factory=Counter)
    asked: set[str] = field(default_factory=set)
    leading: int = 0
    longest: int = 0
    trailing: int = 0
    is_broken: bool = False

    def unserved(self) -> None:
        """One more answer by which we were not served."""
        self.asked.add(ALL)
        self.trailing += 1
        if self.is_broken:
            self.longest = max(self.longest, self.trailing)
        else:
            self.leading = self.trailing

    def unwanted(self, kind: str, provider: str = ALL) -> None:
        """One more answer of a bad kind, from a provider if that matters."""
        self.bad[f"{kind} {provider}".strip()] += 1
        self.asked.update((ALL, provider))

    def accepted(self) -> None:
        """An accepted message ends the run."""
        self.is_broken, self.trailing = True, 0


@dataclass(frozen=True, slots=True)
class Window:
    """The sums of the last fifteen minutes: attempts of the providers asked for, everything bad, the longest run."""

    attempts: Mapping[str, int]
    bad: Mapping[str, int]
    run: int


class RedisCounts:
    """Counts that all processes share; one round trip for each call. Raises RedisError while Redis is away."""

    def __init__(self, url: str) -> None:
        self._redis = redis_client(url)
        self._add = self._redis.register_script(_ADD)
        self._forget = self._redis.register_script(_FORGET)

    def add(self, campaign: str, minute: int, tally: Tally) -> Window | None:
        """Count, and sum up if asked to."""
        told = {
            "minute": minute,
            "attempts": {**tally.attempts, ALL: tally.attempts.total()},
            "bad": tally.bad,
            "asked": sorted(tally.asked),
            "leading": tally.leading,
            "longest": tally.longest,
            "trailing": tally.trailing,
            "is_broken": tally.is_broken,
        }
        lifetime = (MINUTES + 1) * 60
        answer = cast(str, self._add(keys=[_PREFIX + campaign], args=[json.dumps(told), lifetime, MINUTES]))
        if not answer:
            return None
        sums = json.loads(answer)
        return Window(sums["attempts"], sums["bad"], sums["run"])

    def forget(self, campaign: str, minute: int, provider: str = ALL) -> None:
        """Delete what was counted."""
        self._forget(keys=[_PREFIX + campaign], args=[minute, MINUTES, provider])

    def close(self) -> None:
        """Close the connection."""
        self._redis.close()


@dataclass(slots=True)
class _Minute:
    attempts: Counter[str] = field(default_factory=Counter)
    bad: Counter[str] = field(default_factory=Counter)


class MemoryCounts:
    """The same for this process alone."""

    def __init__(self) -> None:
        self._minutes: defaultdict[str, defaultdict[int, _Minute]] = defaultdict(lambda: defaultdict(_Minute))
        self._runs: Counter[str] = Counter()

    def add(self, campaign: str, minute: int, tally: Tally) -> Window | None:
        """Count, and sum up if asked to."""
        minutes = self._minutes[campaign]
        for old in [number for number in minutes if number <= minute - MINUTES]:
            del minutes[old]
        minutes[minute].attempts.update({**tally.attempts, ALL: tally.attempts.total()})
        minutes[minute].bad.update(tally.bad)
        run = max(self._runs[campaign] + tally.leading, tally.longest)
        self._runs[campaign] = tally.trailing if tally.is_broken else run
        if not tally.asked:
            return None
        attempts = {name: sum(one.attempts[name] for one in minutes.values()) for name in tally.asked}
        return Window(attempts, _total(one.bad for one in minutes.values()), run)

    def forget(self, campaign: str, minute: int, provider: str = ALL) -> None:
        """Delete what was counted."""
        if provider == ALL:
            self._minutes.pop(campaign, None)
            del self._runs[campaign]
            return
        for one in self._minutes[campaign].values():
            one.attempts[ALL] -= one.attempts.pop(provider, 0)
            for kind in ("hard", "blocked"):
                one.bad.pop(f"{kind} {provider}", None)


def _total(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total

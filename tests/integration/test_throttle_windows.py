"""Whatever processes ask for, use and give back: no window of a second, an hour or a day holds more than its limit."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.throttling import Hands, emptied, most_in, throttle

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PROCESSES = 3
process = st.integers(0, PROCESSES - 1)
asks = st.tuples(st.just("ask"), process, st.integers(1, 200), st.booleans())
floods = st.tuples(st.just("flood"), process, st.integers(1, 60), st.sampled_from([0.02, 0.05, 0.11]))
returns = st.tuples(st.just("return"), process, st.integers(1, 60))
SECOND, HOUR, DAY = 1, 3600, 86_400


def passing(*choices):
    return st.tuples(st.just("pass"), st.one_of(*choices))


class Office:
    """Several processes under one limit, and what they have used, by time."""

    def __init__(self, redis_url, engine, options) -> None:
        self.clock = Hands()
        self.redis = emptied(redis_url)
        self.limits = [throttle(redis_url, engine, options, clock=self.clock) for _ in range(PROCESSES)]
        self.had: list[list[float]] = [[] for _ in range(PROCESSES)]

    def ask(self, number, wanted, urgent) -> None:
        given = self.limits[number].relays({"a": wanted}, urgent=urgent)["a"]
        self.had[number] += [self.clock.milliseconds() / 1000] * given

    def settle(self) -> None:
        for _ in range(2):
            self.limits[0].relays({"a": 1})
            self.clock.move(2)

    def do(self, step) -> None:
        match step:
            case "ask", number, wanted, urgent:
                self.ask(number, wanted, urgent)
            case "return", number, many:
                many = min(many, len(self.had[number]))
                now = self.clock.milliseconds() / 1000
                while many and self.had[number][-1] > now - 5:
                    self.had[number].pop()
                    self.limits[number].give_back("a", 1)
                    many -= 1
                    if not self.had[number]:
                        break
            case "flood", number, rounds, pause:
                for _ in range(rounds):
                    self.ask(number, 1000, True)
                    self.clock.move(pause)
            case "pass", seconds:
                self.clock.move(seconds)
            case "lose", _:
                self.redis.flushdb()

    @property
    def used(self) -> list[float]:
        return [moment for moments in self.had for moment in moments]


@QUICK
@given(
    limit=st.integers(1, 40) | st.integers(100, 400),
    steps=st.lists(
        st.one_of(asks, floods, returns, passing(st.floats(0.001, 0.2), st.floats(0.2, 3)), st.just(("lose", None))),
        max_size=40,
    ),
)
def test_no_second_holds_more_than_its_limit_even_if_redis_forgets(redis_url, engine, limit, steps):
    office = Office(redis_url, engine, f"name=a&per_second={limit}")
    for step in steps:
        office.do(step)
        office.do(("pass", 0.001))
    assert most_in(office.used, SECOND) <= limit
    office.redis.close()


@pytest.mark.parametrize(("option", "width"), [("per_hour", HOUR), ("per_day", DAY)])
@QUICK
@given(
    limit=st.integers(1, 150),
    steps=st.lists(
        st.one_of(asks, asks, returns, passing(st.floats(0.0001, 0.02), st.floats(0.2, 0.5), st.floats(0.95, 1.02))),
        max_size=40,
    ),
)
def test_no_hour_and_no_day_holds_more_than_its_limit(redis_url, engine, option, width, limit, steps):
    office = Office(redis_url, engine, f"name=a&{option}={limit}")
    office.settle()
    for step in steps:
        office.do(("pass", step[1] * width) if step[0] == "pass" else step)
        office.do(("pass", 0.001))
    assert most_in(office.used, width) <= limit
    office.clock.move(timedelta(days=1, minutes=16).total_seconds())
    office.had[0].clear()
    office.ask(0, limit, True)
    assert len(office.had[0]) == limit
    office.redis.close()


@pytest.mark.parametrize("limit", [1, 2, 10, 400])
def test_a_flood_after_a_rest_gets_the_limit_in_each_second_and_hardly_less(redis_url, engine, limit):
    office = Office(redis_url, engine, f"name=a&per_second={limit}")
    office.do(("ask", 0, 1, True))
    office.do(("pass", 60))
    for _ in range(4):
        for number in range(PROCESSES):
            office.do(("flood", number, 100, 0.01))
    assert most_in(office.used, SECOND) <= limit
    assert len(office.used) >= limit * 12 * 0.8
    office.redis.close()

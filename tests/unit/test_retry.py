"""When a deferred message is tried again, and when that ends."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models import DeliveryKind
from worker.delivery.retry import JITTER, LATER, SCHEDULE, next_attempt

FIRST = datetime(2026, 11, 24, 9, tzinfo=UTC)
LIMITS = {kind: timedelta(hours=72 if kind is DeliveryKind.STATEMENT else 24) for kind in DeliveryKind}
kinds = st.sampled_from(DeliveryKind)
chances = st.integers().map(random.Random)


class Fixed(random.Random):
    """Chance that always says the same: 0 the earliest, 1 the latest."""

    def __init__(self, where: float) -> None:
        super().__init__()
        self.where = where

    def uniform(self, a: float, b: float) -> float:
        return a + (b - a) * self.where


@given(kinds, st.integers(1, 60), st.floats(0, 100), chances)
def test_the_pause_is_the_schedules_give_or_take_a_fifth(kind, attempts, hours, chance) -> None:
    now = FIRST + timedelta(hours=hours)
    moment = next_attempt(kind, attempts, FIRST, now, chance)
    planned = SCHEDULE[attempts - 1] if attempts <= len(SCHEDULE) else LATER
    if moment is not None:
        assert planned * (1 - JITTER) <= moment - now <= planned * (1 + JITTER)
        assert moment - FIRST <= LIMITS[kind]
    else:
        assert now + planned * (1 + JITTER) - FIRST > LIMITS[kind]


@given(kinds, st.integers(1, 30), st.floats(0, 1))
def test_pauses_never_get_shorter(kind, attempts, where) -> None:
    one = next_attempt(kind, attempts, FIRST, FIRST, Fixed(where))
    two = next_attempt(kind, attempts + 1, FIRST, FIRST, Fixed(where))
    assert one
    assert two
    assert FIRST < one <= two


@given(kinds, chances)
def test_trying_ends_within_the_limit_and_not_long_before(kind, chance) -> None:
    now, attempts = FIRST, 1
    while (moment := next_attempt(kind, attempts, FIRST, now, chance)) is not None:
        assert moment > now
        now, attempts = moment, attempts + 1
        assert attempts < 100
    assert LIMITS[kind] - LATER * (1 + JITTER) < now - FIRST <= LIMITS[kind]


def test_the_first_pauses_are_short_and_the_later_ones_six_hours() -> None:
    middle = Fixed(0.5)
    waits = [next_attempt(DeliveryKind.STATEMENT, n, FIRST, FIRST, middle) for n in range(1, 9)]
    minutes = [(moment - FIRST).total_seconds() / 60 for moment in waits if moment]
    assert minutes == [15, 30, 60, 120, 240, 360, 360, 360]


@pytest.mark.parametrize("kind", DeliveryKind)
def test_after_its_time_a_message_is_given_up(kind: DeliveryKind) -> None:
    assert next_attempt(kind, 20, FIRST, FIRST + LIMITS[kind], Fixed(0)) is None
    last = FIRST + LIMITS[kind] - LATER * (1 - JITTER)
    assert next_attempt(kind, 20, FIRST, last, Fixed(0)) == FIRST + LIMITS[kind]
    assert next_attempt(kind, 20, FIRST, last, Fixed(0.5)) is None


def test_many_messages_deferred_at_once_do_not_come_back_at_once() -> None:
    chance = random.Random(1)
    moments = {next_attempt(DeliveryKind.STATEMENT, 1, FIRST, FIRST, chance) for _ in range(200)}
    assert len(moments) == 200
    assert None not in moments

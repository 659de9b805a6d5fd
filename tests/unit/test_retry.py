"""When a message that wasn't taken is tried again, when that ends, and what is recorded of it."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models import DeliveryKind, DeliveryState
from app.models.delivery_states import DeliveryEvent
from app.relay_settings import parse_relays
from worker.delivery.entries import entry_of
from worker.delivery.ledger import Held
from worker.delivery.retry import ABOUT_US, DIRECT, JITTER, RELAYED, Retries, next_attempt
from worker.smtp.outcome import Outcome

FIRST = datetime(2026, 11, 24, 9, tzinfo=UTC)
BUSY = Outcome(DeliveryEvent.DEFERRED, 451, "4.3.0", "come back later", "mx")
TIMES_OF_KIND = {kind: 72 if kind is DeliveryKind.STATEMENT else 24 for kind in DeliveryKind}
schedules = st.sampled_from([DIRECT, RELAYED, ABOUT_US])


class Fixed(random.Random):
    """Chance that always says the same: 0 the earliest, 1 the latest."""

    def __init__(self, where: float) -> None:
        super().__init__()
        self.where = where

    def uniform(self, a: float, b: float) -> float:
        return a + (b - a) * self.where


EXACT = Retries(frozenset({"mx"}), chance=Fixed(0.5))


def row(attempts: int = 1, kind: DeliveryKind = DeliveryKind.STATEMENT) -> Held:
    return Held(7, kind, DeliveryState.SENDING, attempts, FIRST, FIRST)


def tries(outcome: Outcome, kind: DeliveryKind, retries: Retries) -> tuple[list[float], DeliveryState, str | None]:
    """The hours at which a message is tried that gets this answer each time, and how it ends."""
    now, hours = FIRST, [0.0]
    while len(hours) < 200:
        entry = entry_of(row(len(hours), kind), outcome, now, retries)
        if entry.next_attempt_at is None:
            return hours, entry.state, entry.reply_class
        assert entry.state is DeliveryState.DEFERRED
        now = entry.next_attempt_at
        hours.append(round((now - FIRST) / timedelta(hours=1), 4))
    raise AssertionError("it never ends")


def test_readers_own_servers_are_asked_twice_in_the_first_hour_and_then_ever_less_often():
    hours, state, kind = tries(BUSY, DeliveryKind.STATEMENT, EXACT)
    assert hours == [0, 0.25, 0.75, 1.75, 3.75, 7.75, *[7.75 + 6 * n for n in range(1, 11)]]
    assert (state, kind) == (DeliveryState.FAILED, "soft")


def test_a_relay_is_asked_again_soon_because_it_retries_readers_itself():
    hours, _, _ = tries(BUSY, DeliveryKind.STATEMENT, Retries(chance=Fixed(0.5)))
    minutes = [round(hour * 60) for hour in hours]
    assert minutes[:7] == [0, 2, 7, 22, 52, 112, 232]
    assert {later - earlier for earlier, later in pairwise(minutes[6:])} == {120}


@pytest.mark.parametrize("kind", DeliveryKind)
def test_statements_are_tried_for_three_days_and_notices_for_one(kind):
    hours, state, _ = tries(BUSY, kind, EXACT)
    assert TIMES_OF_KIND[kind] - 6 <= hours[-1] <= TIMES_OF_KIND[kind]
    assert state is DeliveryState.FAILED


@pytest.mark.parametrize("hours", [24, 120])
def test_the_settings_say_how_long(settings, hours):
    chosen = Retries.from_settings(settings.model_copy(update={"give_up_hours": hours}))
    times, _, _ = tries(BUSY, DeliveryKind.STATEMENT, Retries(chosen.direct, chosen.give_up, Fixed(0.5)))
    assert hours - 2 <= times[-1] <= hours


def test_the_settings_say_which_relays_leave_retrying_to_us(settings):
    relays = parse_relays("smtp://127.0.0.1:2525?name=ours smtp://127.0.0.1:2526?name=mx&retry=direct")
    retries = Retries.from_settings(settings.model_copy(update={"relays": relays}))
    assert retries.schedule("mx", is_about_us=False) == DIRECT
    assert retries.schedule("ours", is_about_us=False) == retries.schedule("", is_about_us=False) == RELAYED


@given(schedules, st.integers(0, 60), st.floats(0, 100), st.integers().map(random.Random))
def test_the_pause_is_the_schedules_give_or_take_a_fifth(schedule, attempts, hours, chance):
    now, until = FIRST + timedelta(hours=hours), FIRST + timedelta(hours=72)
    planned = schedule[min(max(attempts, 1), len(schedule)) - 1]
    moment = next_attempt(schedule, attempts, now, until=until, chance=chance)
    if moment is None:
        assert now + planned * (1 + JITTER) > until
    else:
        assert planned * (1 - JITTER) <= moment - now <= planned * (1 + JITTER)
        assert moment <= until


@given(schedules, st.integers(1, 30), st.floats(0, 1))
def test_pauses_never_get_shorter(schedule, attempts, where):
    until = FIRST + timedelta(days=5)
    one = next_attempt(schedule, attempts, FIRST, until=until, chance=Fixed(where))
    two = next_attempt(schedule, attempts + 1, FIRST, until=until, chance=Fixed(where))
    assert one
    assert two
    assert FIRST < one <= two


def test_many_messages_put_off_at_once_do_not_come_back_at_once():
    retries = Retries(chance=random.Random(1))
    moments = {entry_of(row(), BUSY, FIRST, retries).next_attempt_at for _ in range(200)}
    assert len(moments) == 200


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (Outcome(DeliveryEvent.REFUSED, 550, "5.1.1", "User unknown"), "hard"),
        (Outcome(DeliveryEvent.REFUSED, 550, "5.2.1", "account disabled"), "inactive"),
        (Outcome(DeliveryEvent.REFUSED, 552, "5.2.2", "mailbox full"), "quota"),
        (Outcome(DeliveryEvent.REFUSED, 554, None, "Transaction failed"), "soft"),
        (Outcome(DeliveryEvent.REFUSED, None, None, "not sent: the name can't be written"), "soft"),
    ],
)
def test_what_speaks_about_the_reader_is_final(outcome, kind):
    entry = entry_of(row(), outcome, FIRST, EXACT)
    assert (entry.state, entry.reply_class, entry.next_attempt_at) == (DeliveryState.FAILED, kind, None)


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (Outcome(DeliveryEvent.REFUSED, 550, "5.7.26", "unauthenticated"), "blocked"),
        (Outcome(DeliveryEvent.REFUSED, 552, "5.3.4", "too large"), "content"),
        (Outcome(DeliveryEvent.REFUSED, 503, "5.5.1", "bad sequence"), "protocol"),
        (Outcome(DeliveryEvent.REFUSED, 530, "5.7.0", "authentication required"), "relay"),
        (Outcome(DeliveryEvent.DEFERRED, 421, "4.7.28", "unusual rate"), "blocked"),
    ],
)
def test_what_speaks_about_us_costs_no_reader_the_mail(outcome, kind):
    entry = entry_of(row(), outcome, FIRST, EXACT)
    assert (entry.state, entry.reply_class) == (DeliveryState.DEFERRED, kind)
    hours, state, last = tries(outcome, DeliveryKind.STATEMENT, EXACT)
    assert hours[:6] == [0, 1, 3, 7, 13, 19]
    assert 66 < hours[-1] <= 72
    assert (state, last) == (DeliveryState.FAILED, kind)


@pytest.mark.parametrize("event", [DeliveryEvent.ACCEPTED, DeliveryEvent.UNKNOWN])
def test_what_was_taken_or_is_not_known_has_no_kind(event):
    entry = entry_of(row(), Outcome(event, 250 if event is DeliveryEvent.ACCEPTED else None), FIRST, EXACT)
    assert entry.reply_class is None
    assert entry.next_attempt_at is None

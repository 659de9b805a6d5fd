"""How many connections all processes hold to a relay, whatever becomes of processes and of Redis."""

import time
from datetime import timedelta

import pytest

from app.clock import utc_now
from app.database import sessions
from app.models import Delivery, DeliveryKind, DeliveryState
from app.relay_settings import parse_relays
from tests.factories import subscriber
from worker.limits import lines as lines_module
from worker.limits.lines import SharedLines, lines_for


class Seconds:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def quickly(monkeypatch):
    """Leases and pauses a hundred times as short, so that a test can wait for their end."""
    monkeypatch.setattr(lines_module, "LEASE", 0.6)
    monkeypatch.setattr(lines_module, "GRACE", 0.12)


@pytest.fixture
def process(redis, redis_url, seconds):
    """One sending process that may hold six lines to relay a with all others together; for campaigns it leaves one."""
    del redis

    def process(*, busy=False, is_urgent=True):
        lines = SharedLines(redis_url, {"a": 6, "only": 1, "free": 0}, lambda relay: busy, clock=seconds)
        lines.is_urgent = is_urgent
        return lines

    return process


def taken(lines, number, relay="a"):
    return sum(lines.take(relay, 1) for _ in range(number))


def until_had(lines):
    """Try until a line is had; how many tries failed before."""
    failed = 0
    while not lines.take("a", 1):
        failed += 1
        assert failed < 1000
        time.sleep(0.005)
    return failed


def test_all_processes_together_never_open_more_than_the_relay_allows(process):
    one, other = process(), process()
    assert (taken(one, 4), taken(other, 4), taken(one, 1)) == (4, 2, 0)
    one.give_back("a", 1)
    assert (taken(other, 4), taken(one, 1)) == (1, 0)


def test_several_are_had_together_or_not_at_all(process):
    one, other = process(), process()
    assert one.take("a", 4)
    assert not other.take("a", 3)
    assert other.take("a", 2)


def test_campaigns_leave_the_last_line_to_notices(process):
    bulk, other, notices = process(is_urgent=False), process(is_urgent=False), process()
    assert (taken(bulk, 6), taken(other, 6)) == (5, 0)
    assert (taken(notices, 6), taken(bulk, 1)) == (1, 0)


def test_the_only_line_is_for_whoever_comes_first(process):
    assert taken(process(is_urgent=False), 2, "only") == 1
    assert taken(process(), 1, "only") == 0


def test_a_relay_without_a_common_limit_is_never_asked_for(process):
    one = process()
    assert taken(one, 100, "free") == taken(one, 100, "unheard of") == 100
    one.give_back("free", 100)


def test_the_lines_of_a_process_that_died_come_free_by_themselves(process, quickly):
    dead, alive = process(), process()
    assert taken(dead, 6) == 6
    assert not alive.take("a", 1)
    assert until_had(alive) > 0
    for _ in range(5):
        until_had(alive)


def test_lines_that_are_kept_stay_held_beyond_their_lease(process, quickly, seconds, redis):
    one, other = process(), process()
    assert taken(one, 6) == 6
    before = redis.zrange("communique:lines:a", 0, 0, withscores=True)[0][1]
    seconds.now += 1
    one.keep()
    assert redis.zrange("communique:lines:a", 0, 0, withscores=True)[0][1] == before
    seconds.now += 5
    one.keep()
    assert redis.zrange("communique:lines:a", 0, 0, withscores=True)[0][1] > before
    assert not other.take("a", 1)


def test_after_redis_forgot_nobody_opens_more_until_the_holders_have_registered_again(process, quickly, seconds, redis):
    one, young = process(), process(busy=True)
    assert taken(one, 5) == 5
    redis.flushdb()
    assert not young.take("a", 1)
    assert not one.take("a", 1)
    seconds.now += 6
    one.keep()
    assert until_had(young) > 0
    assert taken(young, 5) == taken(one, 5) == 0
    assert redis.zcard("communique:lines:a") == 6


def test_a_holder_knows_of_the_loss_without_asking_the_ledger(process, redis):
    one = process()
    assert taken(one, 2) == 2
    redis.flushdb()
    assert taken(one, 5) == 0


def test_at_the_very_first_start_nobody_waits(process):
    one, other = process(), process(busy=True)
    assert taken(one, 3) == 3
    assert taken(other, 6) == 3


def test_while_redis_is_away_no_line_is_opened_and_it_is_not_asked_all_the_time(seconds):
    lines = SharedLines("redis://127.0.0.1:1/0", {"a": 6}, lambda relay: False, clock=seconds)
    assert not lines.take("a", 1)
    lines.keep()
    lines.give_back("a", 3)
    assert taken(lines, 1000) == 0


@pytest.mark.parametrize(
    ("sent_ago", "relay", "is_first"),
    [
        (None, "a", True),
        (timedelta(minutes=1), "a", False),
        (timedelta(minutes=1), "b", True),
        (timedelta(hours=1), "a", True),
    ],
)
def test_whether_it_is_a_first_start_the_ledger_tells(settings, session, database, redis, sent_ago, relay, is_first):
    del redis
    if sent_ago is not None:
        reader = subscriber(session, settings, "reader@example.org")
        row = {"kind": DeliveryKind.CONFIRMATION, "state": DeliveryState.SENT, "subscriber_id": reader.id}
        session.add(Delivery(**row, relay=relay, sent_at=utc_now() - sent_ago))
        session.commit()
    local = settings.model_copy(
        update={"relays": parse_relays("smtp://relay.example?tls=starttls&name=a&all_connections=3")}
    )
    lines = lines_for(local, sessions(database))
    assert lines is not None
    assert lines.take("a", 1) is is_first


def test_without_the_ledger_a_start_waits_and_without_a_limit_there_is_nothing_to_keep(settings, redis):
    del redis
    local = settings.model_copy(
        update={"relays": parse_relays("smtp://relay.example?tls=starttls&name=a&all_connections=3")}
    )
    lines = lines_for(local)
    assert lines is not None
    assert not lines.take("a", 1)
    assert lines_for(settings) is None

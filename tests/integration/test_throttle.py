"""Permits as a sending process meets them: how many, how soon, and what staff read meanwhile."""

import time
from datetime import timedelta

import pytest

from app import redis_client
from app.database import sessions
from app.relay_settings import parse_relays
from tests.integration.throttling import START, Door, Hands, throttle
from worker.limits import shared as shared_limits
from worker.limits.throttle import Unlimited, throttle_for


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def limits(redis, redis_url, database, clock):
    """A throttle by its settings."""
    del redis
    return lambda *settings, **more: throttle(redis_url, database, *settings, clock=clock, **more)


def settled(made, clock):
    """A throttle whose hours and days have been counted for the first time."""
    for _ in range(2):
        made.relays(dict.fromkeys("ab", 1))
        for group in made.groups:
            made.group(group.name, 1)
        clock.move(2)
    return made


def taken(made, clock, *, wanted=1000, rounds=1, pause=0.05, urgent=False):
    total = 0
    for _ in range(rounds):
        total += made.relays({"a": wanted}, urgent=urgent)["a"]
        clock.move(pause)
    return total


def test_without_limits_redis_is_never_asked(settings, database, clock):
    away = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    made = throttle_for(away, sessions(database), clock)
    assert isinstance(made, Unlimited)
    assert made.relays({"a": 100_000, "b": 5}) == {"a": 100_000, "b": 5}
    assert (made.groups, made.reason, made.wait) == ((), "", 0.0)


def test_with_a_limit_on_anything_the_throttle_keeps_it(settings, database, clock):
    limited = parse_relays("smtp://relay.example?tls=starttls&per_day=5")
    made = throttle_for(settings.model_copy(update={"relays": limited}), sessions(database), clock)
    assert not isinstance(made, Unlimited)


def test_a_relay_without_limits_gets_all_beside_one_that_has_some(limits, clock):
    made = settled(limits("name=a&per_second=10 name=b"), clock)
    assert made.relays({"a": 50, "b": 50}) == {"a": 1, "b": 50}
    assert made.reason == "waiting for relay a: 10 a second"
    assert made.wait == 0.0


def test_permits_come_in_small_numbers_spread_over_the_second(limits, clock):
    made = settled(limits("name=a&per_second=200"), clock)
    parts = [taken(made, clock) for _ in range(60)]
    assert max(parts) <= 20
    assert 160 <= sum(parts[20:40]) <= 200


def test_nobody_gets_more_than_was_wanted(limits, clock):
    made = settled(limits("name=a&per_second=200"), clock)
    assert made.relays({"a": 3}) == {"a": 3}
    assert (made.reason, made.wait) == ("", 0.0)
    assert made.relays({"a": 0}) == {"a": 0}


def test_how_long_to_wait_is_told_and_true(limits, clock):
    made = settled(limits("name=a&per_second=2"), clock)
    assert made.relays({"a": 5})["a"] == 1
    for _ in range(6):
        assert 0 < made.wait < 2.5
        clock.move(made.wait - 0.01)
        assert made.relays({"a": 5})["a"] == 0
        clock.move(made.wait)
        while not made.relays({"a": 5})["a"]:
            clock.move(made.wait)


def test_permits_that_are_given_back_can_be_had_again(limits, clock):
    made = settled(limits("name=a&per_second=200&per_hour=1000"), clock)
    for _ in range(300):
        made.give_back("a", made.relays({"a": 1000})["a"])
        clock.move(0.1)
    assert taken(made, clock, rounds=400, pause=0.1) == 990


def test_more_than_was_had_is_never_given_back(limits, clock):
    made = settled(limits("name=a&per_hour=100"), clock)
    assert taken(made, clock) == 99
    made.give_back("a", 10)
    made.give_back("a", 500)
    other = limits("name=a&per_hour=100")
    other.give_back("a", 50)
    assert other.relays({"a": 500})["a"] == 99


def test_notices_find_a_permit_that_the_campaigns_have_left(limits, clock):
    made = settled(limits("name=a&per_second=100&per_day=2000"), clock)
    for _ in range(40):
        taken(made, clock)
    assert taken(made, clock, urgent=True, wanted=1) == 1
    assert taken(made, clock, rounds=4000) + 1 < 2000
    assert made.relays({"a": 1})["a"] == 0
    assert taken(made, clock, urgent=True, wanted=1) == 1


def test_an_hour_that_is_used_up_says_when_it_goes_on(limits, clock):
    made = settled(limits("name=a&per_hour=60"), clock)
    assert taken(made, clock) == 59
    assert made.reason == "relay a has sent its 60 for this hour; it goes on at 11:01 UTC"
    clock.move(made.wait - 1)
    assert taken(made, clock) == 0
    clock.move(2)
    assert taken(made, clock) == 59


def test_a_day_that_is_used_up_says_when_it_goes_on(limits, clock):
    made = settled(limits("name=a&per_day=50&per_hour=40"), clock)
    assert taken(made, clock) == 39
    clock.move(3700)
    assert taken(made, clock) == 10
    assert made.reason == "relay a has sent its 50 for today; it goes on at 10:15 UTC on 26 November"
    clock.move(made.wait)
    assert taken(made, clock) == 39


@pytest.mark.parametrize(("window", "limit"), [("per_hour", 2), ("per_hour", 50), ("per_day", 2), ("per_day", 99)])
def test_of_a_small_hour_or_day_notices_have_the_last_permit(limits, clock, window, limit):
    made = settled(limits(f"name=a&{window}={limit}"), clock)
    assert taken(made, clock, rounds=5) == limit - 1
    assert taken(made, clock, urgent=True, rounds=5) == 1


def test_an_hour_of_one_message_is_for_whoever_comes_first(limits, clock):
    assert taken(settled(limits("name=a&per_hour=1"), clock), clock, rounds=5) == 1


def test_a_relay_that_is_warmed_up_gets_more_each_day(limits, clock):
    made = settled(limits("name=a&ramp_from=2026-11-24&per_day=900", ramp=(100, 500, 1000)), clock)
    assert taken(made, clock) == 495
    assert "has sent its 500 for today; it goes on at 00:00 UTC on 26 November" in made.reason
    clock.move(made.wait)
    assert timedelta(0) <= clock() - START.replace(day=26, hour=0) < timedelta(seconds=1)
    assert taken(made, clock) == 900 - 9 - 495
    clock.move(timedelta(days=2).total_seconds())
    assert taken(made, clock) == 891


def test_a_group_of_domains_has_a_limit_of_its_own(limits, clock):
    made = settled(limits("name=a", "googlemail.com 10/s 100/d; example.org+example.net 5/s"), clock)
    assert [(group.name, group.domains) for group in made.groups] == [
        ("gmail.com", ("gmail.com", "googlemail.com")),
        ("example.org", ("example.org", "example.net")),
    ]
    assert made.group("gmail.com", 50) == 1
    assert made.reason == "waiting for gmail.com: 10 a second"
    assert made.wait > 0
    assert made.group("example.org", 1) == 1
    assert made.wait == 0.0
    made.give_back_group("gmail.com", 1)
    assert made.group("gmail.com", 1) == 1
    assert made.reason == ""


def test_a_reason_is_not_told_when_it_is_long_past(limits, clock):
    made = settled(limits("name=a&per_second=1 name=b&per_second=1"), clock)
    made.relays({"a": 9, "b": 9})
    assert made.reason == "waiting for relay a: 1 a second; waiting for relay b: 1 a second"
    made.relays({"a": 9})
    assert made.reason == "waiting for relay a: 1 a second"
    clock.move(6)
    assert made.reason == ""


def test_two_processes_share_what_there_is(limits, clock):
    options = "name=a&per_hour=90"
    one, other = settled(limits(options), clock), limits(options)
    assert one.relays({"a": 60})["a"] + other.relays({"a": 60})["a"] == 89
    assert other.reason.startswith("relay a has sent its 90 for this hour")


def test_while_redis_is_away_nothing_limited_is_given_and_staff_read_why(database, clock):
    made = throttle("redis://127.0.0.1:1/0", database, "name=a&per_second=5 name=b", "gmail.com 5/s", clock=clock)
    assert made.relays({"a": 5, "b": 5}) == {"a": 0, "b": 5}
    assert made.reason == "the Redis server does not answer; limits can't be kept, so nothing is sent"
    assert made.relays({"a": 5}) == {"a": 0}
    assert made.group("gmail.com", 5) == 0
    assert made.wait == 1.0
    made.give_back("a", 5)


@pytest.mark.parametrize("is_listening", [True, False])
def test_when_redis_answers_again_sending_goes_on_by_itself(
    redis, redis_url, database, clock, monkeypatch, is_listening
):
    """Once with a server that can't be connected to, once with one that accepts and says nothing."""
    monkeypatch.setattr(shared_limits, "_AWAY", 0.01)
    monkeypatch.setattr(redis_client, "_PATIENCE", 0.1)
    with Door(redis_url, is_listening=is_listening) as door:
        made = throttle(door.url, database, "name=a&per_second=5", clock=clock)
        assert made.relays({"a": 5})["a"] == 0
        assert "does not answer" in made.reason
        door.open()
        for _ in range(100):
            clock.move(1)
            if made.relays({"a": 1})["a"]:
                break
            time.sleep(0.01)
        assert made.reason == ""

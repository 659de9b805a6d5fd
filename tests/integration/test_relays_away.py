"""Relays that can't be used: nothing is lost, no attempt is used up, staff read why, and others take over."""

import random
import re
import socket
import threading
from collections import Counter
from contextlib import suppress

import pytest

from app.relay_settings import RelaySettings
from app.smtp_url import SmtpUrl
from tests.fakes import HANG_UP, fake_smtp
from tests.integration.handing_over import Desk, at, envelope, envelopes
from worker.delivery.permits import spread


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.relays.close()


@pytest.fixture
def other():
    with fake_smtp() as fake:
        yield fake


@pytest.fixture
def nobody():
    """A port at which nobody listens, and that the system gives to nobody by itself."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as sock, suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


def seconds_in(trouble: str) -> int:
    found = re.search(r"tried again in (\d+) second", trouble)
    assert found, trouble
    return int(found[1])


def test_a_relay_that_is_not_there_is_away_for_longer_each_time(nobody, desk):
    desk.open(at(nobody))
    pauses = []
    for _ in range(8):
        desk.send([envelope(1)])
        pauses.append(seconds_in(desk.relays.trouble))
        assert (desk.relays.room(), desk.relays.shares(5), desk.relays.takes("a", "example.net")) == ({}, {}, False)
        desk.clock.ahead += pauses[-1] + 1
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert len(desk.returned) == 8
    assert desk.outcomes == {}
    words = f"The mail server 127.0.0.1:{nobody} can't be reached: connection refused. It is tried again in 60 seconds."
    assert desk.relays.trouble == words


def test_a_relay_that_is_back_is_used_again_and_trusted_again(nobody, desk):
    desk.open(at(nobody, connections=1))
    for _ in range(3):
        desk.send([envelope(1)])
        desk.clock.ahead += 70
    with fake_smtp(nobody) as relay:
        desk.send(envelopes(30))
        assert len(relay.taken) == 30
    assert desk.relays.trouble == ""
    desk.clock.ahead += 70
    desk.send([envelope(31)])
    assert seconds_in(desk.relays.trouble) == 1


@pytest.mark.parametrize(
    ("stage", "reply", "words"),
    [
        (
            "CONNECT",
            "554 5.7.1 we don't know you",
            "used: the relay refused the connection: 554 5.7.1 we don't know you",
        ),
        ("CONNECT", "421 4.3.2 too busy", "used: the relay refused the connection: 421 4.3.2 too busy"),
        ("CONNECT", HANG_UP, "used: the relay closed the connection"),
        ("EHLO", "421 4.3.2 too busy", "used: the relay refused our name news.example: 421 4.3.2 too busy"),
        ("EHLO", "550 5.5.4 strange name", "used: the relay refused our name news.example: 550"),
        ("MAIL", "421 4.3.2 closing", "used: it closes the connection without taking a message (421 4.3.2 closing)"),
        ("RCPT", "421 4.3.2 closing", "used: it closes the connection without taking a message (421 4.3.2 closing)"),
        ("END", "421 4.3.2 closing", "used: it closes the connection without taking a message (421 4.3.2 closing)"),
        ("MAIL", HANG_UP, "used: it closes the connection without taking a message"),
        ("MAIL", "530 5.7.0 log in first", "used: the relay will take nothing from us: 530 5.7.0 log in first"),
    ],
)
def test_a_relay_that_takes_nothing_is_away_and_costs_no_message_its_attempt(relay, desk, stage, reply, words):
    relay.script = lambda at, recipient, count: reply if at == stage else None
    desk.open(at(relay.port))
    desk.send(envelopes(1))
    assert relay.taken == []
    if reply == HANG_UP and "CHUNKING" in relay.extensions and stage == "MAIL":
        # the whole message had left by then, and nobody said that it wasn't taken
        assert desk.ends() == ["unknown"]
        return
    assert words in desk.relays.trouble
    assert [one.id for one in desk.returned] == [0]
    assert desk.outcomes == {}


def test_a_relay_that_closes_now_and_then_is_not_away(relay, desk):
    relay.script = lambda stage, recipient, count: "421 4.3.2 enough" if stage == "MAIL" and count % 5 == 0 else None
    desk.open(at(relay.port, connections=2))
    waiting = envelopes(40)
    desk.until(lambda: not waiting and not desk.relays.in_hand, waiting)
    accepted = {number for number, outcome in desk.outcomes.items() if outcome.event == "accepted"}
    assert desk.relays.trouble == ""
    assert {f"r{number}@example.net" for number in accepted} <= set(relay.recipients())
    assert len(set(relay.recipients())) == len(relay.recipients())
    assert len(accepted) >= 30


def test_a_relay_that_allows_one_connection_gets_everything_on_it(relay, desk):
    relay.script = lambda stage, recipient, count: "421 4.7.0 too many" if stage == "EHLO" and count > 1 else None
    desk.open(at(relay.port))
    desk.send(envelopes(60))
    assert desk.ends() == ["accepted"] * 60
    assert desk.relays.trouble == ""
    assert relay.connections <= 10


def test_the_next_address_of_a_host_is_tried_when_one_does_not_answer(relay, desk):
    desk.open(at(relay.port))
    (pool,) = desk.relays._pools.values()
    here = (socket.AF_INET, ("127.0.0.1", relay.port))
    pool._dialler._addresses._look_up = lambda host, port: [(socket.AF_INET6, ("::1", relay.port, 0, 0)), here]
    desk.send(envelopes(5))
    assert desk.ends() == ["accepted"] * 5


def test_a_name_that_leads_nowhere_is_named(desk):
    desk.open(at(25))
    (pool,) = desk.relays._pools.values()

    def look_up(host: str, port: int) -> list:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    pool._dialler._addresses._look_up = look_up
    desk.send(envelopes(1))
    assert "can't be reached: name or service not known" in desk.relays.trouble
    assert [one.id for one in desk.returned] == [0]


def test_messages_are_shared_out_by_weight_also_one_by_one(relay, other, desk):
    desk.open(at(relay.port, weight=3), at(other.port, "b", weight=1))
    assert desk.relays.shares(8) == {"a": 6, "b": 2}
    for number in range(8):
        # much may be sent, and then there is only one message
        desk.send([envelope(number, relay=next(spread(desk.relays.shares(20))))])
    assert (len(relay.taken), len(other.taken)) == (6, 2)


def test_permits_are_used_in_proportion_however_few_rows_there_are():
    names = list(spread({"a": 15, "b": 5}))
    assert Counter(names) == {"a": 15, "b": 5}
    assert all(Counter(names[start : start + 4]) == {"a": 3, "b": 1} for start in range(0, 20, 4))
    assert next(spread({"b": 5, "a": 15})) == "b"


def test_two_relays_work_side_by_side(relay, other, desk):
    desk.open(at(relay.port), at(other.port, "b"))
    assert list(desk.relays.room()) == ["a", "b"]
    desk.send([envelope(number, relay="ab"[number % 2]) for number in range(60)])
    assert (len(relay.taken), len(other.taken)) == (30, 30)
    assert {number % 2: outcome.relay for number, outcome in desk.outcomes.items()} == {0: "a", 1: "b"}


def test_another_relay_takes_over_from_one_that_is_away(nobody, other, desk):
    desk.open(at(nobody, weight=9), at(other.port, "b"))
    desk.send(envelopes(1))
    assert [one.id for one in desk.returned] == [0]
    assert desk.relays.shares(10) == {"b": 10}
    assert list(desk.relays.room()) == ["b"]
    assert f"127.0.0.1:{nobody}" in desk.relays.trouble
    desk.send(envelopes(20, "b"))
    assert len(other.taken) == 20


def test_a_relay_that_accepts_connections_and_says_nothing_holds_up_no_other(relay, other, desk):
    go_on = threading.Event()
    relay.script = lambda stage, recipient, count: go_on.wait(20) and None if stage == "CONNECT" else None
    desk.open(at(relay.port, weight=9), at(other.port, "b"))
    desk.until(lambda: desk.outcomes, [envelope(1), envelope(2, relay="b")])
    assert desk.relays.shares(100) == {"a": 0, "b": 100}
    desk.clock.ahead += 1.6
    desk.until(lambda: desk.returned)
    assert [one.id for one in desk.returned] == [1]
    assert desk.relays.shares(100) == {"a": 0, "b": 100}
    assert next(spread({name: share for name, share in desk.relays.shares(1).items() if share})) == "b"
    go_on.set()
    desk.until(lambda: desk.relays.shares(100)["a"] >= 90)


def test_a_relay_whose_connection_never_opens_is_left_aside_before_another_was_tried(relay, other, desk):
    go_on = threading.Event()
    relay.script = lambda stage, recipient, count: go_on.wait(20) and None if stage == "EHLO" else None
    desk.open(at(relay.port, weight=9), at(other.port, "b"))
    desk.until(lambda: relay.counts.get("EHLO") == 1, [envelope(1)])
    desk.clock.ahead += 1.6
    desk.until(lambda: desk.returned)
    assert desk.relays.shares(1) == {"a": 0, "b": 1}
    go_on.set()


def test_a_relay_that_hangs_with_all_connections_full_gets_nothing_more_while_another_works(relay, other, desk):
    go_on = threading.Event()
    relay.script = lambda stage, recipient, count: go_on.wait(20) and None if stage == "MAIL" else None
    desk.open(at(relay.port, connections=1), at(other.port, "b"))
    waiting = [*envelopes(20), envelope(20, relay="b")]
    desk.until(lambda: desk.outcomes and relay.counts.get("MAIL"), waiting)
    for _ in range(20):
        desk.offer(waiting)
        desk.turn(0.01)
    desk.clock.ahead += 1.6
    desk.turn()
    assert desk.relays.shares(100) == {"a": 0, "b": 100}
    go_on.set()


def test_a_relay_in_doubt_gets_one_message_while_another_works(nobody, other, desk):
    desk.open(at(nobody, weight=9), at(other.port, "b"))
    desk.send([envelope(1), envelope(2, relay="b")])
    desk.clock.ahead += 2
    assert desk.relays.shares(100) == {"a": 1, "b": 99}


def closing_on(bad: str, stages: set[str]):
    """A script: 421 whenever this recipient's message comes so far."""
    return lambda stage, recipient, count: "421 4.7.0 bad" if stage in stages and recipient.startswith(bad) else None


@pytest.mark.parametrize("reply", ["421 4.7.0 bad", HANG_UP])
def test_a_message_on_which_the_relay_closes_each_time_is_put_off_with_an_attempt(relay, desk, reply):
    if reply == HANG_UP:  # with CHUNKING the whole message has left by then, and is unknown
        relay.extensions = [one for one in relay.extensions if one != "CHUNKING"]
    relay.script = lambda stage, recipient, count: reply if stage == "RCPT" and recipient[:3] == "bad" else None
    desk.open(at(relay.port, connections=2))
    desk.send(envelopes(5))
    desk.send([envelope(9, "bad@example.net")])
    assert (desk.outcomes[9].event, desk.outcomes[9].relay) == ("deferred", "a")
    assert "each time that this message comes" in desk.outcomes[9].text
    assert desk.relays.trouble == ""
    assert desk.ends().count("accepted") == 5


def test_a_message_on_which_the_relay_closes_does_not_keep_the_others_from_being_sent(relay, desk):
    relay.script = closing_on("bad", {"END", "BDAT"})
    desk.open(at(relay.port))
    bad, others = envelope(9, "bad@example.net"), envelopes(3)
    for _ in range(3):
        # it comes first, and alone: for all that is known, the relay takes nothing
        desk.send([bad])
        desk.clock.ahead += 70
    assert (desk.outcomes, "closes the connection" in desk.relays.trouble) == ({}, True)
    for _ in range(6):
        desk.send([one for one in [bad, *others] if one.id not in desk.outcomes])
        desk.clock.ahead += 70
    assert {number: outcome.event.value for number, outcome in desk.outcomes.items()} == {
        0: "accepted",
        1: "accepted",
        2: "accepted",
        9: "deferred",
    }


def test_a_relay_that_worked_and_then_closes_on_everything_costs_no_message_its_attempt(relay, desk):
    desk.open(at(relay.port, connections=2))
    desk.send(envelopes(5))
    relay.script = lambda stage, recipient, count: "421 4.3.2 closing" if stage == "MAIL" else None
    for _ in range(5):
        desk.offer([envelope(number) for number in range(10, 20)])
        desk.until(lambda: not desk.relays.in_hand)
        desk.clock.ahead += 70
    assert sorted(desk.outcomes) == list(range(5))
    assert "closes the connection" in desk.relays.trouble


def test_one_slow_domain_holds_up_nobody_else(relay, desk):
    released = threading.Event()

    def script(stage: str, recipient: str, count: int) -> None:
        if stage == "END" and recipient.endswith("@slow.example"):
            released.wait(20)

    relay.script = script
    desk.open(at(relay.port, connections=3))
    tarpitted = [envelope(number, f"r{number}@slow.example") for number in range(100, 140)]
    others = envelopes(60)
    mixed = [one for pair in zip(tarpitted, others[:40], strict=True) for one in pair] + others[40:]
    desk.until(lambda: sum(number < 100 for number in desk.outcomes) >= 40, mixed, seconds=15)
    assert len(relay.sockets) == 3
    desk.until(lambda: desk.relays.resting() == {"slow.example"}, mixed)
    assert not desk.relays.takes("a", "slow.example")
    assert desk.relays.takes("a", "example.net")
    more = [envelope(number) for number in range(200, 230)]
    desk.until(lambda: all(number in desk.outcomes for number in range(200, 230)), more)
    released.set()
    desk.until(lambda: not desk.relays.in_hand)
    desk.clock.ahead += 61
    desk.turn()
    assert desk.relays.resting() == frozenset()


class Ledger:
    """Lines that are lent out, and how often they were said to be in use."""

    def __init__(self, most: int) -> None:
        self.left = self.most = most
        self.kept = 0

    def take(self, relay: str, number: int) -> bool:
        if self.left < number:
            return False
        self.left -= number
        return True

    def give_back(self, relay: str, number: int) -> None:
        self.left += number

    def keep(self) -> None:
        self.kept += 1


def test_connections_that_all_processes_share_are_asked_for_and_given_back(relay, desk):
    lines = Ledger(2)
    desk.open(at(relay.port), lines=lines)
    desk.send(envelopes(50))
    assert relay.most_open <= 2
    assert 0 <= lines.left < 2
    desk.clock.ahead += 9
    desk.turn()
    assert lines.kept >= 1
    desk.relays.close()
    assert lines.left == 2


def test_without_a_free_line_nothing_is_opened_and_nobody_is_to_blame(relay, desk):
    desk.open(at(relay.port), lines=Ledger(0))
    desk.offer(envelopes(1))
    desk.turn()
    assert relay.connections == 0
    assert desk.relays.trouble == ""
    assert desk.relays.room() == {}
    desk.clock.ahead += 2
    desk.turn()
    assert [one.id for one in desk.returned] == [0]


def test_a_relay_on_ipv6_is_named_as_it_is_written(desk):
    desk.open(RelaySettings("a", SmtpUrl("::1", 9, "none")))
    desk.send(envelopes(1))
    assert "The mail server [::1]:9 can't be reached" in desk.relays.trouble


def test_a_relay_that_says_nothing_at_all_is_given_up_after_five_minutes(relay, desk):
    go_on = threading.Event()
    relay.script = lambda stage, recipient, count: go_on.wait(20) and None if stage == "CONNECT" else None
    desk.open(at(relay.port))
    desk.until(lambda: relay.counts.get("CONNECT") == 1, [envelope(1)])
    desk.clock.ahead += 299
    desk.turn()
    assert desk.relays.trouble == ""
    desk.clock.ahead += 2
    desk.until(lambda: desk.relays.trouble)
    assert "can't be used: the relay says nothing" in desk.relays.trouble
    assert [one.id for one in desk.returned] == [1]
    go_on.set()


def test_a_message_does_not_wait_for_a_connection_that_takes_long(relay, desk):
    go_on = threading.Event()
    relay.script = lambda stage, recipient, count: go_on.wait(20) and None if stage == "EHLO" else None
    desk.open(at(relay.port))
    desk.until(lambda: relay.counts.get("EHLO") == 1, [envelope(1)])
    desk.clock.ahead += 1.6
    desk.until(lambda: desk.returned)
    go_on.set()
    desk.send([envelope(2)])
    assert relay.connections == 1
    assert desk.ends() == ["accepted"]

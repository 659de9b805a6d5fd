"""Handing over to one relay over real sockets: whole, once, on few connections, in each of the ways relays talk."""

import threading

import pytest

from tests.fakes import HANG_UP, fake_smtp
from tests.integration.handing_over import BODY, EXTENSIONS, Desk, at, envelope, envelopes


@pytest.fixture
def quick():
    """A relay with PIPELINING."""
    with fake_smtp() as fake:
        yield fake


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.relays.close()


def test_every_message_arrives_whole_and_once(relay, desk):
    desk.open(at(relay.port))
    desk.send(envelopes(200))
    assert desk.ends() == ["accepted"] * 200
    assert sorted(relay.recipients()) == sorted(f"r{number}@example.net" for number in range(200))
    assert {message.raw for message in relay.taken} == {BODY}
    assert all(
        message.sender.partition("+")[2] == f"{message.recipient[1:].partition('@')[0]}@example.org"
        for message in relay.taken
    )
    assert sorted(desk.begun) == list(range(200))
    assert desk.outcomes[7].relay == "a"
    assert (desk.outcomes[7].code, desk.outcomes[7].enhanced) == (250, "2.0.0")


def test_a_message_much_larger_than_the_sockets_buffers_arrives_whole(relay, desk):
    relay.delays = {"RCPT": 0.01}
    data = b"Subject: big\r\n\r\n" + b"".join(b".%d\r\n" % number for number in range(700_000))
    desk.open(at(relay.port))
    desk.send([envelope(1, data=data), envelope(2)])
    assert desk.ends() == ["accepted"] * 2
    assert next(message.raw for message in relay.taken if message.recipient.startswith("r1@")) == data


def test_no_more_connections_are_opened_than_allowed_or_needed(relay, desk):
    desk.open(at(relay.port, connections=3))
    desk.send([envelope(0)])
    assert relay.connections == 1
    desk.send([envelope(number) for number in range(1, 100)])
    assert relay.most_open <= 3


def test_a_connection_is_left_after_as_many_messages_as_the_relay_wants(relay, desk):
    desk.open(at(relay.port, connections=1, messages_per_connection=10))
    desk.send(envelopes(30))
    assert desk.ends() == ["accepted"] * 30
    assert relay.connections == 3
    assert relay.counts["QUIT"] >= 2


def test_a_kept_connection_is_used_again_and_left_when_it_is_idle_for_a_minute(relay, desk):
    desk.open(at(relay.port))
    desk.send([envelope(0)])
    desk.send([envelope(1)])
    assert relay.connections == 1
    desk.clock.ahead += 61
    desk.until(lambda: not relay.sockets)
    assert relay.counts["QUIT"] == 1
    desk.send([envelope(2)])
    assert (relay.connections, desk.ends()) == (2, ["accepted"] * 3)


def test_a_connection_that_died_while_it_was_idle_is_noticed_before_anything_is_sent_on_it(relay, desk):
    desk.open(at(relay.port))
    desk.send([envelope(0)])
    relay.cut()
    for _ in range(100):
        if not relay.sockets:
            break
        threading.Event().wait(0.01)
    desk.clock.ahead += 1
    desk.send([envelope(1)])
    assert desk.ends() == ["accepted"] * 2
    assert desk.relays.trouble == ""


@pytest.mark.parametrize("mode", ["pipelining", "chunking"])
def test_never_is_more_begun_and_not_told_than_may_be_in_flight(mode):
    with fake_smtp() as relay:
        relay.extensions = list(EXTENSIONS[mode])
        desk, most = Desk(), []
        desk.open(at(relay.port, connections=2))
        waiting = envelopes(100)
        while waiting or desk.relays.in_hand:
            desk.offer(waiting)
            desk.turn()
            most.append(len(desk.begun) - len(desk.outcomes))
        desk.relays.close()
    assert max(most) <= (2 if mode == "pipelining" else 16)


def test_what_cannot_be_written_down_does_not_leave_and_what_has_left_is_heard_out(relay, desk):
    desk.open(at(relay.port, connections=2))
    full = threading.Event()

    def begun(numbers: list[int]) -> None:
        if full.is_set():
            raise OSError(28, "No space left on device")
        desk.begun += numbers

    desk.relays._begun = begun
    desk.send(envelopes(10))
    full.set()
    before = len(relay.taken)
    with pytest.raises(OSError, match="No space"):
        desk.send([envelope(number) for number in range(10, 20)])
    assert len(relay.taken) == before
    assert sorted(desk.begun) == sorted(desk.outcomes) == list(range(10))
    desk.relays.abandon()
    full.clear()
    desk.send([envelope(number) for number in range(20, 25)])
    assert desk.ends() == ["accepted"] * 15


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "END"])
def test_refusals_come_with_the_relays_own_words(relay, desk, stage):
    stage = "BDAT" if stage == "DATA" and "CHUNKING" in relay.extensions else stage
    relay.script = lambda at, recipient, count: "450 4.2.1 slow down" if at == stage and count == 5 else None
    desk.open(at(relay.port))
    desk.send(envelopes(20))
    (deferred,) = [outcome for outcome in desk.outcomes.values() if outcome.event == "deferred"]
    assert (deferred.code, deferred.enhanced, deferred.text) == (450, "4.2.1", "4.2.1 slow down")
    assert len(relay.taken) == 19


def test_a_message_that_the_relay_says_is_too_large_for_it_is_not_sent(quick, desk):
    quick.extensions = ["SIZE 100", "PIPELINING"]
    desk.open(at(quick.port))
    desk.send([envelope(1, data=BODY * 10), envelope(2)])
    assert desk.outcomes[1].enhanced == "5.3.4"
    assert desk.outcomes[2].event == "accepted"
    assert quick.counts["MAIL"] == 1


def test_a_connection_lost_after_the_message_leaves_that_one_unknown_and_no_other(relay, desk):
    relay.script = lambda stage, recipient, count: HANG_UP if stage == "END" and recipient == "r5@example.net" else None
    desk.open(at(relay.port, connections=1))
    desk.send(envelopes(20))
    unknown = [number for number, outcome in desk.outcomes.items() if outcome.event == "unknown"]
    assert 5 in unknown
    if "CHUNKING" not in relay.extensions:
        assert unknown == [5]
    assert len(unknown) <= 8
    assert len(desk.outcomes) + len(desk.returned) == 20
    assert len(set(relay.recipients())) == len(relay.recipients())


def test_a_hung_relay_leaves_what_has_left_unknown_after_ten_minutes(relay, desk):
    go_on = threading.Event()
    relay.script = lambda stage, recipient, count: go_on.wait(20) and None if stage == "END" else None
    desk.open(at(relay.port, connections=1))
    waiting = [envelope(1)]
    desk.until(lambda: desk.begun == [1], waiting)
    desk.clock.ahead += 599
    desk.turn()
    assert desk.outcomes == {}
    desk.clock.ahead += 2
    desk.until(lambda: 1 in desk.outcomes)
    assert desk.outcomes[1].event == "unknown"
    assert "no reply in time" in desk.outcomes[1].text
    go_on.set()


def test_a_hung_relay_gives_back_what_it_was_not_sent_whole(quick, desk):
    go_on = threading.Event()
    quick.script = lambda stage, recipient, count: go_on.wait(20) and None if stage == "RCPT" else None
    desk.open(at(quick.port, connections=1))
    desk.until(lambda: quick.counts.get("RCPT") == 1, [envelope(1)])
    desk.clock.ahead += 301
    desk.until(lambda: not desk.relays.in_hand)
    assert (desk.begun, [one.id for one in desk.returned]) == ([], [1])
    go_on.set()


def test_a_message_for_which_there_is_no_place_soon_is_given_back(quick, desk):
    go_on = threading.Event()
    quick.script = lambda stage, recipient, count: go_on.wait(20) and None if stage == "END" else None
    desk.open(at(quick.port, connections=1))
    waiting = envelopes(3)
    desk.until(lambda: not waiting, waiting)
    desk.clock.ahead += 1.6
    desk.until(lambda: desk.returned)
    assert [one.id for one in desk.returned] == [2]
    go_on.set()
    desk.until(lambda: not desk.relays.in_hand)
    assert desk.ends() == ["accepted"] * 2


def test_to_abandon_hangs_up_at_once_and_forgets_everything(quick, desk):
    go_on = threading.Event()
    quick.script = lambda stage, recipient, count: go_on.wait(20) and None if stage == "END" else None
    desk.open(at(quick.port))
    desk.until(lambda: len(desk.begun) == 1, [envelope(1)])
    desk.relays.abandon()
    assert desk.relays.in_hand == 0
    go_on.set()
    quick.script = lambda stage, recipient, count: None
    desk.send([envelope(2)])
    assert list(desk.outcomes) == [2]


def test_a_polite_end_says_quit_everywhere(relay, desk):
    desk.open(at(relay.port, connections=2))
    desk.send(envelopes(50))
    desk.relays.close()
    assert relay.counts["QUIT"] == relay.connections

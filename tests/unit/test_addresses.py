"""Where a relay's name leads: looked up without anybody waiting, and kept for a minute."""

import socket
import threading
import time

import pytest

from worker.smtp.addresses import Addresses

HERE = [(socket.AF_INET, ("192.0.2.1", 25))]


def found(addresses: Addresses, now: float) -> list:
    """What is found in the end."""
    end = time.monotonic() + 10
    while (places := addresses.at(now)) is None:
        assert time.monotonic() < end
    return places


def test_a_slow_lookup_holds_up_nobody():
    go_on = threading.Event()

    def look_up(host: str, port: int) -> list:
        go_on.wait(10)
        return HERE

    addresses = Addresses("mail.example", 25, look_up)
    assert addresses.at(0.0) is None
    assert addresses.is_looking
    go_on.set()
    assert found(addresses, 1.0) == HERE
    assert not addresses.is_looking


def test_what_was_found_is_kept_for_a_minute():
    asked = []

    def look_up(host: str, port: int) -> list:
        asked.append((host, port))
        return HERE

    addresses = Addresses("mail.example", 25, look_up)
    for now in (0.0, 30.0, 59.0, 61.0):
        assert found(addresses, now) == HERE
    assert asked == [("mail.example", 25)] * 2


def test_a_name_that_leads_nowhere_is_asked_for_again_the_next_time():
    answers = [OSError("no such host"), HERE]

    def look_up(host: str, port: int) -> list:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    addresses = Addresses("mail.example", 25, look_up)
    with pytest.raises(OSError, match="no such host"):
        found(addresses, 0.0)
    assert found(addresses, 0.0) == HERE


def test_what_is_no_name_at_all_is_told_as_such():
    with pytest.raises(OSError, match="is no name of a host"):
        found(Addresses("a" * 70 + ".example", 25), 0.0)


def test_a_number_is_its_own_address():
    assert found(Addresses("127.0.0.1", 25), 0.0) == [(socket.AF_INET, ("127.0.0.1", 25))]

"""The limit of a second, with as many processes as a big installation has, in real time."""

import multiprocessing
import socket
import struct
import threading
import time

import pytest

from app.clock import utc_now
from tests.integration.throttling import emptied, most_in, throttle

PROCESSES = 8
SECONDS = 2.5
# Linux: each datagram with the time at which it arrived in the kernel, so that a slow reader makes no crowd
TIMESTAMPS = 35


class Relay:
    """Notes when each message arrives, in seconds."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, TIMESTAMPS, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.address = self.socket.getsockname()
        self.arrivals: list[float] = []
        self.is_over = False
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self) -> None:
        while not self.is_over:
            try:
                number, ((_, _, stamp), *_), _, _ = self.socket.recvmsg(16, 64)
            except TimeoutError:
                continue
            seconds, nanoseconds = struct.unpack("qq", stamp)
            self.arrivals += [seconds + nanoseconds / 1e9] * struct.unpack("!i", number)[0]

    def close(self) -> None:
        self.is_over = True
        self.thread.join()
        self.socket.close()


def send(redis_url, engine, options, address, until) -> None:
    """One process: whatever it may send it sends at once."""
    limits = throttle(redis_url, engine, options, clock=utc_now)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        while time.monotonic() < until:
            given = limits.relays({"a": 100})["a"]
            if given:
                line.sendto(struct.pack("!i", given), address)
            time.sleep(min(0.05, max(0.002, limits.wait)))


@pytest.mark.parametrize("limit", [200, 7])
def test_eight_processes_never_exceed_the_limit_of_a_second_even_if_redis_is_emptied(redis_url, engine, limit):
    redis = emptied(redis_url)
    relay = Relay()
    until = time.monotonic() + SECONDS
    context = multiprocessing.get_context("fork")
    arguments = (redis_url, engine, f"name=a&per_second={limit}", relay.address, until)
    processes = [context.Process(target=send, args=arguments) for _ in range(PROCESSES)]
    try:
        for process in processes:
            process.start()
        time.sleep(SECONDS / 2)
        redis.flushdb()
        for process in processes:
            process.join()
    finally:
        relay.close()
        redis.close()
    assert most_in(relay.arrivals, 1.0) <= limit
    assert len(relay.arrivals) >= limit * SECONDS / 2

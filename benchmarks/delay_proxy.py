"""Distance: a proxy that passes octets on half a round trip later, in each direction, however many they are.

`python -m benchmarks.delay_proxy PORT TO_PORT ROUND_TRIP_SECONDS`. It limits nothing else: a wide and long line.
"""

import argparse
import asyncio
from collections import deque


class Line:
    """One direction: what came in leaves, in order, when its time has come."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._loop = asyncio.get_running_loop()
        self._under_way: deque[tuple[float, bytes | None]] = deque()
        self._far_end: asyncio.Transport | None = None

    def lead_to(self, far_end: asyncio.Transport) -> None:
        """Say where the line ends; octets that are late already leave at once."""
        self._far_end = far_end
        self._deliver()

    def carry(self, data: bytes | None) -> None:
        """Take octets, or None for the end of the connection."""
        self._under_way.append((self._loop.time() + self._delay, data))
        if len(self._under_way) == 1:
            self._loop.call_at(self._under_way[0][0], self._deliver)

    def _deliver(self) -> None:
        if self._far_end is None:
            return
        now = self._loop.time()
        while self._under_way and self._under_way[0][0] <= now:
            _, data = self._under_way.popleft()
            if data is None:
                self._far_end.close()
            else:
                self._far_end.write(data)
        if self._under_way:
            self._loop.call_at(self._under_way[0][0], self._deliver)


class End(asyncio.Protocol):
    """One end of a line: what is received there goes in, and what comes out on the other line is sent."""

    def __init__(self, into: Line, out_of: Line) -> None:
        self._into, self._out_of = into, out_of

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the other line lead here."""
        assert isinstance(transport, asyncio.Transport)
        self._out_of.lead_to(transport)

    def data_received(self, data: bytes) -> None:
        """Send it on its way."""
        self._into.carry(data)

    def connection_lost(self, error: Exception | None) -> None:
        """The end travels as well."""
        self._into.carry(None)


async def _serve(port: int, to_port: int, delay: float) -> None:
    loop = asyncio.get_running_loop()
    connecting: set[asyncio.Task[object]] = set()

    def accepted() -> End:
        there, back = Line(delay), Line(delay)
        task = loop.create_task(loop.create_connection(lambda: End(back, there), "127.0.0.1", to_port))
        connecting.add(task)
        task.add_done_callback(connecting.discard)
        return End(there, back)

    server = await loop.create_server(accepted, "127.0.0.1", port, backlog=256)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("to_port", type=int)
    parser.add_argument("round_trip", type=float)
    chosen = parser.parse_args()
    asyncio.run(_serve(chosen.port, chosen.to_port, chosen.round_trip / 2))


if __name__ == "__main__":
    main()

"""The open loop: requests come at a fixed rate whether or not earlier ones are answered, as clients of a service do.

A latency counts from the moment at which a request was due. A loop that waits for responses before it sends the next request
leaves out what would have waited meanwhile, and shows a stalled service as fast.
"""

import selectors
import time
from collections import deque
from typing import Final

import msgspec

from benchmarks.load import Connection

CONNECTIONS: Final = 64
PATIENCE: Final = 0.5
"""Seconds after the last request within which a path that keeps up has answered everything; otherwise a queue grows."""


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """What a rate gave."""

    latencies: tuple[float, ...]
    """Seconds of each answered request, from the moment at which it was due."""
    kept_up: bool
    """Whether all requests were answered in time."""


def offer(port: int, request: bytes, *, rate: float, seconds: float) -> Offered:
    """Send `rate` requests a second, evenly, for some seconds."""
    with selectors.DefaultSelector() as selector:
        idle = deque(Connection(port) for _ in range(min(CONNECTIONS, max(2, int(rate)))))
        opened = tuple(idle)
        for one in opened:
            selector.register(one.socket, selectors.EVENT_READ, one)
        try:
            return _offer(selector, idle, request, rate=rate, count=max(1, int(rate * seconds)))
        finally:
            for one in opened:
                one.socket.close()


def _offer(selector: selectors.BaseSelector, idle: deque[Connection], request: bytes, *, rate: float, count: int) -> Offered:
    began = time.perf_counter()
    due = deque(began + number / rate for number in range(count))
    ends = began + count / rate
    latencies: list[float] = []
    while (now := time.perf_counter()) < ends + PATIENCE and len(latencies) < count:
        while due and due[0] <= now and idle:
            idle.popleft().send(request, due.popleft())
        next_at = due[0] if due and idle else ends + PATIENCE
        for key, _ in selector.select(max(0.0, next_at - time.perf_counter())):
            if key.data.receive() is not None:
                latencies.append(time.perf_counter() - key.data.since)
                idle.append(key.data)
    return Offered(latencies=tuple(latencies), kept_up=len(latencies) == count)

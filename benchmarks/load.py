"""The load: HTTP/1.1 over raw sockets with requests made in advance, so that the measuring side costs little.

A closed loop: each connection sends its next request as soon as it has the response.
"""

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from itertools import cycle

import msgspec

END = b"\r\n\r\n"
CHUNK = 1 << 20


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What one round saw from outside."""

    seconds: float
    latencies: tuple[float, ...]
    """Seconds of each request, in order of completion."""
    last: bytes
    """The body of the last response."""

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


def get(path: str, key: str = "") -> bytes:
    """The bytes of a GET request."""
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n{authorization}\r\n".encode()


def post(path: str, body: object, **headers: str) -> bytes:
    """The bytes of a POST request with JSON; an underscore in the name of a header stands for a hyphen."""
    content = msgspec.json.encode(body)
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        f"Content-Length: {len(content)}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + END + content


class Connection:
    """One connection to a subject; it does not wait, so that one thread serves many."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(60)
        self.since = 0.0
        """When the request was sent, or was due."""
        self._received = bytearray()
        self._missing = -1

    def send(self, request: bytes, since: float) -> None:
        self.since = since
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """Read what has arrived; the body once it is complete."""
        data = self.socket.recv(CHUNK)
        if not data:
            raise RuntimeError(f"the subject closed the connection after {bytes(self._received[:200])!r}")
        self._received += data
        if self._missing < 0 and END in self._received:
            self._missing = self._length()
        if self._missing < 0 or len(self._received) < self._missing:
            return None
        body = bytes(self._received[self._received.index(END) + 4 :])
        self._received.clear()
        self._missing = -1
        return body

    def _length(self) -> int:
        """The bytes of the whole response."""
        head = bytes(self._received[: self._received.index(END)])
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if b" 200 " not in head.split(b"\r\n", 1)[0] + b" " or b"content-length" not in fields:
            raise RuntimeError(f"expected 200 with its length, got {bytes(self._received[:600])!r}")
        return len(head) + len(END) + int(fields[b"content-length"])


def drive(port: int, requests: Sequence[bytes], *, count: int, connections: int = 1) -> Load:
    """Send `count` requests, taken in turn, over some new connections."""
    opened = [Connection(port) for _ in range(min(connections, count))]
    try:
        return drive_over(opened, cycle(requests), count)
    finally:
        for one in opened:
            one.socket.close()


def drive_over(opened: Sequence[Connection], requests: Iterator[bytes], count: int) -> Load:
    """Send `count` requests over connections that are kept."""
    latencies: list[float] = []
    with selectors.DefaultSelector() as selector:
        started = time.perf_counter()
        for one in opened[:count]:
            selector.register(one.socket, selectors.EVENT_READ, one)
            one.send(next(requests), time.perf_counter())
        last, waiting = b"", max(0, count - len(opened))
        while len(latencies) < count:
            for key, _ in selector.select():
                body = key.data.receive()
                if body is not None:
                    now = time.perf_counter()
                    latencies.append(now - key.data.since)
                    last = body
                    if waiting > 0:
                        waiting -= 1
                        key.data.send(next(requests), now)
        seconds = time.perf_counter() - started
    return Load(seconds=seconds, latencies=tuple(latencies), last=last)

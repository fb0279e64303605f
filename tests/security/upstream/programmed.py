"""A provider on a raw socket that reads requests as told, and answers early, twice or late; it keeps every request that it saw."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

IGNORES = frozenset({"GET", "HEAD", "DELETE"})
"""Methods of which such a server reads no body: what follows their head is the next request (RFC 9110, 9.3.1 and 9.3.5)."""
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_BEARER = re.compile(rb"\r\nauthorization: *([^\r]*)", re.IGNORECASE)


class Seen(NamedTuple):
    """One request as the server understood it."""

    line: str
    authorization: str
    body: bytes


class Manner(NamedTuple):
    """How the server answers each request."""

    ignores_bodies: bool = True
    early: bool = False
    """Answer at the head, before the body is read."""
    unasked: str = "none"
    """A second answer: `none`, `at once` (in the same write), `soon` (while the connection is idle), or `late`: when the next
    request waits for its own, as all answers are slow then."""
    first: bool = False
    """Send an answer when the connection opens, before any request."""

    def named(self) -> str:
        """What it does, in a few words."""
        words = ("ignores bodies" if self.ignores_bodies else "", "early" if self.early else "", "first" if self.first else "")
        return " ".join(filter(None, (*words, self.unasked)))


PAUSES = {"soon": 0.002, "late": 0.012}
SLOW_SECONDS = 0.02


class Upstream:
    """What listens, and what it saw."""

    def __init__(self, manner: Manner, *, status: bytes = b"200 OK", headers: bytes = b"") -> None:
        self.manner = manner
        self.status = status
        self.headers = headers
        self.record: dict[str, Any] = {}
        """Replaces the record that says which request it answers."""
        self.seen: list[Seen] = []
        self.connections = 0
        self.origin = ""
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
                if self.manner.first:
                    writer.write(self._answer(Seen("FIRST / HTTP/1.1", "nobody", b"")))
                while True:
                    await self._turn(reader, writer)
        finally:
            self._tasks.discard(task)
            with suppress(ConnectionError):
                writer.close()

    async def _turn(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        found, length = _BEARER.search(head), _LENGTH.search(head)
        line = head.lstrip(b"\r\n").partition(b"\r\n")[0].decode("latin-1")
        one = Seen(line, found[1].decode() if found else "", b"")
        if self.manner.early:
            writer.write(self._answer(one))
        if length and not (self.manner.ignores_bodies and line.split(" ")[0] in IGNORES):
            one = one._replace(body=await reader.readexactly(int(length[1])))
        self.seen.append(one)
        answer = self._answer(one)
        if self.manner.unasked == "late":
            await asyncio.sleep(SLOW_SECONDS)
        if not self.manner.early:
            writer.write(answer * 2 if self.manner.unasked == "at once" else answer)
        await writer.drain()
        if self.manner.unasked in PAUSES:
            asyncio.get_running_loop().call_later(PAUSES[self.manner.unasked], _write, writer, answer)

    def _answer(self, one: Seen) -> bytes:
        """A record that says which request, and whose, it answers."""
        named = f"{one.authorization} {one.line}"
        record = {"id": "1", "properties": {"firstname": named}, "results": [{"id": "1", "properties": {"firstname": named}}]}
        body = json.dumps(self.record or record).encode()
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n"
        return head % (self.status, len(body), self.headers) + body

    async def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _write(writer: asyncio.StreamWriter, answer: bytes) -> None:
    if not writer.is_closing():
        with suppress(RuntimeError, ConnectionError):
            writer.write(answer)


@asynccontextmanager
async def programmed(manner: Manner | None = None, **more: bytes) -> AsyncIterator[Upstream]:
    """A running server of this manner."""
    upstream = Upstream(manner or Manner(), **more)
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
    upstream.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield upstream
    finally:
        await upstream.stop()
        server.close()
        await server.wait_closed()

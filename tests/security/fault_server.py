"""A provider that breaks the rules: raw sockets on loopback, one behaviour a server, every connection counted."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class FaultServer:
    """One listening socket and what it has seen."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.requests: list[bytes] = []
        self.connections = 0
        self.origin = ""
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                await self.behaviour(reader, writer)
        finally:
            self._tasks.discard(task)
            with contextlib.suppress(ConnectionError):
                writer.close()

    @property
    def open(self) -> int:
        """Connections that are not closed yet."""
        return len(self._tasks)

    async def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def listening(behaviour: Behaviour) -> AsyncIterator[FaultServer]:
    """A running server; every connection is cut at the end."""
    faults = FaultServer(behaviour)
    server = await asyncio.start_server(faults.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    faults.origin = f"http://127.0.0.1:{port}"
    try:
        yield faults
    finally:
        await faults.stop()
        server.close()
        await server.wait_closed()


def answering(*parts: bytes, pause: float = 0.0) -> Behaviour:
    """Send these bytes, one part after another, then close."""

    async def behave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            if pause:
                await asyncio.sleep(pause)

    return behave


def with_body(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> Behaviour:
    """A whole answer with a right Content-Length."""
    lines = (b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers)
    return answering(b"\r\n".join(lines) + b"\r\n\r\n" + body)


def after(seconds: float, behaviour: Behaviour) -> Behaviour:
    """The same, later."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await behaviour(reader, writer)

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One behaviour a connection; the last one stays."""
    left = list(behaviours)

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(reader, writer)

    return behave


def without_end(head: bytes, block: bytes) -> Behaviour:
    """A beginning, then the same block again and again until nobody takes it."""

    async def behave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(block)
            await writer.drain()

    return behave


async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Take the request and say nothing."""
    await asyncio.sleep(60)


async def headers_then_silence(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A promising start, then nothing."""
    writer.write(HEAD + b"Content-Length: 100\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(60)


async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One byte every 20 ms, so that no single read is ever late."""
    writer.write(HEAD + b"Content-Length: 100000\r\n\r\n[")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


endless = without_end(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 0x10000 + b"\r\n")
"""A chunked body without an end."""


async def half_close(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Half of a body, then no more from this side while the socket stays open."""
    writer.write(HEAD + b'Content-Length: 100\r\n\r\n{"a": ')
    await writer.drain()
    writer.write_eof()
    await asyncio.sleep(60)


async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Half of a body, then a reset."""
    writer.write(HEAD + b'Content-Length: 100\r\n\r\n{"a": ')
    await writer.drain()
    writer.transport.abort()


def bomb(size: int, layers: int = 1) -> bytes:
    """`size` bytes of blanks in gzip, as often packed as said."""
    packed = b" " * size
    for _ in range(layers):
        packed = gzip.compress(packed, 9)
    return packed

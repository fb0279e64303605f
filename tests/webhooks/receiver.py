"""A receiver of webhooks on loopback: raw sockets, one behaviour after another, everything that arrived kept."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Received(NamedTuple):
    """One request."""

    line: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """One listening socket; `behaviours` are used up in order, the last one stays."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.behaviours: list[Behaviour] = [answering(204)]
        self.url = ""
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while True:
                    self.received.append(await _read(reader))
                    behave = self.behaviours[0] if len(self.behaviours) == 1 else self.behaviours.pop(0)
                    await behave(writer)
        finally:
            self._tasks.discard(task)
            with contextlib.suppress(ConnectionError):
                writer.close()

    async def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def wait_for(self, count: int, seconds: float = 20) -> None:
        """Until so many requests arrived."""
        async with asyncio.timeout(seconds):
            while len(self.received) < count:  # noqa: ASYNC110 - what arrives is counted, there is nothing to await
                await asyncio.sleep(0.02)

    @property
    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.received]


async def _read(reader: asyncio.StreamReader) -> Received:
    line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
    return Received(line, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    """A running receiver; every connection is cut at the end."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks?team=7"
    try:
        yield receiver
    finally:
        server.close()
        await receiver.stop()
        await server.wait_closed()


def answering(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """A whole answer with a right Content-Length."""
    lines = [f"HTTP/1.1 {status} Answer", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return behave


def slowly(seconds: float, then: Behaviour) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await then(writer)

    return behave


async def never(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(600)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def garbage(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\x01 this is not HTTP\r\n\r\n")
    await writer.drain()
    writer.close()


async def drip(writer: asyncio.StreamWriter) -> None:
    """A status at once, then a body that never ends, byte by byte."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


class Endless:
    """A body without an end, as fast as it is taken; counts what was taken."""

    def __init__(self) -> None:
        self.sent = 0

    async def __call__(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
            await writer.drain()
            self.sent += 0x4000


def bomb(size: int) -> Behaviour:
    """`size` blanks in gzip."""
    return answering(200, gzip.compress(b" " * size, 9), Content_Encoding="gzip")

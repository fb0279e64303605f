"""A service on loopback that fails in a chosen way, once or always, and remembers what it was sent.

The first segment of the path is the case, `FAULT-TIMES-OPERATION-ANYTHING`, so that one server serves all cases at once.
"""

import asyncio
import contextlib
import json
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import msgspec

from unified.api.views.api_keys import KeyCreated
from unified.service.access.use.use_limits import NO_LIMITS

JSON, PROBLEM, HTML = "application/json", "application/problem+json", "text/html"
RECORD = {"id": "7", "first_name": "Ada"}
MADE = KeyCreated(
    id="key_1",
    name="x",
    last4="1234",
    role="app",
    scope={},
    made_by=None,
    expires_at=None,
    created_at="2026-01-01T00:00:00Z",
    last_used_at=None,
    paused=None,
    limits=NO_LIMITS,
    window=None,
    key="uk_x",
)
"""An answer of the service's own type, so that it has whatever the service shows."""
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n"
STALL_S = 20.0


class Sent(NamedTuple):
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Reply(NamedTuple):
    """One answer."""

    status: int
    kind: str = JSON
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def problem(status: int, code: str, *, retryable: bool, retry_after: float | None = None) -> Reply:
    """A refusal as Unified sends it."""
    content = {
        "type": f"https://unified.invalid/errors/{code}",
        "title": code,
        "status": status,
        "detail": "as the test wants it",
        "code": code,
        "request_id": "req_of_the_fault",
        "retryable": retryable,
        "retry_after": retry_after,
        "errors": [],
        "provider": None,
    }
    return Reply(status, PROBLEM, json.dumps(content).encode())


def good(operation: str) -> Reply:
    """The service's answer to an operation that works."""
    contents = {
        "list": (
            200,
            {"data": [RECORD], "next_cursor": None, "meta": {"provider": "x", "model": "crm.contacts", "warnings": []}},
        ),
        "create": (201, RECORD),
        "upsert": (201, RECORD),
        "batch": (200, {"results": [{"index": 0, "status": 201, "data": RECORD}]}),
        "batch_mixed": (200, {"results": [{"index": 0, "status": 201, "data": RECORD}]}),
        "tool_create": (200, {"result": {}}),
        "tool_update": (200, {"result": {}}),
        "manage": (201, msgspec.to_builtins(MADE)),
    }
    status, content = contents.get(operation, (200, RECORD))
    return Reply(204) if operation == "delete" else Reply(status, JSON, json.dumps(content).encode())


def replies(origin: str) -> dict[str, Reply]:
    """The faults that are answers."""
    return {
        "429": problem(429, "rate_limited", retryable=True, retry_after=0.01),
        "503": problem(503, "overloaded", retryable=True, retry_after=0.01),
        "500": problem(500, "internal", retryable=True, retry_after=0.01),
        "502": problem(502, "provider_error", retryable=True, retry_after=0.01),
        "422": problem(422, "validation_failed", retryable=False),
        "unknown": problem(409, "outcome_unknown", retryable=False),
        "newcode": problem(403, "a_code_of_tomorrow", retryable=False),
        "longwait": problem(429, "rate_limited", retryable=True, retry_after=3600.0),
        "negative": problem(503, "overloaded", retryable=True, retry_after=-5.0),
        "malformed": Reply(200, JSON, b'{"id": '),
        "array": Reply(200, JSON, b"[]"),
        "deep": Reply(200, JSON, b"[" * 100_000 + b"]" * 100_000),
        "queued": Reply(202, JSON, b'{"status": "queued"}'),
        "nothing": Reply(204),
        "balancer": Reply(503, HTML, b"<h1>try later</h1>", (("retry-after", "0"),)),
        "redirect": Reply(302, HTML, b"", (("location", f"{origin}/elsewhere"),)),
    }


class FaultServer:
    """The server, in a separate thread."""

    def __init__(self) -> None:
        self.sent: dict[str, list[Sent]] = defaultdict(list)
        self.files: dict[str, Reply] = {}
        self.origin = ""
        self.closing: frozenset[str] = frozenset()
        """Operations after which the connection is closed, for runtimes that repeat requests on kept connections by themselves."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._one(await _read(reader), writer):
                    pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(self, request: Sent, writer: asyncio.StreamWriter) -> bool:
        case, _, _ = request.path.lstrip("/").partition("/")
        if case in self.files:
            await _write(writer, self.files[case])
            return True
        self.sent[case].append(request)
        fault, times, operation = [*case.split("-"), "", ""][:3]
        if times == "once" and len(self.sent[case]) > 1:
            fault = "none"
        reply = replies(self.origin.replace("127.0.0.1", "localhost")).get(fault)
        if fault == "broken":
            _reset(writer)
            return False
        if fault == "half":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{")
            await writer.drain()
            return False
        if fault in {"stalled", "abort"}:
            await asyncio.sleep(STALL_S)
            return False
        if fault in {"slow", "dripping"}:
            await _drip(writer, HEAD if fault == "dripping" else b"")
            return False
        closes = operation in self.closing
        answer = reply or good(operation)
        await _write(writer, answer._replace(headers=(*answer.headers, ("connection", "close"))) if closes else answer)
        return not closes

    async def stop(self) -> None:
        """Cut every connection."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> Sent:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Sent(method, target.partition("?")[0], headers, body)


async def _write(writer: asyncio.StreamWriter, reply: Reply) -> None:
    lines = [
        f"HTTP/1.1 {reply.status} Status",
        "x-request-id: req_of_the_answer",
        *(f"{name}: {value}" for name, value in reply.headers),
    ]
    lines += [] if reply.status == 204 else [f"content-type: {reply.kind}", f"content-length: {len(reply.body)}"]
    writer.write("\r\n".join([*lines, "", ""]).encode() + reply.body)
    await writer.drain()


async def _drip(writer: asyncio.StreamWriter, slowly: bytes) -> None:
    """Send an answer whose body comes byte by byte, or the headers already."""
    writer.write(b"" if slowly else HEAD)
    for place in range(200):
        writer.write(slowly[place : place + 1] or b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a reset, as a process that was killed does."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@contextlib.asynccontextmanager
async def _running(server: FaultServer) -> AsyncIterator[None]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, backlog=1000)
    server.origin = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield
    finally:
        await server.stop()
        listening.close()


@contextlib.contextmanager
def fault_server() -> Iterator[FaultServer]:
    """A running server."""
    server, ready, end = FaultServer(), threading.Event(), threading.Event()

    async def run() -> None:
        async with _running(server):
            ready.set()
            while not end.is_set():
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield server
    finally:
        end.set()
        thread.join(10)


@contextlib.contextmanager
def deaf_address() -> Iterator[str]:
    """An address at which connecting takes for ever: no one accepts, and the queue of those who wait is full."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def closed_address() -> str:
    """An address at which nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"

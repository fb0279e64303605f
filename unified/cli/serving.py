"""Runs ASGI apps until the process is told to stop: one way for `serve`, its workers, `demo` and `sandbox`."""

import asyncio
import contextlib
import errno
import json
import math
import os
import signal
import socket
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

from unified.cli.slow_clients import cutting_off
from unified.errors import ConfigurationError
from unified.service.runtime.services import Lifecycle
from unified.settings import Settings
from unified.settings_parsing import host_in_url

READY_TIMEOUT_SECONDS = 15
GRACE_SECONDS = 2.0
"""How long open requests may take to end once the process is told to stop, unless `Served.grace` says otherwise."""
Started = Callable[[list[str]], Awaitable[None]]


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """One app and where it listens."""

    app: Any
    host: str
    port: int
    named: str
    """What sets the port, for the message when it is taken."""
    listener: socket.socket | None = None
    """A socket that is bound already, in place of host and port."""
    grace: float = GRACE_SECONDS
    """Seconds that open requests get to end."""
    patience: float = Settings().client_timeout
    """Seconds that a client gets to send a request's head, and then its body."""
    notice: float = 0.0
    """Seconds between `/ready` answering 503 and the last new connection, for load balancers to notice."""
    lifecycle: Lifecycle = msgspec.field(default_factory=Lifecycle)


class _Server(uvicorn.Server):
    """A server that leaves the signals to us: one signal stops all of them, and the exit code is 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    @property
    def url(self) -> str:
        return url_of(self.servers[0].sockets[0])


def url_of(listener: Any) -> str:
    """The address of a socket that listens."""
    host, port = listener.getsockname()[:2]
    return f"http://{host_in_url(host)}:{port}"


async def run_servers(served: Sequence[Served], started: Started, stop: asyncio.Event | None = None) -> None:
    """Serve until SIGINT, SIGTERM or `stop`; `started` is told the addresses once all accept calls.

    Raises ConfigurationError when a port is taken or an app does not start.
    """
    stop = stop or asyncio.Event()
    with stopping(stop):
        async with contextlib.AsyncExitStack() as stack:
            urls = [await stack.enter_async_context(running(one)) for one in served]
            await started(urls)
            await stop.wait()


@contextlib.contextmanager
def stopping(stop: asyncio.Event) -> Iterator[None]:
    """Set an event at SIGINT or SIGTERM for the time of the block."""
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stop.set)
    try:
        yield
    finally:
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(one)


@contextlib.asynccontextmanager
async def running(served: Served) -> AsyncIterator[str]:
    """One server, accepting calls for the time of the block; gives its address, and drains at the end."""
    listener = served.listener or bound(served)
    config = uvicorn.Config(
        served.app,
        # Of h11: httptools leaves spaces at the end of header values, which MCP compares (RFC 9110, 5.5).
        http=cutting_off(served.patience),
        log_config=None,
        access_log=False,
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=math.ceil(served.grace),
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if task.done():
                _explain(task, served)
            await asyncio.sleep(0.01)
        yield server.url
        served.lifecycle.drain()
        await asyncio.sleep(served.notice)
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError, SystemExit):
            await task
        listener.close()


def _explain(task: "asyncio.Task[None]", served: Served) -> None:
    with contextlib.suppress(SystemExit):
        task.result()
    raise ConfigurationError(f"the server on {served.host}:{served.port} did not start; the log says why")


def bound(served: Served) -> socket.socket:
    """A socket on the app's address, not yet listening; ConfigurationError when another process has it."""
    family = socket.AF_INET6 if ":" in served.host else socket.AF_INET
    # asyncio turns TCP_NODELAY on only for sockets whose protocol is named; without it some answers take 40 ms longer.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((served.host, served.port))
    except OSError as problem:
        made.close()
        if problem.errno == errno.EADDRINUSE:
            raise ConfigurationError(
                f"port {served.port} is taken on {served.host}: choose another one with {served.named}"
            ) from None
        where = f"{served.host}:{served.port}"
        raise ConfigurationError(f"cannot listen on {where}: {problem.strerror or problem}") from None
    return made


def refuse_taken(served: Served) -> None:
    """Raise ConfigurationError when another process listens on the port, before anything else is done."""
    bound(served).close()


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def write_ready(path: Path, content: dict[str, Any]) -> None:
    """Write the ready file whole or not at all, readable by its owner only: it may hold keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    draft.replace(path)


async def wait_ready(*urls: str) -> None:
    """Wait until each address answers with 200; ConfigurationError names the one that does not within 15 seconds."""
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    for url in urls:
        while not await asyncio.to_thread(_answers, url):
            if time.monotonic() > deadline:
                raise ConfigurationError(f"{url} did not answer within {READY_TIMEOUT_SECONDS} seconds; the log says why")
            await asyncio.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own servers
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False

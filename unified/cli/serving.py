"""Runs ASGI apps until the process is told to stop: one way for `serve`, `demo` and `sandbox`."""

import asyncio
import contextlib
import errno
import json
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

from unified.errors import ConfigurationError

READY_S = 15
GRACE_S = 2
"""How long open requests may take to end once the process is told to stop."""


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """One app and where it listens."""

    app: Any
    host: str
    port: int
    named: str
    """What sets the port, for the message when it is taken."""


class _Server(uvicorn.Server):
    """A server that leaves the signals to us: one signal stops all of them, and the exit code is 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    @property
    def url(self) -> str:
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def run_servers(served: Sequence[Served], started: Callable[[list[str]], Awaitable[None]]) -> None:
    """Serve until SIGINT or SIGTERM; `started` is told the addresses once all accept calls.

    Raises ConfigurationError when a port is taken or an app does not start.
    """
    stop = asyncio.Event()
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
async def running(served: Served) -> Any:
    """One server, accepting calls for the time of the block; gives its address."""
    refuse_taken(served)
    config = uvicorn.Config(
        served.app,
        host=served.host,
        port=served.port,
        log_config=None,
        access_log=False,
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            if task.done():
                _explain(task, served)
            await asyncio.sleep(0.01)
        yield server.url
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError, SystemExit):
            await task


def _explain(task: "asyncio.Task[None]", served: Served) -> None:
    task.result()
    raise ConfigurationError(f"the server on {served.host}:{served.port} did not start; the log says why")


def refuse_taken(served: Served) -> None:
    """Raise ConfigurationError when another process listens on the port; uvicorn would only log it and exit."""
    family = socket.AF_INET6 if ":" in served.host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((served.host, served.port))
    except OSError as problem:
        where = f"{served.host}:{served.port}"
        if problem.errno == errno.EADDRINUSE:
            raise ConfigurationError(
                f"port {served.port} is taken on {served.host}: choose another one with {served.named}"
            ) from None
        raise ConfigurationError(f"cannot listen on {where}: {problem.strerror or problem}") from None


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
    deadline = time.monotonic() + READY_S
    for url in urls:
        while not await asyncio.to_thread(_answers, url):
            if time.monotonic() > deadline:
                raise ConfigurationError(f"{url} did not answer within {READY_S} seconds; the log says why")
            await asyncio.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own servers
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False

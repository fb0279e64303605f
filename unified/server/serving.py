"""Running ASGI apps until the process is asked to stop, for `serve`, its workers, `demo` and `sandbox`."""

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

from unified.errors.configuration import ConfigurationError
from unified.server.slow_clients import limit_request_time
from unified.service.runtime.services import Lifecycle
from unified.settings.settings import Settings
from unified.settings.urls import host_in_url

READY_TIMEOUT_SECONDS = 30
GRACE_SECONDS = 2.0
"""Default time for open requests to finish when the process stops; see `Served.grace`."""
Started = Callable[[list[str]], Awaitable[None]]


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """An app and the address it listens on."""

    app: Any
    host: str
    port: int
    named: str
    """The name of the setting of the port, for the error message when it is in use."""
    listener: socket.socket | None = None
    """A bound socket, used instead of host and port."""
    grace: float = GRACE_SECONDS
    """Seconds for open requests to finish."""
    patience: float = Settings().client_timeout
    """Seconds for a client to send a request's head, and again for its body."""
    notice: float = 0.0
    """Seconds during which `/ready` returns 503 before new connections are refused, so that load balancers notice."""
    lifecycle: Lifecycle = msgspec.field(default_factory=Lifecycle)


class _Server(uvicorn.Server):
    """A server that does not handle signals: one signal stops all servers, and the exit code is 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    @property
    def url(self) -> str:
        return url_of(self.servers[0].sockets[0])


def url_of(listener: Any) -> str:
    """Return the http URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{host_in_url(host)}:{port}"


async def run_servers(served: Sequence[Served], started: Started, stop: asyncio.Event | None = None) -> None:
    """Serve until SIGINT, SIGTERM or `stop`; `started` receives the addresses once all servers accept requests.

    Raises:
        ConfigurationError: a port is in use, or an app does not start.
    """
    stop = stop or asyncio.Event()
    with stopping(stop):
        async with contextlib.AsyncExitStack() as stack:
            urls = [await stack.enter_async_context(running(one)) for one in served]
            await started(urls)
            await stop.wait()


@contextlib.contextmanager
def stopping(stop: asyncio.Event) -> Iterator[None]:
    """Set an event on SIGINT or SIGTERM, within the block."""
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
    """Run one server within the block, which receives its address; drain it at the end."""
    listener = served.listener or bound(served)
    config = uvicorn.Config(
        served.app,
        http=limit_request_time(served.patience),
        log_config=None,
        access_log=False,
        ws="none",
        server_header=False,
        proxy_headers=False,  # the addresses of trusted proxies are a setting, read where addresses are counted
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
    raise ConfigurationError(f"the server on {served.host}:{served.port} did not start; see the log for the cause")


def bound(served: Served) -> socket.socket:
    """Bind a socket to the app's address, without listening yet.

    Raises:
        ConfigurationError: the port is in use, or the address cannot be bound.
    """
    family = socket.AF_INET6 if ":" in served.host else socket.AF_INET
    # asyncio enables TCP_NODELAY only for sockets with an explicit protocol; without it some responses take 40 ms longer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        # By its number, also where any will do: only such a port is kept when the socket stops and begins to listen again.
        listener.bind((served.host, served.port or free_port(served.host)))
    except OSError as problem:
        listener.close()
        if problem.errno == errno.EADDRINUSE:
            raise ConfigurationError(
                f"port {served.port} on {served.host} is in use: choose another one with {served.named}"
            ) from None
        address = f"{served.host}:{served.port}"
        raise ConfigurationError(f"cannot listen on {address}: {problem.strerror or problem}") from None
    return listener


def refuse_taken(served: Served) -> None:
    """Check that the address is free.

    Raises:
        ConfigurationError: the port is in use, or the address cannot be bound.
    """
    bound(served).close()


def free_port(host: str) -> int:
    """Return a port that is free now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def write_ready(path: Path, content: dict[str, Any]) -> None:
    """Write the ready file atomically, readable only by its owner because it may contain keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    draft.replace(path)


async def wait_ready(*urls: str) -> None:
    """Wait until each URL returns 200.

    Raises:
        ConfigurationError: a URL did not do so within `READY_TIMEOUT_SECONDS`.
    """
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    for url in urls:
        while not await asyncio.to_thread(_responds, url):
            if time.monotonic() > deadline:
                raise ConfigurationError(
                    f"{url} did not respond within {READY_TIMEOUT_SECONDS} seconds; see the log for the cause"
                )
            await asyncio.sleep(0.05)


def _responds(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=20) as response:  # noqa: S310 - the URL of a local server
            return bool(response.status == HTTPStatus.OK)
    except OSError:
        return False

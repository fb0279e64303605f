"""Runs the sandbox on a port: for the command line in the foreground, for tests in a thread."""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import uvicorn

START_TIMEOUT_S = 10.0


@contextlib.contextmanager
def running(app: Any, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve an ASGI app from a thread on a port, or a free one, and give its base URL; stops at the end of the block.

    Raises RuntimeError when the server has not started within 10 seconds.
    """
    # Bound by uvicorn, not here: asyncio turns TCP_NODELAY on only for sockets made with IPPROTO_TCP (40 ms a call).
    server = _server(app, host, port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        _wait(server)
        yield f"http://{host}:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(START_TIMEOUT_S)


def _server(app: Any, host: str, port: int) -> uvicorn.Server:
    # Without uvicorn's own set-up of logging, which would change the loggers of the whole process.
    config = uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, ws="none")
    return uvicorn.Server(config)


def _wait(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not server.started:
        if time.monotonic() > deadline:
            raise RuntimeError(f"The server did not start within {START_TIMEOUT_S:.0f} seconds.")
        time.sleep(0.005)

"""The connections of a client that is given none."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx2

LIMITS = httpx2.Limits(max_keepalive_connections=100)
"""How many idle connections are kept; those in use are not limited."""


_LOGGERS = ("httpx2", *(f"httpcore2.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")))
"""Loggers that write URLs at INFO, and headers with the key at DEBUG."""
_OURS: ContextVar[bool] = ContextVar("call_of_unified_client", default=False)


def _is_of_others(_record: logging.LogRecord) -> bool:
    return not _OURS.get()


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep a request out of the logs of the libraries below: its URL holds values of filters, such as e-mail addresses."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_is_of_others)  # does nothing if it was added before
    mark = _OURS.set(True)
    try:
        yield
    finally:
        _OURS.reset(mark)


class OwnClient(httpx2.Client):
    """An HTTP client with separate connections in each process: on a shared one, each could read the other's answer."""

    def __init__(self) -> None:
        super().__init__(limits=LIMITS)
        self._process = os.getpid()

    def send(self, *given: Any, **named: Any) -> httpx2.Response:
        """Send a request on a connection of this process."""
        if self._process != os.getpid():
            # Those of before the fork are left alone, and not closed: a thread that is not here may have held their locks.
            OwnClient.__init__(self)
        with _unlogged():
            return super().send(*given, **named)


class OwnAsyncClient(httpx2.AsyncClient):
    """An HTTP client with separate connections in each event loop, as loops cannot share them."""

    def __init__(self) -> None:
        super().__init__(limits=LIMITS)
        self._opened: dict[asyncio.AbstractEventLoop, tuple[httpx2.AsyncClient, AsyncGenerator[httpx2.AsyncClient]]] = {}

    async def send(self, *given: Any, **named: Any) -> httpx2.Response:
        """Send a request on a connection of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._opened:
            # A copy, as loops of other threads come and go meanwhile.
            for ended in filter(lambda one: one.is_closed(), list(self._opened)):
                self._opened.pop(ended, None)
            opened = _opened()
            self._opened[loop] = await anext(opened), opened
        with _unlogged():
            return await self._opened[loop][0].send(*given, **named)

    async def aclose(self) -> None:
        """Close the connections of the running loop; other loops close theirs when they end."""
        await super().aclose()
        if found := self._opened.pop(asyncio.get_running_loop(), None):
            await found[1].aclose()


async def _opened() -> AsyncGenerator[httpx2.AsyncClient]:
    """Yield connections; `asyncio.run` ends generators that are left, and so closes them."""
    async with httpx2.AsyncClient(limits=LIMITS) as client:
        yield client

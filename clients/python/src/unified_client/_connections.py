"""The connections of a client that is given none."""

import asyncio
from typing import Any

import httpx2

LIMITS = httpx2.Limits(max_keepalive_connections=100)
"""How many idle connections are kept; those in use are not limited."""


class OwnAsyncClient(httpx2.AsyncClient):
    """An HTTP client with connections of its own in each event loop, as loops cannot share them."""

    def __init__(self) -> None:
        super().__init__(limits=LIMITS)
        self._clients: dict[asyncio.AbstractEventLoop, httpx2.AsyncClient] = {}

    async def send(self, *given: Any, **named: Any) -> httpx2.Response:
        """Send a request on a connection of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients = {one: client for one, client in self._clients.items() if not one.is_closed()}
            self._clients[loop] = httpx2.AsyncClient(limits=LIMITS)
        return await self._clients[loop].send(*given, **named)

    async def aclose(self) -> None:
        """Close the connections of the running loop; those of others end with it."""
        await super().aclose()
        if client := self._clients.pop(asyncio.get_running_loop(), None):
            await client.aclose()

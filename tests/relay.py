"""A relay in front of a database, which a test makes hang: connections stay open, and nothing arrives any more."""

import asyncio
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Relay:
    """Passes bytes on, until it hangs."""

    def __init__(self, host, port):
        self._target = (host, port)
        self._going = asyncio.Event()
        self._going.set()
        self._tasks = set()
        self.opened = 0

    def hang(self):
        self._going.clear()

    def go_on(self):
        self._going.set()

    async def serve(self, reader, writer):
        self.opened += 1
        task = asyncio.current_task()
        self._tasks.add(task)
        await self._going.wait()
        there, out = await asyncio.open_connection(*self._target)
        try:
            await asyncio.wait(
                [asyncio.create_task(self._pass(reader, out)), asyncio.create_task(self._pass(there, writer))],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            out.close()
            writer.close()

    async def _pass(self, reader, writer):
        try:
            while chunk := await reader.read(65536):
                await self._going.wait()
                writer.write(chunk)
        except ConnectionError:
            pass

    async def end(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def relayed(url):
    """Provide the URL through a relay, and the relay."""
    parts = urlsplit(url)
    relay = Relay(parts.hostname, parts.port)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield url.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{port}"), relay
    finally:
        server.close()
        await relay.end()

"""Both ends of a proxy: a server under TLS, as the proxy finds it, and a client as the settings make it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.security.egress.networks import Names
from tests.security.egress.proxies import Proxy
from tests.security.egress.test_calls import certificate
from unified.settings.settings import Settings
from unified.transport.client import Client, ClientLimits
from unified.transport.egress.addresses import egress_of
from unified.transport.egress.backend import Guard
from unified.transport.network import networks
from unified.transport.network.networks import network_of_settings

HOST = "api.acme.test"
PUBLIC = Names(["8.8.8.8"])


class Upstream:
    """A server under TLS, as the proxy finds it."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.names: list[Any] = []
        self.connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
                self.requests.append(head + await reader.readexactly(int(size or 0)))
                body = b'{"access_token": "issued", "token_type": "bearer"}'
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            writer.close()


@asynccontextmanager
async def upstream(folder: Path) -> AsyncIterator[Upstream]:
    served, context = Upstream(), certificate(folder, HOST)
    context.sni_callback = lambda _socket, wanted, _context: served.names.append(wanted)
    async with await asyncio.start_server(served.serve, "127.0.0.1", 0, ssl=context) as server:
        served.port = server.sockets[0].getsockname()[1]
        yield served


def resolving(monkeypatch, names: Any) -> None:
    """Let the network of the settings ask another resolver."""

    class Resolving(Guard):
        def __init__(self, egress: Any, **own: Any) -> None:
            super().__init__(egress, **{"resolve": names, **own})

    monkeypatch.setattr(networks, "Guard", Resolving)


@asynccontextmanager
async def calling(folder: Path, proxy: Proxy, monkeypatch, *, names: Any = PUBLIC, scheme: str = "http", **more: Any):
    """A client as the settings make it, with the upstream's certificate trusted, and another resolver."""
    resolving(monkeypatch, names)
    deadline = more.pop("deadline", 5.0)
    ca = {"egress_ca_file": folder / "cert.pem"} if (folder / "cert.pem").exists() else {}
    settings = Settings(home=folder, **{"egress_proxy": f"{scheme}://127.0.0.1:{proxy.port}", **ca, **more})

    async def no_wait(_seconds: float) -> None:
        return None

    network = network_of_settings(settings, connections=10)
    client = Client(ClientLimits(deadline=deadline, max_bytes=1024), egress=egress_of(settings), network=network, sleep=no_wait)
    try:
        yield client
    finally:
        await client.close()

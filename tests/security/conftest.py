from collections.abc import AsyncIterator, Callable
from types import ModuleType
from typing import Any

import pytest

from tests.security import fault_server
from unified.catalog.files.decode import decode
from unified.catalog.files.source import parse_source
from unified.catalog.provider import Provider
from unified.transport.client import Client, ClientLimits
from unified.transport.connection import Connection
from unified.transport.egress.addresses import Egress
from unified.transport.egress.backend import Guard
from unified.transport.egress.network import open_network
from unified.transport.http1.messages import Network
from unified.transport.network.httpx_pool.network import HttpxPool
from unified.transport.resilience.breaker import Breaker

ACME = (
    "name: acme\ntitle: Acme\ndocs: d\nbase_url: https://api.acme.test/v1\nauth: [{type: bearer}]\n"
    "check: {request: GET /me}\nerrors: {message: message}\n"
)
TOKEN = "tok-planted-secret-1"


@pytest.fixture(scope="session")
def faults() -> ModuleType:
    """tests/security/fault_server.py."""
    return fault_server


@pytest.fixture
def to() -> Callable[[str], Connection]:
    """An account's connection to a server on loopback."""
    provider = decode(parse_source(ACME, name="acme.yaml"), Provider)

    def connect(origin: str) -> Connection:
        opened = {"type": "bearer", "token": TOKEN}
        return Connection(provider=provider, account_id="acc_1", settings={}, open_credentials=lambda: opened, origin=origin)

    return connect


OPENED = {"unified": open_network, "httpx2": HttpxPool}
"""What carries calls, by its name in UNIFIED_HTTP_CLIENT: both keep every promise."""


@pytest.fixture(params=OPENED)
def opened_by(request: pytest.FixtureRequest) -> Callable[..., Network]:
    """What opens a network: once our own client, and once httpx2."""
    return OPENED[request.param]


@pytest.fixture
async def client(opened_by: Callable[..., Network]) -> AsyncIterator[Callable[..., Client]]:
    """Clients that wait for nothing between two tries; closed at the end."""
    made: list[Client] = []

    async def no_wait(_seconds: float) -> None:
        return None

    def make(**limits: Any) -> Client:
        breaker = Breaker(failures=10_000)  # each failure is looked at; the breaker has tests of its own
        bounds, here = ClientLimits(**{"deadline": 5.0, **limits}), Egress(allow_loopback=True)
        network = opened_by(Guard(here), connections=bounds.connections)
        made.append(Client(bounds, egress=here, network=network, breaker=breaker, sleep=no_wait))
        return made[-1]

    yield make
    for one in made:
        await one.close()

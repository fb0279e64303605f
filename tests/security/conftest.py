from collections.abc import AsyncIterator, Callable
from types import ModuleType
from typing import Any

import pytest

from tests.security import fault_server
from unified.catalog.decode import decode
from unified.catalog.provider import Provider
from unified.catalog.source import parse_source
from unified.transport.client import Client, ClientLimits
from unified.transport.connection import Connection
from unified.transport.egress.addresses import Egress
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


@pytest.fixture
async def client() -> AsyncIterator[Callable[..., Client]]:
    """Clients that wait for nothing between two tries; closed at the end."""
    made: list[Client] = []

    async def no_wait(_seconds: float) -> None:
        return None

    def make(**limits: Any) -> Client:
        breaker = Breaker(failures=10_000)  # each failure is looked at; the breaker has tests of its own
        bounds, here = ClientLimits(**{"deadline": 5.0, **limits}), Egress(allow_loopback=True)
        made.append(Client(bounds, egress=here, breaker=breaker, sleep=no_wait))
        return made[-1]

    yield make
    for one in made:
        await one.close()

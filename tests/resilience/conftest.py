from collections.abc import Callable
from typing import Any

import pytest

from unified.catalog.files.decode import decode
from unified.catalog.files.source import parse_source
from unified.catalog.provider import Provider
from unified.transport.client import Client, ClientLimits
from unified.transport.connection import Connection
from unified.transport.egress.addresses import Egress

ACME = (
    "name: acme\ntitle: Acme\ndocs: d\nbase_url: https://api.acme.test/v1\nauth: [{type: bearer}]\n"
    "check: {request: GET /me}\nerrors: {message: message}\n"
    "rate_limit: {remaining: X-Remaining, limit: X-Limit, reset: X-Reset}\n"
)


@pytest.fixture
def to() -> Callable[..., Connection]:
    """An account's connection to a server on loopback."""
    provider = decode(parse_source(ACME, name="acme.yaml"), Provider)

    def connect(origin: str, account_id: str = "acc_1") -> Connection:
        opened = {"type": "bearer", "token": "tok-planted-secret-1"}
        return Connection(provider=provider, account_id=account_id, settings={}, open_credentials=lambda: opened, origin=origin)

    return connect


@pytest.fixture
async def client():
    """Clients that wait for nothing between two tries; closed at the end."""
    made: list[Client] = []

    async def no_wait(_seconds: float) -> None:
        return None

    def make(deadline: float = 20.0, **parts: Any) -> Client:
        limits = ClientLimits(deadline=deadline, connections=500)
        made.append(Client(limits, **{"egress": Egress(allow_loopback=True), "sleep": no_wait, **parts}))
        return made[-1]

    yield make
    for one in made:
        await one.close()

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.loops import LOOPS
from unified.transport.egress.addresses import Egress
from unified.transport.egress.backend import Guard
from unified.transport.egress.network import open_network
from unified.transport.http1.pool import Pool


def pytest_asyncio_loop_factories() -> dict[str, Any]:
    return LOOPS


class Names:
    """A resolver that counts: every name is this machine."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        return ["127.0.0.1"]


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
async def pool(names: Names) -> AsyncIterator[Callable[..., Pool]]:
    """Pools of connections to this machine; closed at the end."""
    made: list[Pool] = []

    def make(connections: int = 10, **times: float) -> Pool:
        guard = Guard(Egress(allow_loopback=True), resolve=names)
        made.append(open_network(guard, connections=connections, **times))
        return made[-1]

    yield make
    for one in made:
        await one.close()

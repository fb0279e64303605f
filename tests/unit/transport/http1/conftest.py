from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.loops import LOOPS
from unified.transport.egress.addresses import Egress
from unified.transport.egress.backend import Guard
from unified.transport.egress.network import open_network
from unified.transport.http1.pool import Pool
from unified.transport.network.httpx_pool.network import HttpxPool


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


OPENED = {"unified": open_network, "httpx2": HttpxPool}


@pytest.fixture
async def own_pool(names: Names) -> AsyncIterator[Callable[..., Pool]]:
    """Pools of our own only, for what is seen inside of them, or what httpx2 cannot do; closed at the end."""
    made: list[Pool] = []

    def make(connections: int = 10) -> Pool:
        made.append(open_network(Guard(Egress(allow_loopback=True), resolve=names), connections=connections))
        return made[-1]

    yield make
    for one in made:
        await one.close()


@pytest.fixture(params=OPENED)
async def pool(names: Names, request: pytest.FixtureRequest) -> AsyncIterator[Callable[..., Pool | HttpxPool]]:
    """Pools of connections to this machine, our own and that of httpx2; closed at the end."""
    made: list[Pool | HttpxPool] = []

    def make(connections: int = 10, **times: float) -> Pool | HttpxPool:
        guard = Guard(Egress(allow_loopback=True), resolve=names)
        made.append(OPENED[request.param](guard, connections=connections, **times))
        return made[-1]

    yield make
    for one in made:
        await one.close()

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.clock import Clock
from unified.catalog.files.decode import decode
from unified.catalog.files.source import parse_source
from unified.catalog.provider import Provider
from unified.transport.client import Client, ClientLimits
from unified.transport.connection import Connection
from unified.transport.network.httpx_network import HttpxNetwork

HEAD = "name: acme\ntitle: Acme\ndocs: d\ncheck: {request: GET /me}\n"
BEARER = {"type": "bearer", "token": "tok-planted-secret-1"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider() -> Callable[..., Provider]:
    def make(text: str = "auth: [{type: bearer}]\n", base_url: str = "https://api.acme.test/v1") -> Provider:
        return decode(parse_source(f"{HEAD}base_url: {base_url}\n{text}", name="acme.yaml"), Provider)

    return make


@pytest.fixture
def connection(provider: Callable[..., Provider]) -> Callable[..., Connection]:
    def make(
        text: str = "auth: [{type: bearer}]\n",
        credentials: dict[str, str] | None = None,
        *,
        base_url: str = "https://api.acme.test/v1",
        settings: dict[str, str] | None = None,
        origin: str | None = None,
    ) -> Connection:
        return Connection(
            provider=provider(text, base_url),
            account_id="acc_1",
            settings=settings or {},
            open_credentials=lambda: credentials or BEARER,
            origin=origin,
        )

    return make


class Upstream:
    """A provider that answers as told, in order, and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []
        self.slept: list[float] = []

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx2.Response) else httpx2.Response(**answer)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def client(self, **given: Any) -> Client:
        limits = given.pop("limits", ClientLimits(deadline=30.0))
        jitter = given.pop("jitter", lambda: 0.5)
        network = HttpxNetwork(httpx2.MockTransport(self.handle))
        return Client(limits, network=network, sleep=self.sleep, jitter=jitter, **given)


@pytest.fixture
def upstream() -> type[Upstream]:
    return Upstream

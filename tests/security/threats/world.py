"""The whole service in process with an account at every stand-in, and a transport that keeps what left for them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from tests.keys import new_key
from tests.security.world import PROVIDER, Tenant, TwoTenants, open_world
from tests.world import PROVIDERS, standins
from unified.service.access.api_keys import create_key
from unified.service.accounts.accounts import NewAccount
from unified_sandbox.app import create_sandbox

HOST = "127.0.0.1:9"
Answer = Callable[[httpx2.Request], httpx2.Response | None]


class Wire(httpx2.AsyncBaseTransport):
    """Keeps every request that left; answers from the stand-ins, where `answer` of a test gives none."""

    def __init__(self, standins: httpx2.AsyncBaseTransport) -> None:
        self.sent: list[httpx2.Request] = []
        self.answer: Answer | None = None
        self._standins = standins

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        planned = self.answer(request) if self.answer else None
        return planned or await self._standins.handle_async_request(request)

    def take(self) -> list[httpx2.Request]:
        """What left since it was last asked for."""
        found, self.sent = self.sent, []
        return found


class WatchedService(msgspec.Struct, frozen=True, kw_only=True):
    """The service, its wire and our accounts by provider; there is another tenant too."""

    two: TwoTenants
    wire: Wire
    accounts: dict[str, str]

    @property
    def ours(self) -> Tenant:
        return self.two.ours

    async def ask(
        self, method: str, path: str, provider: str = PROVIDER, *, key: str = "", headers: Any = None, **more: Any
    ) -> httpx2.Response:
        """One request for an account; `path` stands as it is given, percent-encoded."""
        bearer = {"Authorization": f"Bearer {key or self.ours.keys['admin']}", "Unified-Account": self.accounts[provider]}
        return await self.two.client.request(method, path, headers={**bearer, **(headers or {})}, **more)

    async def key(self, **scope: Any) -> str:
        """A key of our tenant with this scope."""
        _, token = await create_key(self.two.services, self.ours.id, new_key(name="k", role="app", scope=scope), maker=None)
        return token


def given(standin: Any, name: str) -> NewAccount:
    """An account at a stand-in; without its refresh token, so that a refused call is seen as it is."""
    credentials = {key: value for key, value in standin.demo_credentials[0].items() if key != "refresh_token"}
    return NewAccount(provider=name, name=name, credentials=credentials, settings=dict(standin.demo_settings))


@asynccontextmanager
async def opened(folder: Path, **settings: Any) -> AsyncIterator[WatchedService]:
    """A fresh world."""
    wire = Wire(httpx2.ASGITransport(create_sandbox(standins(*PROVIDERS))))
    asked = tuple(given(one, name) for name, one in standins(*PROVIDERS).items())
    async with open_world("sqlite", folder, accounts=asked, transport=wire, **settings) as two:
        bearer = {"Authorization": f"Bearer {two.ours.keys['admin']}"}
        listed = (await two.client.get("/accounts", headers=bearer)).json()["data"]
        wire.take()
        yield WatchedService(two=two, wire=wire, accounts={one["name"]: one["id"] for one in listed})

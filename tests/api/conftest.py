"""The whole service in process, in front of stand-ins in process: real routing, real database, real mapping."""

from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import httpx2
import msgspec
import pytest

from tests.keys import new_key
from unified import Catalog
from unified.api.observability_middleware import observability_middleware
from unified.api.server import build_server
from unified.app import ROUTE_TABLE, assembled
from unified.sandbox.app import create_sandbox
from unified.sandbox.registry import discover
from unified.service.access.api_keys import create_key
from unified.service.accounts.accounts import NewAccount, create_account
from unified.settings import Settings
from unified.store import tenants
from unified.vault.tokens import new_id

PROVIDERS = ("hubspot", "salesforce", "bamboohr", "hibob", "zendesk", "jira")


class World(msgspec.Struct, kw_only=True):
    """A running service with its sandbox and one account per provider."""

    client: httpx2.AsyncClient
    sandbox: httpx2.AsyncClient
    services: Any
    server: Any
    tenant: str
    admin_key: str
    accounts: dict[str, str]
    lives: Any
    """The stand-ins from inside: provider → what it holds."""

    async def get(self, path: str, provider: str = "hubspot", **query: Any) -> httpx2.Response:
        return await self.client.get(path, params={"account_id": self.accounts[provider], **query})

    async def send(
        self, method: str, path: str, body: Any = None, provider: str = "hubspot", **headers: str
    ) -> httpx2.Response:
        return await self.client.request(
            method, path, params={"account_id": self.accounts[provider]}, json=body, headers=headers
        )

    async def key(self, **asked: Any) -> str:
        """A fresh key of the tenant."""
        _, token = await create_key(self.services, self.tenant, new_key(**{"name": "k", "role": "app", **asked}), maker=None)
        return token

    async def reached(self, provider: str = "hubspot") -> list[dict[str, Any]]:
        """What arrived at a stand-in so far."""
        return (await self.sandbox.get("/_sandbox/requests", params={"provider": provider})).json()["data"]


@lru_cache(maxsize=1)
def catalog() -> Catalog:
    return Catalog.load()


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """Settings that a module or test adds to those of the service."""
    return {}


@pytest.fixture
async def world(tmp_path, more_settings):
    async with opened_world(tmp_path, more_settings) as made:
        yield made


@asynccontextmanager
async def opened_world(folder, more_settings):
    """The same for a fixture of another scope."""
    standins = {name: one for name, one in discover().items() if name in PROVIDERS}
    sandbox = create_sandbox(standins)
    urls = {name: f"http://127.0.0.1:9/{name}" for name in standins}
    settings = Settings(home=folder, provider_urls=urls, allow_loopback=True, **more_settings)
    async with assembled(settings, catalog=catalog(), transport=httpx2.ASGITransport(sandbox)) as services:
        tenant = (await tenants.add(services.database, new_id("ten_"), name="test")).id
        _, key = await create_key(services, tenant, new_key(name="admin", role="admin"), maker=None)
        accounts = {name: await _connect(services, tenant, name, one) for name, one in standins.items()}

        @asynccontextmanager
        async def ready():
            yield services

        server = build_server(settings, ready, ROUTE_TABLE)
        # Set here as the server's start would: its own start opens a task group, which a fixture cannot hold open.
        server.state.services = services
        async with _client(observability_middleware(server), key) as client:
            control = httpx2.ASGITransport(sandbox, client=("127.0.0.1", 1))
            async with httpx2.AsyncClient(transport=control, base_url="http://127.0.0.1:9") as steering:
                yield World(
                    client=client,
                    sandbox=steering,
                    services=services,
                    server=server,
                    tenant=tenant,
                    admin_key=key,
                    accounts=accounts,
                    lives=sandbox.lives,
                )


async def _connect(services: Any, tenant: str, name: str, standin: Any) -> str:
    asked = NewAccount(provider=name, name=name, credentials=standin.demo_credentials[0], settings=dict(standin.demo_settings))
    return (await create_account(services, tenant, asked)).id


def _client(app: Any, key: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://unified", headers={"Authorization": f"Bearer {key}"}
    )

"""Services connected to stand-ins under the providers' real host names, so that cassettes hold real addresses."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from tests.world import catalog
from unified.app.assembly import assembled
from unified.service.access.principals import Principal
from unified.service.access.scopes import UNLIMITED
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.runtime.services import Services
from unified.settings.settings import Settings
from unified.store import tenants
from unified.transport.connection import base_template, fill_settings
from unified.vault.tokens import new_id
from unified_sandbox.app import create_sandbox
from unified_sandbox.registry import discover
from unified_sandbox.standin import StandIn

CLOCK = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def by_host(sandbox: Any, hosts: dict[str, str]) -> Any:
    """The sandbox behind the providers' host names: `api.hubapi.com/x` is `/hubspot/x`."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        host = dict(scope["headers"])[b"host"].decode()
        prefix = hosts[host]
        raw = f"/{prefix}".encode() + scope["raw_path"]
        answer = _Answer()
        await sandbox({**scope, "path": f"/{prefix}{scope['path']}", "raw_path": raw}, receive, answer.take)
        await answer.give(send, f"://{host}/{prefix}/".encode(), f"://{host}/".encode())

    return app


class _Answer:
    """A whole answer, so that links in it can lose the stand-in's path prefix, which the real host does not have."""

    def __init__(self) -> None:
        self.start: Any = None
        self.body = b""

    async def take(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")

    async def give(self, send: Any, inside: bytes, outside: bytes) -> None:
        body = self.body.replace(inside, outside)
        headers = [(name, value.replace(inside, outside)) for name, value in self.start["headers"]]
        headers = [(n, str(len(body)).encode() if n.lower() == b"content-length" else v) for n, v in headers]
        await send({**self.start, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def connected(
    home: Path, providers: list[str], *, live: bool
) -> AsyncIterator[tuple[Services, Principal, dict[str, str]]]:
    """Services with one account per provider; `live` reaches the stand-ins, otherwise only cassettes answer."""
    standins = discover(*providers)
    settings, stood_in = Settings(home=home), _transport(standins)
    async with assembled(settings, transport=stood_in) as services:
        tenant = (await tenants.add(services.database, new_id("ten_"), name="cassettes")).id
        accounts = {name: await _connect(services, tenant, standin) for name, standin in standins.items()}
    transport = stood_in if live else httpx2.AsyncHTTPTransport()  # vcrpy answers in place of this class
    async with assembled(settings, transport=transport) as services:
        yield services, Principal(tenant_id=tenant, key_id="key_test", role="admin", scope=UNLIMITED), accounts


async def _connect(services: Services, tenant: str, standin: StandIn) -> str:
    """The account at a stand-in, which is asked for settings that the provider tells."""
    name, settings = standin.name, dict(standin.demo_settings)
    asked = NewAccount(provider=name, name=name, credentials=standin.demo_credentials[0], settings=settings)
    return (await create_account(services, tenant, asked)).id


def _transport(standins: Mapping[str, StandIn]) -> httpx2.AsyncBaseTransport:

    installed = catalog()
    hosts = {}
    for name, standin in standins.items():
        template = base_template(installed.provider(name), standin.demo_credentials[0]["type"])
        hosts[urlsplit(fill_settings(template, dict(standin.demo_settings))).netloc] = name
    return httpx2.ASGITransport(by_host(create_sandbox(standins, clock=lambda: CLOCK), hosts))

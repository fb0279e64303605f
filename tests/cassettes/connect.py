"""Services connected to stand-ins under the providers' real host names, so that cassettes hold real addresses."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msgspec

from tests.cassettes.place import TESTED, Place
from unified import Catalog
from unified.app.assembly import assembled
from unified.errors.configuration import CatalogError
from unified.errors.error import UnifiedError
from unified.errors.names import known_names
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import UNLIMITED
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.runtime.services import Services
from unified.settings.settings import Settings
from unified.store import tenants
from unified.transport.connection import base_template, fill_settings, names_in_template
from unified.vault.tokens import new_id
from unified_sandbox.app import create_sandbox
from unified_sandbox.standin import StandIn

CLOCK = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class Hosts(msgspec.Struct, frozen=True, kw_only=True):
    """Which stand-in is behind a host; several products may fetch their tokens at the same one."""

    by_name: dict[str, str]
    by_address: dict[tuple[str, str], str]
    """Host and path of single addresses, such as token endpoints."""

    def standin(self, host: str, path: str) -> str:
        """The stand-in of a call.

        Raises:
            CatalogError: No URL of the provider files leads to the host.
        """
        found = self.by_address.get((host, path)) or self.by_name.get(host)
        if found is None:
            known = ", ".join(sorted({*self.by_name, *(name for name, _ in self.by_address)}))
            raise CatalogError(f"https://{host}{path}: no URL of the provider files leads there. Known hosts: {known}")
        return found


def by_host(sandbox: Any, hosts: Hosts) -> Any:
    """The sandbox behind the providers' host names: `api.hubapi.com/x` is `/hubspot/x`."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        host = dict(scope["headers"])[b"host"].decode()
        prefix = hosts.standin(host, scope["path"])
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
    home: Path, providers: list[str], *, live: bool, place: Place = TESTED
) -> AsyncIterator[tuple[Services, Principal, dict[str, str]]]:
    """Services with one account per provider; `live` reaches the stand-ins, otherwise only cassettes answer."""
    catalog, standins = place.catalog, place.standins(*providers)
    settings, stood_in = Settings(home=home), _transport(catalog, standins)
    async with assembled(settings, catalog=catalog, transport=stood_in) as services:
        tenant = (await tenants.add(services.database, new_id("ten_"), name="cassettes")).id
        accounts = {name: await _connect(services, tenant, standin) for name, standin in standins.items()}
    transport = stood_in if live else httpx2.AsyncHTTPTransport()  # vcrpy answers in place of this class
    async with assembled(settings, catalog=catalog, transport=transport) as services:
        yield services, Principal(tenant_id=tenant, key_id="key_test", role="admin", scope=UNLIMITED), accounts


async def _connect(services: Services, tenant: str, standin: StandIn) -> str:
    """The account at a stand-in, which is asked for settings that the provider tells."""
    name, settings = standin.name, dict(standin.demo_settings)
    asked = NewAccount(provider=name, name=name, credentials=standin.demo_credentials[0], settings=settings)
    try:
        return (await create_account(services, tenant, asked)).id
    except UnifiedError as problem:
        place = f"providers/{name}.sandbox.yaml: credentials, settings"
        raise CatalogError(f"{place}: the account cannot be connected with them: {problem.code}: {problem}") from None


def _transport(catalog: Catalog, standins: Mapping[str, StandIn]) -> httpx2.AsyncBaseTransport:
    return httpx2.ASGITransport(by_host(create_sandbox(standins, clock=lambda: CLOCK), hosts_of(catalog, standins)))


def hosts_of(catalog: Catalog, standins: Mapping[str, StandIn]) -> Hosts:
    """The hosts of the URLs by which a provider is called with the first credentials of its stand-in."""
    by_name: dict[str, str] = {}
    by_address: dict[tuple[str, str], str] = {}
    for name, standin in standins.items():
        provider, credentials = catalog.provider(name), standin.demo_credentials[0]
        known = {**credentials, **standin.demo_settings}
        base = base_template(provider, credentials["type"])
        if missing := names_in_template(base) - known.keys():
            lacking = f"`settings` lacks {known_names(missing)}, with which {base} becomes an address"
            raise CatalogError(f"providers/{name}.sandbox.yaml: {lacking}: give an example of each")
        by_name[urlsplit(fill_settings(base, known)).netloc] = name
        for way in provider.auth:
            template = getattr(way, "token_url", None)
            if template and names_in_template(template) <= known.keys():
                parts = urlsplit(fill_settings(template, known))
                by_address[parts.netloc, parts.path] = name
    return Hosts(by_name=by_name, by_address=by_address)

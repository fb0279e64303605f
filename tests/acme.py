"""A service with one small provider, whose files and answers a test writes itself: for what the format can say."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from tests.world import NOWHERE, fresh_home
from unified.app.assembly import assembled
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import UNLIMITED
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.records.calls.call import Call
from unified.service.records.opening import open_call
from unified.service.records.reading.getting import get_record
from unified.service.records.reading.listing import Page, list_records
from unified.service.records.writing.write import Write, Written
from unified.service.records.writing.writing import execute_write
from unified.service.runtime.services import Services
from unified.settings.provider_values import ProviderValues
from unified.settings.settings import Settings
from unified.store import tenants
from unified.transform.catalog import Catalog
from unified.transform.queries.query_reading import query_from_object
from unified.vault.tokens import new_id

PROVIDER = """\
name: acme
title: Acme
docs: https://acme.example.com/docs
base_url: https://acme.example.com
settings: {company: {title: Company, example: c1, required: false}}
auth: [{type: bearer}]
check: {request: GET /me}
"""
Answers = Mapping[str, Any] | Callable[[httpx2.Request], Any]
"""What Acme answers: bodies by `METHOD /path`, or a function of the request; a function as body gets the request too."""


class Acme(msgspec.Struct, kw_only=True):
    """A connected account of the small provider."""

    services: Services
    principal: Principal
    account: str
    arrived: list[str]
    """Every request that reached it, as `METHOD /path?query`."""
    bodies: list[Any]
    """The bodies of these requests; None where there is none."""

    async def call(self, method: str, model: str = "crm.contacts") -> Call:
        return await open_call(self.services, self.principal, self.account, model, method)

    async def list(self, model: str = "crm.contacts", **query: Any) -> Page:
        call = await self.call("list", model)
        return await list_records(call, query_from_object(query, call.mapping.model))

    async def get(self, record_id: str, model: str = "crm.contacts", **query: Any) -> dict[str, Any]:
        call = await self.call("get", model)
        return await get_record(call, record_id, query_from_object(query, call.mapping.model))

    async def write(
        self, method: str, body: Any = None, *, record_id: str | None = None, model: str = "crm.contacts"
    ) -> Written:
        asked = Write(method=method, record_id=record_id, body=body or {})
        return await execute_write(await self.call(method, model), asked)


def write_catalog(folder: Path, mappings: Mapping[str, str], provider: str = PROVIDER) -> Catalog:
    """Write the files of a catalog below a folder, and load it."""
    below = folder / "mappings" / "acme"
    below.mkdir(parents=True)
    (folder / "providers").mkdir()
    (folder / "providers" / "acme.yaml").write_text(provider, encoding="utf-8")
    for name, text in mappings.items():
        (below / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Catalog.load(folder)


@asynccontextmanager
async def open_acme(
    home: Path,
    mappings: Mapping[str, str] | str,
    answers: Answers,
    *,
    provider: str = PROVIDER,
    settings: dict[str, str] | None = None,
    credentials: dict[str, Any] | None = None,
    values: dict[str, str] | None = None,
) -> AsyncIterator[Acme]:
    """Open a service with these mappings of the provider; one text alone is the mapping of contacts.

    `values` are those of the installation.
    """
    files = {"crm.contacts": mappings} if isinstance(mappings, str) else mappings
    catalog, arrived, bodies = write_catalog(home / "catalog", files, provider), list[str](), list[Any]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        arrived.append(f"{request.method} {request.url.raw_path.decode().removeprefix('/acme')}")
        bodies.append(_decoded(request.content))
        return _response(answers, request)

    urls, own = {"acme": f"{NOWHERE}/acme"}, ProviderValues({} if values is None else {"acme": values})
    chosen = Settings(home=home, provider_urls=urls, allow_loopback=True, provider_values=own)
    async with (
        fresh_home(home),
        assembled(chosen, catalog=catalog, transport=httpx2.MockTransport(answer), prepared=True) as services,
    ):
        tenant = (await tenants.add(services.database, new_id("ten_"), name="t")).id
        asked = credentials or {"type": "bearer", "token": "secret-token"}
        account = await create_account(
            services, tenant, NewAccount(provider="acme", name="acme", credentials=asked, settings=settings or {})
        )
        arrived.clear()
        bodies.clear()
        principal = Principal(tenant_id=tenant, key_id="key_test", role="admin", scope=UNLIMITED)
        yield Acme(services=services, principal=principal, account=account.id, arrived=arrived, bodies=bodies)


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode()


def _response(answers: Answers, request: httpx2.Request) -> httpx2.Response:
    path = request.url.path.removeprefix("/acme")
    found = answers(request) if callable(answers) else answers.get(f"{request.method} {path}", {})
    body = found(request) if callable(found) else found
    return body if isinstance(body, httpx2.Response) else httpx2.Response(200, json=body)

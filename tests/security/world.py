"""Two tenants with one of everything, behind the whole service in process, on a database of either kind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import sqlalchemy as sa

from tests.databases import fresh_url
from tests.filled_rows import put, sealed_row
from tests.world import add_key, add_tenant, connect, fresh_home, open_app, standins
from unified.api.routes import ROUTES as API_ROUTES
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.mcp_servers.config import NewMcpServer, ServerConfig
from unified.service.mcp_servers.servers import create_server
from unified.service.runtime.services import Services
from unified.settings.settings import Settings
from unified.store.engine.tables import INSTALLATION, METADATA, TENANTS
from unified.web.routes import with_pages
from unified_sandbox.app import create_sandbox
from unified_sandbox.registry import discover

PROVIDER = "hubspot"
ROWS_OF = {"ours": PROVIDER, "theirs": "zendesk"}
"""For which provider each tenant has an OAuth app and a link; what one has, the other has not."""


ROUTES = with_pages(API_ROUTES)


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant."""

    id: str
    keys: dict[str, str]
    """Role → an API key."""
    token: str
    """Of an MCP server for the account that works."""
    rows: dict[str, dict[str, Any]]
    """Table → one of its rows."""


class TwoTenants(msgspec.Struct, frozen=True, kw_only=True):
    """The service with its tenants."""

    client: httpx2.AsyncClient
    services: Services
    settings: Settings
    ours: Tenant
    theirs: Tenant

    async def delete(self, tenant: Tenant) -> None:
        """Make a tenant unknown, with all that it has."""
        async with self.services.database.write() as connection:
            for table in reversed(METADATA.sorted_tables):
                if "tenant_id" in table.c:
                    await connection.execute(sa.delete(table).where(table.c.tenant_id == tenant.id))
            await connection.execute(sa.delete(TENANTS).where(TENANTS.c.id == tenant.id))

    async def dump(self, tenant: Tenant | None = None) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table, or a tenant's."""
        found = {}
        async with self.services.database.read() as connection:
            for table in METADATA.sorted_tables:
                query = sa.select(table).order_by(*table.primary_key.columns)
                if tenant is not None and table in INSTALLATION:
                    continue
                if tenant is not None:
                    query = query.where((table.c.id if table is TENANTS else table.c.tenant_id) == tenant.id)
                found[table.name] = [dict(row) for row in (await connection.execute(query)).mappings()]
        return found


@asynccontextmanager
async def open_world(
    kind: str,
    folder: Path,
    *,
    secret: bytes = b"planted",
    accounts: tuple[NewAccount, ...] = (),
    transport: httpx2.AsyncBaseTransport | None = None,
    **settings: Any,
) -> AsyncIterator[TwoTenants]:
    """The world; our tenant has the accounts given, besides one that works."""
    own_keys = "master_keys" in settings
    async with fresh_url(kind, folder) if own_keys else fresh_home(folder / "home", kind) as url:
        chosen = Settings(
            **{
                "home": folder / "home",
                "database_url": url,
                "provider_urls": {name: f"http://127.0.0.1:9/{name}" for name in discover()},
                "allow_loopback": True,
                **settings,
            }
        )
        upstream = transport or httpx2.ASGITransport(create_sandbox(standins(PROVIDER)))
        async with open_app(chosen, upstream, routes=ROUTES, prepared=not own_keys) as (services, client):
            ours = await _tenant(services, "ours", secret, accounts)
            theirs = await _tenant(services, "theirs", secret, ())
            yield TwoTenants(client=client, services=services, settings=chosen, ours=ours, theirs=theirs)


async def _tenant(services: Services, name: str, secret: bytes, accounts: tuple[NewAccount, ...]) -> Tenant:
    tenant_id = await add_tenant(services, name)
    keys = {role: await add_key(services, tenant_id, name=role, role=role) for role in ("admin", "app", "approver")}
    working = await connect(services, tenant_id, PROVIDER, name=name)
    for one in accounts:
        await create_account(services, tenant_id, one)
    server = NewMcpServer(name=name, account_ids=(working,), config=ServerConfig())
    _, token, _ = await create_server(services, tenant_id, server, maker=None)
    return Tenant(
        id=tenant_id, keys=keys, token=token, rows=await _one_of_everything(services, tenant_id, secret, ROWS_OF[name])
    )


async def _one_of_everything(services: Services, tenant_id: str, secret: bytes, provider: str) -> dict[str, dict[str, Any]]:
    """A row in each table that has none yet; keys of other tables name rows that are there."""
    rows: dict[str, dict[str, Any]] = {}
    async with services.database.write() as connection:
        for table in (one for one in METADATA.sorted_tables if one not in INSTALLATION):
            own = table.c.id == tenant_id if table is TENANTS else table.c.tenant_id == tenant_id
            order = [table.c.created_at] if "created_at" in table.c else []
            found = (await connection.execute(sa.select(table).where(own).order_by(*order))).mappings().first()
            if found is None:
                row = sealed_row(table, services.vault, tenant_id, secret, **_references(table, rows, provider))
                await put(connection, table, row)
                found = row
            rows[table.name] = dict(found)
    return rows


def _references(table: sa.Table, rows: dict[str, dict[str, Any]], provider: str) -> dict[str, Any]:
    known = {"provider": provider} if "provider" in table.c else {}
    for one in table.foreign_keys:
        referred = one.column.table.name
        if referred in rows and one.parent.name != "tenant_id":
            known[one.parent.name] = rows[referred][one.column.name]
    return known

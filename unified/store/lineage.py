"""Which key created which key, MCP server and connect link of a tenant, revoked ones included: a chain must not break."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from unified.store.connect_links import USABLE
from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.engine import Database
from unified.store.engine.tables import API_KEYS, CONNECT_LINKS, MCP_SERVERS
from unified.store.integrity import guarded


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One credential with the keys that created it or took it over."""

    id: str
    kind: Literal["api_key", "mcp_server", "connect_link"]
    name: str
    makers: tuple[str, ...]
    """The key that created it, then those that changed it or took its token."""
    scope: dict[str, Any] | None
    use_limits: list[dict[str, Any]] | None
    is_usable: bool
    """Whether it is neither expired nor revoked nor used up."""


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that are read of an API key."""

    id: str
    name: str
    made_by: str | None
    scope: dict[str, Any] | None
    use_limits: list[dict[str, Any]] | None
    expires_at: datetime | None
    revoked_at: datetime | None


class _ServerRow(_Row, frozen=True, kw_only=True):
    """The columns that are read of an MCP server, which keys can take over."""

    taken_by: list[str] | None


class _LinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that are read of a connect link."""

    id: str
    name: str | None
    provider: str | None
    made_by: str | None
    status: str
    expires_at: datetime


async def list_links(database: Database, tenant_id: str) -> Mapping[str, Link]:
    """Return every key, MCP server and connect link of the tenant, by id, except rows with an invalid mark."""
    now = database.clock()
    async with database.read() as connection:
        credentials = await _credentials(connection, tenant_id, now)
        links = await guarded.fetch(connection, _of(CONNECT_LINKS, tenant_id), CONNECT_LINKS, _LinkRow)
    credentials += [_of_link(link, now) for link in links if link.made_by is not None]
    return {link.id: link for link in credentials}


async def list_callers(database: Database, tenant_id: str) -> Mapping[str, Link]:
    """Return every key and MCP server of the tenant, by id, except rows with an invalid mark: those that can call and make."""
    async with database.read() as connection:
        return {one.id: one for one in await _credentials(connection, tenant_id, database.clock())}


async def _credentials(connection: AsyncConnection, tenant_id: str, now: datetime) -> list[Link]:
    keys = await guarded.fetch(connection, _of(API_KEYS, tenant_id), API_KEYS, _Row)
    servers = await guarded.fetch(connection, _of(MCP_SERVERS, tenant_id), MCP_SERVERS, _ServerRow)
    return [*(_of_row("api_key", key, now) for key in keys), *(_of_row("mcp_server", server, now) for server in servers)]


def _of(table: sa.Table, tenant_id: str) -> "sa.Select[Any]":
    return sa.select(table).where(table.c.tenant_id == tenant_id)


def _of_row(kind: Literal["api_key", "mcp_server"], row: _Row, now: datetime) -> Link:
    usable = row.revoked_at is None and (row.expires_at is None or row.expires_at > now)
    taken_by = (row.taken_by or ()) if isinstance(row, _ServerRow) else ()
    makers = tuple(dict.fromkeys(one for one in (row.made_by, *taken_by) if one is not None))
    return Link(
        id=row.id, kind=kind, name=row.name, makers=makers, scope=row.scope, use_limits=row.use_limits, is_usable=usable
    )


def _of_link(row: _LinkRow, now: datetime) -> Link:
    usable = row.status in USABLE and row.expires_at > now
    name = row.name or row.provider or ""
    makers = () if row.made_by is None else (row.made_by,)
    return Link(id=row.id, kind="connect_link", name=name, makers=makers, scope=None, use_limits=None, is_usable=usable)

"""Which key made which key, MCP server and connect link of a tenant, revoked ones among them: a chain must not break."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from unified.store.connect_links import USABLE
from unified.store.engine import Database
from unified.store.tables import API_KEYS, CONNECT_LINKS, MCP_SERVERS


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One credential with the key that made it."""

    id: str
    kind: Literal["api_key", "mcp_server", "connect_link"]
    name: str
    made_by: str | None
    scope: dict[str, Any] | None
    is_usable: bool
    """Whether it neither expired nor was revoked or used up."""


async def list_links(database: Database, tenant_id: str) -> Mapping[str, Link]:
    """Every key, MCP server and connect link of the tenant, by id."""
    now = database.clock()
    keys = sa.select(API_KEYS).where(API_KEYS.c.tenant_id == tenant_id)
    servers = sa.select(MCP_SERVERS).where(MCP_SERVERS.c.tenant_id == tenant_id)
    links = sa.select(CONNECT_LINKS).where(CONNECT_LINKS.c.tenant_id == tenant_id, CONNECT_LINKS.c.made_by.is_not(None))
    found: list[Link] = []
    async with database.read() as connection:
        for row in (await connection.execute(keys)).mappings():
            usable = row["revoked_at"] is None and (row["expires_at"] is None or row["expires_at"] > now)
            found.append(_link("api_key", row, name=row["name"], scope=row["scope"], usable=usable))
        for row in (await connection.execute(servers)).mappings():
            usable = row["revoked_at"] is None and row["expires_at"] > now
            found.append(_link("mcp_server", row, name=row["name"], scope=row["scope"], usable=usable))
        for row in (await connection.execute(links)).mappings():
            usable = row["status"] in USABLE and row["expires_at"] > now
            found.append(_link("connect_link", row, name=row["name"] or row["provider"] or "", scope=None, usable=usable))
    return {one.id: one for one in found}


def _link(kind: Any, row: Any, *, name: str, scope: dict[str, Any] | None, usable: bool) -> Link:
    return Link(id=row["id"], kind=kind, name=name, made_by=row["made_by"], scope=scope, is_usable=usable)

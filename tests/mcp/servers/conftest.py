"""The parts of the service over a fresh database, with two tenants, some accounts, and a clock that tests move."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from tests.clock import StillClock
from tests.world import World, add_key, fresh_home, open_services
from unified.errors.requests import NotFound
from unified.service.access.mcp_authentication import authenticate_agent
from unified.service.mcp_servers.config import McpServerPatch, NewMcpServer
from unified.service.mcp_servers.servers import create_server
from unified.service.validation import validation_error
from unified.settings.settings import Settings
from unified.store import accounts, tenants

ACCOUNTS = {"hubspot": "acc_crm", "zendesk": "acc_tickets", "bamboohr": "acc_people"}


class Clock(StillClock):
    """Stands at a whole second, which callers can write."""

    def text(self, **ahead: float) -> str:
        return (self.now + timedelta(**ahead)).isoformat()


class ServerWorld(World, kw_only=True):
    """One tenant's view, and another tenant beside it."""

    clock: Clock
    tenant: str = "ten_1"

    async def key(self, tenant: str = "ten_1", **asked: Any) -> str:
        """A fresh API key."""
        return await add_key(self.services, tenant, **{"role": "admin", **asked})

    async def maker(self, **asked: Any) -> Any:
        """The principal of a fresh admin key."""
        return await self.principal(await self.key(**asked))

    async def create(self, maker: Any = None, **asked: Any) -> Any:
        """A server as a body asks for it; (row, token, tools)."""
        body = {"name": "s", "account_ids": ["acc_tickets"], "config": {"methods": ["read"]}, **asked}
        return await create_server(self.services, self.tenant, read(body, NewMcpServer), maker=maker)

    async def lets_in(self, token: str | None, api_key: str | None = None) -> bool:
        """Whether the token is let in."""
        try:
            await authenticate_agent(self.services, token, api_key)
        except NotFound:
            return False
        return True

    async def count(self, table: str = "mcp_servers") -> int:
        async with self.services.database.read() as connection:
            return (await connection.execute(sa.text(f"SELECT count(*) FROM {table}"))).scalar()


def read(body: Any, kind: Any = NewMcpServer) -> Any:
    """A body as a route reads it."""
    try:
        return msgspec.json.decode(msgspec.json.encode(body), type=kind)
    except msgspec.ValidationError as problem:
        raise validation_error(kind, problem) from None


def patch(**asked: Any) -> McpServerPatch:
    """The body of a change."""
    return read(asked, McpServerPatch)


@pytest.fixture
async def world(tmp_path, more_settings):
    clock = Clock(datetime.now(UTC).replace(microsecond=0))
    async with fresh_home(tmp_path), open_services(Settings(home=tmp_path, **more_settings)) as services:
        services.database.clock = clock
        for tenant, suffix in (("ten_1", ""), ("ten_2", "_theirs")):
            await tenants.add(services.database, tenant, name=tenant)
            for provider, account in ACCOUNTS.items():
                await accounts.add(services.database, tenant, account + suffix, provider=provider, name=provider)
        yield ServerWorld(services=services, clock=clock)

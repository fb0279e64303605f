"""A process that serves the conformance suite: the product's own server with other tools. Prints the address once it answers."""

import asyncio
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from tests import tokens
from tests.mcp.endpoint.catalogue import Catalogue
from unified import Catalog
from unified.api.server import build_server
from unified.app.application import HANDLERS
from unified.app.assembly import assembled
from unified.mcp.endpoint import Endpoint, running_endpoint
from unified.server.serving import Served, run_servers
from unified.settings.settings import Settings
from unified.store import tenants
from unified.telemetry.logs import configure_logs
from unified.vault.tokens import new_id, new_token


async def add_server(services, tenant, *, required=False, scope=None, **more):
    """An MCP server of a tenant, past the rules for making one; answers its row and its token."""
    token = new_token("um_")
    row = await tokens.add_server(
        services.database,
        tenant,
        new_id("mcp_"),
        **{
            "name": "test",
            "config": {},
            "scope": scope or {},
            "limits": None,
            "made_by": None,
            "require_api_token_auth": required,
            "digest": services.digest(token),
            "last4": token[-4:],
            "expires_at": services.database.clock() + timedelta(hours=1),
            **more,
        },
    )
    return row, token


async def serve(home: Path) -> None:
    configure_logs()
    settings = Settings(home=home)
    async with assembled(settings, catalog=Catalog.load()) as services:
        tenant = (await tenants.add(services.database, new_id("ten_"), name="test")).id
        _, token = await add_server(services, tenant)

        @asynccontextmanager
        async def ready():
            yield services

        server = build_server(settings, ready, HANDLERS, during=[running_endpoint])
        server.state.mcp = Endpoint(settings, Catalogue)

        async def started(urls):
            print(f"{urls[0]}/mcp/{token}", flush=True)

        app = server
        await run_servers([Served(app=app, host="127.0.0.1", port=0, named="--port")], started)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))

"""Unified as a subject: a home with a key and accounts, and `unified serve` on it."""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.machine import cores
from benchmarks.processes import Started, free_port, process
from unified.app import assembled
from unified.service.access.api_keys import create_key
from unified.service.access.key_config import NewKey
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.mcp_servers.config import NewMcpServer, ServerConfig
from unified.service.mcp_servers.servers import create_server
from unified.settings import Settings
from unified.store import tenants
from unified.vault.tokens import new_id

FIELDS: Final = (
    "id,first_name,last_name,name,title,emails,phone_numbers,owner_id,account_id,lifecycle_stage,created_at,updated_at"
)
"""Twelve fields of a contact."""
TOKEN: Final = "bench-token-0000"


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """What a client of a prepared service needs."""

    folder: Path
    key: str
    accounts: tuple[str, ...]
    mcp: str
    """The token of an MCP server with the first account."""


def prepare(folder: Path, accounts: int = 1) -> Home:
    """Create a database with a key, accounts of one provider and an MCP server."""
    return asyncio.run(_prepare(folder, accounts))


async def _prepare(folder: Path, accounts: int) -> Home:
    asked = NewAccount(provider="hubspot", name="bench", credentials={"type": "bearer", "token": TOKEN})
    async with assembled(Settings(home=folder)) as services:
        tenant = (await tenants.add(services.database, new_id("ten_"), name="bench")).id
        _, key = await create_key(services, tenant, NewKey(name="bench", role="admin", scope="unlimited"), maker=None)
        made = tuple([(await create_account(services, tenant, asked)).id for _ in range(accounts)])
        server = NewMcpServer(name="bench", account_ids=made[:1], config=ServerConfig(require_api_token_auth=False))
        _, token, _ = await create_server(services, tenant, server, maker=None)
        return Home(folder=folder, key=key, accounts=made, mcp=token)


@contextmanager
def serve(home: Home, provider: int, *, workers: int = 1, names: Sequence[str] = ("hubspot",), **env: str) -> Iterator[Started]:
    """Run `unified serve` on the subject's cores; with several workers on all cores."""
    port = free_port()
    urls = dict.fromkeys(names, f"http://127.0.0.1:{provider}")
    settings = {
        "UNIFIED_HOME": str(home.folder),
        "UNIFIED_ALLOW_LOOPBACK": "true",
        "UNIFIED_PROVIDER_URLS": json.dumps(urls),
        **{f"UNIFIED_RATE_LIMIT_{name}": "unlimited" for name in ("KEY", "ACCOUNT", "TENANT")},
        **env,
    }
    command = (str(Path(sys.executable).parent / "unified"), "serve", "--port", str(port), "--workers", str(workers))
    on = cores()[0] if workers == 1 else sorted({*cores()[0], *cores()[1]})
    with process(*command, port=port, on=on, **settings) as started:
        yield started


def contacts(account: str, limit: int = 100, fields: str = "") -> str:
    """The path of a mapped page."""
    return f"/crm/contacts?account_id={account}&limit={limit}" + (f"&fields={fields}" if fields else "")


def passed_through(account: str, limit: int = 100) -> str:
    """The path of the provider's own page through Unified."""
    return f"/proxy/crm/v3/objects/contacts?account_id={account}&limit={limit}"

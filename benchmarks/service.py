"""Unified as a subject: a home with a key and accounts, and `unified serve` on it."""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.load import get, post
from benchmarks.machine import cores
from benchmarks.pages import KNOWN_COMPANIES
from benchmarks.processes import Started, free_port, process
from unified.app.assembly import assembled
from unified.service.access.api_keys import create_key
from unified.service.access.key_config import NewKey
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.accounts.credentials import SealedFor, seal_credentials
from unified.service.mcp_servers.config import NewMcpServer, ServerConfig
from unified.service.mcp_servers.servers import create_server
from unified.service.runtime.services import Services
from unified.settings.settings import Settings
from unified.store import accounts, tenants
from unified.vault.tokens import new_id

FIELDS: Final = (
    "id,first_name,last_name,name,title,emails,phone_numbers,owner_id,account_id,lifecycle_stage,created_at,updated_at"
)
"""Twelve fields of a contact."""
CREDENTIALS: Final = {"type": "bearer", "token": "bench-token-0000"}
NOT_REACHED: Final = "100000000/minute"
"""A limit that is checked as the default is, and that no load of a benchmark reaches."""
HIDING: Final = {"methods": ["read"], "fields": {"hide": ["crm.contacts.birth_date"]}}
TOOL: Final = "list_crm_contacts"
MCP_VERSION: Final = "2026-07-28"


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """What a client of a prepared service needs."""

    folder: Path
    key: str
    hiding: str
    """A key that does not see one field of contacts."""
    bound: str
    """A key with a boundary: it sees the contacts of a thousand chosen companies."""
    accounts: tuple[str, ...]
    mcp: str
    """The token of an MCP server with the first account."""
    mcp_wide: str
    """The token of one with all that the provider offers, and a second provider."""


def prepare(folder: Path, count: int = 1, *, companies: Sequence[str] = KNOWN_COMPANIES) -> Home:
    """Create a database with keys, accounts of one provider and MCP servers; one key sees the contacts of some companies."""
    return asyncio.run(_prepare(folder, count, companies))


async def _prepare(folder: Path, count: int, companies: Sequence[str]) -> Home:
    asked = NewAccount(provider="hubspot", name="bench", credentials=CREDENTIALS)
    async with assembled(Settings(home=folder)) as services:
        tenant = (await tenants.add(services.database, new_id("ten_"), name="bench")).id
        key, hiding, bound = [await _key(services, tenant, scope) for scope in ("unlimited", HIDING, bounded(companies))]
        first = (await create_account(services, tenant, asked)).id
        made = (first, *await _more_accounts(services, tenant, count - 1))
        token = await _server(services, tenant, first, methods=("read",))
        wide = await _server(services, tenant, first, methods=("read", "write"), writes="direct")
        return Home(folder=folder, key=key, hiding=hiding, bound=bound, accounts=made, mcp=token, mcp_wide=wide)


async def _key(services: Services, tenant: str, scope: Any) -> str:
    _, key = await create_key(services, tenant, NewKey(name="bench", role="admin", scope=scope), maker=None)
    return key


async def _server(services: Services, tenant: str, account: str, **config: Any) -> str:
    asked = NewMcpServer(name="bench", account_ids=(account,), config=ServerConfig(require_api_token_auth=False, **config))
    _, token, _ = await create_server(services, tenant, asked, maker=None)
    return token


def bounded(companies: Sequence[str]) -> dict[str, Any]:
    """A scope with a thousand chosen companies, those of the contacts among them."""
    others = [str(number) for number in range(1_000 - len(companies))]
    return {"methods": ["read"], "resources": {"crm.accounts": {"ids": [*companies, *others]}}}


async def _more_accounts(services: Services, tenant: str, count: int) -> list[str]:
    """Many accounts in one transaction: thousands take seconds."""
    ids = [new_id("acc_") for _ in range(count)]
    provider = services.catalog.provider("hubspot")
    async with services.database.write() as connection:
        for one in ids:
            account = SealedFor(tenant_id=tenant, account_id=one, settings={}, connections=accounts.FIRST_CONNECTION)
            sealed = seal_credentials(services.vault, provider, account, CREDENTIALS)
            await accounts.add(
                services.database, tenant, one, provider="hubspot", name="bench", credentials=sealed, within=connection
            )
    return ids


@contextmanager
def serve(home: Home, provider: int, *, workers: int = 1, sampled_to: Path | None = None, **env: str) -> Iterator[Started]:
    """Run `unified serve` on the subject's cores; with several workers on all cores. `sampled_to`: under the sampler."""
    port = free_port()
    sampler = () if sampled_to is None else (sys.executable, "-m", "benchmarks.sampler", str(sampled_to))
    command = (
        *(sampler or (str(Path(sys.executable).parent / "unified"),)),
        "serve",
        "--port",
        str(port),
        "--workers",
        str(workers),
    )
    on = cores()[0] if workers == 1 else sorted({*cores()[0], *cores()[1]})
    with process(*command, port=port, on=on, **environment(home, provider), **env) as started:
        yield started


def environment(home: Home, provider: int) -> dict[str, str]:
    """The settings of the service as variables: the defaults, with limits that the same calls over and over do not reach."""
    return {
        "UNIFIED_HOME": str(home.folder),
        "UNIFIED_ALLOW_LOOPBACK": "true",
        "UNIFIED_STOP_LOOPS": "false",
        "UNIFIED_PROVIDER_URLS": json.dumps({"hubspot": f"http://127.0.0.1:{provider}"}),
        **{f"UNIFIED_RATE_LIMIT_{name}": NOT_REACHED for name in ("KEY", "ACCOUNT", "TENANT")},
    }


def contacts(home: Home, limit: int = 100, fields: str = "", account: str = "") -> bytes:
    """The request of a mapped page."""
    narrowed = f"&fields={fields}" if fields else ""
    return get(f"/crm/contacts?account_id={account or home.accounts[0]}&limit={limit}{narrowed}", home.key)


def passed_through(home: Home) -> bytes:
    """The request of the provider's own page through Unified."""
    return get(f"/proxy/crm/v3/objects/contacts?account_id={home.accounts[0]}&limit=100", home.key)


def tool_call(home: Home, limit: int) -> bytes:
    """The request of a page by the function-calling route."""
    body = {"account_id": home.accounts[0], "arguments": {"limit": limit}}
    return post(f"/tools/{TOOL}", body, Authorization=f"Bearer {home.key}")


def mcp_call(home: Home, limit: int) -> bytes:
    """The request of a page by a tool call over MCP."""
    return _rpc(home, "tools/call", {"name": TOOL, "arguments": {"limit": limit}}, Mcp_Name=TOOL)


def mcp_list(home: Home) -> bytes:
    """The request of the tools of an MCP server."""
    return _rpc(home, "tools/list", {})


def _rpc(home: Home, method: str, params: dict[str, object], **headers: str) -> bytes:
    meta = {"io.modelcontextprotocol/protocolVersion": MCP_VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    return post(f"/mcp/{home.mcp}", body, MCP_Protocol_Version=MCP_VERSION, Mcp_Method=method, **headers)

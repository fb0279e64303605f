"""MCP servers for tests, and rows of what their agents did."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from tests.browser import Tenant
from unified.service.access.mcp_authentication import principal_of_server
from unified.service.access.principals import authenticate
from unified.service.approvals import Write, write_or_ask
from unified.service.mcp_servers.config import NewMcpServer, ServerConfig
from unified.service.mcp_servers.servers import create_server, get_server
from unified.service.records.opening import open_call
from unified.settings.settings import Settings
from unified.store import audit
from unified.store.audit_chain import AuditEntry
from unified.vault.tokens import new_id


async def make_server(
    tenant: Tenant, *accounts: str, name: str = "Support agent", expires_at: Any = msgspec.UNSET, **config: Any
) -> str:
    """A fresh server's id."""
    principal = await authenticate(tenant.site.services, f"Bearer {tenant.key}")
    asked = NewMcpServer(name=name, account_ids=accounts, config=msgspec.convert(config, ServerConfig), expires_at=expires_at)
    row, _, _ = await create_server(tenant.site.services, tenant.id, asked, maker=principal)
    return row.id


async def add_rows(tenant: Tenant, *entries: dict[str, Any]) -> None:
    """Rows at the end of the tenant's audit trail, a minute apart."""
    usual = {"actor": "cli", "kind": "call", "method": "list", "model": "crm.contacts", "decision": "allowed"}
    began = datetime.now(UTC) - timedelta(minutes=len(entries) - 1)
    entries = [
        AuditEntry(**{"id": new_id("aud_"), "created_at": began + timedelta(minutes=number), **usual, **one})
        for number, one in enumerate(entries)
    ]
    await audit.append(tenant.site.services.database, {tenant.id: entries})


async def ask(tenant: Tenant, server: str, account: str, write: Write, *, model: str = "ticketing.tickets") -> str:
    """The id of the approval that an agent's write waits for."""
    services = tenant.site.services
    agent = principal_of_server(Settings(), await get_server(services, tenant.id, server, caller=None))
    call = await open_call(services, agent, account, model, write.method)
    written = await write_or_ask(call, write, tool=f"{write.method}_{model.replace('.', '_').removesuffix('s')}")
    assert written.approval is not None
    return written.approval.id

"""The usage of one MCP server or key, within what the caller may see, and narrowing a server to what it used."""

from typing import Any

import msgspec

from unified.errors.requests import ValidationFailed
from unified.errors.writes import Conflict
from unified.service.access import api_keys
from unified.service.access.permissions import require_permission
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import Permission, Scope, scope_values, stored_scope
from unified.service.access.use.use_limits import levels_of
from unified.service.mcp_servers.config import McpServerPatch
from unified.service.mcp_servers.servers import get_server, update_server
from unified.service.runtime.services import Services
from unified.service.usage.report import Credential, Usage, period_start, report_usage
from unified.store.mcp_servers import McpServerRow

CONFIG = ("methods", "tags", "models", "fields", "resources", "writes", "write_rules")
CHANGED = "the scope that would be proposed now is another one: look at the usage again"


async def find_server(services: Services, tenant_id: str, server_id: str, *, caller: Principal | None) -> Credential:
    """Return a server for a caller that may see its usage: that reads the audit, and could have made the server.

    Raises:
        MethodNotAllowedByScope: the caller has not got the permissions `audit` and `servers`.
        NotFound: it is unknown, or not within the caller's scope.
    """
    _require_both(caller, "servers")
    row = await get_server(services, tenant_id, server_id, caller=caller)
    return Credential(tenant_id=tenant_id, id=row.id, scope=stored_scope(row.scope), is_server=True, levels=levels_of(row))


async def find_key(services: Services, tenant_id: str, key_id: str, *, caller: Principal | None) -> Credential:
    """Return a key for a caller that may see its usage, as `find_server` does; the other permission is `keys`."""
    _require_both(caller, "keys")
    row = await api_keys.get_key(services, tenant_id, key_id, caller=caller)
    return Credential(tenant_id=tenant_id, id=row.id, scope=stored_scope(row.scope), is_server=False, levels=levels_of(row))


def _require_both(caller: Principal | None, makes: Permission) -> None:
    if caller is not None:
        require_permission(caller, "audit")
        require_permission(caller, makes)


async def server_usage(
    services: Services, tenant_id: str, server_id: str, *, since: str | None, caller: Principal | None
) -> Usage:
    """Return the usage of an MCP server. Raises what `find_server` and `period_start` raise."""
    server = await find_server(services, tenant_id, server_id, caller=caller)
    return await report_usage(services, server, period_start(services, since), caller=caller)


async def key_usage(services: Services, tenant_id: str, key_id: str, *, since: str | None, caller: Principal | None) -> Usage:
    """Return the usage of an API key. Raises what `find_key` and `period_start` raise."""
    key = await find_key(services, tenant_id, key_id, caller=caller)
    return await report_usage(services, key, period_start(services, since), caller=caller)


def narrowing_patch(proposal: Scope) -> McpServerPatch:
    """Return the change of a server by which it gets a proposed scope."""
    values: dict[str, Any] = {name: value for name, value in scope_values(proposal).items() if name in CONFIG}
    return msgspec.convert({"account_ids": proposal.accounts, "config": values}, McpServerPatch)


async def narrow_server(
    services: Services,
    tenant_id: str,
    server_id: str,
    *,
    since: str | None,
    shown: str | None = None,
    caller: Principal | None,
) -> tuple[McpServerRow, Usage]:
    """Give a server the narrowest scope for what it used; return it, and the usage from which the scope was derived.

    Args:
        services: the services of the process.
        tenant_id: the tenant.
        server_id: the server.
        since: the begin of the period; 30 days ago if it is None.
        shown: the digest of the proposal that a person saw; another one is then not applied.
        caller: the key that changes the server; None for the operator.

    Raises:
        ValidationFailed: there is nothing to propose.
        Conflict: the proposal is not the one that was shown.
        UnifiedError: what `find_server` and `update_server` raise.
    """
    usage = await server_usage(services, tenant_id, server_id, since=since, caller=caller)
    if usage.proposal is None:
        raise ValidationFailed(f"cannot be narrowed: {usage.note}")
    if shown is not None and shown != proposal_digest(services, usage):
        raise Conflict(CHANGED)
    return await update_server(services, tenant_id, server_id, narrowing_patch(usage.proposal), caller=caller), usage


def proposal_digest(services: Services, usage: Usage) -> str:
    """Return a digest that identifies a proposal within its tenant."""
    values = {} if usage.proposal is None else scope_values(usage.proposal)
    content = msgspec.json.encode((usage.credential.id, values), order="sorted")
    return services.vault.digest(content, context=("proposal", usage.credential.tenant_id))

"""MCP servers: a scope over some accounts with a token of its own; made, changed, given another token, revoked.

Whoever changes a server, or takes a new token for it, must be allowed all that it may do; so nobody gets more by it.
"""

from datetime import datetime
from typing import Any

from msgspec import UNSET, UnsetType

from unified.errors import EmptyScope, NotFound, ScopeExceedsParent
from unified.service.access.key_config import end_of_maker, require_usable_maker
from unified.service.access.mcp_authentication import SERVER_PREFIX, principal_of_server
from unified.service.access.policy import refuse_url_only
from unified.service.access.principals import AGENT, Principal
from unified.service.access.scope_inheritance import lies_within, restrict_to_parent
from unified.service.access.scopes import Scope, scope_values, stored_scope
from unified.service.mcp_servers.config import (
    DEFAULTS,
    McpServerPatch,
    NewMcpServer,
    merge_config,
    resolve_expiry,
    server_scope,
)
from unified.service.runtime.approval_invalidation import REQUESTER_GONE, SCOPE_CHANGED, TOKEN_ROTATED, invalidate_approvals_of
from unified.service.runtime.services import Services
from unified.service.tools import Tool, offered_tools
from unified.service.tools.tool import GET_APPROVAL
from unified.service.validation import checked_name
from unified.store import api_keys, mcp_servers
from unified.store.mcp_servers import McpServerChanges, McpServerRow
from unified.store.pages import Page
from unified.vault.tokens import new_id, new_token

NO_SERVER = "no such MCP server"
Tools = tuple[Tool, ...]


async def create_server(
    services: Services, tenant_id: str, asked: NewMcpServer, *, maker: Principal | None
) -> tuple[McpServerRow, str, Tools]:
    """Make a server within the maker's scope; answers its row, its token, which is never shown again, and its tools.

    Without a maker, as on the command line, nothing limits it but what it asks for.

    Raises EmptyScope when no tool remains, and what `server_scope` and `server_end` raise.
    """
    name = checked_name(asked.name)
    ends = await resolve_expiry(services, asked.expires_at, maker=maker)
    config = merge_config(asked.config, DEFAULTS)
    scope = await server_scope(services, tenant_id, asked.account_ids, config, maker=maker)
    needs_key = _given(asked.config.require_api_token_auth, default=True)
    refuse_url_only(services.settings, needs_key=needs_key)
    tools = await _some_tools(services, tenant_id, scope)
    token = new_token(SERVER_PREFIX)
    row = await mcp_servers.add(
        services.database,
        tenant_id,
        new_id("mcp_"),
        name=name,
        config=config,
        scope=scope_values(scope),
        limits=None if maker is None else scope_values(maker.scope),
        made_by=None if maker is None else maker.key_id,
        require_api_token_auth=needs_key,
        digest=services.digest(token),
        last4=token[-4:],
        expires_at=ends,
    )
    await require_usable_maker(services, maker, lambda: mcp_servers.revoke(services.database, tenant_id, row.id))
    return row, token, tools


def _given(value: bool | UnsetType, *, default: bool) -> bool:
    return default if isinstance(value, UnsetType) else value


async def _some_tools(services: Services, tenant_id: str, scope: Scope) -> Tools:
    """The tools of who has this scope; EmptyScope when there is none, for a server without tools was not meant.

    The one that tells what became of a write is nothing to offer by itself.
    """
    agent = Principal(tenant_id=tenant_id, key_id="", role=AGENT, scope=scope)
    tools = await offered_tools(services, agent)
    if any(one.name != GET_APPROVAL.name for one in tools):
        return tools
    limits = [("methods", scope.methods), ("tags", scope.tags), ("models", scope.models)]
    met = [f"{name} {', '.join(words)}" for name, words in limits if not isinstance(words, UnsetType)]
    raise EmptyScope(
        f"no tool remains: no reviewed operation of the providers of these accounts meets all of: {'; '.join(met)}; "
        f"writes {'deny' if isinstance(scope.writes, UnsetType) else scope.writes}"
    )


async def list_servers(
    services: Services, tenant_id: str, *, limit: int, cursor: str | None, caller: Principal | None
) -> Page[McpServerRow]:
    """The tenant's servers, expired ones too, that lie within the caller's scope."""
    return await mcp_servers.list_page(
        services.database, tenant_id, limit=limit, cursor=cursor, is_seen=lambda row: _is_seen(caller, row)
    )


def _is_seen(caller: Principal | None, row: McpServerRow) -> bool:
    """Whether a server may do nothing that the caller may not: only then it is seen, changed, taken over or ended."""
    return caller is None or lies_within(stored_scope(row.scope), caller.scopes)


def account_ids(row: McpServerRow) -> tuple[str, ...]:
    """The accounts that the server is for."""
    return tuple(row.scope.get("accounts", ()))


async def get_server(services: Services, tenant_id: str, server_id: str, *, caller: Principal | None) -> McpServerRow:
    """One server; NotFound also for one that the caller does not see, and for another tenant's."""
    row = await mcp_servers.get(services.database, tenant_id, server_id)
    return _found(row if row is not None and _is_seen(caller, row) else None)


def _found(row: McpServerRow | None) -> McpServerRow:
    if row is None:
        raise NotFound(NO_SERVER)
    return row


async def tools_of(services: Services, row: McpServerRow) -> Tools:
    """What a server offers now, before the key beside its token narrows it."""
    return await offered_tools(services, principal_of_server(services.settings, row))


async def update_server(
    services: Services, tenant_id: str, server_id: str, asked: McpServerPatch, *, caller: Principal | None
) -> McpServerRow:
    """Change a server; what is not given stays. Approvals that wait are void when what it may do changes.

    Raises:
        NotFound: there is no such server, or none that the caller sees.
        ScopeExceedsParent: more than the caller may do, or than the key that made the server might.
        Conflict: someone else changed it meanwhile.
        EmptyScope, ValidationFailed, OutsideAccounts: as when one is made.
    """
    row = await get_server(services, tenant_id, server_id, caller=caller)
    config = merge_config(asked.config, row.config)
    scope = await _changed_scope(services, row, asked, config, caller)
    required = UNSET if isinstance(asked.config, UnsetType) else asked.config.require_api_token_auth
    refuse_url_only(services.settings, needs_key=_given(required, default=True))
    changes = McpServerChanges(
        name=asked.name if isinstance(asked.name, UnsetType) else checked_name(asked.name),
        config=config,
        scope=scope_values(scope),
        require_api_token_auth=required,
        expires_at=UNSET if asked.expires_at is UNSET else await _later_end(services, row, asked.expires_at, caller),
        taken_by=_taken_by(row, caller) or UNSET,
    )
    changed = _found(await mcp_servers.update(services.database, tenant_id, server_id, changes, version=row.version))
    if changed.scope != row.scope or (changed.require_api_token_auth and not row.require_api_token_auth):
        await invalidate_approvals_of(services, tenant_id, server_id, SCOPE_CHANGED)
    return changed


async def _later_end(services: Services, row: McpServerRow, asked: str | UnsetType, caller: Principal | None) -> datetime:
    """The end after a change: within the key that changes the server, and the key that made it while that can be used."""
    moment = await resolve_expiry(services, asked, maker=caller)
    maker = None if row.made_by is None else await api_keys.get(services.database, row.tenant_id, row.made_by)
    if maker is not None and maker.expires_at is not None and moment > maker.expires_at:
        raise ScopeExceedsParent("expires_at: later than the end of the key that made the server")
    return moment


async def _changed_scope(
    services: Services, row: McpServerRow, asked: McpServerPatch, config: dict[str, Any], caller: Principal | None
) -> Scope:
    """The scope after a change, which lies within those of the caller and of the key that made the server."""
    if asked.account_ids is UNSET and asked.config is UNSET:
        return stored_scope(row.scope)  # within the caller's: it would not see the server otherwise
    accounts = account_ids(row) if isinstance(asked.account_ids, UnsetType) else asked.account_ids
    scope = await server_scope(services, row.tenant_id, accounts, config, maker=caller)
    scope = scope if row.limits is None else restrict_to_parent(scope, stored_scope(row.limits))
    await _some_tools(services, row.tenant_id, scope)
    return scope


def _taken_by(row: McpServerRow, caller: Principal | None) -> list[str] | None:
    """The keys beside the maker that the server's line goes through from now on."""
    taken = [] if caller is None or caller.key_id == row.made_by else [caller.key_id]
    return list(dict.fromkeys((*(row.taken_by or ()), *taken))) or None


async def rotate_token(
    services: Services, tenant_id: str, server_id: str, *, caller: Principal | None
) -> tuple[McpServerRow, str]:
    """Give a server another token, shown once; the old one is dead at once, and what was asked for with it is void.

    Raises NotFound for a server that may do more than the caller, ScopeExceedsParent for one that ends later than the caller.
    """
    row = await get_server(services, tenant_id, server_id, caller=caller)
    ends = await end_of_maker(services, caller)
    if ends is not None and row.expires_at > ends:
        raise ScopeExceedsParent("the server ends later than the key that takes a new token for it; let it end sooner first")
    token = new_token(SERVER_PREFIX)
    rotated = await mcp_servers.rotate(
        services.database,
        tenant_id,
        server_id,
        digest=services.digest(token),
        last4=token[-4:],
        taken_by=_taken_by(row, caller),
        version=row.version,
    )
    changed = _found(rotated)
    await invalidate_approvals_of(services, tenant_id, server_id, TOKEN_ROTATED)
    return changed, token


async def revoke_server(services: Services, tenant_id: str, server_id: str, *, caller: Principal | None) -> None:
    """Make a server's token useless at once, and what waits for an approval void; NotFound for one that is not seen."""
    await get_server(services, tenant_id, server_id, caller=caller)
    if not await mcp_servers.revoke(services.database, tenant_id, server_id):
        raise NotFound(NO_SERVER)
    await invalidate_approvals_of(services, tenant_id, server_id, REQUESTER_GONE)

"""MCP servers: a scope over some accounts with its own token; created, changed, given another token, and revoked.

Anyone who changes a server, or takes a new token for it, must be allowed everything that it may do, so no one gains
permissions.
"""

from datetime import datetime
from typing import Any

from msgspec import UNSET, UnsetType

from unified.errors.access import EmptyScope, ScopeExceedsParent
from unified.errors.requests import NotFound
from unified.service.access.issuing import (
    end_of_maker,
    is_within_reach,
    issue_token,
    new_levels,
    require_meeting,
    require_usable_maker,
)
from unified.service.access.mcp_authentication import SERVER_PREFIX, principal_of_server
from unified.service.access.policy import refuse_url_only
from unified.service.access.principals import AGENT, Principal
from unified.service.access.scope.inheritance import restrict_to_parent
from unified.service.access.scope.scopes import Scope, scope_values, stored_scope
from unified.service.access.use.use_limits import SERVER_LIMITS, levels_of, merged_limits, own_level, stored_levels
from unified.service.mcp_servers.config import (
    DEFAULTS,
    McpServerPatch,
    NewMcpServer,
    merge_config,
    resolve_expiry,
    server_scope,
)
from unified.service.mcp_servers.reconnecting import require_connect
from unified.service.row_limits import require_room
from unified.service.runtime.approval_invalidation import REQUESTER_GONE, SCOPE_CHANGED, TOKEN_ROTATED, invalidate_approvals_of
from unified.service.runtime.services import Services
from unified.service.tools import Tool, offered_tools
from unified.service.tools.tool import GET_APPROVAL
from unified.service.validation import checked_name
from unified.store import bearer_tokens, mcp_servers
from unified.store.api_keys import KEYS
from unified.store.mcp_servers import SERVERS, McpServerChanges, McpServerRow
from unified.store.queries.pages import Page
from unified.vault.tokens import new_id

NO_SERVER = "no such MCP server"
Tools = tuple[Tool, ...]


async def create_server(
    services: Services, tenant_id: str, requested: NewMcpServer, *, maker: Principal | None
) -> tuple[McpServerRow, str, Tools]:
    """Create a server within the maker's scope; return its row, its token, which is never shown again, and its tools.

    Without a maker, as on the command line, only the request and the installation's policy limit it.

    Raises:
        EmptyScope: no tool remains.
        ForbiddenByPolicy: the policy requires an API key with the token, and the request does not.
        MethodNotAllowedByScope: its agents get connect links, and the maker may not make any.
        Conflict: there are as many servers as are allowed.
        UnifiedError: what `server_scope` and `resolve_expiry` raise.
    """
    name = checked_name(requested.name)
    ends = await resolve_expiry(services, requested.expires_at, maker=maker)
    config = merge_config(requested.config, DEFAULTS)
    require_connect(maker, config.get("reconnect"))
    scope = await server_scope(services, tenant_id, requested.account_ids, config, maker=maker)
    needs_key = _value_or(requested.config.require_api_token_auth, default=True)
    refuse_url_only(services.settings, needs_key=needs_key)
    tools = await _some_tools(services, tenant_id, scope)
    await require_room(services, tenant_id, "servers", made_by=None if maker is None else maker.key_id)
    token = issue_token(services, SERVER_PREFIX)
    now, server_id = services.clock(), new_id("mcp_")
    limits = merged_limits(requested.limits, SERVER_LIMITS)
    levels = require_meeting(new_levels(server_id, limits, requested.window, maker), now)
    row = McpServerRow(
        id=server_id,
        tenant_id=tenant_id,
        name=name,
        config=config,
        scope=scope_values(scope),
        limits=None if maker is None else scope_values(maker.scope),
        made_by=None if maker is None else maker.key_id,
        require_api_token_auth=needs_key,
        last4=token.last4,
        created_at=now,
        updated_at=now,
        expires_at=ends,
        use_limits=stored_levels(levels),
    )
    await bearer_tokens.add(services.database, SERVERS, row, token.digest)
    await require_usable_maker(services, maker, lambda: bearer_tokens.revoke(services.database, SERVERS, tenant_id, row.id))
    return row, token.text, tools


def _value_or(value: bool | UnsetType, *, default: bool) -> bool:
    return default if isinstance(value, UnsetType) else value


async def _some_tools(services: Services, tenant_id: str, scope: Scope) -> Tools:
    """Return the tools of this scope, or raise EmptyScope if there are none: a server without tools cannot be intended.

    The tool that reports the outcome of a write does not count.
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
    services: Services,
    tenant_id: str,
    *,
    limit: int,
    cursor: str | None,
    caller: Principal | None,
    ends: tuple[datetime, datetime] | None = None,
) -> Page[McpServerRow]:
    """Return a page of the tenant's servers, expired ones too, that lie within the caller's scope.

    With `ends`, only those that expire between these times.
    """
    return await bearer_tokens.list_page(
        services.database,
        SERVERS,
        tenant_id,
        limit=limit,
        cursor=cursor,
        ends=ends,
        is_seen=lambda row: is_within_reach(caller, row),
    )


def account_ids(row: McpServerRow) -> tuple[str, ...]:
    """Return the ids of the server's accounts."""
    return tuple(row.scope.get("accounts", ()))


async def get_server(services: Services, tenant_id: str, server_id: str, *, caller: Principal | None) -> McpServerRow:
    """Return one server.

    Raises:
        NotFound: it is unknown, another tenant's, or not within the caller's scope.
    """
    row = await bearer_tokens.get(services.database, SERVERS, tenant_id, server_id)
    return _found(row if row is not None and is_within_reach(caller, row) else None)


def _found(row: McpServerRow | None) -> McpServerRow:
    if row is None:
        raise NotFound(NO_SERVER)
    return row


async def tools_of(services: Services, row: McpServerRow) -> Tools:
    """Return what a server offers now, before the key shown with its token restricts it."""
    return await offered_tools(services, principal_of_server(services.settings, row))


async def update_server(
    services: Services, tenant_id: str, server_id: str, patch: McpServerPatch, *, caller: Principal | None
) -> McpServerRow:
    """Change a server; omitted keys stay. Pending approvals become void if its limits change.

    Raises:
        NotFound: it is unknown, or not within the caller's scope.
        ScopeExceedsParent: more than the caller may do, or than the key that created the server could.
        Conflict: someone else changed it meanwhile.
        EmptyScope, ValidationFailed, OutsideAccounts, ForbiddenByPolicy, MethodNotAllowedByScope: as for a new server.
    """
    row = await get_server(services, tenant_id, server_id, caller=caller)
    config = merge_config(patch.config, row.config)
    require_connect(caller, config.get("reconnect"))
    scope = await _changed_scope(services, row, patch, config, caller)
    required = UNSET if isinstance(patch.config, UnsetType) else patch.config.require_api_token_auth
    refuse_url_only(services.settings, needs_key=_value_or(required, default=True))
    changes = McpServerChanges(
        name=patch.name if isinstance(patch.name, UnsetType) else checked_name(patch.name),
        config=config,
        scope=scope_values(scope),
        require_api_token_auth=required,
        expires_at=UNSET if patch.expires_at is UNSET else await _later_end(services, row, patch.expires_at, caller),
        taken_by=_taken_by(row, caller) or UNSET,
        use_limits=_changed_levels(services, row, patch),
    )
    changed = _found(await mcp_servers.update(services.database, tenant_id, server_id, changes, version=row.version))
    if changed.scope != row.scope or (changed.require_api_token_auth and not row.require_api_token_auth):
        await invalidate_approvals_of(services, tenant_id, server_id, SCOPE_CHANGED)
    return changed


def _changed_levels(services: Services, row: McpServerRow, patch: McpServerPatch) -> list[dict[str, Any]] | UnsetType | None:
    """Return the limits after a change to the server's own level; those of the keys above it stay, whoever changes it."""
    if patch.limits is UNSET and patch.window is UNSET:
        return UNSET
    before = levels_of(row)
    own = own_level(before, row.id)
    window = own.window if isinstance(patch.window, UnsetType) else patch.window
    changed = new_levels(row.id, merged_limits(patch.limits, own.limits), window, None)
    above = tuple(one for one in before if one.owner != row.id)
    return stored_levels(require_meeting((*changed, *above), services.clock()))


async def _later_end(services: Services, row: McpServerRow, requested: str | UnsetType, caller: Principal | None) -> datetime:
    """Return the expiry after a change: within the key that changes the server, and the key that created it while usable."""
    moment = await resolve_expiry(services, requested, maker=caller)
    maker = None if row.made_by is None else await bearer_tokens.get(services.database, KEYS, row.tenant_id, row.made_by)
    if maker is not None and maker.expires_at is not None and moment > maker.expires_at:
        raise ScopeExceedsParent.at("expires_at", "later than the end of the key that made the server")
    return moment


async def _changed_scope(
    services: Services, row: McpServerRow, patch: McpServerPatch, config: dict[str, Any], caller: Principal | None
) -> Scope:
    """Return the scope after a change, which lies within those of the caller and of the key that created the server."""
    if patch.account_ids is UNSET and patch.config is UNSET:
        return stored_scope(row.scope)  # within the caller's, which would not see the server otherwise
    accounts = account_ids(row) if isinstance(patch.account_ids, UnsetType) else patch.account_ids
    scope = await server_scope(services, row.tenant_id, accounts, config, maker=caller)
    scope = scope if row.limits is None else restrict_to_parent(scope, stored_scope(row.limits))
    await _some_tools(services, row.tenant_id, scope)
    return scope


def _taken_by(row: McpServerRow, caller: Principal | None) -> list[str] | None:
    """Return the keys other than the maker through which the server's chain of makers leads from now on."""
    taken = [] if caller is None or caller.key_id == row.made_by else [caller.key_id]
    return list(dict.fromkeys((*(row.taken_by or ()), *taken))) or None


async def rotate_token(
    services: Services, tenant_id: str, server_id: str, *, caller: Principal | None
) -> tuple[McpServerRow, str]:
    """Give a server another token, shown once; the old one is invalid immediately, and what it requested is void.

    Raises:
        NotFound: the server is unknown, or may do more than the caller.
        ScopeExceedsParent: the server expires later than the caller.
        MethodNotAllowedByScope: its agents get connect links, and the caller may not make any.
        Conflict: someone else changed it meanwhile.
    """
    row = await get_server(services, tenant_id, server_id, caller=caller)
    require_connect(caller, row.config.get("reconnect"))
    ends = await end_of_maker(services, caller)
    if ends is not None and row.expires_at > ends:
        raise ScopeExceedsParent("the server ends later than the key that takes a new token for it; let it end sooner first")
    token = issue_token(services, SERVER_PREFIX)
    rotated = await mcp_servers.rotate(
        services.database,
        tenant_id,
        server_id,
        digest=token.digest,
        last4=token.last4,
        taken_by=_taken_by(row, caller),
        version=row.version,
    )
    changed = _found(rotated)
    await invalidate_approvals_of(services, tenant_id, server_id, TOKEN_ROTATED)
    return changed, token.text


async def revoke_server(services: Services, tenant_id: str, server_id: str, *, caller: Principal | None) -> None:
    """Make a server's token useless immediately, and its pending approvals void.

    Raises:
        NotFound: it is unknown, or not within the caller's scope.
    """
    await get_server(services, tenant_id, server_id, caller=caller)
    if not await bearer_tokens.revoke(services.database, SERVERS, tenant_id, server_id):
        raise NotFound(NO_SERVER)
    await invalidate_approvals_of(services, tenant_id, server_id, REQUESTER_GONE)

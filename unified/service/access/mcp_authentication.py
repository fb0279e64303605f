"""Authentication of agents by the token of an MCP server and the API key shown with it; both must allow the agent's acts.

An API key that calls tools is an agent's too, for that call: a model chose what is called. Who it is, and what it may do, is
that of the key, within the installation's policy for agents.
"""

import msgspec

from unified.errors.access import Unauthenticated
from unified.errors.requests import NotFound
from unified.service.access.permissions import CALLERS, granted
from unified.service.access.policy import agent_limits, announced_end, key_is_over, server_is_over
from unified.service.access.principals import AGENT, KEY_PREFIX, Principal, fingerprint_of, principal_of
from unified.service.access.scope.scopes import stored_scope
from unified.service.access.suspension import require_active
from unified.service.access.use.gate import require_agents, require_open, require_running
from unified.service.access.use.use_limits import joined, levels_of
from unified.service.runtime.services import Services
from unified.settings.policy_rules import NO_URL_ONLY_SERVERS
from unified.settings.settings import Settings
from unified.store import bearer_tokens
from unified.store.api_keys import KEYS, ApiKeyRow
from unified.store.bearer_tokens import FormerToken
from unified.store.mcp_servers import SERVERS, McpServerRow
from unified.telemetry.recording import record_key_end

SERVER_PREFIX = "um_"
"""The start of a token."""
SERVER_ID = "mcp_"
"""The start of a server's id."""
UNKNOWN = "no such MCP server, or it expired or was revoked"
KEY_REFUSED = (
    "expected a valid API key of role admin or app, of the tenant of this MCP server, with its token; "
    "one of role app may have no permission in `manage`"
)


async def authenticate_agent(services: Services, token: str | None, api_key: str | None) -> Principal:
    """Return the principal of an MCP server's token (`um_…`) and of the API key (`uk_…`) shown with it, if one was.

    A key that is not required restricts the agent as well.

    Raises:
        NotFound: whatever is wrong with the token, with one message.
        TenantSuspended: the server's tenant is suspended.
        Paused: the server, the key shown with its token, or all agents of the tenant are paused.
        OutsideHours: the server, or that key, may not be used at this time.
        Unauthenticated: the API key is required and missing, or the one shown cannot be used with this token.
    """
    fingerprint = fingerprint_of(services, token, SERVER_PREFIX)
    row = None if fingerprint is None else await services.rows.server(fingerprint)
    if fingerprint is None or row is None or _is_over(services, row):
        raise NotFound(UNKNOWN)
    await require_active(services, row.tenant_id)
    await require_agents(services, row.tenant_id)
    require_open(row, services.clock())
    key = await _api_key(services, row, api_key)
    await services.rows.use_server(fingerprint, row)
    return principal_of_server(services.settings, row, key)


def _is_over(services: Services, row: McpServerRow) -> bool:
    return server_is_over(services.settings, row.created_at, row.updated_at, services.clock())


async def _api_key(services: Services, server: McpServerRow, api_key: str | None) -> ApiKeyRow | None:
    if api_key is None and not _needs_key(services, server):
        return None
    fingerprint = fingerprint_of(services, api_key, KEY_PREFIX)
    key = None if fingerprint is None else await services.rows.key(fingerprint)
    if fingerprint is None or key is None or key.tenant_id != server.tenant_id or not _is_allowed_with_token(services, key):
        raise Unauthenticated(KEY_REFUSED)
    require_open(key, services.clock())
    await services.rows.use_key(fingerprint, key)
    record_key_end(announced_end(services.settings, key.created_at, key.expires_at, services.clock()))
    return key


def _needs_key(services: Services, server: McpServerRow) -> bool:
    return server.require_api_token_auth or NO_URL_ONLY_SERVERS in services.settings.policy


def _key_is_over(services: Services, key: ApiKeyRow) -> bool:
    return key_is_over(services.settings, key.created_at, services.clock())


def _is_allowed_with_token(services: Services, key: ApiKeyRow) -> bool:
    """Return whether a key may accompany a token: the agent's host holds it, so it must not be able to connect accounts."""
    return (
        key.role in CALLERS
        and not _key_is_over(services, key)
        and (key.role != "app" or not granted(key.role, stored_scope(key.scope)))
    )


def principal_of_server(settings: Settings, server: McpServerRow, key: ApiKeyRow | None = None) -> Principal:
    """Return the principal of a server's token, restricted further by the key shown with it and by the policy."""
    return Principal(
        tenant_id=server.tenant_id,
        key_id=server.id,
        role=AGENT,
        scope=stored_scope(server.scope),
        extra_scopes=(*agent_limits(settings), *(() if key is None else (stored_scope(key.scope),))),
        api_key_id=None if key is None else key.id,
        levels=joined(levels_of(server), () if key is None else levels_of(key)),
    )


def agent_by_key(settings: Settings, caller: Principal) -> Principal:
    """Return the caller of a tool by its API key, restricted by the policy for agents."""
    return msgspec.structs.replace(caller, extra_scopes=(*caller.extra_scopes, *agent_limits(settings)))


async def former_server(services: Services, token: str | None) -> FormerToken | None:
    """Return the server that a refused token once belonged to, in whose audit the refusal is recorded; None without one."""
    fingerprint = fingerprint_of(services, token, SERVER_PREFIX)
    return None if fingerprint is None else await bearer_tokens.find_former(services.database, SERVERS, fingerprint)


async def requester_of(
    services: Services, tenant_id: str, requested_by: str, key_id: str | None, *, is_tool: bool = False
) -> Principal | None:
    """Return who requested something earlier, with today's limits; None if the token or the key would be refused now.

    Args:
        services: the services of the process.
        tenant_id: the tenant.
        requested_by: the id of an MCP server or of an API key.
        key_id: the id of the API key shown with the server's token.
        is_tool: whether it was requested by calling a tool.

    Raises:
        Paused: the token, the key, or all agents are paused, so that what was requested must wait.
    """
    is_server = requested_by.startswith(SERVER_ID)
    server = await bearer_tokens.get_usable(services.database, SERVERS, tenant_id, requested_by) if is_server else None
    key = await _usable_key(services, tenant_id, requested_by if server is None else key_id)
    for one in (server, key):
        if one is not None:
            require_running(one)
    if is_tool:
        await require_agents(services, tenant_id)
    if server is None:
        if key is None or key_id not in {None, key.id}:
            return None
        return agent_by_key(services.settings, principal_of(key)) if is_tool else principal_of(key)
    is_let_in = not _is_over(services, server) and (key is not None or (key_id is None and not _needs_key(services, server)))
    return principal_of_server(services.settings, server, key) if is_let_in else None


async def _usable_key(services: Services, tenant_id: str, key_id: str | None) -> ApiKeyRow | None:
    key = None if key_id is None else await bearer_tokens.get_usable(services.database, KEYS, tenant_id, key_id)
    return key if key is not None and key.role in CALLERS and not _key_is_over(services, key) else None

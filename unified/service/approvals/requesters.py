"""Who asked, as it may call now: an approved write is done with the requester's rights, and not with the approver's."""

from unified.service.principals import AGENT, Principal
from unified.service.scopes import stored_scope
from unified.service.services import Services
from unified.store import api_keys, mcp_servers
from unified.store.api_keys import ApiKeyRow

SERVER_PREFIX = "mcp_"


async def requester_of(services: Services, tenant_id: str, requested_by: str, key_id: str | None) -> Principal | None:
    """The principal that asked, read anew; None when its key or server, or the key beside it, was revoked or has expired."""
    beside = None if key_id is None else await _valid_key(services, tenant_id, key_id)
    if key_id is not None and beside is None:
        return None
    if not requested_by.startswith(SERVER_PREFIX):
        key = await _valid_key(services, tenant_id, requested_by)
        return None if key is None else _of_key(key)
    server = await mcp_servers.get_usable(services.database, tenant_id, requested_by)
    if server is None or (server.require_api_token_auth and beside is None):
        return None
    return Principal(
        tenant_id=tenant_id,
        key_id=server.id,
        role=AGENT,
        scope=stored_scope(server.scope),
        also=() if beside is None else (stored_scope(beside.scope),),
        beside=key_id,
    )


def _of_key(key: ApiKeyRow) -> Principal:
    return Principal(tenant_id=key.tenant_id, key_id=key.id, role=key.role, scope=stored_scope(key.scope))


async def _valid_key(services: Services, tenant_id: str, key_id: str) -> ApiKeyRow | None:
    """The tenant's key, unless it was revoked or has expired."""
    key = await api_keys.get(services.database, tenant_id, key_id)
    if key is None or (key.expires_at is not None and key.expires_at <= services.database.clock()):
        return None
    return key

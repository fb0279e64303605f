"""API keys: created within the key that creates them, shown once, listed, and revoked alone or with everything they created."""

from datetime import datetime

from unified.errors.requests import NotFound
from unified.service.access.key_config import NewKey, key_end, key_scope, require_usable_maker
from unified.service.access.lineage import Descendant, descendants_of, end_descendants
from unified.service.access.principals import KEY_PREFIX, Principal
from unified.service.access.scope_inheritance import lies_within
from unified.service.access.scopes import scope_values, stored_scope
from unified.service.runtime.approval_invalidation import REQUESTER_GONE, invalidate_approvals_of
from unified.service.runtime.services import Services
from unified.service.validation import checked_name
from unified.store import api_keys
from unified.store.api_keys import ApiKeyRow
from unified.store.lineage import Link, list_links
from unified.store.pages import Page
from unified.vault.tokens import new_id, new_token

NO_KEY = "no such key"


async def create_key(
    services: Services, tenant_id: str, requested: NewKey, *, maker: Principal | None
) -> tuple[ApiKeyRow, str]:
    """Create a key within the scope and lifetime of its maker; return its row, and the key, which is never shown again.

    Without a maker, as on the command line, only the installation's policy limits the new key.

    Raises:
        ValidationFailed: the name cannot be used; and what `key_scope` and `key_end` raise.
        Unauthenticated: the maker expired or was revoked meanwhile.
    """
    name = checked_name(requested.name)
    scope = await key_scope(services, tenant_id, requested, maker)
    token = new_token(KEY_PREFIX)
    row = await api_keys.add(
        services.database,
        tenant_id,
        new_id("key_"),
        name=name,
        role=requested.role,
        scope=scope_values(scope),
        made_by=None if maker is None else maker.key_id,
        digest=services.digest(token),
        last4=token[-4:],
        expires_at=await key_end(services, requested, maker),
    )
    await require_usable_maker(services, maker, lambda: api_keys.revoke(services.database, tenant_id, row.id))
    return row, token


async def list_keys(
    services: Services,
    tenant_id: str,
    *,
    limit: int,
    cursor: str | None,
    caller: Principal | None,
    ends: tuple[datetime, datetime] | None = None,
) -> Page[ApiKeyRow]:
    """Return a page of the tenant's keys that the caller could have created itself, without the keys themselves.

    With `ends`, only those that expire between these times.
    """
    return await api_keys.list_page(
        services.database, tenant_id, limit=limit, cursor=cursor, ends=ends, is_seen=lambda row: _within_reach(caller, row)
    )


async def get_key(services: Services, tenant_id: str, key_id: str, *, caller: Principal | None) -> ApiKeyRow:
    """Return one key.

    Raises:
        NotFound: there is no such key, it is another tenant's, or it may do more than the caller.
    """
    row = await api_keys.get(services.database, tenant_id, key_id)
    if row is None or not _within_reach(caller, row):
        raise NotFound(NO_KEY)
    return row


def _within_reach(caller: Principal | None, row: ApiKeyRow | Link) -> bool:
    """Return whether a key lies within the caller's scope; a key always sees itself. A caller that is None has no limits."""
    return caller is None or row.id == caller.key_id or lies_within(stored_scope(row.scope), caller.scopes)


async def list_descendants(
    services: Services, tenant_id: str, key_id: str, *, caller: Principal | None
) -> tuple[Descendant, ...]:
    """Return everything usable that was created by a key, directly or through other keys: what revoking it can end as well.

    Raises:
        NotFound: there never was such a key, or it may do more than the caller.
    """
    await _known_key(services, tenant_id, key_id, caller)
    return await descendants_of(services, tenant_id, key_id)


async def _known_key(services: Services, tenant_id: str, key_id: str, caller: Principal | None) -> None:
    """Raise NotFound for a key that never existed, or that may do more than the caller; a revoked key is known."""
    known = (await list_links(services.database, tenant_id)).get(key_id)
    if known is None or known.kind != "api_key" or not _within_reach(caller, known):
        raise NotFound(NO_KEY)


async def revoke_key(
    services: Services, tenant_id: str, key_id: str, *, caller: Principal | None, descendants: bool = False
) -> tuple[Descendant, ...]:
    """Make a key useless immediately; with `descendants`, also everything that it created, which is returned.

    The key is revoked first, so that it creates nothing more while its descendants are ended. A key that was revoked earlier
    can be named again to end its descendants.

    Raises:
        NotFound: there is no such key, it is another tenant's, or it may do more than the caller.
    """
    await _known_key(services, tenant_id, key_id, caller)
    was_usable = await api_keys.revoke(services.database, tenant_id, key_id)
    if not was_usable and not descendants:
        raise NotFound(NO_KEY)
    await invalidate_approvals_of(services, tenant_id, key_id, REQUESTER_GONE)
    return await end_descendants(services, tenant_id, key_id) if descendants else ()

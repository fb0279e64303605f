"""API keys: created within the key that creates them, shown once, listed, and revoked alone or with everything they created."""

from datetime import datetime

from unified.errors.requests import NotFound
from unified.service.access.issuing import (
    is_within_reach,
    issue_token,
    new_levels,
    require_meeting,
    require_usable_maker,
)
from unified.service.access.key_config import NewKey, key_end, key_scope
from unified.service.access.lineage import Descendant, descendants_of, end_descendants
from unified.service.access.principals import KEY_PREFIX, Principal
from unified.service.access.scope.scopes import scope_values
from unified.service.access.use.use_limits import stored_levels
from unified.service.row_limits import require_room
from unified.service.runtime.approval_invalidation import REQUESTER_GONE, invalidate_approvals_of
from unified.service.runtime.services import Services
from unified.service.validation import checked_name
from unified.store import bearer_tokens
from unified.store.api_keys import KEYS, ApiKeyRow
from unified.store.lineage import list_links
from unified.store.queries.pages import Page
from unified.vault.tokens import new_id

NO_KEY = "no such key"


async def create_key(
    services: Services, tenant_id: str, requested: NewKey, *, maker: Principal | None
) -> tuple[ApiKeyRow, str]:
    """Create a key within the scope and lifetime of its maker; return its row, and the key, which is never shown again.

    Without a maker, as on the command line, only the installation's policy limits the new key.

    Raises:
        ValidationFailed: the name or the window cannot be used; and what `key_scope` and `key_end` raise.
        Conflict: there are as many keys as are allowed.
        Unauthenticated: the maker expired or was revoked meanwhile.
    """
    name = checked_name(requested.name)
    scope = await key_scope(services, tenant_id, requested, maker)
    await require_room(services, tenant_id, "keys", made_by=None if maker is None else maker.key_id)
    token = issue_token(services, KEY_PREFIX)
    key_id, now = new_id("key_"), services.clock()
    levels = require_meeting(new_levels(key_id, requested.limits, requested.window, maker), now)
    row = ApiKeyRow(
        id=key_id,
        tenant_id=tenant_id,
        name=name,
        role=requested.role,
        scope=scope_values(scope),
        made_by=None if maker is None else maker.key_id,
        last4=token.last4,
        expires_at=await key_end(services, requested, maker),
        created_at=now,
        use_limits=stored_levels(levels),
    )
    await bearer_tokens.add(services.database, KEYS, row, token.digest)
    await require_usable_maker(services, maker, lambda: bearer_tokens.revoke(services.database, KEYS, tenant_id, row.id))
    return row, token.text


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
    return await bearer_tokens.list_page(
        services.database,
        KEYS,
        tenant_id,
        limit=limit,
        cursor=cursor,
        ends=ends,
        is_seen=lambda row: is_within_reach(caller, row),
    )


async def get_key(services: Services, tenant_id: str, key_id: str, *, caller: Principal | None) -> ApiKeyRow:
    """Return one key.

    Raises:
        NotFound: there is no such key, it is another tenant's, or it may do more than the caller.
    """
    row = await bearer_tokens.get(services.database, KEYS, tenant_id, key_id)
    if row is None or not is_within_reach(caller, row):
        raise NotFound(NO_KEY)
    return row


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
    if known is None or known.kind != "api_key" or not is_within_reach(caller, known):
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
    was_usable = await bearer_tokens.revoke(services.database, KEYS, tenant_id, key_id)
    if not was_usable and not descendants:
        raise NotFound(NO_KEY)
    await invalidate_approvals_of(services, tenant_id, key_id, REQUESTER_GONE)
    return await end_descendants(services, tenant_id, key_id) if descendants else ()

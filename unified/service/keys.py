"""API keys: made within the key that makes them, shown once, listed, revoked, alone or with all that they made."""

from typing import Any

import msgspec

from unified.errors import NotFound, ScopeExceedsParent
from unified.service.key_terms import NewKey, key_end, key_scope
from unified.service.lineage import Descendant, descendants_of, end_descendants
from unified.service.names import checked_name
from unified.service.narrowing import within
from unified.service.principals import KEY_PREFIX, Principal
from unified.service.scopes import Scope, stored_scope
from unified.service.services import Services
from unified.service.voids import REQUESTER_GONE, void_for
from unified.store import api_keys
from unified.store.api_keys import ApiKeyRow
from unified.store.pages import Page
from unified.vault.tokens import new_id, new_token

NO_KEY = "no such key"


async def create_key(services: Services, tenant_id: str, asked: NewKey, *, maker: Principal | None) -> tuple[ApiKeyRow, str]:
    """Make a key within its maker's scope and lifetime; answers the row and the key itself, which is never shown again.

    Without a maker, as on the command line, only the policy of the installation limits it.

    Raises what `key_scope` and `key_end` raise.
    """
    name = checked_name(asked.name)
    scope = await key_scope(services, tenant_id, asked, maker)
    token = new_token(KEY_PREFIX)
    row = await api_keys.add(
        services.database,
        tenant_id,
        new_id("key_"),
        name=name,
        role=asked.role,
        scope=_stored(scope),
        made_by=None if maker is None else maker.key_id,
        digest=services.digest(token),
        last4=token[-4:],
        expires_at=await key_end(services, asked, maker),
    )
    return row, token


def _stored(scope: Scope) -> dict[str, Any]:
    return msgspec.json.decode(msgspec.json.encode(scope), type=dict[str, Any])


async def list_keys(
    services: Services, tenant_id: str, *, limit: int, cursor: str | None, caller: Principal | None
) -> Page[ApiKeyRow]:
    """The tenant's keys that the caller could have made itself, without the keys themselves."""
    page = await api_keys.list_page(services.database, tenant_id, limit=limit, cursor=cursor)
    return msgspec.structs.replace(page, items=tuple(row for row in page.items if _within_reach(caller, row)))


async def get_key(services: Services, tenant_id: str, key_id: str, *, caller: Principal | None) -> ApiKeyRow:
    """One key; NotFound also for another tenant's, and for one that may do more than the caller."""
    row = await api_keys.get(services.database, tenant_id, key_id)
    if row is None or not _within_reach(caller, row):
        raise NotFound(NO_KEY)
    return row


def _within_reach(caller: Principal | None, row: ApiKeyRow) -> bool:
    """Whether a key lies within the caller's scope; its own it always sees. Nothing limits a caller that is None."""
    if caller is None or row.id == caller.key_id:
        return True
    try:
        for parent in caller.scopes:
            within(stored_scope(row.scope), parent)
    except ScopeExceedsParent:
        return False
    return True


async def list_descendants(
    services: Services, tenant_id: str, key_id: str, *, caller: Principal | None
) -> tuple[Descendant, ...]:
    """What a key made, and what those made in turn, that can still be used: what revoking it can end as well."""
    row = await get_key(services, tenant_id, key_id, caller=caller)
    return await descendants_of(services, tenant_id, row.id)


async def revoke_key(
    services: Services, tenant_id: str, key_id: str, *, caller: Principal | None, descendants: bool = False
) -> tuple[Descendant, ...]:
    """Make a key useless at once; with `descendants`, also all that it made, which is answered.

    Raises NotFound also for another tenant's key, and for one that may do more than the caller.
    """
    await get_key(services, tenant_id, key_id, caller=caller)
    ended = await end_descendants(services, tenant_id, key_id) if descendants else ()
    if not await api_keys.revoke(services.database, tenant_id, key_id):
        raise NotFound(NO_KEY)
    services.rows.forget_key(key_id)
    await void_for(services, tenant_id, key_id, REQUESTER_GONE)
    return ended

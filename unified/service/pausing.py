"""Pausing and resuming: one API key, one MCP server, all agents of a tenant, or all writes to its accounts.

A pause ends nothing: tokens, scopes and waiting approvals stay, and everything works again once it is resumed. The worker that
handles it refuses at once, and every other worker within `TTL_SECONDS` of the row cache.
"""

from typing import Literal, get_args

import msgspec

from unified.service.access.api_keys import get_key
from unified.service.access.lineage import Descendant, descendants_of
from unified.service.access.principals import Principal
from unified.service.mcp_servers.servers import get_server
from unified.service.runtime.events import AccessPause, event
from unified.service.runtime.services import Services
from unified.service.tenants import get_tenant
from unified.store.access_pauses import Pausable, Pause, set_pause
from unified.store.api_keys import ApiKeyRow
from unified.store.mcp_servers import McpServerRow
from unified.store.tenants import TenantRow
from unified.telemetry.recording import record_reason
from unified.text.formatting_times import time_text

PauseReason = Literal["runaway", "misuse", "compromised", "maintenance", "other"]
"""Why something is paused, for the audit trail; no free text, because people write about customers."""
REASONS: tuple[PauseReason, ...] = get_args(PauseReason)
OfTenant = Literal["agents", "writes"]


class NewPause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request to pause something."""

    reason: PauseReason
    """Why, for the audit trail and for whoever is refused."""


class NewKeyPause(NewPause, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request to pause an API key."""

    descendants: bool = False
    """Whether the keys and MCP servers that it made are paused as well."""


async def pause_server(
    services: Services, tenant_id: str, server_id: str, reason: PauseReason | None, *, caller: Principal | None
) -> McpServerRow:
    """Pause an MCP server for a reason, or resume it without one; does nothing if it is in that state.

    Raises:
        NotFound: it is unknown, revoked, or may do more than the caller.
    """
    row = await get_server(services, tenant_id, server_id, caller=caller)
    await _set(services, tenant_id, ("mcp_server", row.id), reason, caller)
    return await get_server(services, tenant_id, server_id, caller=caller)


async def pause_key(
    services: Services,
    tenant_id: str,
    key_id: str,
    reason: PauseReason | None,
    *,
    caller: Principal | None,
    descendants: bool = False,
) -> tuple[ApiKeyRow, tuple[Descendant, ...]]:
    """Pause an API key for a reason, or resume it without one; with `descendants`, also the keys and servers below it.

    The key is paused first, so that it makes nothing more while its descendants are paused, and resumed last.

    Raises:
        NotFound: it is unknown, revoked, or may do more than the caller.
    """
    row = await get_key(services, tenant_id, key_id, caller=caller)
    if reason is not None:
        await _set(services, tenant_id, ("api_key", row.id), reason, caller)
    below = await _set_below(services, tenant_id, row.id, reason, caller) if descendants else ()
    if reason is None:
        await _set(services, tenant_id, ("api_key", row.id), None, caller)
    return await get_key(services, tenant_id, key_id, caller=caller), below


async def _set_below(
    services: Services, tenant_id: str, key_id: str, reason: PauseReason | None, caller: Principal | None
) -> tuple[Descendant, ...]:
    done: dict[str, Descendant] = {}
    while remaining := [one for one in await descendants_of(services, tenant_id, key_id) if one.id not in done]:
        for one in remaining:
            done[one.id] = one
            if one.kind != "connect_link":  # it is held by the pause of its maker
                await _set(services, tenant_id, (one.kind, one.id), reason, caller)
    return tuple(one for one in done.values() if one.kind != "connect_link")


async def pause_tenant(
    services: Services, tenant_id: str, what: OfTenant, reason: PauseReason | None, *, caller: Principal | None
) -> TenantRow:
    """Pause all agents of a tenant or all its writes for a reason, or resume them without one.

    Raises:
        NotFound: the tenant was deleted.
    """
    await _set(services, tenant_id, (what, tenant_id), reason, caller)
    return await get_tenant(services, tenant_id)


async def _set(
    services: Services, tenant_id: str, what: tuple[Pausable, str], reason: PauseReason | None, caller: Principal | None
) -> None:
    kind, row_id = what
    by = None if caller is None else caller.maker_id
    now = services.clock()
    pause = None if reason is None else Pause(at=time_text(now, "seconds"), by=by, reason=reason)
    data = AccessPause(subject=kind, id=row_id, by=by, reason=reason)
    reported = event("access.resumed" if pause is None else "access.paused", data, now)
    await set_pause(services.database, kind, tenant_id, row_id, pause, event=reported)
    if reason is not None:
        record_reason(reason)

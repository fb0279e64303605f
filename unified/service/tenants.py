"""The tenant: what end users see of it, the origins of browsers that it trusts, and whether it is served."""

from datetime import timedelta

import msgspec
from msgspec import UNSET, UnsetType

from unified.errors.error import FieldProblem
from unified.errors.requests import NotFound, ValidationFailed
from unified.errors.writes import Conflict
from unified.service.public_urls import checked_origin
from unified.service.records.writing.write_duration import longest_write
from unified.service.runtime.row_cache import TTL_SECONDS
from unified.service.runtime.services import Services
from unified.service.tenant_colors import Colors, checked_colors
from unified.service.validation import checked_name
from unified.store import tenants
from unified.store.engine.tables import ACCOUNTS, API_KEYS, MCP_SERVERS, TENANTS
from unified.store.maintenance.erasure import Erased, NotSuspended, erase_tenant
from unified.store.tenants import TenantChanges, TenantRow
from unified.telemetry.loggers import get_logger

MAX_ORIGINS = 50
Origins = tuple[str, ...] | UnsetType
NO_TENANT = "no such tenant"
NOT_SUSPENDED = "the tenant is not suspended; suspend it first, so that nothing is done for it while it is deleted"
log = get_logger("unified.tenants")


class TenantPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The attributes of a tenant that can be changed."""

    name: str | UnsetType = UNSET
    """As end users see it on the connect page."""
    return_origins: Origins = UNSET
    """Origins to which connect links may return, such as `https://app.example.com`; their pages can also open approvals and
    learn how these ended."""
    frame_ancestors: Origins = UNSET
    """Origins of the pages that may show the connect page in a frame; none if empty."""
    colors: Colors | UnsetType | None = UNSET
    """The colors of the connect page; null for Unified's own."""


async def get_tenant(services: Services, tenant_id: str) -> TenantRow:
    """Return the tenant.

    Raises:
        NotFound: it was deleted.
    """
    row = await tenants.get(services.database, tenant_id)
    if row is None:
        raise NotFound(NO_TENANT)
    return row


async def update_tenant(services: Services, tenant_id: str, patch: TenantPatch, *, by: str | None = None) -> TenantRow:
    """Change the tenant; keys that are left out stay. `by` is the id of the API key that asks for it.

    Raises:
        ValidationFailed: the name, an origin or a color cannot be used.
        NotFound: the tenant was deleted.
    """
    changes = TenantChanges(
        name=patch.name if patch.name is UNSET else checked_name(patch.name),
        return_origins=_origins(patch.return_origins, "/return_origins"),
        frame_ancestors=_origins(patch.frame_ancestors, "/frame_ancestors"),
        colors=_colors(patch.colors),
    )
    row = await tenants.update(services.database, tenant_id, changes, by=by)
    if row is None:
        raise NotFound(NO_TENANT)
    return row


def page_origins(row: TenantRow) -> frozenset[str]:
    """Return the origins of the tenant's own pages: those that may learn how what they opened ended."""
    return frozenset((*(row.return_origins or ()), *(row.frame_ancestors or ())))


def colors_of(row: TenantRow) -> Colors | None:
    """Return the colors of a tenant, or None for Unified's own."""
    return None if row.colors is None else msgspec.convert(row.colors, Colors)


def _colors(colors: Colors | UnsetType | None) -> dict[str, str] | UnsetType | None:
    return msgspec.structs.asdict(checked_colors(colors)) if isinstance(colors, Colors) else colors


def _origins(origins: Origins, pointer: str) -> list[str] | UnsetType:
    if isinstance(origins, UnsetType):
        return origins
    if len(origins) > MAX_ORIGINS:
        message = f"expected at most {MAX_ORIGINS} origins, got {len(origins)}"
        raise ValidationFailed(message, errors=(FieldProblem(pointer=pointer, code="invalid", message=message),))
    checked = [checked_origin(one, f"{pointer}/{index}") for index, one in enumerate(origins)]
    return list(dict.fromkeys(checked))


async def set_suspended(services: Services, tenant_id: str, *, suspended: bool) -> TenantRow:
    """Suspend a tenant or resume it; does nothing if it is in that state. Every worker knows after `TTL_SECONDS`.

    Raises:
        NotFound: the tenant was deleted.
    """
    row = await tenants.set_suspended(services.database, tenant_id, suspended=suspended)
    if row is None:
        return await get_tenant(services, tenant_id)
    if suspended:
        log.warning("tenant_suspended", tenant=tenant_id)
    else:
        log.info("tenant_resumed", tenant=tenant_id)
    return row


def require_suspended(row: TenantRow) -> None:
    """Require that the tenant is suspended. Raises Conflict otherwise."""
    if row.suspended_at is None:
        raise Conflict(NOT_SUSPENDED)


def seconds_until_quiet(services: Services, row: TenantRow) -> float:
    """Return how long writes that began before the tenant was suspended may still run; reads leave nothing behind."""
    if row.suspended_at is None:
        return 0.0
    longest = timedelta(seconds=TTL_SECONDS + services.settings.client_timeout) + longest_write(services)
    return max(0.0, (row.suspended_at + longest - services.clock()).total_seconds())


async def delete_tenant(services: Services, tenant_id: str) -> Erased:
    """Delete a suspended tenant with everything of it, from the database and from Redis; only a record of it is left.

    Raises:
        NotFound: there is no such tenant.
        Conflict: it is not suspended.
    """
    try:
        erased = await erase_tenant(services.database, tenant_id)
    except NotSuspended:
        raise Conflict(NOT_SUSPENDED) from None
    if erased is None:
        raise NotFound(NO_TENANT)
    await _forget(services, erased.ids)
    log.warning("tenant_deleted", tenant=tenant_id, count=sum(erased.rows.values()))
    return erased


async def _forget(services: Services, ids: dict[str, list[str]]) -> None:
    """Drop what is kept outside the database: the counters of the rate limits, and the slots of accounts."""
    await services.budgets.forget("key", ids[API_KEYS.name] + ids[MCP_SERVERS.name])
    await services.budgets.forget("account", ids[ACCOUNTS.name])
    await services.budgets.forget("tenant", ids[TENANTS.name])
    await services.client.bulkhead.forget(ids[ACCOUNTS.name])

"""Bounds the rows that a tenant, or one of its keys, may have at a time: `UNIFIED_ROW_LIMITS`."""

from unified.errors.writes import Conflict
from unified.service.runtime.services import Services
from unified.store.queries import row_counts
from unified.store.queries.row_counts import Kind

PART_OF_A_KEY = 2
"""A key and those that it made make a half at most, so that they do not stop the others; of a key that another made, the half
of what that one may make."""
NAMES: dict[Kind, str] = {
    "accounts": "accounts",
    "keys": "API keys",
    "links": "connect links",
    "servers": "MCP servers",
    "webhooks": "webhooks",
    "deliveries": "deliveries that wait",
}


async def require_room(services: Services, tenant_id: str, kind: Kind, *, made_by: str | None = None) -> None:
    """Check that the tenant may have another row, and the key that makes it, too.

    Raises:
        Conflict: it has as many as are allowed.
    """
    most = getattr(services.settings.row_limits, kind)
    bound = f"UNIFIED_ROW_LIMITS allows a tenant {most} ({kind})"
    if await row_counts.is_full(services.database, tenant_id, kind, most=most):
        raise Conflict(f"the tenant has {most} {NAMES[kind]}, and {bound}: end some that are not needed any more")
    chain = () if made_by is None else await row_counts.makers_above(services.database, tenant_id, made_by)
    for depth, key_id in enumerate(chain, 1):
        share = max(most // PART_OF_A_KEY**depth, 1)
        if await row_counts.is_full(services.database, tenant_id, kind, most=share, made_by=key_id):
            maker = "this key" if key_id == made_by else "a key above this one"
            raise Conflict(
                f"{maker} and those below it have made {share} {NAMES[kind]}, and {bound}, of which they may make no more: "
                "end some that are not needed any more"
            )

"""Suspended tenants: whoever calls for one is refused, and nothing is done for it in the background.

Every way in asks here once it knows the tenant: API keys, sessions, tokens of MCP servers, connect links and callbacks.
"""

from unified.errors.access import TenantSuspended
from unified.service.runtime.services import Services

SUSPENDED = "this tenant is suspended, so nothing is read, changed or sent for it; ask {whom} to resume it"
THE_OPERATOR = "the operator of this service"


async def require_active(services: Services, tenant_id: str) -> None:
    """Require that the tenant is served.

    Raises:
        TenantSuspended: it is suspended, or its row was not written by this service.
    """
    row = await services.rows.tenant(tenant_id)
    if row is None or row.suspended_at is not None:
        raise TenantSuspended(SUSPENDED.format(whom=services.settings.contact or THE_OPERATOR))

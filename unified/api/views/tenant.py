"""The tenant as responses show it."""

import msgspec

from unified.api.views.times import time_text
from unified.store.tenants import TenantRow


class TenantView(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant as its admin keys see it."""

    id: str
    name: str
    return_origins: list[str]
    created_at: str


def tenant_view(row: TenantRow) -> TenantView:
    """Return a tenant."""
    return TenantView(
        id=row.id,
        name=row.name,
        return_origins=row.return_origins or [],
        created_at=time_text(row.created_at),
    )

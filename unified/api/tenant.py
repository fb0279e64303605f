"""Handlers of the tenant itself."""

from typing import Any

import msgspec
from litestar import Response

from unified.api.context import Context, json_answer
from unified.api.lists import time_text
from unified.service import tenants
from unified.store.tenants import TenantRow


class TenantShown(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant as its admin keys see it."""

    id: str
    name: str
    return_origins: list[str]
    created_at: str


def shown_tenant(row: TenantRow) -> TenantShown:
    """A tenant as it may be seen."""
    return TenantShown(
        id=row.id,
        name=row.name,
        return_origins=row.return_origins or [],
        created_at=time_text(row.created_at) or "",
    )


async def get_tenant(context: Context) -> Response[Any]:
    """GET /tenant."""
    context.parameters()
    return json_answer(shown_tenant(await tenants.get_tenant(context.services, context.principal.tenant_id)))


async def update_tenant(context: Context) -> Response[Any]:
    """PATCH /tenant."""
    asked = await context.body(tenants.TenantPatch)
    return json_answer(shown_tenant(await tenants.update_tenant(context.services, context.principal.tenant_id, asked)))

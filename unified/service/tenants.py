"""The tenant itself: its name, which end users see, and the origins to which browsers may return."""

import msgspec
from msgspec import UNSET, UnsetType

from unified.errors import FieldProblem, NotFound, ValidationFailed
from unified.service.public_urls import checked_origin
from unified.service.runtime.services import Services
from unified.service.validation import checked_name
from unified.store import tenants
from unified.store.tenants import TenantChanges, TenantRow

MAX_ORIGINS = 50


class TenantPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be changed of a tenant."""

    name: str | UnsetType = UNSET
    return_origins: tuple[str, ...] | UnsetType = UNSET


async def get_tenant(services: Services, tenant_id: str) -> TenantRow:
    """The tenant; NotFound when it was deleted."""
    row = await tenants.get(services.database, tenant_id)
    if row is None:
        raise NotFound("no such tenant")
    return row


async def update_tenant(services: Services, tenant_id: str, asked: TenantPatch) -> TenantRow:
    """Change the tenant; what is not given stays. ValidationFailed names an origin that is none."""
    changes = TenantChanges(
        name=asked.name if asked.name is UNSET else checked_name(asked.name),
        return_origins=asked.return_origins if asked.return_origins is UNSET else _origins(asked.return_origins),
    )
    row = await tenants.update(services.database, tenant_id, changes)
    if row is None:
        raise NotFound("no such tenant")
    return row


def _origins(asked: tuple[str, ...]) -> list[str]:
    if len(asked) > MAX_ORIGINS:
        message = f"expected at most {MAX_ORIGINS} origins, got {len(asked)}"
        raise ValidationFailed(message, errors=(FieldProblem(pointer="/return_origins", code="invalid", message=message),))
    checked = [checked_origin(one, f"/return_origins/{index}") for index, one in enumerate(asked)]
    return list(dict.fromkeys(checked))

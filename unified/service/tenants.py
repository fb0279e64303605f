"""The tenant: its name, which end users see, and the origins to which browsers may return."""

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
    """Return the tenant.

    Raises:
        NotFound: it was deleted.
    """
    row = await tenants.get(services.database, tenant_id)
    if row is None:
        raise NotFound("no such tenant")
    return row


async def update_tenant(services: Services, tenant_id: str, patch: TenantPatch) -> TenantRow:
    """Change the tenant; keys that are left out stay.

    Raises:
        ValidationFailed: the name or an origin cannot be used.
        NotFound: the tenant was deleted.
    """
    changes = TenantChanges(
        name=patch.name if patch.name is UNSET else checked_name(patch.name),
        return_origins=patch.return_origins if patch.return_origins is UNSET else _origins(patch.return_origins),
    )
    row = await tenants.update(services.database, tenant_id, changes)
    if row is None:
        raise NotFound("no such tenant")
    return row


def _origins(origins: tuple[str, ...]) -> list[str]:
    if len(origins) > MAX_ORIGINS:
        message = f"expected at most {MAX_ORIGINS} origins, got {len(origins)}"
        raise ValidationFailed(message, errors=(FieldProblem(pointer="/return_origins", code="invalid", message=message),))
    checked = [checked_origin(one, f"/return_origins/{index}") for index, one in enumerate(origins)]
    return list(dict.fromkeys(checked))

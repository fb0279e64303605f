"""Which approvals a caller sees: those that it may decide within its scope, and those that it requested."""

from collections.abc import Iterable

import msgspec

from unified.errors.requests import NotFound
from unified.models import MODELS
from unified.service.access.permissions import DECIDES, has_permission, require_permission
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import Scopes, named_accounts
from unified.service.approvals.authority import NO_APPROVAL, can_decide, can_see
from unified.service.runtime.services import Services
from unified.service.tenants import page_origins
from unified.store import approvals
from unified.store.approvals import ApprovalFilter, ApprovalRow, ApprovalStatus
from unified.store.queries.pages import Page


async def approval_for(services: Services, principal: Principal, approval_id: str) -> ApprovalRow:
    """Return one approval as it is now.

    Raises:
        NotFound: it is unknown, another tenant's, or the caller may not see it.
    """
    row = await approvals.get(services.database, principal.tenant_id, approval_id)
    if row is None or not (row.requested_by == principal.key_id or await can_see(services, principal, row)):
        raise NotFound(NO_APPROVAL)
    return row


async def origins_for(services: Services, approval_id: str) -> frozenset[str]:
    """Return the origins of the tenant's pages that may open an approval and learn its status; none if it is unknown."""
    tenant_id = await approvals.find_tenant(services.database, approval_id)
    tenant = None if tenant_id is None else await services.rows.tenant(tenant_id)
    return frozenset() if tenant is None else page_origins(tenant)


async def list_approvals(
    services: Services,
    principal: Principal,
    *,
    status: ApprovalStatus | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ApprovalRow]:
    """Return a page of the approvals that the caller may see, oldest first: those that it decides about, or its own requests.

    A page may have fewer than `limit` rows, because each row is checked by itself.
    """
    if has_permission(principal, DECIDES):
        wanted = ApprovalFilter(status=status, accounts=named_accounts(principal.scopes), models=_models(principal.scopes))
    else:
        wanted = ApprovalFilter(status=status, requested_by=principal.key_id)
    page = await approvals.list_page(services.database, principal.tenant_id, wanted, limit=limit, cursor=cursor)
    if not has_permission(principal, DECIDES):
        return page
    return msgspec.structs.replace(page, items=await _decided_by(services, principal, page.items))


async def list_decided(services: Services, principal: Principal, *, limit: int) -> tuple[ApprovalRow, ...]:
    """Return the approvals within an approver's scope that are no longer pending, the latest first.

    Raises:
        MethodNotAllowedByScope: the caller does not decide about writes.
    """
    require_permission(principal, DECIDES)
    wanted = ApprovalFilter(accounts=named_accounts(principal.scopes), models=_models(principal.scopes))
    rows = await approvals.list_decided(services.database, principal.tenant_id, wanted, limit=limit)
    return await _decided_by(services, principal, rows)


async def _decided_by(services: Services, principal: Principal, rows: Iterable[ApprovalRow]) -> tuple[ApprovalRow, ...]:
    """Return the rows about which the caller decides, and those that it requested."""
    return tuple([one for one in rows if one.requested_by == principal.key_id or await can_decide(services, principal, one)])


def _models(scopes: Scopes) -> tuple[str, ...] | None:
    named = [set(one.models) for one in scopes if isinstance(one.models, tuple)]
    return tuple(sorted(set(MODELS).intersection(*named))) if named else None

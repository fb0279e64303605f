"""Who may see an approval: whoever decides within its scope, and whoever asked; for all others it does not exist."""

from collections.abc import Iterable

import msgspec

from unified.errors import NotFound
from unified.models import MODELS
from unified.service.access.permissions import DECIDES, has_permission, require_permission
from unified.service.access.principals import Principal
from unified.service.access.scopes import Scopes, named_accounts
from unified.service.approvals.authority import NO_APPROVAL, decides, reaches
from unified.service.runtime.services import Services
from unified.store import approvals
from unified.store.approvals import ApprovalFilter, ApprovalRow, ApprovalStatus
from unified.store.pages import Page


async def approval_for(services: Services, principal: Principal, approval_id: str) -> ApprovalRow:
    """One approval as it is now; NotFound also for another tenant's, and for one that is not the caller's to see."""
    row = await approvals.get(services.database, principal.tenant_id, approval_id)
    if row is None or not (row.requested_by == principal.key_id or await reaches(services, principal, row)):
        raise NotFound(NO_APPROVAL)
    return row


async def list_approvals(
    services: Services,
    principal: Principal,
    *,
    status: ApprovalStatus | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ApprovalRow]:
    """The approvals that the caller may see, oldest first: those that it decides about, or those that it asked for.

    A page may have fewer than `limit`, since who decides is told row by row.
    """
    if has_permission(principal, DECIDES):
        asked = ApprovalFilter(status=status, accounts=named_accounts(principal.scopes), models=_models(principal.scopes))
    else:
        asked = ApprovalFilter(status=status, requested_by=principal.key_id)
    page = await approvals.list_page(services.database, principal.tenant_id, asked, limit=limit, cursor=cursor)
    if not has_permission(principal, DECIDES):
        return page
    return msgspec.structs.replace(page, items=await _decided_by(services, principal, page.items))


async def list_decided(services: Services, principal: Principal, *, limit: int) -> tuple[ApprovalRow, ...]:
    """Those within the scope of somebody who decides that do not wait any more, the latest first."""
    require_permission(principal, DECIDES)
    asked = ApprovalFilter(accounts=named_accounts(principal.scopes), models=_models(principal.scopes))
    found = await approvals.list_decided(services.database, principal.tenant_id, asked, limit=limit)
    return await _decided_by(services, principal, found)


async def _decided_by(services: Services, principal: Principal, rows: Iterable[ApprovalRow]) -> tuple[ApprovalRow, ...]:
    """Those about which the caller decides, and those that it asked for."""
    return tuple([one for one in rows if one.requested_by == principal.key_id or await decides(services, principal, one)])


def _models(scopes: Scopes) -> tuple[str, ...] | None:
    named = [set(one.models) for one in scopes if isinstance(one.models, tuple)]
    return tuple(sorted(set(MODELS).intersection(*named))) if named else None

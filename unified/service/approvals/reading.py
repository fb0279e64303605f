"""Who may see an approval: whoever decides within its scope, and whoever asked; for all others it does not exist."""

from unified.errors import NotFound
from unified.models import MODELS
from unified.service.principals import Principal, require_role
from unified.service.scopes import Scopes, allows_account
from unified.service.services import Services
from unified.store import approvals
from unified.store.approvals import ApprovalFilter, ApprovalRow, ApprovalStatus
from unified.store.pages import Page

DECIDERS = ("admin", "approver")
"""Roles of keys that decide."""
NO_APPROVAL = "no such approval"


async def approval_for(services: Services, principal: Principal, approval_id: str) -> ApprovalRow:
    """One approval as it is now; NotFound also for another tenant's, and for one that is not the caller's to see."""
    row = await approvals.get(services.database, principal.tenant_id, approval_id)
    if row is None or not (decides(principal, row) or row.requested_by == principal.key_id):
        raise NotFound(NO_APPROVAL)
    return row


def decides(principal: Principal, row: ApprovalRow) -> bool:
    """Whether the caller's role and scope let it see the whole write and decide; its own writes are told apart later."""
    within = all(not isinstance(one.models, tuple) or row.model in one.models for one in principal.scopes)
    return principal.role in DECIDERS and allows_account(principal.scopes, row.account_id) and within


async def list_approvals(
    services: Services,
    principal: Principal,
    *,
    status: ApprovalStatus | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ApprovalRow]:
    """The approvals that the caller may see, oldest first: those within its scope, or those that it asked for."""
    if principal.role in DECIDERS:
        asked = ApprovalFilter(status=status, accounts=_accounts(principal.scopes), models=_models(principal.scopes))
    else:
        asked = ApprovalFilter(status=status, requested_by=principal.key_id)
    return await approvals.list_page(services.database, principal.tenant_id, asked, limit=limit, cursor=cursor)


async def list_decided(services: Services, principal: Principal, *, limit: int) -> tuple[ApprovalRow, ...]:
    """Those within the scope of somebody who decides that do not wait any more, the latest first."""
    require_role(principal, *DECIDERS)
    asked = ApprovalFilter(accounts=_accounts(principal.scopes), models=_models(principal.scopes))
    return await approvals.list_decided(services.database, principal.tenant_id, asked, limit=limit)


def _accounts(scopes: Scopes) -> tuple[str, ...] | None:
    named = [set(one.accounts) for one in scopes if isinstance(one.accounts, tuple)]
    return tuple(sorted(set.intersection(*named))) if named else None


def _models(scopes: Scopes) -> tuple[str, ...] | None:
    named = [set(one.models) for one in scopes if isinstance(one.models, tuple)]
    return tuple(sorted(set(MODELS).intersection(*named))) if named else None

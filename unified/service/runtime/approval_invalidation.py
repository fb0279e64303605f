"""Approvals that nobody can give any more: the requester or the account is not what it was when the write was asked for.

What is void is told of and erased at once. Whether or not somebody calls these functions, an approval looks for itself before
it executes, see `unified.service.approvals.validity`.
"""

from unified.service.runtime.events import approval_events
from unified.service.runtime.services import Services
from unified.store import approvals

REQUESTER_GONE = "requester_gone"
"""The key or MCP server that asked was revoked or has expired."""
SCOPE_CHANGED = "scope_changed"
"""The requester may do something else now than when it asked."""
TOKEN_ROTATED = "token_rotated"  # noqa: S105 - a reason, not a token
"""The MCP server that asked has another token."""
ACCOUNT_RECONNECTED = "account_reconnected"
"""The account was connected again, perhaps as somebody else."""
SETTINGS_CHANGED = "settings_changed"
"""The account has other settings, so the write could mean something else or go elsewhere."""
ACCOUNT_GONE = "account_gone"
ACCOUNT_INACTIVE = "account_inactive"
RESOURCES_CHANGED = "resources_changed"
"""Which records of the account may be reached was chosen anew."""
MAPPING_CHANGED = "mapping_changed"
"""The mapping would send something else now."""
UNREADABLE = "payload_unreadable"
"""What was sealed does not open, or is not what the row says: it was edited, or its key is gone."""


async def invalidate_approvals_of(services: Services, tenant_id: str, requested_by: str, reason: str) -> int:
    """Make void what a credential asked for, or was shown beside: after it was revoked, rotated or narrowed; how many."""
    return len(await approvals.void(services.database, tenant_id, credential=requested_by, reason=reason, tell=_tell(services)))


async def invalidate_approvals_for_account(services: Services, tenant_id: str, account_id: str, reason: str) -> int:
    """Make void what waits for an account: after it was connected again, deleted, or its resources chosen anew; how many."""
    return len(await approvals.void(services.database, tenant_id, account_id=account_id, reason=reason, tell=_tell(services)))


async def invalidate_approval(services: Services, tenant_id: str, approval_id: str, reason: str) -> None:
    """Make one approval void, if it still waits."""
    await approvals.void(services.database, tenant_id, approval_id=approval_id, reason=reason, tell=_tell(services))


def _tell(services: Services) -> approvals.Tell:
    return approval_events("approval.decided", services.clock)

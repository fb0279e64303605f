"""Invalidates pending approvals when the requester or the account has changed since the write was requested.

A void approval is reported and erased immediately. Even if no one calls these functions, an approval is checked before it is
executed, see `unified.service.approvals.validity`.
"""

from unified.service.runtime.events import approval_events
from unified.service.runtime.services import Services
from unified.store import approvals

REQUESTER_GONE = "requester_gone"
"""The key or MCP server that requested the write was revoked or has expired."""
SCOPE_CHANGED = "scope_changed"
"""The scope of the requester changed since the request."""
TOKEN_ROTATED = "token_rotated"  # noqa: S105 - a reason, not a token
"""The MCP server that requested the write has another token."""
ACCOUNT_RECONNECTED = "account_reconnected"
"""The account was connected again, perhaps as someone else."""
SETTINGS_CHANGED = "settings_changed"
"""The account's settings changed, so the write could mean something else or go elsewhere."""
ACCOUNT_GONE = "account_gone"
ACCOUNT_INACTIVE = "account_inactive"
RESOURCES_CHANGED = "resources_changed"
"""The chosen resources of the account changed."""
MAPPING_CHANGED = "mapping_changed"
"""The mapping changed, and could send something else now."""
UNREADABLE = "payload_unreadable"
"""The sealed payload cannot be decrypted, or does not match its row: it was edited, or its key is missing."""


async def invalidate_approvals_of(services: Services, tenant_id: str, requested_by: str, reason: str) -> int:
    """Make void what a credential requested, after it was revoked, rotated or restricted; return how many approvals."""
    return len(
        await approvals.void(services.database, tenant_id, credential=requested_by, reason=reason, event_of=_event_of(services))
    )


async def invalidate_approvals_for_account(services: Services, tenant_id: str, account_id: str, reason: str) -> int:
    """Make void what waits for an account that was reconnected, changed, deleted or limited; return how many approvals."""
    return len(
        await approvals.void(services.database, tenant_id, account_id=account_id, reason=reason, event_of=_event_of(services))
    )


async def invalidate_approval(services: Services, tenant_id: str, approval_id: str, reason: str) -> None:
    """Make one approval void if it is still pending."""
    await approvals.void(services.database, tenant_id, approval_id=approval_id, reason=reason, event_of=_event_of(services))


def _event_of(services: Services) -> approvals.EventOf:
    return approval_events("approval.decided", services.clock)

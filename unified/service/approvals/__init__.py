"""Writes that wait for a decision: requested, shown to the approver, and executed at most once.

What is requested is kept as sealed text, and erased when it is decided, expires or becomes void. An approval is bound to the
write, to the requester and its scope, to the account's connection and settings, and to the mapping: if one of them changes, it
is void. Its digest covers the exact requests and what they would change: if these changed since they were shown, nothing is
sent.
"""

from unified.service.approvals.answers import ApprovalRequired, approval_outcome, approval_required
from unified.service.approvals.authority import ReachableApproval, reachable_approval
from unified.service.approvals.decisions import (
    DECLINE_REASONS,
    Approve,
    Decline,
    approve,
    decidable_approval,
    decline,
    is_outside_lineage,
)
from unified.service.approvals.details import approval_with_details, details_by_id, details_of
from unified.service.approvals.queries import approval_for, list_approvals, list_decided, origins_for
from unified.service.approvals.requesting import write_once, write_or_ask
from unified.service.approvals.targets import readable_targets
from unified.service.approvals.views import Details, Difference, ShownRecord, ShownRequest, ShownTarget
from unified.service.records.writing.write import Write, Written
from unified.service.runtime.approval_invalidation import invalidate_approvals_for_account, invalidate_approvals_of

__all__ = [
    "DECLINE_REASONS",
    "ApprovalRequired",
    "Approve",
    "Decline",
    "Details",
    "Difference",
    "ReachableApproval",
    "ShownRecord",
    "ShownRequest",
    "ShownTarget",
    "Write",
    "Written",
    "approval_for",
    "approval_outcome",
    "approval_required",
    "approval_with_details",
    "approve",
    "decidable_approval",
    "decline",
    "details_by_id",
    "details_of",
    "invalidate_approvals_for_account",
    "invalidate_approvals_of",
    "is_outside_lineage",
    "list_approvals",
    "list_decided",
    "origins_for",
    "reachable_approval",
    "readable_targets",
    "write_once",
    "write_or_ask",
]

"""Writes that wait for a decision: requested, shown to the approver, and executed at most once.

What is requested is kept as sealed text, and erased when it is decided, expires or becomes void. An approval is bound to the
write, to the requester and its scope, to the account's connection and settings, and to the mapping: if one of them changes, it
is void. Its digest covers the exact requests and what they would change: if these changed since they were shown, nothing is
sent.
"""

from unified.service.approvals.authority import decides, reaches
from unified.service.approvals.decisions import DECLINE_REASONS, Approve, Decline, approve, decline, may_approve
from unified.service.approvals.details import approval_with_details, details_by_id, details_of
from unified.service.approvals.queries import approval_for, list_approvals, list_decided
from unified.service.approvals.requesting import MAX_WAITING, write_or_ask
from unified.service.approvals.views import Details, Difference, ShownRecord, ShownRequest
from unified.service.records.write import Write, Written
from unified.service.runtime.approval_invalidation import invalidate_approvals_for_account, invalidate_approvals_of

__all__ = [
    "DECLINE_REASONS",
    "MAX_WAITING",
    "Approve",
    "Decline",
    "Details",
    "Difference",
    "ShownRecord",
    "ShownRequest",
    "Write",
    "Written",
    "approval_for",
    "approval_with_details",
    "approve",
    "decides",
    "decline",
    "details_by_id",
    "details_of",
    "invalidate_approvals_for_account",
    "invalidate_approvals_of",
    "list_approvals",
    "list_decided",
    "may_approve",
    "reaches",
    "write_or_ask",
]

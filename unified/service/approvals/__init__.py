"""Writes that wait for a decision: asked for, shown to who decides, executed at most once.

What is asked for is kept as sealed text and erased when it is decided, expires or becomes void. An approval is bound to the
very request, the requester and what it may do, the account's connection and the mapping: when one of them changes, it is void.
"""

from unified.service.approvals.asking import MOST_WAITING, write_or_ask
from unified.service.approvals.deciding import DECLINE_REASONS, Approve, Decline, approve, decline
from unified.service.approvals.details import Details, Difference, ShownRequest, details_of
from unified.service.approvals.reading import DECIDERS, approval_for, decides, list_approvals, list_decided
from unified.service.voids import void_for, void_for_account
from unified.service.writes import Write, Written

__all__ = [
    "DECIDERS",
    "DECLINE_REASONS",
    "MOST_WAITING",
    "Approve",
    "Decline",
    "Details",
    "Difference",
    "ShownRequest",
    "Write",
    "Written",
    "approval_for",
    "approve",
    "decides",
    "decline",
    "details_of",
    "list_approvals",
    "list_decided",
    "void_for",
    "void_for_account",
    "write_or_ask",
]

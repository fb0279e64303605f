"""Where tools meet approvals: a write that goes out at once or waits, and what became of one that waited."""

from unified.service.approvals import Write, Written, approval_for, write_or_ask
from unified.store.approvals import ApprovalRow

__all__ = ["ApprovalRow", "Write", "Written", "approval_for", "write_or_ask"]

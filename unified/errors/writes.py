"""Errors for a write that conflicts with existing data, or with an earlier write."""

from typing import Any

from unified.errors.error import UnifiedError
from unified.errors.requests import Unprocessable


class Conflict(UnifiedError):
    """The state of the record, here or at the provider, forbids the write."""

    status, code, title = 409, "conflict", "Conflict"


class VersionConflict(Conflict):
    """The record has changed since the version that the write names was read; nothing of the write was done."""

    status, code, title = 412, "version_conflict", "Record changed meanwhile"

    def without_version(self) -> Conflict:
        """Return the refusal for a write that named no version, and could not have prevented this."""
        return Conflict(self.detail, errors=self.errors, provider=self.provider)


class ApprovalStale(Conflict):
    """The requests differ from the reviewed ones; `approval` in the answer shows the present ones."""

    code, title = "approval_stale", "Approval out of date"

    def __init__(self, detail: str, *, row: Any = None, details: Any = None) -> None:
        """Take `row` and `details`, the approval as it would be shown now."""
        super().__init__(detail)
        self.row = row
        self.details = details


class IdempotencyInProgress(UnifiedError):
    """The first request for the same write is still running."""

    status, code, title, retryable = 409, "idempotency_in_progress", "Still in progress", True


class OutcomeUnknown(UnifiedError):
    """Whether the first request for a write was done is not known, and it is never sent again."""

    status, code, title = 409, "outcome_unknown", "Outcome unknown"


class Gone(UnifiedError):
    """The record of a repeated write has been deleted since; nothing was written again."""

    status, code, title = 410, "gone", "Gone"


class IdempotencyMismatch(Unprocessable):
    """The Idempotency-Key was already used with another request."""

    code, title = "idempotency_mismatch", "Idempotency key reused"

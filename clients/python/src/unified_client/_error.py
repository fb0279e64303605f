"""The base of all errors, and those that no answer of the service has."""

from unified_client._calls import Answer
from unified_client.management import ApprovalWaiting, FieldProblem, Problem, ProviderProblem


class UnifiedError(Exception):
    """A call failed; decide by `code`, which is stable, never by the text."""

    def __init__(self, problem: Problem, answer: Answer | None = None) -> None:
        super().__init__(problem, answer)  # with these, processes that pass errors on make them again
        self.problem, self.answer = problem, answer
        """The raw answer; None if there was none."""
        self.code: str = problem.code
        self.detail: str = problem.detail
        self.status: int | None = answer.status if answer is not None else None
        self.request_id: str | None = problem.request_id or (answer.request_id if answer is not None else None)
        self.retryable: bool = problem.retryable
        """Whether the same call can be repeated safely, as the client itself decides it; a create with the same key."""
        self.retry_after: float | None = None if problem.retry_after is None else max(0.0, problem.retry_after)
        """Seconds to wait before the same call may succeed."""
        self.errors: list[FieldProblem] = problem.errors
        self.provider: ProviderProblem | None = problem.provider

    def __str__(self) -> str:
        """Return the code, the text, the request id, and each rejected place that the text does not name."""
        texts = (f"{one.pointer}: {one.message}" for one in self.errors if one.message != self.detail)
        places = "".join(f"\n  {text}" for text in texts if text not in self.detail)
        return f"{self.code}: {self.detail}{f' (request {self.request_id})' if self.request_id else ''}{places}"

    def __repr__(self) -> str:
        """Show what `str` does: the answer may hold data."""
        return f"{type(self).__name__}({str(self)!r})"


class ConnectionFailed(UnifiedError):
    """No connection was made, or it broke before the answer was complete."""


class TimedOut(UnifiedError):
    """No complete answer came within the time-out, or what was waited for did not happen."""


class UnreadableAnswer(UnifiedError):
    """The answer is not what Unified sends."""


class RedirectRefused(UnifiedError):
    """The address redirects; the key is never sent to another place."""


class ApprovalRequired(UnifiedError):
    """The write waits for a person's approval; nothing was written."""

    def __init__(self, problem: Problem, answer: Answer, waiting: ApprovalWaiting) -> None:
        super().__init__(problem, answer)
        self.args = (problem, answer, waiting)
        self.waiting = waiting
        """The approval: wait for it with `client.approvals.wait(error.waiting.id)`."""

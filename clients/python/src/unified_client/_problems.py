"""From answers to values and errors; nothing here does I/O."""

from typing import Any, TypeVar

import msgspec

from unified_client import errors
from unified_client._calls import Answer, Call
from unified_client._envelopes import Page
from unified_client.errors import RedirectRefused, UnifiedError, UnreadableAnswer
from unified_client.management import Problem, Waiting

T = TypeVar("T")
TYPE = "https://unified.invalid/errors/"
"""How the type of each of Unified's problems begins, which distinguishes them from those of a provider behind the proxy."""
UNEXPECTED = "unexpected_answer"
"""The code of a failure that is not from Unified, such as a load balancer's page."""
UNREADABLE = (msgspec.DecodeError, RecursionError)
"""Exceptions that the parser raises; the last one for a body that is nested too deeply."""
OK, ACCEPTED, NO_CONTENT, REDIRECTS, FAILURES = 200, 202, 204, 300, 400
TEMPORARY = frozenset({408, 425, 429, 502, 503, 504})
"""Statuses that may pass, of answers that do not say whether they do."""


def refusal_of(call: Call[Any], answer: Answer) -> UnifiedError | None:
    """Return the error that an answer is, or None; a provider's answer through the proxy is not an error."""
    problem = _decoded(answer.content, Problem) if answer.status >= FAILURES else None
    if problem is not None and problem.type.startswith(TYPE) and problem.code:
        kind = errors.BY_CODE.get(problem.code) or errors.BY_STATUS.get(answer.status, UnifiedError)
        return kind(problem, answer=answer)
    if call.is_proxied or OK <= answer.status < REDIRECTS:
        return None
    if answer.status < FAILURES:
        detail = "the address redirects, and the key is sent to no other place: set base_url to where it leads"
        return RedirectRefused(
            local_problem("redirect_refused", detail, answer.request_id, status=answer.status), answer=answer
        )
    detail = f"status {answer.status} with a body that is not from Unified: is base_url right, is the service up?"
    said = {"status": answer.status, "retryable": answer.status in TEMPORARY, "retry_after": header_wait(answer)}
    return UnifiedError(local_problem(UNEXPECTED, detail, answer.request_id, **said), answer=answer)


def value_of(call: Call[T], answer: Answer) -> T:
    """Return what an answer holds; None for no content.

    Raises:
        ApprovalRequired: A person must approve the write.
        UnreadableAnswer: The body is not what the call returns.
    """
    is_other = answer.status == ACCEPTED and not call.is_accepted
    waiting = _decoded(answer.content, Waiting) if is_other else None
    if waiting is not None and waiting.status == "approval_required" and waiting.approval is not None:
        problem = local_problem("approval_required", waiting.approval.summary, answer.request_id, status=answer.status)
        raise errors.ApprovalRequired(problem, answer=answer, waiting=waiting.approval)
    kind: Any = call.returns
    if kind is Answer:
        return answer  # type: ignore[return-value]
    if answer.status == NO_CONTENT and (kind is type(None) or call.may_be_empty):
        return None  # type: ignore[return-value]
    try:
        if is_other or answer.status == NO_CONTENT:
            raise msgspec.ValidationError("this status comes without the answer to the call")
        value: T = msgspec.json.decode(answer.content, type=kind)
    except UNREADABLE as failure:
        place = str(failure) if isinstance(failure, msgspec.ValidationError) else "the body is not JSON"
        detail = f"status {answer.status}: {place}; is base_url right, does the client's version suit the service's?"
        raise unreadable(detail, answer) from None
    return value


def next_call(call: Call[Page[T]], page: Page[T], answer: Answer) -> Call[Page[T]] | None:
    """Return the call of the next page, or None. Raises UnreadableAnswer if a page leads to itself."""
    if page.next_cursor is None:
        return None
    if page.next_cursor == call.query.get("cursor"):
        raise unreadable("the list does not end: a page names itself as the next one", answer)
    return msgspec.structs.replace(call, query={**call.query, "cursor": page.next_cursor})


def unreadable(detail: str, answer: Answer) -> UnreadableAnswer:
    """Return the error for an answer that is not what Unified sends."""
    return UnreadableAnswer(local_problem("unreadable_answer", detail, answer.request_id), answer=answer)


def local_problem(code: str, detail: str, request_id: str | None, **more: Any) -> Problem:
    """Return a problem that the client makes itself."""
    return Problem(code=code, detail=detail, request_id=request_id or "", **more)


def header_wait(answer: Answer) -> float | None:
    """Return the seconds of `Retry-After`; None if there are none."""
    text = answer.headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < len("1000000000") else None


def _decoded(content: bytes, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(content, type=kind)
    except UNREADABLE:
        return None

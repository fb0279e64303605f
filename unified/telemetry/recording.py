"""Recording what a request does: each fact once, where it becomes known, for its audit rows and its log line."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Any

import msgspec

from unified.errors.error import UnifiedError
from unified.telemetry.request_scope import DecidedApproval, ProviderUse, RequestScope, current_scope, part_scope, within_scope

CUSTOM = "custom"
"""The operation while it is not known whether the caller's word is a method."""


def record_tenant(tenant_id: str) -> None:
    """Record the tenant of the request, or of a command."""
    scope = current_scope()
    if scope is not None:
        scope.tenant = scope.line.tenant = tenant_id


def record_key_end(end: datetime | None) -> None:
    """Record that the API key of the request expires soon, for a header of the answer; None if it does not."""
    scope = current_scope()
    if scope is not None:
        scope.line.key_end = end


def record_content(content: bytes) -> None:
    """Record the body of the request."""
    scope = current_scope()
    if scope is not None:
        scope.content = content


def record_tool(name: str | None, server: str | None) -> None:
    """Record which tool is called, and through which MCP server; pass None for an unknown name, which is not stored."""
    scope = current_scope()
    if scope is not None:
        scope.tool, scope.server = name, server


def record_reason(reason: str) -> None:
    """Record why the request changes something, as a stable word, for its audit row."""
    scope = current_scope()
    if scope is not None:
        scope.reason = reason


def record_code(code: str) -> None:
    """Record the code of what is answered, for the log line."""
    scope = current_scope()
    if scope is not None:
        scope.line.code = code


def record_problem(problem: BaseException) -> None:
    """Record a refusal after which the request continues; it belongs to the last use of an account, if there was one."""
    scope = current_scope()
    if scope is None:
        return
    scope.line.code = problem.code if isinstance(problem, UnifiedError) else UnifiedError.code
    if scope.uses:
        scope.uses[-1].problem = problem
    else:
        scope.problem = problem


def record_use(account_id: str, model: str | None, method: str) -> None:
    """Record that an account is about to be used; what follows, until the next use, belongs to it.

    The log line has the first use: those that follow are parts of it, such as the records that a list expands.
    """
    scope = current_scope()
    if scope is None:
        return
    scope.uses.append(ProviderUse(account_id=account_id, model=model, method=method))
    line = scope.line
    if line.account is None:
        line.account, line.model, line.operation = account_id, model, method


def record_uses(uses: Iterable[ProviderUse]) -> None:
    """Record uses that ran at the same time, each in a separate scope."""
    scope = current_scope()
    if scope is not None:
        scope.uses.extend(uses)


def record_method(method: str) -> None:
    """Record the method of the last use, now that it is known to be one."""
    scope = current_scope()
    if scope is None:
        return
    if scope.uses:
        scope.uses[-1].method = method
    if scope.line.operation == CUSTOM:
        scope.line.operation = method


def record_fields(names: frozenset[str]) -> None:
    """Record which names of the common model the last use asked for, with those that it asked for before."""
    scope = current_scope()
    if scope is not None and scope.uses:
        scope.uses[-1].fields = names | (scope.uses[-1].fields or frozenset())


def record_call(provider: str, status: int, seconds: float) -> None:
    """Record a call to a provider; a status of 0 means that there was no response."""
    scope = current_scope()
    if scope is None:
        return
    line = scope.line
    failed_before = line.upstream_status is not None and not _is_success(line.upstream_status)
    line.calls += 1
    line.provider = provider
    line.upstream_ms += seconds * 1000
    if not (failed_before and _is_success(status)):
        line.upstream_status = status


def _is_success(status: int) -> bool:
    return 0 < status < HTTPStatus.BAD_REQUEST


def record_answer(status: int | None) -> None:
    """Record the status of the provider's answer; None if there was none."""
    scope = current_scope()
    if scope is not None and scope.uses and status is not None:
        scope.uses[-1].status = status


def record_refusal(refused: UnifiedError) -> None:
    """Record the status with which the provider refused, if it did."""
    record_answer(refused.provider.status if refused.provider else None)


def record_approval_request(approval_id: str, digest: str, server: str | None) -> None:
    """Record that the last use was not sent, and which approval it waits for."""
    scope = current_scope()
    if scope is not None:
        scope.server = server
        if scope.uses:
            scope.uses[-1].approval, scope.uses[-1].digest = approval_id, digest


def record_decision(decided: DecidedApproval, tool: str | None, server: str | None, *, asked_by: str | None) -> None:
    """Record which approval the request decides, and by which request, tool and server its write was requested."""
    scope = current_scope()
    if scope is not None:
        scope.decided, scope.tool, scope.server = decided, tool, server
        scope.line.asked_by = asked_by


def record_execution(account_id: str, model: str, method: str, digest: str) -> None:
    """Record that an approved write is about to be sent."""
    scope = current_scope()
    if scope is not None:
        scope.uses.append(ProviderUse(account_id=account_id, model=model, method=method, digest=digest))
        scope.line.account, scope.line.model, scope.line.operation = account_id, model, method


def record_items(items: Sequence[tuple[str, Any]]) -> list[RequestScope]:
    """Split a batch: return a scope for each write (method, request), in place of the uses opened for all of them."""
    scope = current_scope()
    if scope is None or not scope.uses:
        return [part_scope() for _ in items]
    opened = {use.method: use for use in scope.uses}
    scope.uses = [msgspec.structs.replace(opened[method], request=request) for method, request in items]
    return [part_scope([use]) for use in scope.uses]


@contextmanager
def recording_item(scope: RequestScope) -> Iterator[None]:
    """Assign what this task does to one write of a batch; its refusal is recorded and raised again."""
    with within_scope(scope):
        try:
            yield
        except BaseException as problem:
            for use in scope.uses:
                use.problem = problem
            raise

"""`Idempotency-Key`: a repeated write is done once. Only digests, the status and the new id are kept, never a body.

A repetition of a finished create is answered by reading the record from the provider again, within what the caller may read
now: a caller that may not get records gets the id alone. For a create that waits for an approval, the approval's id is kept:
its repetition gets the same approval while it waits, then the record, or the outcome of the approval.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from unified.errors import Conflict, IdempotencyInProgress, IdempotencyMismatch, MalformedRequest, NotFound, UnifiedError
from unified.service.access.scopes import allows
from unified.service.records.call import Call, get_call
from unified.service.records.reading import get_record
from unified.service.records.writing import Write, Written, check_write, id_only, not_shown
from unified.store import approvals, idempotency
from unified.transform.query import Query

TTL = timedelta(hours=24)
MAX_KEY_LENGTH = 255
OUTCOME_UNKNOWN = frozenset(
    {"provider_timeout", "provider_error", "provider_malformed", "upstream_too_large", "mapping_failed"}
)
"""Failures after which the provider may have made the write all the same."""
CREATED, WAITS = 201, 202
"""HTTP statuses of the first request's answer, as they are kept."""
Create = Callable[[], Awaitable[Written]]


async def once(
    call: Call, key: str | None, body: dict[str, Any], create: Create, *, path: dict[str, str] | None = None
) -> tuple[Written, bool]:
    """Do a create, or request its approval, at most once for a key; return its outcome and whether this is a repetition.

    Raises:
        MalformedRequest: the key is not 1 to 255 printable ASCII characters.
        IdempotencyMismatch: the key was used with another request.
        IdempotencyInProgress: the first request has not ended, or its outcome is not known.
        NotFound: the created record no longer exists.
        UnifiedError: the body is not one that the caller may write now, as for the first request.
        Conflict: the first request waited for an approval that was not given, so nothing was written.
    """
    if key is None:
        return await create(), False
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise MalformedRequest(f"Idempotency-Key: expected 1 to {MAX_KEY_LENGTH} printable ASCII characters")
    path = path or {}
    mark = hashlib.sha256(key.encode()).digest()
    digest = request_digest(call, body, path)
    begun = await idempotency.begin(
        call.services.database,
        call.account.tenant_id,
        call.account.id,
        mark,
        request_digest=digest,
        model=call.mapping.model.id,
        operation=call.method,
        expires_at=datetime.now(UTC) + TTL,
    )
    if begun == "started":
        return await _first(call, mark, create), False
    check_write(call, Write(method=call.method, body=body, path=path))
    return await _again(call, begun, digest, path), True


def request_digest(call: Call, body: dict[str, Any], path: dict[str, str]) -> bytes:
    """Return the digest of a request, equal whatever the order of its keys; `path` are parameters of the model."""
    canonical = msgspec.json.encode([call.mapping.model.id, call.method, body, *([path] if path else [])], order="sorted")
    return hashlib.sha256(canonical).digest()


async def _first(call: Call, mark: bytes, create: Create) -> Written:
    place = (call.services.database, call.account.tenant_id, call.account.id, mark)
    try:
        written = await create()
    except UnifiedError as problem:
        if problem.code in OUTCOME_UNKNOWN or problem.is_partly_done:
            await idempotency.finish(*place, status="unknown")
        else:
            await idempotency.forget(*place)
        raise
    except BaseException:
        await idempotency.finish(*place, status="unknown")
        raise
    if written.approval is not None:
        await idempotency.finish(*place, status="done", http_status=WAITS, remote_id=written.approval.id)
    else:
        record = written.record or {}
        await idempotency.finish(*place, status="done", http_status=CREATED, remote_id=record.get("id"))
    return written


async def _again(call: Call, row: idempotency.IdempotencyRow, digest: bytes, path: dict[str, str]) -> Written:
    if row.request_digest != digest:
        raise IdempotencyMismatch("the Idempotency-Key was used with another request; use a new key")
    if row.status != "done" or row.remote_id is None:
        raise _no_outcome("is still in progress" if row.status == "in_progress" else "ended without a known outcome")
    if row.http_status == WAITS:
        return await _asked_again(call, row.remote_id, path)
    return await _record(call, row.remote_id, path)


async def _asked_again(call: Call, approval_id: str, path: dict[str, str]) -> Written:
    """Return the approval of the first request while it waits; afterwards the outcome of the write."""
    row = await approvals.get(call.services.database, call.account.tenant_id, approval_id)
    if row is not None and row.status == "pending":
        return Written(approval=row)
    if row is None or row.status in {"unknown", "approved"}:
        raise _no_outcome("is being executed" if row is not None and row.status == "approved" else "has no known outcome")
    if row.status == "executed" and row.result_id is not None:
        return await _record(call, row.result_id, path)
    raise Conflict(
        f"the write that this Idempotency-Key asked for ended as {row.status}: nothing more is done for this key; use a new one"
    )


def _no_outcome(state: str) -> IdempotencyInProgress:
    return IdempotencyInProgress(
        f"the first request with this Idempotency-Key {state}; look at the provider before trying again"
    )


async def _record(call: Call, record_id: str, path: dict[str, str]) -> Written:
    """Return the record as the caller may read it now; its id alone where it may not, or where it cannot be shown."""
    mapping = call.mapping
    if "get" not in mapping.operations or not allows(call.principal.scopes, mapping.model, "get", mapping.tags):
        return Written(record=id_only(mapping.model, record_id))
    try:
        return Written(record=await get_record(get_call(call), record_id, Query(path=tuple(path.items()))))
    except NotFound:
        raise  # it was deleted since; a record with empty fields would suggest that it exists
    except UnifiedError as problem:
        return Written(record=id_only(mapping.model, record_id), warnings=(not_shown(problem),))

"""`Idempotency-Key`: a repeated write is done once. Kept are digests, the status and the new id; never a body.

A repetition of a finished create is answered by reading the record from the provider again.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from unified.errors import IdempotencyInProgress, IdempotencyMismatch, MalformedRequest, UnifiedError
from unified.service.calls import Call
from unified.service.records import get_record
from unified.store import idempotency
from unified.transform.query import Query

KEPT = timedelta(hours=24)
MAX_KEY_LENGTH = 255
OUTCOME_UNKNOWN = frozenset(
    {"provider_timeout", "provider_error", "provider_malformed", "upstream_too_large", "mapping_failed"}
)
"""Failures after which the write may have happened all the same."""
Create = Callable[[], Awaitable[dict[str, Any]]]


async def once(call: Call, key: str | None, body: dict[str, Any], create: Create) -> tuple[dict[str, Any], bool]:
    """Do a create at most once for a key; answers the record and whether this was a repetition.

    Raises:
        MalformedRequest: the key is not 1 to 255 printable ASCII characters.
        IdempotencyMismatch: the key was used with another request.
        IdempotencyInProgress: the first request has not ended, or its outcome is not known.
    """
    if key is None:
        return await create(), False
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise MalformedRequest(f"Idempotency-Key: expected 1 to {MAX_KEY_LENGTH} printable ASCII characters")
    mark = hashlib.sha256(key.encode()).digest()
    digest = request_digest(call, body)
    begun = await idempotency.begin(
        call.services.database,
        call.account.tenant_id,
        call.account.id,
        mark,
        request_digest=digest,
        model=call.mapping.model.id,
        operation=call.method,
        expires_at=datetime.now(UTC) + KEPT,
    )
    if begun == "started":
        return await _first(call, mark, create), False
    return await _again(call, begun, digest), True


def request_digest(call: Call, body: dict[str, Any]) -> bytes:
    """A digest by which equal requests are equal, whatever the order of their keys."""
    canonical = msgspec.json.encode([call.mapping.model.id, call.method, body], order="sorted")
    return hashlib.sha256(canonical).digest()


async def _first(call: Call, mark: bytes, create: Create) -> dict[str, Any]:
    place = (call.services.database, call.account.tenant_id, call.account.id, mark)
    try:
        record = await create()
    except UnifiedError as problem:
        if problem.code in OUTCOME_UNKNOWN:
            await idempotency.finish(*place, status="unknown")
        else:
            await idempotency.forget(*place)
        raise
    except BaseException:
        await idempotency.finish(*place, status="unknown")
        raise
    await idempotency.finish(*place, status="done", http_status=201, remote_id=record["id"])
    return record


async def _again(call: Call, row: idempotency.IdempotencyRow, digest: bytes) -> dict[str, Any]:
    if row.request_digest != digest:
        raise IdempotencyMismatch("the Idempotency-Key was used with another request; use a new key")
    if row.status != "done" or row.remote_id is None:
        state = "is still in progress" if row.status == "in_progress" else "ended without a known outcome"
        raise IdempotencyInProgress(
            f"the first request with this Idempotency-Key {state}; look at the provider before trying again"
        )
    if "get" not in call.mapping.operations:
        return {"id": row.remote_id, "remote_id": row.remote_id}
    return await get_record(msgspec.structs.replace(call, method="get"), row.remote_id, Query())

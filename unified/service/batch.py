"""Batches: up to 100 writes of one model in one request, each with its own outcome."""

import asyncio
from collections import Counter
from typing import Any, Literal

import msgspec

from unified.effects import noting_effects
from unified.errors.access import Unauthenticated
from unified.errors.error import UnifiedError
from unified.errors.requests import ValidationFailed
from unified.service.access.mcp_authentication import requester_of
from unified.service.access.principals import Principal
from unified.service.access.use.gate import require_writes
from unified.service.approvals import write_once
from unified.service.records.calls.call import Call
from unified.service.records.opening import open_call
from unified.service.records.reading.versions import shown_version
from unified.service.records.writing.write import Write, Written
from unified.service.records.writing.write_keys import check_key, key_of_request
from unified.service.runtime.faults import refusal_of
from unified.service.runtime.row_cache import TTL_SECONDS
from unified.service.runtime.services import Services
from unified.store.approvals import ApprovalRow
from unified.telemetry.loggers import get_logger
from unified.telemetry.recording import record_items, recording_item

log = get_logger("unified.batch")
ENDED = "the API key was revoked or has expired since the batch began; this write was not sent"
MAX_ITEMS = 100
MAX_CONCURRENCY = 4
STATUS = {"create": 201, "update": 200, "upsert": 200, "delete": 204}
CREATED = 201
APPROVAL_REQUESTED = 202
TAKEN = {"create": ("data",), "update": ("id", "data"), "upsert": ("by", "data"), "delete": ("id",)}
"""Operation → what an item of it must have."""
REFUSED = {"create": ("id", "by"), "update": ("by",), "upsert": ("id",), "delete": ("data", "by")}
"""Operation → what an item of it must not have, the likeliest first."""


class BatchItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One write of a batch."""

    op: Literal["create", "update", "upsert", "delete"]
    """The method."""
    id: str | None = None
    """Of an update or delete: the id of the record."""
    by: str | None = None
    """Of an upsert: the external key by which the provider finds the record."""
    data: dict[str, Any] | None = None
    """The fields, as in the body of the single write."""
    version: str | None = None
    """Of an update or delete: the version of the record that it is meant for."""


class BatchBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a batch request."""

    items: tuple[BatchItem, ...]
    """The writes, which are done in this order."""


class BatchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A batch with its account and model."""

    account_id: str
    model_id: str
    path: dict[str, str]
    """Path parameters of the model."""
    body: BatchBody
    key: str | None = None
    """The Idempotency-Key: each write is done once for it, by its position."""


class BatchResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The outcome of one write: data, an error, or the approval that it waits for."""

    index: int
    """The position of the write in `items`, from 0."""
    status: int
    """The status that the single write would be answered with."""
    data: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    version: str | None = None
    problem: UnifiedError | None = None
    approval: ApprovalRow | None = None


async def run_batch(services: Services, principal: Principal, request: BatchRequest) -> list[BatchResult]:
    """Make every write of a batch; a refusal of one does not affect the others.

    Raises:
        ValidationFailed: the batch is malformed; nothing was sent.
        UnifiedError: what `open_call` raises for one of its methods; nothing was sent.
    """
    body = request.body
    if not 1 <= len(body.items) <= MAX_ITEMS:
        raise ValidationFailed(f"items: expected 1 to {MAX_ITEMS}, got {len(body.items)}")
    if request.key is not None:
        check_key(request.key)
    for index, item in enumerate(body.items):
        _check(index, item)
    ops = Counter(one.op for one in body.items)
    calls = {
        op: await open_call(services, principal, request.account_id, request.model_id, op, cost=count)
        for op, count in ops.items()
    }
    began = asyncio.get_running_loop().time()
    contexts = record_items([(item.op, {"path": request.path, "item": item}) for item in body.items])
    gate = asyncio.Semaphore(MAX_CONCURRENCY)

    async def run(index: int, item: BatchItem) -> BatchResult:
        try:
            with recording_item(contexts[index]), noting_effects():
                async with gate:
                    await _require_still_open(services, principal, began)
                    return _result(index, calls[item.op], item, await _write(calls[item.op], index, item, request))
        except UnifiedError as problem:
            return BatchResult(index=index, status=problem.status, problem=problem)
        except Exception as fault:  # noqa: BLE001 - the outcomes of the other writes must be reported anyway
            refusal = refusal_of(fault, logger="unified.batch")
            return BatchResult(index=index, status=refusal.status, problem=refusal)

    return list(await asyncio.gather(*(run(index, item) for index, item in enumerate(body.items))))


async def _require_still_open(services: Services, principal: Principal, began: float) -> None:
    """Require that the caller may still write: a batch can take minutes, and must not outlast a pause or a revocation.

    Within `TTL_SECONDS` of its beginning nothing is read, as other requests may be let in for as long.

    Raises:
        Paused: the key, or all writes of the tenant.
        Unauthenticated: the key was revoked or has expired.
    """
    if asyncio.get_running_loop().time() - began < TTL_SECONDS:
        return
    await require_writes(services, principal.tenant_id)
    if await requester_of(services, principal.tenant_id, principal.key_id, principal.api_key_id) is None:
        raise Unauthenticated(ENDED)


def _check(index: int, item: BatchItem) -> None:
    given = tuple(name for name in ("id", "by", "data") if getattr(item, name) is not None)
    if given != TAKEN[item.op]:
        refused = [f"no `{name}`" for name in REFUSED[item.op] if name == REFUSED[item.op][0] or name in given]
        expected = " and ".join((*(f"`{name}`" for name in TAKEN[item.op]), *refused))
        raise ValidationFailed(f"items[{index}]: {item.op} takes {expected}")


async def _write(call: Call, index: int, item: BatchItem, request: BatchRequest) -> Written:
    body = item.data or {}
    write = Write(method=item.op, record_id=item.id, by=item.by, body=body, path=request.path, version=item.version)
    written, _ = await write_once(call, write, key_of_request(call, write, request.key, index))
    return written


def _result(index: int, call: Call, item: BatchItem, written: Written) -> BatchResult:
    if written.approval is not None:
        return BatchResult(index=index, status=APPROVAL_REQUESTED, approval=written.approval)
    if written.record is None:
        return BatchResult(index=index, status=STATUS[item.op])
    version = shown_version(call, written.record["id"])
    status = CREATED if written.is_new else STATUS[item.op]
    return BatchResult(index=index, status=status, data=written.record, version=version)

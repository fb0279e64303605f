"""Batches: up to 100 writes of one model in one request, each with its own outcome."""

import asyncio
from collections import Counter
from typing import Any, Literal

import msgspec

from unified.errors import UnifiedError, ValidationFailed
from unified.service.access.principals import Principal
from unified.service.approvals import write_or_ask
from unified.service.audit.request_context import record_items, recording_item
from unified.service.records.call import Call
from unified.service.records.provider_calls import open_call
from unified.service.records.versions import shown_version
from unified.service.records.writing import Write, Written
from unified.service.runtime.services import Services
from unified.store.approvals import ApprovalRow

MAX_ITEMS = 100
MAX_CONCURRENCY = 4
STATUS = {"create": 201, "update": 200, "delete": 204}
APPROVAL_REQUESTED = 202


class BatchItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One write of a batch."""

    op: Literal["create", "update", "delete"]
    id: str | None = None
    data: dict[str, Any] | None = None
    version: str | None = None
    """Of an update or delete: the version of the record that it is meant for."""


class BatchBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a batch request."""

    items: tuple[BatchItem, ...]


class BatchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A batch with its account and model."""

    account_id: str
    model_id: str
    path: dict[str, str]
    """Path parameters of the model."""
    body: BatchBody


class BatchResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The outcome of one write: data, an error, or the approval that it waits for."""

    index: int
    status: int
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
    for index, item in enumerate(body.items):
        _check(index, item)
    ops = Counter(one.op for one in body.items)
    calls = {
        op: await open_call(services, principal, request.account_id, request.model_id, op, cost=count)
        for op, count in ops.items()
    }
    contexts = record_items([(item.op, {"path": request.path, "item": item}) for item in body.items])
    gate = asyncio.Semaphore(MAX_CONCURRENCY)

    async def run(index: int, item: BatchItem) -> BatchResult:
        try:
            with recording_item(contexts[index]):
                async with gate:
                    return _result(index, calls[item.op], item, await _write(calls[item.op], item, request.path))
        except UnifiedError as problem:
            return BatchResult(index=index, status=problem.status, problem=problem)

    return list(await asyncio.gather(*(run(index, item) for index, item in enumerate(body.items))))


def _check(index: int, item: BatchItem) -> None:
    needs_id, needs_data = item.op != "create", item.op != "delete"
    if needs_id != (item.id is not None) or needs_data != (item.data is not None):
        expected = {"create": "`data` and no `id`", "update": "`id` and `data`", "delete": "`id` and no `data`"}[item.op]
        raise ValidationFailed(f"items[{index}]: {item.op} takes {expected}")


async def _write(call: Call, item: BatchItem, path: dict[str, str]) -> Written:
    body = item.data or {}
    return await write_or_ask(call, Write(method=item.op, record_id=item.id, body=body, path=path, version=item.version))


def _result(index: int, call: Call, item: BatchItem, written: Written) -> BatchResult:
    if written.approval is not None:
        return BatchResult(index=index, status=APPROVAL_REQUESTED, approval=written.approval)
    if written.record is None:
        return BatchResult(index=index, status=STATUS[item.op])
    version = shown_version(call, written.record["id"])
    return BatchResult(index=index, status=STATUS[item.op], data=written.record, version=version)

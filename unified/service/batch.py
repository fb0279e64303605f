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
from unified.service.records.writing import Write, Written
from unified.service.runtime.services import Services
from unified.store.approvals import ApprovalRow

MAX_ITEMS = 100
MAX_CONCURRENCY = 4
STATUS = {"create": 201, "update": 200, "delete": 204}
WAITS = 202


class BatchItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One write of a batch."""

    op: Literal["create", "update", "delete"]
    id: str | None = None
    data: dict[str, Any] | None = None


class BatchBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch as it is asked for."""

    items: tuple[BatchItem, ...]


class BatchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A batch with the account and model that it is for."""

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
    problem: UnifiedError | None = None
    approval: ApprovalRow | None = None


async def run_batch(services: Services, principal: Principal, asked: BatchRequest) -> list[BatchResult]:
    """Do every write of a batch; refusals of one leave the others alone. A bad batch is refused before anything is sent."""
    body = asked.body
    if not 1 <= len(body.items) <= MAX_ITEMS:
        raise ValidationFailed(f"items: expected 1 to {MAX_ITEMS}, got {len(body.items)}")
    for index, item in enumerate(body.items):
        _check(index, item)
    ops = Counter(one.op for one in body.items)
    calls = {
        op: await open_call(services, principal, asked.account_id, asked.model_id, op, cost=count) for op, count in ops.items()
    }
    notes = record_items([(item.op, {"path": asked.path, "item": item}) for item in body.items])
    gate = asyncio.Semaphore(MAX_CONCURRENCY)

    async def run(index: int, item: BatchItem) -> BatchResult:
        try:
            with recording_item(notes[index]):
                async with gate:
                    return _done(index, item, await _one(calls[item.op], item, asked.path))
        except UnifiedError as problem:
            return BatchResult(index=index, status=problem.status, problem=problem)

    return list(await asyncio.gather(*(run(index, item) for index, item in enumerate(body.items))))


def _check(index: int, item: BatchItem) -> None:
    needs_id, needs_data = item.op != "create", item.op != "delete"
    if needs_id != (item.id is not None) or needs_data != (item.data is not None):
        expected = {"create": "`data` and no `id`", "update": "`id` and `data`", "delete": "`id` and no `data`"}[item.op]
        raise ValidationFailed(f"items[{index}]: {item.op} takes {expected}")


async def _one(call: Call, item: BatchItem, path: dict[str, str]) -> Written:
    return await write_or_ask(call, Write(method=item.op, record_id=item.id, body=item.data or {}, path=path))


def _done(index: int, item: BatchItem, written: Written) -> BatchResult:
    if written.approval is not None:
        return BatchResult(index=index, status=WAITS, approval=written.approval)
    return BatchResult(index=index, status=STATUS[item.op], data=msgspec.UNSET if written.record is None else written.record)

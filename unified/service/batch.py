"""Batches: up to 100 writes of one model in one request, each with its own outcome."""

import asyncio
from collections import Counter
from typing import Any, Literal

import msgspec

from unified.errors import UnifiedError, ValidationFailed
from unified.service.audit_notes import note_items, noting_item
from unified.service.calls import open_call
from unified.service.principals import Principal
from unified.service.services import Services
from unified.service.writes import create_record, delete_record, update_record

MAX_ITEMS = 100
AT_ONCE = 4
STATUS = {"create": 201, "update": 200, "delete": 204}


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
    """The outcome of one write: data or error."""

    index: int
    status: int
    data: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    problem: UnifiedError | None = None


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
    notes = note_items([(item.op, {"path": asked.path, "item": item}) for item in body.items])
    gate = asyncio.Semaphore(AT_ONCE)

    async def run(index: int, item: BatchItem) -> BatchResult:
        try:
            with noting_item(notes[index]):
                async with gate:
                    data = await _one(calls[item.op], item, asked.path)
        except UnifiedError as problem:
            return BatchResult(index=index, status=problem.status, problem=problem)
        return BatchResult(index=index, status=STATUS[item.op], data=msgspec.UNSET if data is None else data)

    return list(await asyncio.gather(*(run(index, item) for index, item in enumerate(body.items))))


def _check(index: int, item: BatchItem) -> None:
    needs_id, needs_data = item.op != "create", item.op != "delete"
    if needs_id != (item.id is not None) or needs_data != (item.data is not None):
        expected = {"create": "`data` and no `id`", "update": "`id` and `data`", "delete": "`id` and no `data`"}[item.op]
        raise ValidationFailed(f"items[{index}]: {item.op} takes {expected}")


async def _one(call: Any, item: BatchItem, path: dict[str, str]) -> dict[str, Any] | None:
    if item.op == "create":
        return await create_record(call, item.data or {}, path)
    if item.op == "update":
        return await update_record(call, item.id or "", item.data or {}, path)
    await delete_record(call, item.id or "", path)
    return None

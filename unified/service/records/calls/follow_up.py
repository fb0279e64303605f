"""Calls that follow a page or a record, `per_page` and `per_record`: made only if a field needs their result."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from unified.catalog.wire import ProviderRequest
from unified.errors.providers import ProviderMalformed
from unified.errors.requests import InvalidId, NotFound, ValidationFailed
from unified.service.records.calls.all_pages import MAX_PAGES, read_all_pages
from unified.service.records.calls.call import Call
from unified.transform.calls.operation import Bindings, Operation
from unified.transform.requests import list_values
from unified_jsonata import UNDEFINED

MAX_CONCURRENCY = 8
MAX_PAGES_EACH = 3
"""Pages of a call that is made for each record."""
MAX_EACH = 200
"""Records of one answer for which separate calls are made: the most records of an answer."""


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """The calls that follow an answer, for the fields that are asked for."""

    call: Call
    root: Mapping[str, Any]
    """The common query."""
    page: Mapping[str, Operation]
    each: Mapping[str, Operation]

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.page or self.each)


def follow_up(call: Call, operation: Operation, needed: frozenset[str], root: Mapping[str, Any]) -> FollowUp:
    """Return the calls that follow an operation; `needed` are the `$names` that the record expression reads."""
    page = {name: one for name, one in operation.per_page.items() if name in needed}
    each = {name: one for name, one in operation.per_record.items() if name in needed}
    return FollowUp(call=call, root=root, page=page, each=each)


async def with_page_results(calls: FollowUp, items: list[Any], bindings: Bindings) -> Bindings:
    """Return the bindings of a page, with the results of the calls made once for it; raise as `with_follow_ups` does."""
    for name, one in calls.page.items() if items else ():
        if name not in bindings:
            bindings = {**bindings, name: await _for_page(calls, one, items, bindings)}
    return bindings


async def with_follow_ups(calls: FollowUp, items: list[Any], bindings: Bindings) -> list[Bindings]:
    """Return the bindings of each object, with the results of the calls that follow; those of the page may be there already.

    Raises:
        UnifiedError: A call failed; one that answers 404 gives nothing instead.
    """
    if not items:
        return []
    bindings = await with_page_results(calls, items, bindings)
    gate = asyncio.Semaphore(MAX_CONCURRENCY)

    async def own(item: Any) -> Bindings:
        seen = bindings
        async with gate:
            for name, one in calls.each.items():
                seen = {**seen, name: await _result(calls.call, one, item, seen)}
        return seen

    return list(await asyncio.gather(*(own(item) for item in items))) if calls.each else [bindings] * len(items)


async def _for_page(calls: FollowUp, one: Operation, items: list[Any], bindings: Bindings) -> Any:
    """Return the result for a page; of several batches, the lists one after another."""
    size = one.call.batch or len(items)
    batches = [items[start : start + size] for start in range(0, len(items), size)]
    results = [await _result(calls.call, one, calls.root, {**bindings, "page": batch}) for batch in batches]
    if len(results) == 1:
        return results[0]
    return [entry for result in results for entry in (result if isinstance(result, list) else [result])]


async def _result(call: Call, one: Operation, root: Any, bindings: Bindings) -> Any:
    if not one.matches(root, bindings):
        return UNDEFINED
    own = root if isinstance(root, dict) else {}
    values = {**list_values(own), **bindings.get("query", {}), **own}
    try:
        request = one.request(root, bindings, values)
    except (InvalidId, ValidationFailed) as problem:  # of the provider's object, not of the caller
        raise ProviderMalformed(
            f"{one.where}: the path cannot be filled from what the provider sent: {problem.detail}"
        ) from None
    try:
        return await _answered(call, one, request, bindings)
    except NotFound:
        if one.method == "per_page":
            missing = f"the provider has nothing at {one.call.request}; fields that need it are empty"
            call.warn("incomplete", f"{one.where}: {missing}")
        return UNDEFINED


async def _answered(call: Call, one: Operation, request: ProviderRequest, bindings: Bindings) -> Any:
    if one.call.items is None:
        return one.find_item(await call.send(request, one, safe=one.verb == "GET" or None), bindings)
    pages = MAX_PAGES_EACH if one.method == "per_record" else MAX_PAGES
    send = partial(call.send, operation=one, safe=one.verb == "GET" or None)
    objects, is_complete = await read_all_pages(call, one, request, bindings, send, pages=pages)
    if not is_complete:
        call.warn("incomplete", f"{one.where}: the provider has more than the {len(objects)} records that are read")
    return objects

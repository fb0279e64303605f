"""Calls of `before`: sent only when an expression that runs for this query or body reads their result."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import msgspec

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors.error import UnifiedError
from unified.errors.providers import ProviderError
from unified.errors.requests import NotFound, ScanLimit
from unified.models import method_class
from unified.service.records.calls.all_pages import read_all_pages
from unified.service.records.calls.call import Call
from unified.transform.calls.awaited import Awaited
from unified.transform.calls.operation import Operation
from unified.transform.calls.path import fields_in
from unified.transform.requests import list_values
from unified_jsonata import UNDEFINED

Bindings = dict[str, Any]
Made = TypeVar("Made")


class Prefetch(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs of the `before` calls of one request."""

    call: Call
    calls: Mapping[str, Operation]
    """The `before` calls by name, in the order of the file; each may read the earlier ones."""
    root: dict[str, Any]
    """The common query or body, root of the calls' expressions."""


def prefetch(call: Call, operation: Operation, root: dict[str, Any]) -> Prefetch:
    """Return the inputs of the `before` calls of an operation."""
    return Prefetch(call=call, calls=operation.before, root=root)


async def build_with_results(wanted: Prefetch, bindings: Bindings, build: Callable[[Bindings], Made]) -> tuple[Made, Bindings]:
    """Return what `build` makes of the bindings, and these with the results that it read.

    `build` runs again with the results that its first run read; it must have no effects.

    Raises:
        UnifiedError: `build` failed, or a call did.
    """
    while True:
        awaited = {name: Awaited() for name in wanted.calls if name not in bindings}
        try:
            made = build({**bindings, **awaited})
        except UnifiedError:
            if not _read(awaited):
                raise  # otherwise it may have failed for want of a result
        else:
            if not _read(awaited):
                return made, bindings
        bindings = await with_results(wanted, _read(awaited), bindings)


def _read(awaited: Mapping[str, Awaited]) -> frozenset[str]:
    return frozenset(name for name, one in awaited.items() if one.is_read)


async def with_results(wanted: Prefetch, names: Collection[str], bindings: Bindings) -> Bindings:
    """Return the bindings with the results of these `before` calls, in the order of the file."""
    for index, (name, before) in enumerate(wanted.calls.items()):
        if name in names and name not in bindings:
            earlier = dict(list(wanted.calls.items())[:index])
            result, bindings = await _result(msgspec.structs.replace(wanted, calls=earlier), before, bindings)
            bindings = {**bindings, name: result}
    return bindings


def names_read(operation: Operation) -> frozenset[str]:
    """Return the variables that reading an answer needs."""
    expressions = (operation.items, operation.item, operation.new_id)
    return frozenset[str]().union(*(one.analysis.needs for one in expressions if one is not None))


async def _result(wanted: Prefetch, before: Operation, bindings: Bindings) -> tuple[Any, Bindings]:
    """Return what a call gives, missing when its `when` is false; and the bindings with the earlier results that it read."""
    root = wanted.root
    values = {**list_values(root), **bindings.get("query", {})}
    needed, bindings = await build_with_results(wanted, bindings, lambda known: before.matches(root, known))
    if not needed:
        return UNDEFINED, bindings
    request, bindings = await build_with_results(wanted, bindings, lambda known: before.request(root, known, values))
    bindings = await with_results(wanted, names_read(before), bindings)
    try:
        return await _read_result(wanted.call, before, request, bindings), bindings
    except NotFound:
        if fields_in(before.path, before.results):
            raise  # what the caller names does not exist
        raise ProviderError(f"{before.where}: the provider has nothing at {before.call.request}, which this needs") from None


async def _read_result(call: Call, before: Operation, request: ProviderRequest, bindings: Bindings) -> Any:
    if before.call.items:
        return await _all_objects(call, before, request, bindings)
    return before.find_item(await _answer(call, before, request), bindings)


async def _all_objects(call: Call, before: Operation, request: ProviderRequest, bindings: Bindings) -> list[Any]:
    """Return the objects of all pages; warn of a read that does not have all of them.

    Raises:
        ScanLimit: There are more than the bound, and a write must not be built on a part.
    """
    objects, is_complete = await read_all_pages(call, before, request, bindings, lambda one: _answer(call, before, one))
    if not is_complete:
        what = f"{before.where}: the provider has more than the {len(objects)} records that are read of {before.call.request}"
        if method_class(call.method) != "read":
            raise ScanLimit(f"{what}, and this {call.method} needs all of them; nothing was sent")
        call.warn("incomplete", f"{what}; fields that need the others are empty")
    return objects


async def _answer(call: Call, before: Operation, request: ProviderRequest) -> ProviderAnswer:
    """Return the answer to a read, which a request that came before in the same answer or plan may have had.

    What a list or a get needs first is a read, posted or not, so it may be repeated.
    """
    reads, cache = before.verb == "GET" or method_class(call.method) == "read", call.visibility.lookup_cache

    async def send() -> ProviderAnswer:
        return await call.send(request, before, safe=reads or None)

    return await (send() if cache is None else cache.get(request, send))

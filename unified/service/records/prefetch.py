"""Calls of `before`: sent only when an expression that will run reads their result."""

from typing import Any

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.jsonata import UNDEFINED, Expression
from unified.service.records.call import Call
from unified.transform.operation import Operation
from unified.transform.requests import list_values

KEYS = ("query", "headers", "body", "items", "item", "created")


async def with_prefetched(
    call: Call,
    operation: Operation,
    needed: frozenset[str],
    root: dict[str, Any],
    bindings: dict[str, Any],
    *,
    keys: tuple[str, ...] = KEYS,
) -> dict[str, Any]:
    """Return the bindings with the result of every `before` call that is read, in the order of the file.

    Args:
        call: the permitted call.
        operation: the call that the `before` calls belong to.
        needed: `$names` read by the record expression.
        root: the common query or body, root of the calls' expressions.
        bindings: the `$names` that are known so far.
        keys: which expressions of the operation are about to run.
    """
    if not operation.before:
        return bindings
    wanted = _wanted(operation, needed, keys)
    for name, before in operation.before.items():
        if name in wanted and name not in bindings:
            bindings = {**bindings, name: await _result(call, before, root, bindings)}
    return bindings


def _wanted(operation: Operation, needed: frozenset[str], keys: tuple[str, ...]) -> frozenset[str]:
    """Return the names read, directly or by a `before` call that is itself read."""
    read = set(needed) | _read_by(operation, keys)
    if operation.method in {"create", "update"}:
        read |= set(operation.before)  # `write` is shared between calls: what it reads is requested
    for name in reversed(operation.before):
        if name in read:
            read |= _read_by(operation.before[name], KEYS)
    return frozenset(read)


def _read_by(operation: Operation, keys: tuple[str, ...]) -> set[str]:
    expressions: list[Expression] = [one for key in keys if (one := getattr(operation, key)) is not None]
    return {use.name for expression in expressions for use in expression.analysis.variables}


async def _result(call: Call, before: Operation, root: dict[str, Any], bindings: dict[str, Any]) -> Any:
    values = {**list_values(root), **bindings.get("query", {})}
    answer = await _answer(call, before, before.request(root, bindings, values))
    if before.call.items:
        return before.objects(answer, bindings)
    item = before.find_item(answer, bindings)
    return None if item is UNDEFINED else item


async def _answer(call: Call, before: Operation, request: ProviderRequest) -> ProviderAnswer:
    reads, cache = before.verb == "GET", call.visibility.lookup_cache

    async def send() -> ProviderAnswer:
        return await call.send(request, before, safe=reads or None)

    return await (cache.get(request, send) if cache is not None and reads else send())

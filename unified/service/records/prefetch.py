"""Calls of `before`: made only when an expression that will run reads their result."""

from typing import Any

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.jsonata import UNDEFINED, Expression
from unified.service.records.provider_calls import Call
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
    """The bindings with the result of every `before` call that is read, in the order of the file.

    Args:
        call: the permitted call.
        operation: the call whose `before` this is.
        needed: `$names` read by the record expression.
        root: the common query or body, root of the calls' expressions.
        bindings: what is known so far.
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
    """Names read, directly or by a `before` call that is itself read."""
    read = set(needed) | _read_by(operation, keys)
    if operation.method in {"create", "update"}:
        read |= set(operation.before)  # `write` is shared between calls: what it reads is asked for
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
    found = before.find_item(answer, bindings)
    return None if found is UNDEFINED else found


async def _answer(call: Call, before: Operation, request: ProviderRequest) -> ProviderAnswer:
    reads = before.verb == "GET"

    async def ask() -> ProviderAnswer:
        return await call.send(request, before, safe=reads or None)

    return await (call.shared.get(request, ask) if call.shared is not None and reads else ask())

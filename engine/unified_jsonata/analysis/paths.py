"""How reads flow through a path: steps, predicates, order, bindings and groups."""

from collections.abc import Iterable
from typing import cast

import msgspec

from unified_jsonata.analysis.flow import Flow, Scope
from unified_jsonata.analysis.values import (
    NOTHING,
    Field,
    Value,
    every,
    mapped,
    named,
    needing,
    parent,
    placed,
    spent,
)
from unified_jsonata.syntax.tree import (
    Descendant,
    Filter,
    Group,
    Name,
    Node,
    Number,
    Object,
    Pair,
    Parent,
    Path,
    Predicate,
    Sort,
    Stage,
    Step,
    String,
    Wildcard,
)


def path(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    """Return the value of a path."""
    return _walk(flow, cast("Path", node), context, scope)[0]


def _walk(flow: Flow, node: Path, context: Value, scope: Scope) -> tuple[Value, Scope]:
    """Return the value of a path, with the scope that its `@` and `#` variables are bound in."""
    inner = Scope(scope)
    value = context
    for position, step in enumerate(node.steps):
        result = _step(flow, step, value, inner, node.start)
        if isinstance(step.node, Parent) and position and not isinstance(node.steps[position - 1].node, Parent):
            result = needing(result, [value])  # no child, no parent
        plain = isinstance(step.node, (Name, Wildcard, Descendant, Parent, Sort))
        if position and not plain:
            result = mapped(value, result)
        if step.index is not None:
            inner.bound[step.index] = NOTHING
        if step.focus is not None:  # its own predicates may name it
            inner.bound[step.focus] = result
        result = _staged(flow, step.stages, result, inner)
        if step.focus is None:
            value = result
        else:  # the context stays where it was, so that the next step joins
            inner.bound[step.focus] = result
            value = needing(placed(value, node), [msgspec.structs.replace(result, aliases=frozenset())])
    return value, inner


def _step(flow: Flow, step: Step, value: Value, scope: Scope, start: int) -> Value:
    node = step.node
    if isinstance(node, Name):
        return named(value, node.value, start, step.end)
    if isinstance(node, Wildcard):
        return every(value, "*", start, step.end)
    if isinstance(node, Descendant):
        return every(value, "**", start, step.end)
    if isinstance(node, Parent):
        return parent(value, start, step.end)
    if isinstance(node, Sort):
        return needing(value, [flow.value(term.expression, value, scope) for term in node.terms])
    return flow.value(node, value, scope)


def _staged(flow: Flow, stages: Iterable[Stage], value: Value, scope: Scope) -> Value:
    for stage in stages:
        if not isinstance(stage, Filter):
            scope.bound[stage.name] = NOTHING
        elif not isinstance(stage.expression, Number):
            value = needing(value, [flow.value(stage.expression, value, scope)])
    return value


def predicate(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    """Return the value of `(…)[…]`."""
    found = cast("Predicate", node)
    return _staged(flow, found.filters, flow.value(found.base, context, scope), scope)


def group(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    """Return the value of `base{…}`."""
    found = cast("Group", node)
    if isinstance(found.base, Path):
        base, scope = _walk(flow, found.base, context, scope)
    else:
        base = flow.value(found.base, context, scope)
    return mapped(base, _pairs(flow, found.pairs, base, scope))


def constructed(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    """Return the value of `{…}`."""
    return _pairs(flow, cast("Object", node).pairs, context, scope)


def _pairs(flow: Flow, pairs: tuple[Pair, ...], context: Value, scope: Scope) -> Value:
    fields: dict[str, Field] = {}
    loose: list[Value] = []
    for pair in pairs:
        if not isinstance(pair.key, String):
            loose.append(flow.value(pair.key, context, scope))
            loose.append(flow.value(pair.value, context, scope))
            continue
        key = pair.key.value
        if key in fields:
            flow.report(
                "duplicate_key", f'the key "{key}" occurs twice in one object, which is an error when it runs', pair.key
            )
        value = flow.value(pair.value, context, scope)
        fields[key] = Field(key=key, value=value, node=pair.value, start=pair.start, end=pair.end)
    rest = spent(loose, opaque=bool(loose))
    return msgspec.structs.replace(rest, fields=tuple(fields.values()))

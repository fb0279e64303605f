"""How reads flow through every kind of expression but paths: the table that an analysis walks a tree with."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import cast

import msgspec

from unified_jsonata.analysis import paths
from unified_jsonata.analysis.flow import Flow, Handler, Scope, apply
from unified_jsonata.analysis.natives import NATIVES, opaque
from unified_jsonata.analysis.values import NOTHING, Value, join, needing, placed, spent
from unified_jsonata.names import BUILTINS, CONTEXT_ARITY
from unified_jsonata.syntax.tree import (
    Apply,
    Array,
    Binary,
    Bind,
    Block,
    Call,
    Condition,
    Constant,
    Default,
    Group,
    Lambda,
    Negate,
    Node,
    Number,
    Object,
    Partial,
    Path,
    Placeholder,
    Predicate,
    Range,
    Regex,
    String,
    Transform,
    Variable,
    children,
    is_path,
)


def _constant(_: Flow, __: Node, ___: Value, ____: Scope) -> Value:
    return NOTHING


def _string(_: Flow, node: Node, __: Value, ___: Scope) -> Value:
    return Value(literal=cast("String", node).value)


def _regex(_: Flow, __: Node, ___: Value, ____: Scope) -> Value:
    return Value(function=spent)


def _consumed(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    return spent([flow.value(child, context, scope) for child in children(node)], opaque=False)


def _variable(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    name = cast("Variable", node).name
    if name == "":
        return placed(context, node)
    if name == "$":
        return placed(flow.root, node)
    bound = scope.find(name)
    if bound is not None:
        return bound
    free = frozenset() if name in BUILTINS else frozenset((name,))
    return Value(variables=free, opaque=True, function=partial(_native, flow, name, node, context))


def _native(flow: Flow, name: str, node: Node, context: Value, arguments: Sequence[Value]) -> Value:
    if len(arguments) < CONTEXT_ARITY.get(name, 0):
        arguments = [placed(context, node), *arguments]
    flow.called(name, node, arguments)
    if name == "eval":
        flow.report("dynamic", "what $eval reads is known only when it runs", node)
        return spent([*arguments, placed(context, node)])
    return NATIVES.get(name, opaque)(arguments)


def _array(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    items = [flow.value(item, context, scope) for item in cast("Array", node).items]
    return msgspec.structs.replace(join(items), array=True, literal=None)


def _block(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    inner, value = Scope(scope), NOTHING
    expressions = cast("Block", node).expressions
    for position, expression in enumerate(expressions):
        value = flow.value(expression, context, inner)
        last = position == len(expressions) - 1
        if not last and not isinstance(expression, Bind):
            flow.effects.append(value)
    return value


def _bind(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    found = cast("Bind", node)
    value = flow.value(found.value, context, scope)
    scope.bound[found.name] = value
    return value


def _condition(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    found = cast("Condition", node)
    test = flow.value(found.test, context, scope)
    branches = [found.then] if found.otherwise is None else [found.then, found.otherwise]
    return needing(join(flow.value(one, context, scope) for one in branches), [test], conditional=True)


def _default(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    found = cast("Default", node)
    left = flow.value(found.left, context, scope)
    return needing(join([left, flow.value(found.right, context, scope)]), [left], conditional=True)


def _branches(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    found = cast("Condition", node)
    branches = [found.then] if found.otherwise is None else [found.then, found.otherwise]
    return needing(join(flow.value(one, context, scope) for one in branches), [], conditional=True)


def _called(flow: Flow, function: Node, context: Value, scope: Scope) -> Value:
    """Return the function of a call. A bare name is never one: the leading `$` was forgotten."""
    name = is_path(function)
    if name is not None:
        hint = f"; write ${name[0]}" if name[0] in BUILTINS else ""
        flow.report("not_a_function", f'"{".".join(name)}" is a field, not a function{hint}', function)
    found = flow.value(function, context, scope)
    return msgspec.structs.replace(found, variables=frozenset()) if isinstance(function, Variable) else found


def _call(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    return _call_with(flow, cast("Call", node), context, scope, [])


def _call_with(flow: Flow, node: Call, context: Value, scope: Scope, first: list[Value]) -> Value:
    arguments = first + [flow.value(one, context, scope) for one in node.arguments]
    free = isinstance(node.function, Variable) and node.function.name not in ("", "$")
    if free and scope.find(cast("Variable", node.function).name) is None:
        return _native(flow, cast("Variable", node.function).name, node, context, arguments)
    return apply(_called(flow, node.function, context, scope), arguments)


def _apply(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    found = cast("Apply", node)
    left = flow.value(found.left, context, scope)
    if isinstance(found.right, Call):
        return _call_with(flow, found.right, context, scope, [left])
    right = _called(flow, found.right, context, scope)
    if left.function is None:
        return apply(right, [left])
    return Value(function=lambda arguments: apply(right, [apply(left, arguments)]))


def _partial(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    found = cast("Partial", node)
    function = _called(flow, found.function, context, scope)
    given = [None if isinstance(one, Placeholder) else flow.value(one, context, scope) for one in found.arguments]
    return Value(function=lambda arguments: apply(function, _filled(given, arguments)))


def _filled(given: Sequence[Value | None], arguments: Sequence[Value]) -> list[Value]:
    rest = iter(arguments)
    return [next(rest, NOTHING) if one is None else one for one in given]


def _lambda(flow: Flow, node: Node, context: Value, scope: Scope) -> Value:
    return Value(function=partial(flow.enter, cast("Lambda", node), context, scope))


def _transform(flow: Flow, node: Node, _: Value, scope: Scope) -> Value:
    found = cast("Transform", node)

    def changed(arguments: Sequence[Value]) -> Value:
        whole = join(arguments)
        matches = flow.value(found.pattern, whole, scope)
        parts = [found.update] if found.delete is None else [found.update, found.delete]
        return needing(whole, [matches, *(flow.value(part, matches, scope) for part in parts)])

    return Value(function=changed)


_HANDLERS: dict[type[Node], Callable[[Flow, Node, Value, Scope], Value]] = {
    String: _string,
    Number: _constant,
    Constant: _constant,
    Placeholder: _constant,
    Regex: _regex,
    Variable: _variable,
    Path: paths.path,
    Predicate: paths.predicate,
    Group: paths.group,
    Object: paths.constructed,
    Array: _array,
    Range: _consumed,
    Binary: _consumed,
    Negate: _consumed,
    Block: _block,
    Bind: _bind,
    Condition: _condition,
    Default: _default,
    Apply: _apply,
    Call: _call,
    Partial: _partial,
    Lambda: _lambda,
    Transform: _transform,
}
HANDLERS: Mapping[type[Node], Handler] = _HANDLERS
"""Kind of node -> what it does with the places of the document."""
CONTENT_HANDLERS: Mapping[type[Node], Handler] = {**HANDLERS, Condition: _branches}
"""The same, without what only decides between two values: what goes into a value, and may be read off it."""

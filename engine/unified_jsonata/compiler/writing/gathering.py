"""Which expressions may give what a callback's last call has gathered, which is unwrapped by each expression around it."""

from collections.abc import Mapping
from typing import Any

from unified_jsonata.compiler.writing.scope import Known, Scope
from unified_jsonata.names import BUILTINS
from unified_jsonata.syntax.tree import Apply, Block, Call, Condition, Lambda, Node, Predicate, Variable

GATHERING = frozenset(("map", "filter", "each", "keys", "spread", "lookup", "match", "distinct", "single", "reduce"))
"""Functions that may answer an array which unwraps."""


def gathers_twice(node: Node, given: Mapping[str, Any], scope: Scope) -> bool:
    """Return whether a call gathers what a callback's own last call has gathered; or one of a lambda written in its place."""
    call = node.right if isinstance(node, Apply) else node
    if not isinstance(call, Call) or not isinstance(call.function, Variable):
        return False
    known = _known(call.function.name, scope)
    if known is not None:
        return known.inline and known.scope is not None and _ends_twice(known.node.body, given, known.scope)
    if call.function.name not in ("map", "each", "single"):
        return False
    return any(
        _ends_gathering(one.body, given) if isinstance(one, Lambda) else isinstance(one, Variable) for one in call.arguments[:2]
    )


def _known(name: str, scope: Scope) -> Known | None:
    binding = scope.find(name)
    return None if binding is None else binding.function


def _ends_twice(node: Node, given: Mapping[str, Any], scope: Scope) -> bool:
    if isinstance(node, Condition):
        return any(_ends_twice(one, given, scope) for one in (node.then, node.otherwise) if one is not None)
    if isinstance(node, Block):
        return bool(node.expressions) and _ends_twice(node.expressions[-1], given, scope)
    return gathers_twice(node.base if isinstance(node, Predicate) and not node.filters else node, given, scope)


def _ends_gathering(node: Node, given: Mapping[str, Any]) -> bool:
    if isinstance(node, Condition):
        return _ends_gathering(node.then, given) or (node.otherwise is not None and _ends_gathering(node.otherwise, given))
    if isinstance(node, Block):
        return bool(node.expressions) and _ends_gathering(node.expressions[-1], given)
    if isinstance(node, Predicate) and not node.filters:
        return _ends_gathering(node.base, given)
    if not isinstance(node, Call):
        return False
    name = node.function.name if isinstance(node.function, Variable) else ""
    return name in GATHERING or (name not in BUILTINS and name not in given)


def ends_kept(node: Node) -> bool:
    """Return whether a lambda's last call has `[]` behind it, which the reference forgets there."""
    if isinstance(node, Condition):
        return ends_kept(node.then) or (node.otherwise is not None and ends_kept(node.otherwise))
    if isinstance(node, Block):
        return bool(node.expressions) and ends_kept(node.expressions[-1])
    return isinstance(node, Predicate) and forgets(node)


def forgets(node: Predicate) -> bool:
    """Return whether there is nothing but `[]` behind a call, or behind a block that ends with one."""
    base = node.base
    while isinstance(base, Block) and base.expressions:
        base = base.expressions[-1]
    return not node.filters and isinstance(base, Call)

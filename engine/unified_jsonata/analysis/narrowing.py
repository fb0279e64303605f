"""Cutting an expression down to some of the keys it writes, as source, so that it reads no more than needed."""

from collections.abc import Collection

from unified_jsonata.syntax.tree import Block, Condition, Node, Object, Pair, String


def narrow(source: str, node: Node, keys: Collection[str]) -> str:
    """Return the source with only these literal keys (and every computed one) in the object it builds.

    Handles an object, a block ending in one, and both branches of a condition; any other shape comes back
    unchanged. Bindings stay: one that is no longer used reads nothing.
    """
    result, position = [], 0
    for found in _objects(node):
        result += [source[position : found.start], _kept(source, found, keys)]
        position = found.end
    return "".join([*result, source[position:]])


def _objects(node: Node) -> list[Object]:
    """Return the objects that are the result, in source order; empty when any branch is something else."""
    if isinstance(node, Object):
        return [node]
    if isinstance(node, Block) and node.expressions:
        return _objects(node.expressions[-1])
    if isinstance(node, Condition) and node.otherwise is not None:
        branches = [_objects(node.then), _objects(node.otherwise)]
        return branches[0] + branches[1] if all(branches) else []
    return []


def _kept(source: str, node: Object, keys: Collection[str]) -> str:
    kept = [source[pair.start : pair.end] for pair in node.pairs if _stays(pair, keys)]
    return "{" + ", ".join(kept) + "}"


def _stays(pair: Pair, keys: Collection[str]) -> bool:
    return not isinstance(pair.key, String) or pair.key.value in keys

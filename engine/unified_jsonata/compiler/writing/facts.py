"""Derives facts about values from a condition that holds."""

import msgspec

from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import MISSING, NULL, STRING, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.syntax.tree import Array, Binary, Call, Constant, Node, Path, String, Variable, is_path


def learn(gen: Generator, test: Node, at: Place) -> None:
    """Note in the present region what is known where a test has come out true."""
    if isinstance(test, Binary) and test.operator == "and":
        learn(gen, test.left, at)
        learn(gen, test.right, at)
    elif isinstance(test, Binary) and test.operator in ("=", "!="):
        _learn_equality(gen, test, at)
    elif isinstance(test, Binary) and test.operator == "in":
        if isinstance(test.right, Array) and test.right.items and all(isinstance(one, String) for one in test.right.items):
            _without(gen, test.left, ~STRING, at)
    elif isinstance(test, Call):
        if gen.is_free(test.function, "exists", at) and len(test.arguments) == 1:
            _without(gen, test.arguments[0], MISSING, at)
    else:
        _without(gen, test, MISSING | NULL, at)


def _learn_equality(gen: Generator, test: Binary, at: Place) -> None:
    for side, other in ((test.left, test.right), (test.right, test.left)):
        if isinstance(other, String) and test.operator == "=":
            _without(gen, side, ~STRING, at)
        elif isinstance(other, Constant) and other.value is None and test.operator == "!=":
            _without(gen, side, MISSING | NULL, at)
        else:
            _without(gen, side, MISSING, at)


def _without(gen: Generator, node: Node, kinds: int, at: Place) -> None:
    """Note that a value that has been read already is not of these kinds."""
    value = _at_hand(gen, node, at)
    if value is not None and value.kind & kinds:
        gen.narrow(value, value.kind & ~kinds)


def _at_hand(gen: Generator, node: Node, at: Place) -> Value | None:
    """Return the Python variable that already holds a variable or names, if any; emit no code."""
    if isinstance(node, Variable):
        if node.name == "":
            return at.context
        binding = at.scope.find(node.name)
        return None if binding is None or binding.unsure or not binding.value.code else binding.value
    if not isinstance(node, Path):
        return None
    base, names = at.context, is_path(node)
    if names is None and isinstance(node.steps[0].node, Variable) and not node.steps[0].stages and not node.keep_array:
        first = _at_hand(gen, node.steps[0].node, at)
        names = is_path(msgspec.structs.replace(node, steps=node.steps[1:])) if len(node.steps) > 1 else None
        if first is None:
            return None
        base = first
    for name in names or ():
        found = gen.find((base.code, name, False)) or gen.find((base.code, name, True))
        if found is None:
            return None
        base = found
    return base if names else None

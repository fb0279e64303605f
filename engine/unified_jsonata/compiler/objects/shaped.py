"""A record expression and the conversion of its result as one program.

Where an expression ends in an object with known keys, that object need not be made: its values are variables of the program,
and the shape writes their conversion behind them. The objects and values in the lists of its keys are converted where they
are made (`parts`). Whatever such a program cannot do it leaves to the plain one: it raises.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from unified_jsonata.compiler.objects.parts import converted, literal_keys, note
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import OBJECT, PLAIN, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.shape import Shape
from unified_jsonata.syntax.tree import Array, Bind, Block, Node, Object, Pair, Variable


def shaped_object(tree: Node) -> Object | None:
    """Return the object that an expression ends in, if all its keys are known and differ."""
    while isinstance(tree, Block) and tree.expressions:
        tree = tree.expressions[-1]
    return tree if isinstance(tree, Object) and literal_keys(tree) is not None else None


def record(gen: Generator, shape: Shape, pairs: Sequence[Pair], keys: Sequence[str], at: Place) -> Value:
    """Compile the object that the expression ends in, with its conversion."""
    codes: dict[str, str] = {}
    literals: dict[str, Any] = {}
    done: set[str] = set()
    for key, pair in zip(keys, pairs, strict=True):
        part = shape.part(key)
        made = None if part is None else converted(gen, part, pair.value, at)
        if made is not None:
            codes[key] = made
            done.add(key)
            continue
        value = _kept(gen, pair.value, at) if shape.is_kept(key) else gen.value(pair.value, at.inside(loose=True))
        note(codes, literals, key, gen.simple(value))
    return Value(shape.write_record(gen, codes, literals, done), OBJECT, PLAIN, at.loop, simple=False)


def _kept(gen: Generator, node: Node, at: Place) -> Value:
    """Return a value that leaves as it came."""
    return gen.put(gen.value(node, at), at, "U")


def used_once(tree: Node, uses: Mapping[str, Sequence[bool]], bound: Mapping[str, int]) -> frozenset[int]:
    """Return the bindings before the object with a value that is read once and in any case: it can be made there instead."""
    made = shaped_object(tree)
    read: set[str] = set() if made is None else {name for pair in made.pairs for name in _read_in_any_case(pair.value)}
    once = {name for name in read if [*uses.get(name, ())] == [False] and bound.get(name) == 1 and "eval" not in uses}
    found: set[int] = set()
    while isinstance(tree, Block) and tree.expressions:
        found |= {id(one) for one in tree.expressions[:-1] if isinstance(one, Bind) and one.name in once}
        tree = tree.expressions[-1]
    return frozenset(found)


def _read_in_any_case(node: Node) -> list[str]:
    """Return the variables that are values or items as they are, in no condition."""
    if isinstance(node, Variable):
        return [node.name]
    if isinstance(node, Array):
        return [name for item in node.items for name in _read_in_any_case(item)]
    if isinstance(node, Object):
        return [name for pair in node.pairs for name in _read_in_any_case(pair.value)]
    return []

"""A record expression and the conversion of its result as one program.

Where an expression ends in an object with known keys, that object need not be made: its values are variables of the program,
and the shape writes their conversion behind them. The same holds for objects written in a list of one of its keys. Whatever
such a program cannot do it leaves to the plain one: it raises.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from unified.jsonata.compiler.contexts import object_place
from unified.jsonata.compiler.generator import Generator
from unified.jsonata.compiler.kinds import OBJECT, PLAIN, Value
from unified.jsonata.compiler.place import Place
from unified.jsonata.shape import Shape
from unified.jsonata.syntax.tree import Array, Block, Node, Object, Pair, Range, String


def shaped_object(tree: Node) -> Object | None:
    """Return the object that an expression ends in, if all its keys are known and differ."""
    while isinstance(tree, Block) and tree.expressions:
        tree = tree.expressions[-1]
    return tree if isinstance(tree, Object) and _keys(tree) is not None else None


def _keys(node: Object) -> list[str] | None:
    keys = [pair.key.value for pair in node.pairs if isinstance(pair.key, String)]
    return keys if len(set(keys)) == len(node.pairs) else None


def record(gen: Generator, shape: Shape, pairs: Sequence[Pair], keys: Sequence[str], at: Place) -> Value:
    """Compile the object that the expression ends in, with its conversion."""
    codes: dict[str, str] = {}
    literals: dict[str, Any] = {}
    converted: set[str] = set()
    for key, pair in zip(keys, pairs, strict=True):
        inner = shape.inner(key)
        if inner is not None and isinstance(pair.value, Array) and _is_listed(pair.value):
            codes[key] = _list(gen, inner, pair.value, at)
            converted.add(key)
            continue
        value = gen.value(pair.value, at)
        _note(codes, literals, key, gen.simple(gen.put(value, at, "U") if shape.is_kept(key) else value))
    return Value(shape.write_record(gen, codes, literals, converted), OBJECT, PLAIN, at.loop, simple=False)


def _note(codes: dict[str, str], literals: dict[str, Any], key: str, value: Value) -> None:
    codes[key] = value.code
    if value.literal is not msgspec.UNSET:
        literals[key] = value.literal


def _is_listed(node: Array) -> bool:
    """Return whether no item of an array is written as an array, which would stay one inside."""
    return not any(isinstance(item, Array | Range) for item in node.items)


def _list(gen: Generator, shape: Shape, node: Array, at: Place) -> str:
    """Compile an array to a list of converted objects."""
    found = gen.name("a")
    gen.line(f"{found} = []")
    for item in node.items:
        keys = _keys(item) if isinstance(item, Object) else None
        if isinstance(item, Object) and keys is not None and shape.names.issuperset(keys):
            _item(gen, shape, item, keys, found, at)
        else:
            value = gen.simple(gen.value(item, at))
            convert = gen.constant(shape.convert_list, "convert_list")
            gen.line(f"if {value.code} is not U and {value.code} is not None: {found}.extend({convert}({value.code}))")
    return found


def _item(gen: Generator, shape: Shape, node: Object, keys: Sequence[str], found: str, at: Place) -> None:
    """Compile an object in an array: converted, and added unless it is left out."""
    at = object_place(gen, at)
    codes: dict[str, str] = {}
    literals: dict[str, Any] = {}
    for key, pair in zip(keys, node.pairs, strict=True):
        _note(codes, literals, key, gen.simple(gen.value(pair.value, at)))
    condition = shape.write_first(gen, codes, literals)
    with gen.block(f"if {condition or 'True'}:"):
        made, keep = shape.write_rest(gen, codes, literals)
        gen.line(f"{found}.append({made})" if condition else f"if {keep}: {found}.append({made})")

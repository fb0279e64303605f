"""`$sort` by a comparison of the same key of two values, and `^(…)`: keys are computed once for each value."""

from collections.abc import Sequence
from typing import Any, Final

from unified_jsonata.compiler.paths.purity import is_pure
from unified_jsonata.compiler.writing.arguments import once, slow
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import ALL, ANY, ARRAY, DEEP, MISSING, NOWHERE, PLAIN, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.compiler.writing.scope import Binding, Scope
from unified_jsonata.compiler.writing.unwrapping import unwrapped
from unified_jsonata.syntax.tree import Binary, Call, Lambda, Node, Number, Sort, Stage, Variable, is_path

TWO: Final = 2
FALLING: Final = {">": False, "<": True}
"""Operator between the first and the second value -> whether greater ones come first."""
PLACES: Final = frozenset(("start", "end", "position"))


def by_comparison(gen: Generator, node: Call, at: Place) -> Value | None:
    """Compile `$sort(values, function($a, $b) { key of $a > key of $b })`; None for any other function."""
    function = node.arguments[1] if len(node.arguments) == TWO else None
    compared = _compared(gen, function, at) if isinstance(function, Lambda) and function.signature is None else None
    if compared is None or not isinstance(function, Lambda) or not is_pure(gen, node.arguments[0], at):
        return None
    key, name, falling = compared
    source = gen.simple(gen.value(node.arguments[0], at.used()))
    if source.marks == DEEP:  # what a callback has gathered unwraps; what is pure may be written again
        return None
    comparison = gen.simple(gen.value(function, at.used()))
    of_item = _key_function(gen, key, name, source, at)
    gen.place = node.start
    quick = f"sorted_by(B, {source.code}, {of_item}, {falling}, {comparison.code})"
    code = f"{quick} if isinstance({source.code}, list) else {slow('sort', [source, comparison], at)}"
    return gen.temp(code, ARRAY | source.kind & MISSING, source.marks, source.level)


def _compared(gen: Generator, function: Lambda, at: Place) -> tuple[Node, str, bool] | None:
    """Return the key, the parameter that it reads, and whether greater keys come first."""
    body, names = function.body, function.parameters
    if not isinstance(body, Binary) or body.operator not in FALLING or len(names) != TWO or names[0] == names[1]:
        return None
    if not is_pure(gen, body.left, at) or not is_pure(gen, body.right, at):
        return None
    for name, other, falling in ((*names, FALLING[body.operator]), (*names[::-1], not FALLING[body.operator])):
        if not _reads(body.left, other) and _is_same(body.left, body.right, name, other):
            return body.left, name, falling
    return None


def _reads(node: Any, name: str) -> bool:
    if isinstance(node, Variable):
        return node.name == name
    parts = node if isinstance(node, tuple) else _fields(node) if isinstance(node, Node) else ()
    return any(_reads(one, name) for one in parts)


def _is_same(left: Any, right: Any, name: str, other: str) -> bool:
    """Return whether two expressions are the same but for a variable, which has another name on the right."""
    if type(left) is not type(right):
        return False
    if isinstance(left, Variable):
        return bool(right.name == (other if left.name == name else left.name) and (left.name == name or right.name != name))
    if isinstance(left, Node):
        left, right = _fields(left), _fields(right)
    if isinstance(left, tuple):
        return len(left) == len(right) and all(_is_same(one, two, name, other) for one, two in zip(left, right, strict=True))
    return bool(left == right)


def _fields(node: Node) -> tuple[Any, ...]:
    return tuple(getattr(node, name) for name in node.__struct_fields__ if name not in PLACES)


def _key_function(gen: Generator, key: Node, name: str, source: Value, at: Place) -> str:
    """Write the function that gives the key of one value; its name in the source is that of a parameter."""
    made, item = gen.name("f"), gen.name("c")
    scope = Scope(at.scope)
    deep = source.marks == DEEP
    scope.bindings[name] = Binding(item, Value(item, ALL if deep else ANY & ~MISSING, DEEP if deep else PLAIN, NOWHERE))
    with gen.define(made, [item]):
        inner = Place(at.context, scope, whole=at.whole, loop=at.loop + 1)
        gen.line(f"return {gen.value(key, inner).code}")
    return made


def order(gen: Generator, node: Sort, source: Value, at: Place) -> Value:
    """Return the values of a list in the order of `^(…)`; written once for the same names of the same list."""
    names = tuple((is_path(term.expression), term.descending) for term in node.terms)
    if any(one is None for one, _ in names):
        return _ordered(gen, node, source, at)
    return once(gen, ("ordered", source.code, names), lambda: _ordered(gen, node, source, at))


def _ordered(gen: Generator, node: Sort, source: Value, at: Place) -> Value:
    keys = _keys(gen, [term.expression for term in node.terms], source, at)
    directions = tuple(term.descending for term in node.terms)
    gen.place = node.start
    made = f"ordered_by(B, {source.code}, {keys}, {directions[0]})"
    if len(directions) > 1:
        made = f"ordered(B, {source.code}, {keys}, {directions})"
    return _in_order(source, gen.temp(made).code)


def _in_order(source: Value, code: str) -> Value:
    return Value(code, ARRAY, DEEP if source.marks == DEEP else PLAIN, source.level, item=source.item)


def _keys(gen: Generator, terms: Sequence[Node], source: Value, at: Place) -> str:
    """Write the function that gives the key of one value, or a tuple of several."""
    name, item = gen.name("f"), gen.name("c")
    inner = Place(Value(item, ALL & ~MISSING, source.marks, at.loop + 1), at.scope, loop=at.loop + 1)
    with gen.define(name, [item]):
        keys = [gen.value(term, inner).code for term in terms]
        gen.line(f"return {keys[0]}" if len(keys) == 1 else f"return ({', '.join(keys)},)")
    return name


def first_in_order(gen: Generator, node: Sort, stages: Sequence[Stage], source: Value, at: Place) -> Value | None:
    """Compile `^(key)[0]`: the first value, the others not put in order; None for anything else."""
    if len(node.terms) != 1 or not stages:
        return None
    chosen = getattr(stages[0], "expression", None)
    if not isinstance(chosen, Number) or chosen.value != 0 or len(stages) > 1:
        return None
    term = node.terms[0]
    names = is_path(term.expression)
    if names is None:
        return unwrapped(gen, _first_by(gen, node, source, at))
    key = ("first", source.code, names, term.descending)
    return unwrapped(gen, once(gen, key, lambda: _first_by(gen, node, source, at)))


def _first_by(gen: Generator, node: Sort, source: Value, at: Place) -> Value:
    term = node.terms[0]
    keys = _keys(gen, [term.expression], source, at)
    gen.place = node.start
    kind, marks = (ALL, DEEP) if source.marks == DEEP else (ANY, PLAIN)
    return gen.temp(f"first_by(B, {source.code}, {keys}, {term.descending})", kind, marks, source.level)

"""Brackets after something that is not a path: applied to the whole value, once."""

import msgspec

from unified_jsonata.compiler.expressions import blocks
from unified_jsonata.compiler.functions import calls
from unified_jsonata.compiler.paths import paths, predicates, streams
from unified_jsonata.compiler.paths.steps import Reached
from unified_jsonata.compiler.writing.gathering import forgets
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import ARRAY, DEEP, MISSING, PLAIN, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.syntax.tree import Array, Binary, Block, Call, Filter, Node, Object, Path, Predicate, Range

UNROLLED = 12
"""Values of an array that are asked about one by one."""
SMALL = 12
"""Nodes of the question."""


def unrolled(gen: Generator, base: Node, test: Filter, at: Place) -> Value | None:
    """Compile a condition on each value of an array literal: one test after the other instead of a loop."""
    if gen.general or not isinstance(base, Array) or not 2 <= len(base.items) <= UNROLLED:  # noqa: PLR2004
        return None
    if gen.plan.has_closure((base, test.expression)) or not isinstance(test.expression, (Binary, Path, Call)):
        return None
    surely = predicates.is_condition(gen, test.expression, at)
    if not surely and not all(isinstance(item, Object) for item in base.items):  # then positions would count
        return None
    if gen.plan.size(test.expression) > SMALL or any(isinstance(item, (Array, Range)) for item in base.items):
        return None
    out = gen.name("a")
    gen.line(f"{out} = []")
    kind, marks = 0, PLAIN
    for position, item in enumerate(base.items):
        value = gen.named(gen.value(item, at.used()))
        if value.may(ARRAY):
            gen.line(f"if isinstance({value.code}, list): raise Nested")
        held = msgspec.structs.replace(
            value, kind=value.kind & ~(ARRAY | MISSING), marks=DEEP if value.marks == DEEP else PLAIN
        )
        inner = Place(held, at.scope, loop=at.loop)
        if surely:
            there = f"{value.code} is not U and " if value.may(MISSING) else ""
            gen.line(f"if {there}{gen.test(test.expression, inner)}: {out}.append({value.code})")
        else:
            chosen = gen.named(gen.value(test.expression, inner))
            predicates.select(gen, chosen, value.code, out, str(position), str(len(base.items)))
        kind, marks = kind | held.kind, max(marks, held.marks)
    return Value(out, ARRAY, marks, at.loop, item=kind)


def predicate(gen: Generator, node: Predicate, at: Place) -> Value:
    """Return the value of `base[…]` where the base is not a path."""
    if id(node.base) in gen.ancestry.open:
        return streams.predicate(gen, node.base, node.filters, at)
    if at.raw and forgets(node):
        return gen.value(node.base, at)
    if not node.filters and isinstance(node.base, Call):
        return calls.kept(gen, node.base, at)
    at = at.inside(raw=False) if at.raw else at
    if not node.filters and isinstance(node.base, Block):
        return blocks.block(gen, node.base, at, keep=True)
    filters = list(node.filters)
    chosen = unrolled(gen, node.base, filters[0], at) if filters else None
    if chosen is not None:
        value, flat = chosen, True
        filters.pop(0)
    else:
        value, flat = calls.ungathered(gen, node.base, at.used()) if node.filters else gen.value(node.base, at), False
    value, flat = predicates.stages(gen, filters, value, at, flat=flat)
    if not node.filters:
        return value
    return paths.finished(gen, Reached(value, flat=flat, item=value.item), at, keep=node.keep_array)

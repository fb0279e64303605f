"""Steps of a path over what the path has come to: a loop over its values, or one value."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from unified_jsonata.compiler.paths import predicates
from unified_jsonata.compiler.paths.names import names
from unified_jsonata.compiler.writing.generator import FEW, Generator
from unified_jsonata.compiler.writing.kinds import ALL, ANY, ARRAY, DEEP, MISSING, OBJECT, PLAIN, SHALLOW, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.syntax.tree import (
    Array,
    Descendant,
    Name,
    Node,
    Predicate,
    Step,
    Variable,
    Wildcard,
    children,
)


class Reached(msgspec.Struct, frozen=True):
    """Where a path has come to: one value, or a Python list of values (`flat`) already flattened."""

    value: Value
    flat: bool = False
    item: int = ANY
    """Kinds of the values of a flat list."""


def is_cons(node: Node) -> bool:
    """Return whether a step is an array as written, which keeps its form."""
    return isinstance(node.base if isinstance(node, Predicate) else node, Array)


def loop(gen: Generator, step: Step, reached: Reached, at: Place, *, last: bool, first: bool) -> Reached:
    """Compile a step over what the path has come to: a loop, or without one over a single object."""
    is_one = isinstance(step.node, Name) and not (reached.flat or reached.value.may(ARRAY | MISSING))
    if is_one and not (gen.crowded or gen.plan.has_closure(children(step))):
        return _of_one(gen, step, reached.value, at, last=last)
    reached = msgspec.structs.replace(reached, value=gen.named(reached.value)) if last and step.stages else reached
    out = gen.name("a")
    gen.line(f"{out} = []")
    deep = DEEP if reached.value.marks == DEEP else PLAIN
    place = at.inside(final=at.final and last and not step.stages)
    with rounds(gen, reached, gen.plan.weight(step.node), place) as inner:
        result = _body(gen, step, inner, out, whole=is_cons(step.node) and not step.stages and not first, first=first)
    marks = max(result.value.marks, deep)
    level = min(at.loop, result.value.held)
    if result.flat:
        return Reached(Value(out, ARRAY, marks, level), flat=True, item=result.item)
    if last:
        plain = at.plain
        more = ", list" if plain else ""
        made = f"chosen({out}, {reached.value.code}{more})" if step.stages else f"joined({out}{more})"
        found = gen.temp(made, ANY, _gathered(marks, plain=plain), level)
        return Reached(msgspec.structs.replace(found, joins=out))
    return Reached(gen.temp(f"flattened({out})", ARRAY, marks, level), flat=True)


def _of_one(gen: Generator, step: Step, value: Value, at: Place, *, last: bool) -> Reached:
    """Take a name with predicates of one value, which is not a list."""
    inner = at.inside(context=gen.named(value), final=at.final and last and not step.stages, top=True, whole=False)
    found, flat = _stepped(gen, step, inner, first=False)
    return Reached(found, flat=flat, item=found.item if flat else ANY)


@contextmanager
def rounds(gen: Generator, reached: Reached, weight: int, at: Place) -> Iterator[Place]:
    """Write a loop over what a path has come to, and yield the place inside; a round counts for `weight` steps."""
    source, counted = _counted(gen, reached, weight, at)
    item = gen.name("c")
    marks = DEEP if source.item == ARRAY or source.marks == DEEP else PLAIN
    context = Value(item, source.item & ANY & ~MISSING, marks, at.loop + 1)
    with gen.loop(f"for {item} in {counted}:"):
        yield at.inside(context=context, top=True, whole=False, loop=at.loop + 1)


def _gathered(marks: int, *, plain: bool) -> int:
    """Return the marks of joined values: those of the lists that were joined are gone."""
    return DEEP if marks == DEEP else PLAIN if plain else SHALLOW


def _counted(gen: Generator, reached: Reached, weight: int, at: Place) -> tuple[Value, str]:
    """Return what a loop goes through, and the code that counts its rounds; a single object is not counted."""
    more = f", {weight}" if weight > 1 else ""
    if reached.flat:
        source = reached_items(gen, reached)
        return source, gen.counted(source.code, weight, at)
    value = gen.named(reached.value)
    code = value.code
    if value.kind == OBJECT:
        return Value(code, ARRAY, value.marks, value.level, item=OBJECT), f"({code},)"
    source = Value(code, ARRAY, value.marks, value.level, item=value.item if value.kind == ARRAY else ALL)
    each = f"each(B, {code}{more})"
    short = f"{code} if type({code}) is list and len({code}) < {FEW} else ({code},) if type({code}) is dict else {each}"
    return source, short if gen.is_outer(at) else f"({code},) if type({code}) is dict else {each}"


def reached_items(gen: Generator, reached: Reached) -> Value:
    """Return the Python list (or tuple) that the next step goes through."""
    if reached.flat:
        return msgspec.structs.replace(reached.value, item=reached.item)
    value = gen.named(reached.value)
    known: Value | None = gen.find(("items", value.code))
    if known is None:
        known = _items(gen, value)
        gen.remember(("items", value.code), known)
    return known


def _items(gen: Generator, value: Value) -> Value:
    code = value.code
    if value.marks == PLAIN:
        return gen.temp(f"{code} if type({code}) is list else () if {code} is U else ({code},)", ARRAY, PLAIN, value.level)
    return msgspec.structs.replace(gen.temp(f"items({code})", ARRAY, value.marks, value.level), item=value.item)


def _body(gen: Generator, step: Step, at: Place, out: str, *, whole: bool, first: bool) -> Reached:
    """Write one round of a step: add what it gives to the list, a `whole` array as one.

    Return whether the list is flat then.
    """
    if gen.crowded or gen.plan.has_closure(children(step)):
        value, flat = _apart(gen, step, at, first=first)
    else:
        value, flat = _stepped(gen, step, guarded(gen, step.node, at), first=first)
    if whole:
        return _whole_array(gen, value, at, out)
    if flat:
        gen.line(f"{out}.extend({value.code})")
        return Reached(value, flat=True)
    gen.collect(out, value)
    return Reached(value, flat=not value.may(ARRAY), item=value.kind & ~MISSING)


def _apart(gen: Generator, step: Step, at: Place, *, first: bool) -> tuple[Value, bool]:
    """Compile a round as a separate function, so that functions made in it keep its values."""
    name = gen.name("f")
    item = gen.name("c")
    with gen.define(name, [item]):
        inner = guarded(gen, step.node, at.inside(context=msgspec.structs.replace(at.context, code=item)))
        value, flat = _stepped(gen, step, inner, first=first)
        gen.line(f"return {value.code}")
    return gen.temp(f"{name}({at.context.code})", value.kind, value.marks, value.level), flat


def _whole_array(gen: Generator, value: Value, at: Place, out: str) -> Reached:
    """Compile an array literal as the last step: the arrays of the rounds stay separate."""
    if at.plain:
        gen.line(f"{out}.append({value.code})")
        return Reached(value, flat=True, item=ARRAY)
    gen.line(f"{out}.append(Cons({value.code}))")
    return Reached(msgspec.structs.replace(value, marks=DEEP), flat=True, item=ARRAY)


def guarded(gen: Generator, node: Node, at: Place) -> Place:
    """Return the place of a step over an item; programs that are not general give up when the item is a list."""
    if gen.general or isinstance(node, (Name, Wildcard, Descendant, Variable)):
        return at
    code = at.context.code
    gen.line(
        f"if type({code}) is list: raise Nested" if at.context.marks == PLAIN else f"if isinstance({code}, list): raise Nested"
    )
    return at.inside(context=msgspec.structs.replace(at.context, kind=at.context.kind & ~ARRAY))


def _stepped(gen: Generator, step: Step, at: Place, *, first: bool) -> tuple[Value, bool]:
    """Return the value of a step for one item, and whether it is a Python list of values already."""
    value = step_value(gen, step.node, at if not step.stages else at.used())
    every = first and bool(step.stages) and isinstance(step.node, Wildcard)
    value = as_array(gen, value) if every else value
    value, flat = predicates.stages(gen, step.stages, value, at, flat=every)
    if not flat and not value.simple:
        value = gen.simple(value)
    return gen.put(value, at) if not flat else value, flat


def as_array(gen: Generator, value: Value) -> Value:
    """Return what `*` gives where a path begins: an array, so that its predicates are not asked about nothing."""
    code = f"{value.code} if isinstance({value.code}, list) else [] if {value.code} is U else [{value.code}]"
    return gen.temp(code, ARRAY, value.marks, value.level)


def step_value(gen: Generator, node: Node, at: Place) -> Value:
    """Return the value of a step's node for one item."""
    if isinstance(node, Name):
        return names(gen, at.context, [node.value], at)
    if isinstance(node, Wildcard):
        collect = ", list" if at.plain else ""
        marks = DEEP if at.context.marks == DEEP else PLAIN if at.plain else SHALLOW
        return gen.temp(f"values({at.context.code}{collect})", ANY, marks, at.context.level)
    if isinstance(node, Descendant):
        collect = ", list" if at.plain else ""
        return gen.temp(f"descendants(B, {at.context.code}{collect})", ANY, SHALLOW, -1)
    return gen.value(node, at)

"""Paths: each step a loop over what the step before gave, names read without one."""

from collections.abc import Sequence

import msgspec

from unified.jsonata.compiler import predicates
from unified.jsonata.compiler.generator import Generator
from unified.jsonata.compiler.kinds import ALL, ANY, ARRAY, DEEP, MISSING, OBJECT, PLAIN, SHALLOW, Value
from unified.jsonata.compiler.names import names
from unified.jsonata.compiler.place import Place
from unified.jsonata.syntax.tree import (
    Array,
    Descendant,
    Name,
    Node,
    Path,
    Predicate,
    Sort,
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


def path(gen: Generator, node: Path, at: Place) -> Value:
    """Return the value of a path that binds nothing on its way."""
    if not node.keep_array:
        found = _of_names(gen, node.steps, at)
        if found is not None:
            return found
    only = node.steps[0]
    if len(node.steps) == 1 and isinstance(only.node, (Wildcard, Descendant)):
        return _alone(gen, only, at, keep=node.keep_array)
    reached = walk(gen, node, at)
    return finished(gen, reached, at, keep=node.keep_array)


def _of_names(gen: Generator, steps: Sequence[Step], at: Place) -> Value | None:
    """Compile most paths: names, read from the context or a variable."""
    first = steps[0]
    begin = 1 if isinstance(first.node, Variable) and not first.stages else 0
    if _plain_names(steps, begin) < len(steps) - begin:
        return None
    base = gen.value(first.node, at.used()) if begin else at.context
    return names(gen, base, [_key(step) for step in steps[begin:]], at) if len(steps) > begin else None


def _alone(gen: Generator, step: Step, at: Place, *, keep: bool) -> Value:
    """Compile `*` or `**` by itself: it takes the context as one value, and predicates take all it gives."""
    value, flat = step_value(gen, step.node, at.used() if step.stages else at), False
    for stage in step.stages:
        value, flat = predicates.stage(gen, stage, value, at, flat=flat)
    keep = keep and (flat or isinstance(step.node, Wildcard))  # a single value of `**` is no sequence
    return finished(gen, Reached(value, flat=flat, item=value.item), at, keep=keep)


def walk(gen: Generator, node: Path, at: Place) -> Reached:
    """Take all steps of a path."""
    reached, position = _first(gen, node.steps, at)
    cons = opens(node.steps)
    opening = reached.value
    while position < len(node.steps):
        taken = _plain_names(node.steps, position)
        if taken and not reached.flat:
            inner = at if position + taken == len(node.steps) else at.used()
            reached = Reached(
                names(gen, reached.value, [_key(step) for step in node.steps[position : position + taken]], inner)
            )
            position += taken
            continue
        reached = _step(gen, node.steps[position], reached, at, last=position == len(node.steps) - 1, first=position == 0)
        position += 1
    if cons and len(node.steps) > 1:
        reached = _unless_empty(gen, reached, opening, at, keep=node.keep_array)
    return reached


def _unless_empty(gen: Generator, reached: Reached, opening: Value, at: Place, *, keep: bool) -> Reached:
    """Let an empty array at the beginning be the value of the whole path."""
    value = finished(gen, reached, at, keep=keep)
    return Reached(
        gen.temp(f"{value.code} if {opening.code} or {opening.code} is U else []", value.kind | ARRAY, value.marks, value.level)
    )


def finished(gen: Generator, reached: Reached, at: Place, *, keep: bool) -> Value:
    """Return the value of a path at its end: one value unwrapped unless `[]` keeps the array."""
    value = reached.value
    if reached.flat:
        return gen.gathered(msgspec.structs.replace(value, item=reached.item), at, keep=keep)
    if not keep:
        return value
    marks = value.marks if value.marks == DEEP or at.plain else SHALLOW
    kind = ALL if marks == DEEP else ANY
    return gen.temp(f"{'keep_plain' if at.plain else 'keep'}({value.code})", kind, marks, value.level)


def _plain_names(steps: Sequence[Step], position: int) -> int:
    """Return how many steps from here on are nothing but names."""
    count = 0
    while (
        position + count < len(steps) and isinstance(steps[position + count].node, Name) and not steps[position + count].stages
    ):
        count += 1
    return count


def _key(step: Step) -> str:
    assert isinstance(step.node, Name)
    return step.node.value


def is_cons(node: Node) -> bool:
    """Return whether a step is an array as written, which keeps its form."""
    return isinstance(node.base if isinstance(node, Predicate) else node, Array)


def opens(steps: Sequence[Step]) -> bool:
    """Return whether a path begins with an array as written, which is taken as it is.

    An order-by alone does not make it one.
    """
    return is_cons(steps[0].node) and (len(steps) == 1 or any(not isinstance(step.node, Sort) for step in steps[1:]))


def _first(gen: Generator, steps: Sequence[Step], at: Place) -> tuple[Reached, int]:
    """Return where the first step leads, and how many steps that took."""
    step, alone = steps[0], len(steps) == 1
    if isinstance(step.node, Sort) or (isinstance(step.node, Name) and not step.stages):
        return Reached(at.context), 0
    if opens(steps):
        value = gen.simple(gen.value(step.node, at if alone else at.used()))
        if isinstance(step.node, Predicate) and not alone:  # the reference goes on from nothing but an array
            value = gen.temp(
                f"{value.code} if isinstance({value.code}, list) else U", ARRAY | MISSING, value.marks, value.level
            )
        return Reached(value), 1
    variable = isinstance(step.node.base if isinstance(step.node, Predicate) else step.node, Variable)
    if (
        step.stages
        or isinstance(step.node, (Name, Wildcard, Descendant))
        or (at.context.may(ARRAY) and not at.whole and not variable)
    ):
        return _context(gen, at, whole=at.whole or variable), 0
    value = gen.value(step.node, at if alone else at.used())
    return Reached(gen.simple(value)), 1


def _context(gen: Generator, at: Place, *, whole: bool) -> Reached:
    """Return the context as what the first step goes through."""
    if not whole or not at.context.may(ARRAY):
        return Reached(at.context)
    context = at.context
    return Reached(gen.temp(f"({context.code},)", ARRAY, context.marks, context.level), flat=True)


def _step(gen: Generator, step: Step, reached: Reached, at: Place, *, last: bool, first: bool) -> Reached:
    """Take one step."""
    if isinstance(step.node, Sort):
        ordered = predicates.order(gen, step.node, reached_items(gen, reached), at)
        return _staged_whole(gen, step, ordered, at)
    if isinstance(step.node, Name) and reached.flat and not step.stages:
        return _named_list(gen, step, reached, at, last=last)
    return _loop(gen, step, reached, at, last=last, first=first)


def _named_list(gen: Generator, step: Step, reached: Reached, at: Place, *, last: bool) -> Reached:
    plain = at.plain and last
    marks = DEEP if reached.value.marks == DEEP else PLAIN if plain else SHALLOW
    key = gen.constant(_key(step))
    found = gen.temp(f"name({reached.value.code}, {key}{', list' if plain else ''})", ANY, marks, reached.value.level)
    return Reached(found)


def _staged_whole(gen: Generator, step: Step, value: Value, at: Place) -> Reached:
    """Compile the predicates of an order-by, which see the whole order."""
    flat = True
    for stage in step.stages:
        value, flat = predicates.stage(gen, stage, value, at)
    return Reached(value, flat=flat)


def reached_items(gen: Generator, reached: Reached) -> Value:
    """Return the Python list (or tuple) that the next step goes through."""
    if reached.flat:
        return msgspec.structs.replace(reached.value, item=reached.item)
    value = gen.named(reached.value)
    code = value.code
    if value.marks == PLAIN:
        return gen.temp(f"{code} if type({code}) is list else () if {code} is U else ({code},)", ARRAY, PLAIN, value.level)
    return msgspec.structs.replace(gen.temp(f"items({code})", ARRAY, value.marks, value.level), item=value.item)


def _loop(gen: Generator, step: Step, reached: Reached, at: Place, *, last: bool, first: bool) -> Reached:
    weight = gen.plan.weight(step.node)
    source, counted = _counted(gen, reached, weight)
    out = gen.name("a")
    gen.line(f"{out} = []")
    item = gen.name("c")
    deep = DEEP if source.marks == DEEP else PLAIN
    inner = at.inside(
        context=Value(item, source.item & ANY & ~MISSING, DEEP if source.item == ARRAY else deep, at.loop + 1),
        final=at.final and last and not step.stages,
        top=True,
        whole=False,
        loop=at.loop + 1,
    )
    with gen.loop(f"for {item} in {counted}:"):
        result = _body(gen, step, inner, out, whole=is_cons(step.node) and not step.stages and not first)
    marks = max(result.value.marks, deep)
    level = min(at.loop, result.value.held)
    if result.flat:
        return Reached(Value(out, ARRAY, marks, level), flat=True, item=result.item)
    if last:
        plain = at.plain
        found = gen.temp(f"joined({out}{', list' if plain else ''})", ANY, _gathered(marks, plain=plain), level)
        return Reached(found)
    return Reached(gen.temp(f"flattened({out})", ARRAY, marks, level), flat=True)


def _gathered(marks: int, *, plain: bool) -> int:
    """Return the marks of joined values: those of the lists that were joined are gone."""
    return DEEP if marks == DEEP else PLAIN if plain else SHALLOW


def _counted(gen: Generator, reached: Reached, weight: int) -> tuple[Value, str]:
    """Return what a loop goes through, and the code that counts its rounds; a single object is not counted."""
    more = f", {weight}" if weight > 1 else ""
    if reached.flat:
        source = reached_items(gen, reached)
        return source, f"B.loop({source.code}{more})"
    value = gen.named(reached.value)
    code = value.code
    if value.kind == OBJECT:
        return Value(code, ARRAY, value.marks, value.level, item=OBJECT), f"({code},)"
    source = Value(code, ARRAY, value.marks, value.level, item=value.item if value.kind == ARRAY else ALL)
    return source, f"each(B, {code}{more})"


def _body(gen: Generator, step: Step, at: Place, out: str, *, whole: bool) -> Reached:
    """Write one round of a step: add what it gives to the list, a `whole` array as one.

    Return whether the list is flat then.
    """
    if gen.crowded or gen.plan.has_closure(children(step)):
        value, flat = _apart(gen, step, at)
    else:
        value, flat = _stepped(gen, step, guarded(gen, step.node, at))
    if whole:
        return _whole_array(gen, value, at, out)
    if flat:
        gen.line(f"{out}.extend({value.code})")
        return Reached(value, flat=True)
    gen.collect(out, value)
    return Reached(value, flat=not value.may(ARRAY), item=value.kind & ~MISSING)


def _apart(gen: Generator, step: Step, at: Place) -> tuple[Value, bool]:
    """Compile a round as a separate function, so that functions made in it keep its values."""
    name = gen.name("f")
    item = gen.name("c")
    with gen.define(name, [item]):
        inner = guarded(gen, step.node, at.inside(context=msgspec.structs.replace(at.context, code=item)))
        value, flat = _stepped(gen, step, inner)
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


def _stepped(gen: Generator, step: Step, at: Place) -> tuple[Value, bool]:
    """Return the value of a step for one item, and whether it is a Python list of values already."""
    value = step_value(gen, step.node, at if not step.stages else at.used())
    flat = False
    for stage in step.stages:
        value, flat = predicates.stage(gen, stage, value, at, flat=flat)
    if not flat and not value.simple:
        value = gen.simple(value)
    return gen.put(value, at) if not flat else value, flat


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

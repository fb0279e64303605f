"""Paths: each step a loop over what the step before gave, names read without one."""

from collections.abc import Sequence

import msgspec

from unified_jsonata.compiler.paths import predicates, sorting
from unified_jsonata.compiler.paths.names import names
from unified_jsonata.compiler.paths.steps import Reached, as_array, is_cons, loop, reached_items, step_value
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import ALL, ANY, ARRAY, DEEP, MISSING, PLAIN, SHALLOW, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.syntax.tree import (
    Descendant,
    Name,
    Parent,
    Path,
    Predicate,
    Sort,
    Step,
    Variable,
    Wildcard,
)


def path(gen: Generator, node: Path, at: Place) -> Value:
    """Return the value of a path that binds nothing on its way."""
    if not node.keep_array:
        found = _of_names(gen, node.steps, at)
        if found is not None:
            return found
    if is_alone(node):
        return _alone(gen, node.steps[0], at, keep=node.keep_array)
    reached = walk(gen, node, at)
    return finished(gen, reached, at, keep=node.keep_array)


def is_alone(node: Path) -> bool:
    """Return whether a path is `*` or `**` by itself, which the reference does not make a path."""
    return len(node.steps) == 1 and isinstance(node.steps[0].node, (Wildcard, Descendant))


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
    value = step_value(gen, step.node, at.used() if step.stages else at)
    every = bool(step.stages) and isinstance(step.node, Wildcard)
    value = as_array(gen, value) if every else value
    value, flat = predicates.stages(gen, step.stages, value, at, flat=every)
    keep = keep and (bool(step.stages) or isinstance(step.node, Wildcard))  # a single value of `**` is not a sequence
    return finished(gen, Reached(value, flat=flat, item=value.item), at, keep=keep)


def walk(gen: Generator, node: Path, at: Place) -> Reached:
    """Take all steps of a path."""
    reached, opening = walked(gen, node, at)
    if opening is None or len(node.steps) == 1:
        return reached
    return unless_empty(gen, reached, opening, at, keep=node.keep_array)


def walked(gen: Generator, node: Path, at: Place) -> tuple[Reached, Value | None]:
    """Take all steps of a path; return the array as written that it begins with too."""
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
    return reached, opening if cons else None


def unless_empty(gen: Generator, reached: Reached, opening: Value, at: Place, *, keep: bool) -> Reached:
    """Let an empty array at the beginning be the value of the whole path; with `[]` the one value of an array."""
    value = finished(gen, reached, at, keep=keep)
    empty = ("[[]]" if at.plain else "Sequence(([],))") if keep else "[]" if at.plain else "Cons()"
    code = f"{value.code} if {opening.code} or {opening.code} is U else {empty}"
    return Reached(gen.temp(code, value.kind | ARRAY, value.marks if at.plain else DEEP, value.level))


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
        if isinstance(step.node, Predicate) and not alone:  # the reference continues from an array only
            value = gen.temp(
                f"{value.code} if isinstance({value.code}, list) else U", ARRAY | MISSING, value.marks, value.level
            )
        return Reached(value), 1
    base = step.node.base if isinstance(step.node, Predicate) else step.node
    variable = isinstance(base, Variable) or (alone and isinstance(base, Parent))  # neither reads from the context
    if (
        step.stages
        or isinstance(step.node, (Name, Wildcard, Descendant))
        or (at.context.may(ARRAY) and not at.whole and not variable)
    ):
        return _context(gen, at, whole=at.whole or variable), 0
    inner = at if alone else at.used().inside(whole=False)  # the document is one value to the path, but not to its step
    return Reached(gen.simple(gen.value(step.node, inner))), 1


def _context(gen: Generator, at: Place, *, whole: bool) -> Reached:
    """Return the context as what the first step goes through."""
    if not whole or not at.context.may(ARRAY):
        return Reached(at.context)
    context = at.context
    return Reached(gen.temp(f"({context.code},)", ARRAY, context.marks, context.level), flat=True)


def _step(gen: Generator, step: Step, reached: Reached, at: Place, *, last: bool, first: bool) -> Reached:
    """Take one step."""
    if isinstance(step.node, Sort):
        source = reached_items(gen, reached)
        foremost = sorting.first_in_order(gen, step.node, step.stages, source, at)
        return (
            _staged_whole(gen, step, sorting.order(gen, step.node, source, at), at) if foremost is None else Reached(foremost)
        )
    if isinstance(step.node, Name) and reached.flat and not step.stages:
        return _named_list(gen, step, reached, at, last=last)
    if isinstance(step.node, Name) and not reached.flat and gen.is_object(reached.value):
        value = names(gen, reached.value, [step.node.value], at.used())
        value, flat = predicates.stages(gen, step.stages, value, at)
        return Reached(value, flat=flat, item=value.item)
    return loop(gen, step, reached, at, last=last, first=first)


def _named_list(gen: Generator, step: Step, reached: Reached, at: Place, *, last: bool) -> Reached:
    plain = at.plain and last
    marks = DEEP if reached.value.marks == DEEP else PLAIN if plain else SHALLOW
    key = gen.constant(_key(step))
    found = gen.temp(f"name({reached.value.code}, {key}{', list' if plain else ''})", ANY, marks, reached.value.level)
    return Reached(found)


def _staged_whole(gen: Generator, step: Step, value: Value, at: Place) -> Reached:
    """Compile the predicates of an order-by, which see the whole order."""
    value, flat = predicates.stages(gen, step.stages, value, at) if step.stages else (value, True)
    return Reached(value, flat=flat)

"""Paths that remember where their values came from: `@`, `#` and `%`.

Their steps go over tuples: the value, then the variables bound so far. Each step is a function of one tuple.
"""

from collections.abc import Callable, Sequence

import msgspec

from unified.jsonata.compiler import paths
from unified.jsonata.compiler.generator import Generator
from unified.jsonata.compiler.kinds import ALL, ARRAY, DEEP, MISSING, NOWHERE, OBJECT, Value
from unified.jsonata.compiler.place import Place
from unified.jsonata.compiler.scope import Binding, Scope
from unified.jsonata.compiler.scopes import opened
from unified.jsonata.syntax.tree import (
    Block,
    Filter,
    Group,
    Index,
    Name,
    Node,
    Number,
    Parent,
    Path,
    Predicate,
    Sort,
    Stage,
    Step,
    Variable,
)


class Stream(msgspec.Struct, frozen=True):
    """A Python list of tuples: `names` are the variables behind the value of each.

    `whole`: the value is still the context that the path began with, and counts as one even when it is a list.
    """

    code: str
    names: tuple[str, ...] = ()
    whole: bool = False


def is_stream(gen: Generator, node: Path) -> bool:
    """Return whether any step of a path binds something; `@` on a single value that is no name has no effect."""
    if not gen.plan.streams:
        return False
    if len(node.steps) == 1 and not isinstance(node.steps[0].node, Name) and node.steps[0].focus is not None:
        return False
    return any(_binds(gen, step) for step in node.steps)


def _binds(gen: Generator, step: Step) -> bool:
    marked = step.focus is not None or step.index is not None or id(step.node) in gen.ancestry.remembered
    return marked or id(step.node) in gen.ancestry.open or any(isinstance(stage, Index) for stage in step.stages)


def path(gen: Generator, node: Path, at: Place) -> Value:
    """Return the value of such a path."""
    stream = steps(gen, node, at.used())
    return _values(gen, stream, at, keep=node.keep_array)


def _values(gen: Generator, stream: Stream, at: Place, *, keep: bool = False) -> Value:
    """Return the values of the tuples, without their variables."""
    found = gen.temp(f"[one[0] for one in {stream.code}]", ARRAY, DEEP, NOWHERE)
    return gen.gathered(found, at.used(), keep=keep)


def parent(gen: Generator, node: Parent, at: Place) -> Value:
    """Compile `%`: what the step that it belongs to read from."""
    step = gen.ancestry.parents.get(id(node))
    binding = at.scope.find(f"%{step}")
    return Value("U", MISSING) if binding is None else binding.value


def steps(gen: Generator, node: Path, at: Place) -> Stream:
    """Return the tuples of a path."""
    position = next((at for at, step in enumerate(node.steps) if _binds(gen, step)), len(node.steps))
    begun = position
    if position == 0 and len(node.steps) > 1 and paths.is_cons(node.steps[0].node):
        begun = 1
        if node.steps[0].focus is not None:  # the reference stays where it was, and binds nothing
            gen.value(node.steps[0].node, at)
            position = 0
        else:
            position = 1
    stream = _begun(gen, node, position, at)
    for step in node.steps[begun:]:
        stream = _step(gen, step, stream, at)
    return stream


def _begun(gen: Generator, node: Path, position: int, at: Place) -> Stream:
    """Return the tuples before the first step that binds."""
    if position == 0:
        first = node.steps[0].node
        whole = at.whole or not at.context.may(ARRAY) or isinstance(first, Variable)
        source = f"({at.context.code},)" if whole else f"items({at.context.code})"
        return Stream(gen.temp(f"tuples({source})").code, whole=at.whole and isinstance(first, Variable))
    steps_before = tuple(
        msgspec.structs.replace(step, focus=None, index=None) if at == 0 else step
        for at, step in enumerate(node.steps[:position])
    )
    before = paths.walk(gen, Path(steps=steps_before, start=node.start, end=node.end), at)
    items = paths.reached_items(gen, before)
    return Stream(gen.temp(f"tuples({items.code})").code)


def _step(gen: Generator, step: Step, stream: Stream, at: Place) -> Stream:
    before, gen.place = gen.place, step.start
    if isinstance(step.node, Sort):
        stream = _ordered(gen, step.node, stream, at)
        if step.index is not None:
            stream = _numbered(gen, step.index, stream)
    else:
        stream = _taken(gen, step, stream, at)
    for stage in step.stages:
        stream = _staged(gen, stage, stream, at)
    gen.place = before
    return stream


def _taken(gen: Generator, step: Step, stream: Stream, at: Place) -> Stream:
    """Compile a step that gives new values: names for them, for their positions and for their sources."""
    label = f"%{id(step.node)}" if id(step.node) in gen.ancestry.remembered else None
    inner: list[tuple[str, ...]] = []

    def body(place: Place) -> str:
        if id(step.node) not in gen.ancestry.open:
            return paths.step_value(gen, step.node, place).code
        opened_stream = _opened(gen, step.node, place)
        inner.append(opened_stream.names)
        return opened_stream.code

    name = _function(gen, stream, at, body)
    added = tuple(one for one in (step.focus, step.index, label) if one is not None)
    flags = f"focus={step.focus is not None}, index={step.index is not None}"
    if inner:
        found = gen.temp(f"stream_joined(B, {stream.code}, {name}, {flags})")
        added = (*(() if step.focus is None else (step.focus,)), *inner[0], *(() if step.index is None else (step.index,)))
    else:
        found = gen.temp(f"stream_step(B, {stream.code}, {name}, {flags}, parent={label is not None})")
    return Stream(found.code, (*stream.names, *added), whole=stream.whole and step.focus is not None)


def _opened(gen: Generator, node: Node, at: Place) -> Stream:
    """Return the tuples of a block or path that hands on what its values were read from."""
    if isinstance(node, Block) and node.expressions:
        inner = opened(gen, node.expressions, at)
        for expression in node.expressions[:-1]:
            gen.value(expression, inner)
        return _opened(gen, node.expressions[-1], inner)
    if isinstance(node, Path):
        return steps(gen, node, at)
    if isinstance(node, Predicate):
        stream = _opened(gen, node.base, at)
        for stage in node.filters:
            stream = _staged(gen, stage, stream, at)
        return stream
    value = gen.simple(gen.value(node, at))
    return Stream(gen.temp(f"tuples(items({value.code}))").code)


def _function(gen: Generator, stream: Stream, at: Place, body: Callable[[Place], str]) -> str:
    """Return a function of one tuple."""
    name, item = gen.name("f"), gen.name("c")
    scope = Scope(at.scope)
    parameters = [item]
    for variable in stream.names:
        python = gen.name("v")
        parameters.append(python)
        scope.bindings[variable] = Binding(python, Value(python, ALL, DEEP, NOWHERE))
    inner = Place(Value(item, ALL, DEEP, NOWHERE), scope, whole=stream.whole, loop=at.loop + 1)
    with gen.define(name, parameters):
        gen.line(f"return {body(inner)}")
    return name


def _staged(gen: Generator, stage: Stage, stream: Stream, at: Place) -> Stream:
    if isinstance(stage, Index):
        return _numbered(gen, stage.name, stream)
    assert isinstance(stage, Filter)
    if isinstance(stage.expression, Number):
        return Stream(gen.temp(f"stream_at({stream.code}, {stage.expression.value!r})").code, stream.names, stream.whole)
    expression = stage.expression
    name = _function(gen, stream, at, lambda place: gen.value(expression, place).code)
    return Stream(gen.temp(f"stream_filter(B, {stream.code}, {name})").code, stream.names, stream.whole)


def _numbered(gen: Generator, name: str, stream: Stream) -> Stream:
    found = gen.temp(f"[(*one, at) for at, one in enumerate({stream.code})]")
    return Stream(found.code, (*stream.names, name), stream.whole)


def _ordered(gen: Generator, node: Sort, stream: Stream, at: Place) -> Stream:
    def keys(place: Place) -> str:
        return f"({', '.join(gen.value(term.expression, place).code for term in node.terms)},)"

    name = _function(gen, stream, at, keys)
    directions = tuple(term.descending for term in node.terms)
    return Stream(
        gen.temp(f"ordered(B, {stream.code}, lambda one: {name}(*one), {directions})").code, stream.names, stream.whole
    )


def group(gen: Generator, node: Group, at: Place) -> Value:
    """Return such a path gathered by key."""
    assert isinstance(node.base, Path)
    stream = steps(gen, node.base, at.used())
    shown = []
    for pair in node.pairs:
        functions: Sequence[str] = [
            _function(gen, stream, at, lambda place, part=part: gen.value(part, place).code)  # type: ignore[misc]
            for part in (pair.key, pair.value)
        ]
        shown.append(f"({', '.join(functions)})")
    return gen.temp(f"stream_group(B, {stream.code}, ({', '.join(shown)},))", OBJECT, DEEP, at.loop)


def predicate(gen: Generator, node: Node, filters: Sequence[Stage], at: Place) -> Value:
    """Return predicates on a block that hands on what its values were read from."""
    stream = _opened(gen, node, at.used())
    for stage in filters:
        stream = _staged(gen, stage, stream, at)
    return _values(gen, stream, at)

"""Paths that remember where their values came from: `@`, `#` and `%`.

Their steps go over tuples: the value, then the variables bound so far. Each step is a function of one tuple.
"""

from collections.abc import Callable, Sequence

import msgspec

from unified_jsonata.compiler.paths import paths, predicates
from unified_jsonata.compiler.paths.steps import Reached, guarded, is_cons, reached_items, step_value
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import (
    ALL,
    ANY,
    ARRAY,
    DEEP,
    FUNCTION,
    MISSING,
    NOWHERE,
    NUMBER,
    OBJECT,
    PLAIN,
    Value,
)
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.compiler.writing.scope import Binding, Scope
from unified_jsonata.compiler.writing.scopes import opened
from unified_jsonata.syntax.tree import (
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

UNKNOWN = Value("", ALL, DEEP, NOWHERE)


class Stream(msgspec.Struct, frozen=True):
    """A Python list of tuples: `names` are the variables behind the value of each.

    `whole`: the value is still the context that the path began with, and counts as one even when it is a list.
    """

    code: str
    names: tuple[str, ...] = ()
    whole: bool = False
    item: Value = UNKNOWN
    """The facts known of each value."""
    held: tuple[Value, ...] = ()
    """The facts known of each variable."""


def is_stream(gen: Generator, node: Path) -> bool:
    """Return whether any step of a path binds something; `@` on a single value that is not a name has no effect."""
    if not gen.plan.streams:
        return False
    only = node.steps[0] if len(node.steps) == 1 else None
    if only is not None and only.focus is not None and not isinstance(only.node, Name) and not _is_numbered(only):
        return False
    return any(_binds(gen, step) for step in node.steps)


def _binds(gen: Generator, step: Step) -> bool:
    marked = step.focus is not None or step.index is not None or id(step.node) in gen.ancestry.remembered
    return marked or id(step.node) in gen.ancestry.open or _is_numbered(step)


def _is_numbered(step: Step) -> bool:
    return step.index is not None or any(isinstance(stage, Index) for stage in step.stages)


def path(gen: Generator, node: Path, at: Place) -> Value:
    """Return the value of such a path."""
    openings: list[Value] = []
    found = _values(gen, steps(gen, node, at, openings), at, keep=node.keep_array)
    if not openings:
        return found
    return paths.unless_empty(gen, Reached(found), openings[0], at, keep=node.keep_array).value


def _values(gen: Generator, stream: Stream, at: Place, *, keep: bool = False) -> Value:
    """Return the values of the tuples, without their variables."""
    marks = DEEP if stream.item.marks == DEEP else PLAIN
    found = gen.temp(f"[one[0] for one in {stream.code}]", ARRAY, marks, min(at.loop, stream.item.held))
    return gen.gathered(msgspec.structs.replace(found, item=stream.item.kind), at, keep=keep)


def parent(gen: Generator, node: Parent, at: Place) -> Value:
    """Compile `%`: what the step that it belongs to read from."""
    step = gen.ancestry.parents.get(id(node))
    binding = at.scope.find(f"%{step}")
    return Value("U", MISSING) if binding is None else binding.value


def steps(gen: Generator, node: Path, at: Place, openings: list[Value] | None = None) -> Stream:
    """Return the tuples of a path; put the array as written that it begins with, before anything binds, into `openings`."""
    position = next((at for at, step in enumerate(node.steps) if _binds(gen, step)), len(node.steps))
    begun, before = position, position > 0
    if position == 0 and len(node.steps) > 1 and is_cons(node.steps[0].node):
        begun = 1
        if node.steps[0].focus is not None:  # the reference stays where it was, and binds nothing
            gen.value(node.steps[0].node, at.used())
            position = 0
        else:
            position = 1
    stream = _begun(gen, node, position, at.used(), openings if openings is not None and before else [])
    for step in node.steps[begun:]:
        is_last = step is node.steps[-1] and not step.stages and step.focus is None
        stream = _step(gen, step, stream, at if is_last else at.used())
    return stream


def _begun(gen: Generator, node: Path, position: int, at: Place, openings: list[Value]) -> Stream:
    """Return the tuples before the first step that binds."""
    if position == 0:
        first = node.steps[0].node
        whole = at.whole or not at.context.may(ARRAY) or isinstance(first, Variable)
        source = f"({at.context.code},)" if whole else f"items({at.context.code})"
        item = at.context if whole else _item_of(at.context, at)
        return Stream(gen.temp(f"tuples({source})").code, whole=at.whole and isinstance(first, Variable), item=item)
    steps_before = tuple(
        msgspec.structs.replace(step, focus=None, index=None) if at == 0 else step
        for at, step in enumerate(node.steps[:position])
    )
    before, opening = paths.walked(gen, Path(steps=steps_before, start=node.start, end=node.end), at)
    if opening is not None and paths.opens(node.steps):
        openings.append(opening)
    items = reached_items(gen, before)
    return Stream(gen.temp(f"tuples({items.code})").code, item=_item_of(items, at))


def _item_of(value: Value, at: Place) -> Value:
    """Return what is known of each value of a list, or of one value that is not a list."""
    if value.marks == DEEP:
        return UNKNOWN
    return Value("", value.item & ANY & ~MISSING if value.kind == ARRAY else ANY & ~MISSING, PLAIN, at.loop + 1)


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
    inner: list[Stream] = []
    given: list[Value] = []

    def body(place: Place) -> str:
        if id(step.node) in gen.ancestry.open:
            inner.append(_opened(gen, step.node, place.used()))
            return inner[0].code
        place = place if stream.whole else guarded(gen, step.node, place)
        given.append(gen.put(step_value(gen, step.node, place), place))
        return given[0].code

    name = _function(gen, stream, at, body)
    flags = f"focus={step.focus is not None}, index={step.index is not None}"
    new = inner[0].item if inner else _taken_item(given[0], at)
    focus = () if step.focus is None else ((step.focus, new),)
    index = () if step.index is None else ((step.index, Value("", NUMBER)),)
    if inner:
        found = gen.temp(f"stream_joined(B, {stream.code}, {name}, {flags})")
        added = (*focus, *zip(inner[0].names, map(_repeated, inner[0].held), strict=True), *index)
    else:
        found = gen.temp(f"stream_step(B, {stream.code}, {name}, {flags}, parent={label is not None})")
        added = (*focus, *index, *(() if label is None else ((label, _repeated(stream.item)),)))
    return Stream(
        found.code,
        (*stream.names, *(one for one, _ in added)),
        whole=stream.whole and step.focus is not None,
        item=new if step.focus is None else _repeated(stream.item),
        held=(*map(_repeated, stream.held), *(value for _, value in added)),
    )


def _taken_item(value: Value, at: Place) -> Value:
    """Return what is known of each value that a step gives: an array that it gives is gone through."""
    if value.marks == DEEP or value.kind & FUNCTION:
        return UNKNOWN
    kind = ANY if value.may(ARRAY) else value.kind
    return Value("", kind & ~MISSING, PLAIN, min(at.loop + 1, value.held))


def _repeated(value: Value) -> Value:
    """Return what is known of a value that comes again with each value of a later step."""
    return msgspec.structs.replace(value, level=NOWHERE)


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
    return Stream(gen.temp(f"tuples(items({value.code}))").code, item=_item_of(value, at))


def _function(gen: Generator, stream: Stream, at: Place, body: Callable[[Place], str]) -> str:
    """Return a function of one tuple."""
    name, item = gen.name("f"), gen.name("c")
    scope = Scope(at.scope)
    parameters = [item]
    for variable, held in zip(stream.names, stream.held, strict=True):
        python = gen.name("v")
        parameters.append(python)
        scope.bindings[variable] = Binding(python, _under(python, held))
    inner = Place(_under(item, stream.item), scope, final=at.final, top=True, whole=stream.whole, loop=at.loop + 1)
    with gen.define(name, parameters):
        gen.line(f"return {body(inner)}")
    return name


def _under(name: str, known: Value) -> Value:
    """Return a value that something is known of under a name."""
    return Value(name, known.kind, known.marks, known.level)


def _staged(gen: Generator, stage: Stage, stream: Stream, at: Place) -> Stream:
    if isinstance(stage, Index):
        return _numbered(gen, stage.name, stream)
    assert isinstance(stage, Filter)
    expression, at = stage.expression, at.used()
    if isinstance(expression, Number):
        made = f"stream_at({stream.code}, {expression.value!r})"
    elif predicates.is_condition(gen, expression, at):
        name = _function(gen, stream, at, lambda place: gen.test(expression, place))
        made = f"stream_where(B, {stream.code}, {name})"
    else:
        name = _function(gen, stream, at, lambda place: gen.value(expression, place).code)
        made = f"stream_filter(B, {stream.code}, {name})"
    return msgspec.structs.replace(stream, code=gen.temp(made).code)


def _numbered(gen: Generator, name: str, stream: Stream) -> Stream:
    found = gen.temp(f"[(*one, i) for i, one in enumerate({stream.code})]")
    names, held = (*stream.names, name), (*stream.held, Value("", NUMBER))
    return msgspec.structs.replace(stream, code=found.code, names=names, held=held)


def _ordered(gen: Generator, node: Sort, stream: Stream, at: Place) -> Stream:
    def keys(place: Place) -> str:
        return f"({', '.join(gen.value(term.expression, place).code for term in node.terms)},)"

    name = _function(gen, stream, at.used(), keys)
    directions = tuple(term.descending for term in node.terms)
    found = gen.temp(f"ordered(B, {stream.code}, lambda one: {name}(*one), {directions})")
    return msgspec.structs.replace(stream, code=found.code)


def group(gen: Generator, node: Group, at: Place) -> Value:
    """Return such a path gathered by key."""
    assert isinstance(node.base, Path)
    stream = steps(gen, node.base, at.used())
    stream = msgspec.structs.replace(stream, item=UNKNOWN, held=(UNKNOWN,) * len(stream.held))  # or arrays of what there is
    shown = []
    for pair in node.pairs:
        functions: Sequence[str] = [
            _function(gen, stream, at.used(), lambda place, part=part: gen.value(part, place).code)  # type: ignore[misc]
            for part in (pair.key, pair.value)
        ]
        shown.append(f"({', '.join(functions)}), ")
    return gen.temp(f"stream_group(B, {stream.code}, ({''.join(shown)}))", OBJECT, DEEP, at.loop)


def predicate(gen: Generator, node: Node, filters: Sequence[Stage], at: Place) -> Value:
    """Return predicates on a block that hands on what its values were read from."""
    stream = _opened(gen, node, at.used())
    for stage in filters:
        stream = _staged(gen, stage, stream, at)
    return _values(gen, stream, at)

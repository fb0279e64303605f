"""Tracks a value in static analysis: the places of the root document that it may be, and those that went into it."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from unified_jsonata.syntax.tree import Node


class Read(msgspec.Struct, frozen=True, kw_only=True, order=True, gc=False):
    """A path read from the root document, and the source that reads it.

    Positions and predicates are left out; `*` is a wildcard step, `**` a descendant step, the empty path the
    whole document.
    """

    start: int
    end: int
    path: tuple[str, ...]


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A literal key of an object constructor; `conditional` when some evaluations do not reach it."""

    key: str
    value: "Value"
    node: Node
    start: int
    end: int
    conditional: bool = False


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """An abstract value.

    `aliases` are the places it may be, not yet read: a further step narrows them. `needs` are reads that went
    into it. `fields` are the literal keys when it is an object built here; `opaque` says that it may hold
    others. `literal` is a string known at load time, `function` what calling it gives.
    """

    aliases: frozenset[Read] = frozenset()
    needs: frozenset[Read] = frozenset()
    variables: frozenset[str] = frozenset()
    fields: tuple[Field, ...] | None = None
    opaque: bool = False
    array: bool = False
    literal: str | None = None
    function: "Callable[[Sequence[Value]], Value] | None" = None


NOTHING = Value()
"""A constant: nothing of the document goes into it."""


def uses(value: Value) -> frozenset[Read]:
    """Return every read that consuming the whole value causes."""
    if not value.fields:
        return value.aliases | value.needs if value.needs else value.aliases
    return value.aliases.union(value.needs, *[uses(field.value) for field in value.fields])


def names(value: Value) -> frozenset[str]:
    """Return every unbound variable that went into the value."""
    return value.variables.union(*[names(field.value) for field in value.fields]) if value.fields else value.variables


def join(values: Iterable[Value]) -> Value:
    """Return a value that may be any of several."""
    found = list(values)
    if len(found) == 1:
        return found[0]
    known = [value.fields for value in found if value.fields is not None]
    return Value(
        aliases=frozenset().union(*(value.aliases for value in found)),
        needs=frozenset().union(*(value.needs for value in found)),
        variables=frozenset().union(*(value.variables for value in found)),
        fields=tuple(field for fields in known for field in fields) if known else None,
        opaque=any(value.opaque for value in found),
        array=any(value.array for value in found),
        function=_any_of([value.function for value in found if value.function is not None]),
    )


def _any_of(
    functions: "list[Callable[[Sequence[Value]], Value]]",
) -> "Callable[[Sequence[Value]], Value] | None":
    if len(functions) < 2:  # noqa: PLR2004
        return functions[0] if functions else None
    return lambda arguments: join(function(arguments) for function in functions)


def spent(values: Iterable[Value], *, opaque: bool = True) -> Value:
    """Return a new value computed from whole others: no longer a place in the document."""
    found = list(values)
    return Value(
        needs=frozenset().union(*map(uses, found)),
        variables=frozenset().union(*map(names, found)),
        opaque=opaque,
    )


def needing(value: Value, others: Iterable[Value], *, conditional: bool = False) -> Value:
    """Return the value, which also depends on others being read; its fields then depend on them too."""
    extra = spent(others)
    return _with(value, extra.needs, extra.variables, conditional=conditional)


def _with(value: Value, reads: frozenset[Read], variables: frozenset[str], *, conditional: bool) -> Value:
    if not (reads or variables or conditional):
        return value
    fields = value.fields and tuple(
        msgspec.structs.replace(
            field,
            value=_with(field.value, reads, variables, conditional=False),
            conditional=field.conditional or conditional,
        )
        for field in value.fields
    )
    return msgspec.structs.replace(value, needs=value.needs | reads, variables=value.variables | variables, fields=fields)


def named(value: Value, name: str, start: int, end: int) -> Value:
    """Return the step `value.name`."""
    matching = [field.value for field in value.fields or () if field.key == name]
    return _stepped(value, (name,), matching, start, end)


def every(value: Value, mark: str, start: int, end: int) -> Value:
    """Return the step `value.*` or `value.**` (`mark`)."""
    return _stepped(value, (mark,), [field.value for field in value.fields or ()], start, end)


def _stepped(value: Value, added: tuple[str, ...], matching: list[Value], start: int, end: int) -> Value:
    aliases = frozenset(Read(path=one.path + added, start=start, end=end) for one in value.aliases)
    place = Value(aliases=aliases, needs=value.needs, variables=value.variables, opaque=value.opaque)
    return join([place, *matching]) if matching else place


def parent(value: Value, start: int, end: int) -> Value:
    """Return the step `%`."""
    aliases = frozenset(Read(path=one.path[:-1], start=start, end=end) for one in value.aliases)
    return Value(aliases=aliases, needs=value.needs, variables=value.variables, opaque=value.opaque)


def placed(value: Value, node: Node) -> Value:
    """Return the value where a node names it: the whole document has no source, so the node's counts."""
    if not any(read.path == () for read in value.aliases):
        return value
    aliases = frozenset(read if read.path else Read(path=(), start=node.start, end=node.end) for read in value.aliases)
    return msgspec.structs.replace(value, aliases=aliases)


def mapped(context: Value, result: Value) -> Value:
    """Return the result of something done for each value of a context.

    How many results there are depends on the context: when nothing below it is read, it is read itself. The
    root document is always there, so it is never added.
    """
    below = uses(result)
    unread = frozenset(
        place
        for place in context.aliases
        if place.path and not any(read.path[: len(place.path)] == place.path for read in below)
    )
    return msgspec.structs.replace(
        result,
        needs=result.needs | context.needs | unread,
        variables=result.variables | context.variables,
    )

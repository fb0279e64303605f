"""Describes for the built-in functions how they use the places they get: some pass them on, some read them whole."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from unified_jsonata.analysis.flow import apply
from unified_jsonata.analysis.values import NOTHING, Value, every, join, mapped, named, needing, spent, uses

Native = Callable[[Sequence[Value]], Value]


def _at(arguments: Sequence[Value], position: int) -> Value:
    return arguments[position] if position < len(arguments) else NOTHING


def _key_of(whole: Value) -> Value:
    """Return the name of a field, given to a callback: using it depends on the whole object."""
    return Value(needs=uses(whole))


def _element(whole: Value) -> Value:
    spans = [(read.start, read.end) for read in whole.aliases] or [(0, 0)]
    return every(whole, "*", *min(spans))


def _map(arguments: Sequence[Value]) -> Value:
    items = _at(arguments, 0)
    return mapped(items, apply(_at(arguments, 1), [items, NOTHING, items]))


def _filter(arguments: Sequence[Value]) -> Value:
    items = _at(arguments, 0)
    if len(arguments) == 1:
        return items
    return needing(items, [apply(arguments[1], [items, NOTHING, items])])


def _sift(arguments: Sequence[Value]) -> Value:
    whole = _at(arguments, 0)
    test = apply(_at(arguments, 1), [_element(whole), _key_of(whole), whole])
    return needing(whole, [test], conditional=True)


def _each(arguments: Sequence[Value]) -> Value:
    whole = _at(arguments, 0)
    return mapped(whole, apply(_at(arguments, 1), [_element(whole), _key_of(whole), whole]))


def _reduce(arguments: Sequence[Value]) -> Value:
    items = _at(arguments, 0)
    carried = _at(arguments, 2) if len(arguments) > 2 else items  # noqa: PLR2004
    for _ in range(2):  # what one round gives goes into the next
        carried = join([carried, apply(_at(arguments, 1), [carried, items, NOTHING, items])])
    return mapped(items, carried)


def _sort(arguments: Sequence[Value]) -> Value:
    items = _at(arguments, 0)
    if len(arguments) == 1:
        return needing(items, [items])
    return needing(items, [apply(arguments[1], [items, items])])


def _pass(arguments: Sequence[Value]) -> Value:
    return join(arguments) if arguments else NOTHING


def _append(arguments: Sequence[Value]) -> Value:
    return msgspec.structs.replace(_pass(arguments), array=True)


def _merge(arguments: Sequence[Value]) -> Value:
    return msgspec.structs.replace(_pass(arguments), array=False)


def _lookup(arguments: Sequence[Value]) -> Value:
    whole, key = _at(arguments, 0), _at(arguments, 1)
    if key.literal is None:
        return needing(_element(whole), [key])
    spans = [(read.start, read.end) for read in whole.aliases] or [(0, 0)]
    return named(whole, key.literal, *min(spans))


def opaque(arguments: Sequence[Value]) -> Value:
    """Return an unknown function: it reads all it gets, and may call functions with any of it."""
    given = [argument for argument in arguments if argument.function is None]
    callable_ones = [argument for argument in arguments if argument.function is not None]
    results = [apply(one, [join(given or [NOTHING])] * 3) for one in callable_ones]
    named = [Value(variables=one.variables) for one in callable_ones]  # an unbound variable, which may hold plain data
    return spent([*given, *results, *named])


NATIVES: Mapping[str, Native] = {
    "map": _map,
    "filter": _filter,
    "single": _filter,
    "sift": _sift,
    "each": _each,
    "reduce": _reduce,
    "sort": _sort,
    "append": _append,
    "zip": _append,
    "reverse": _pass,
    "shuffle": _pass,
    "distinct": _pass,
    "clone": _pass,
    "spread": _pass,
    "merge": _merge,
    "lookup": _lookup,
}
"""The functions that pass places on or call a function; every other one is `opaque`."""

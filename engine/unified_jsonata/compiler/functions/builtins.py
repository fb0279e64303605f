"""Calls of the language's functions, checks left out where the kinds are known."""

from collections.abc import Sequence

import msgspec

from unified_jsonata.compiler.functions.fused import FUSED
from unified_jsonata.compiler.functions.idioms import SPECIAL
from unified_jsonata.compiler.functions.invariants import invariant
from unified_jsonata.compiler.writing.arguments import LETTERS, checks, implies_context, once, slow
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import (
    ALL,
    ARRAY,
    CONTAINER,
    DEEP,
    FUNCTION,
    MISSING,
    NULL,
    PLAIN,
    SHALLOW,
    STRING,
    Value,
)
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.runtime.functions.table import BUILTINS, Builtin
from unified_jsonata.syntax.tree import Call, Node, Regex

PATTERNED = frozenset(("contains", "replace", "split", "match"))


SURE = frozenset(("sm", "nm", "bm", "am"))
"""Answers of functions that give UNDEFINED for UNDEFINED only."""


EMPTY = frozenset(("max", "min", "average", "toMillis"))
"""Functions that give UNDEFINED for an empty array, or a text that does not fit, too."""


PASSING = frozenset(
    (
        "append",
        "reverse",
        "shuffle",
        "distinct",
        "sort",
        "lookup",
        "merge",
        "spread",
        "map",
        "filter",
        "single",
        "reduce",
        "each",
        "sift",
        "zip",
        "clone",
        "eval",
        "match",
    )
)
"""Functions with results that hold values of their arguments."""


SAME = frozenset(("reverse", "shuffle", "sort"))
"""Functions that give an array of one value back as it is, so that what a callback has gathered unwraps here."""


def builtin(gen: Generator, name: str, node: Call, first: Sequence[Value], at: Place, *, keep: bool = False) -> Value:
    """Return the value of a call."""
    if first:
        return _called(gen, name, node, first, at, keep=keep)
    return invariant(gen, name, node, at, lambda: _called(gen, name, node, first, at, keep=keep))


def _called(gen: Generator, name: str, node: Call, first: Sequence[Value], at: Place, *, keep: bool) -> Value:
    fused = FUSED.get(name)
    if fused is not None and not first:
        found = fused(gen, node, at)
        if found is not None:
            return found
    inner = at.used()
    values = [*first, *(_argument(gen, name, one, inner) for one in node.arguments)]
    gen.place = node.start
    context = at.context.code if implies_context(BUILTINS[name], values) else None
    return once(
        gen,
        (name, keep, at.plain, at.raw, context, *(value.code for value in values)),
        lambda: _unless_null(gen, name, values, at, keep=keep),
    )


def _unless_null(gen: Generator, name: str, values: Sequence[Value], at: Place, *, keep: bool) -> Value:
    """Compile a call that gives null for null, if the caller asked for that of this function."""
    position = gen.null_passes.get(name, len(values))
    if position >= len(values) or not values[position].may(NULL):
        return _written(gen, name, values, at, keep=keep)
    known = values[position]
    rest = [*values]
    rest[position] = msgspec.structs.replace(known, kind=known.kind & ~NULL)
    found = gen.temp("None")
    with gen.block(f"if {known.code} is not None:"):
        value = _written(gen, name, rest, at, keep=keep)
        gen.line(f"{found.code} = {value.code}")
    return msgspec.structs.replace(value, code=found.code, kind=value.kind | NULL, simple=True)


def _written(gen: Generator, name: str, values: Sequence[Value], at: Place, *, keep: bool) -> Value:
    special = SPECIAL.get(name)
    found = special(gen, values, at) if special is not None else None
    return _checked(gen, BUILTINS[name], values, at, keep=keep) if found is None else found


def _argument(gen: Generator, name: str, node: Node, at: Place) -> Value:
    if isinstance(node, Regex) and name in PATTERNED:
        return Value(gen.pattern(node), FUNCTION, PLAIN, literal=node)
    return gen.simple(gen.value(node, at))


def _checked(gen: Generator, row: Builtin, values: Sequence[Value], at: Place, *, keep: bool) -> Value:
    """Compile a call, with a check of the arguments that have no known kind."""
    given = [at.context, *values] if implies_context(row, values) else list(values)
    level = min([at.loop, *(value.level for value in given if value.kind & CONTAINER)])
    kind = 0
    for letter in row.answers:
        kind |= LETTERS[letter]
    direct = f"fn_{row.name}(B{''.join(f', {value.code}' for value in given)})"
    conditions = checks(row, given)
    unsure = slow(row.name, values, at, complete=len(given) == len(values))
    calls_back = row.calls_back and any(value.may(FUNCTION) and value.literal is msgspec.UNSET for value in given)
    if conditions is None or calls_back:
        found = gen.entered(unsure, kind) if calls_back else gen.temp(unsure, kind)
    elif not conditions:
        surely = row.mute and bool(given) and not given[0].may(MISSING) and row.answers in SURE and row.name not in EMPTY
        kind = kind & ~MISSING if surely else kind
        found = gen.temp(direct, kind)
    else:
        found = gen.temp(f"{direct} if {' and '.join(conditions)} else {unsure}", kind)
    return _settled(gen, row, found.code, kind, given, level, at, keep=keep)


def _settled(
    gen: Generator, row: Builtin, code: str, kind: int, given: Sequence[Value], level: int, at: Place, *, keep: bool
) -> Value:
    """Return the value of a call: what the function gathered unwrapped, its marks known."""
    passes = row.name in PASSING
    found_marks = DEEP if row.name == "match" else PLAIN  # groups that took no part are UNDEFINED
    marks = max(
        (DEEP if value.marks == DEEP else SHALLOW for value in given if value.may(CONTAINER | FUNCTION)), default=found_marks
    )
    marks = max(marks, found_marks)
    marks = (
        PLAIN
        if row.name == "merge" and marks == SHALLOW
        else (marks if passes else SHALLOW if row.answers in ("x", "asm", "aom") else PLAIN)
        if kind & CONTAINER
        else PLAIN
    )
    item = STRING if row.name in ("split", "keys") else ALL
    if row.answers in ("x", "asm", "aom") or (row.name in SAME and marks == DEEP):
        gen.raws += at.raw
        settled = (f"settle_raw({code})" if at.plain else code) if at.raw else f"{'settle_kept' if keep else 'settle'}({code})"
        found = gen.temp(settled, ALL if row.name in SAME else kind | MISSING | ARRAY, marks, level)
        return msgspec.structs.replace(found, item=item)
    return Value(code, kind, marks, level, item=item)

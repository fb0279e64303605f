"""Reading names from objects: the step that mappings are made of."""

from collections.abc import Sequence

import msgspec

from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import ALL, ANY, ARRAY, DEEP, MISSING, OBJECT, PLAIN, SHALLOW, UNDEFINED, Value
from unified_jsonata.compiler.writing.place import Place


def names(gen: Generator, base: Value, keys: Sequence[str], at: Place) -> Value:
    """Return the value of `base.key.key…`; what was read before is taken from where it is."""
    value = gen.simple(base)
    for position, key in enumerate(keys):
        last = position == len(keys) - 1
        value = _name(gen, value, key, plain=at.plain and last)
    return value


def _name(gen: Generator, base: Value, key: str, *, plain: bool) -> Value:
    if not base.kind & (OBJECT | ARRAY):
        return UNDEFINED
    sure = gen.is_object(base)
    listed = base.kind & ARRAY and not sure
    known: Value | None = gen.find((base.code, key, plain))
    if known is not None:
        return known
    marks = DEEP if base.marks == DEEP else PLAIN if plain or not listed else SHALLOW
    read = _read_object(gen, base, key) if sure else _read(gen, base, key, plain=plain)
    found = gen.temp(read, ALL if marks == DEEP else ANY, marks, base.level)
    if base.marks == DEEP:
        gen.line(f"if type({found.code}) in MARKED: {found.code} = joined([{found.code}]{', list' if plain else ''})")
    gen.come_from[found.code] = key
    for either in (plain,) if listed else (True, False):  # both are the same unless it is a list
        gen.remember((base.code, key, either), found)
    return found


def _read_object(gen: Generator, base: Value, key: str) -> str:
    """Return what reads from a value that is an object or nothing; it fails if the value is anything else."""
    getter = gen.find(("get", base.code))
    if getter is None:
        gen.read_root = gen.read_root or base.code == gen.root.code
        getter = gen.name("g")
        gen.line(f"{getter} = {base.code if base.kind == OBJECT else f'({base.code} or EMPTY)'}.get")
        gen.remember(("get", base.code), getter)
    return f"{getter}({gen.quoted(key)}, U)"


def _read(gen: Generator, base: Value, key: str, *, plain: bool) -> str:
    quoted = gen.quoted(key)
    collect = ", list" if plain and base.kind & ARRAY else ""
    if base.kind == OBJECT and base.marks == PLAIN:
        return f"{base.code}.get({quoted}, U)"
    use = ("getter", base.code, collect)
    getter = gen.find(use)
    if getter is None:
        gen.remember(use, Read(len(gen.lines), quoted))
        missing = f"U if {base.code} is U else " if base.may(MISSING) else ""
        return f"{missing}{base.code}.get({quoted}, U) if type({base.code}) is dict else name({base.code}, {quoted}{collect})"
    if isinstance(getter, Read):
        getter = _hoisted(gen, base, getter, collect)
        gen.replace(use, getter)
    return f"{getter}({quoted}, U)"


class Read(msgspec.Struct, frozen=True):
    """The first time that a name was read from a value: the line, and the name as it is written there."""

    line: int
    quoted: str


def _hoisted(gen: Generator, base: Value, first: Read, collect: str) -> str:
    """Return the method that reads from a value, looked up where the first name was read."""
    getter = gen.name("g")
    line = gen.lines[first.line]
    assigned = line[: line.index(" = ")]
    indent = line[: len(line) - len(line.lstrip())]
    made = f"{base.code}.get if type({base.code}) is dict else getter({base.code}{collect})"
    gen.lines[first.line] = f"{indent}{getter} = {made}; {assigned.lstrip()} = {getter}({first.quoted}, U)"
    return getter

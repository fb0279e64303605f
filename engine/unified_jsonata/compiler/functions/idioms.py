"""Frequent calls written in place: Python has an expression for what they do."""

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from unified_jsonata.compiler.writing.arguments import slow
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import (
    ARRAY,
    BOOL,
    DEEP,
    FUNCTION,
    MISSING,
    NUMBER,
    PLAIN,
    STRING,
    Value,
)
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.compiler.writing.truth import truth
from unified_jsonata.syntax.tree import Regex


def _string(gen: Generator, values: Sequence[Value], _: Place) -> Value | None:
    if len(values) != 1 or (values[0].kind & (ARRAY | FUNCTION) == 0 and values[0].kind == STRING):
        return values[0] if len(values) == 1 else None
    code = values[0].code
    return gen.temp(f"{code} if type({code}) is str else fn_string(B, {code})", STRING | values[0].kind & MISSING)


def _exists(_: Generator, values: Sequence[Value], __: Place) -> Value | None:
    if len(values) != 1:
        return None
    if not values[0].may(MISSING):
        return Value("True", BOOL)
    return Value(f"({values[0].code} is not U)", BOOL, simple=False)


def _boolean(_: Generator, values: Sequence[Value], __: Place) -> Value | None:
    if len(values) != 1 or values[0].may(MISSING):
        return None
    return Value(f"(True if {truth(values[0])} else False)", BOOL, simple=False)


def _not(_: Generator, values: Sequence[Value], __: Place) -> Value | None:
    if len(values) != 1 or values[0].may(MISSING):
        return None
    return Value(f"(not {truth(values[0])})", BOOL, simple=False)


def _count(gen: Generator, values: Sequence[Value], _: Place) -> Value | None:
    if len(values) != 1:
        return None
    code = gen.named(values[0]).code
    if values[0].kind == ARRAY:
        return Value(f"len({code})", NUMBER, simple=False)
    return gen.temp(f"len({code}) if isinstance({code}, list) else 0 if {code} is U else 1", NUMBER)


def _append(gen: Generator, values: Sequence[Value], at: Place) -> Value | None:
    if len(values) != 2 or any(value.kind != ARRAY for value in values):  # noqa: PLR2004
        return None
    left, right = values
    gen.line(f"B.items(len({left.code}) + len({right.code}))")
    marks = max(DEEP if value.marks == DEEP else PLAIN for value in values)
    found = gen.temp(f"[*{left.code}, *{right.code}]", ARRAY, marks, min(left.level, right.level, at.loop))
    return msgspec.structs.replace(found, item=left.item | right.item)


def _method(code: str) -> Callable[[Generator, Sequence[Value], Place], Value | None]:
    """Return a function of a string that Python has as an expression."""

    def write(gen: Generator, values: Sequence[Value], at: Place) -> Value | None:
        if len(values) != 1 or not values[0].may(STRING):
            return None
        return of_string(
            gen, code.format(values[0].code), values[0], NUMBER if code.startswith("len") else STRING, CODES[code], values, at
        )

    return write


SHORT = 10_000
"""Characters up to which what is done with a string is not counted."""


def of_string(gen: Generator, direct: str, value: Value, kind: int, name: str, values: Sequence[Value], at: Place) -> Value:
    """Return what a string gives directly, and the function itself for anything else."""
    unsure = slow(name, values, at)
    short = f"len({value.code}) < {SHORT}"
    test = short if value.kind == STRING else f"type({value.code}) is str and {short}"
    return gen.temp(f"{direct} if {test} else {unsure}", kind | value.kind & MISSING)


CODES = {"{0}.lower()": "lowercase", "{0}.upper()": "uppercase", "trimmed({0})": "trim", "len({0})": "length"}


def _contains(gen: Generator, values: Sequence[Value], at: Place) -> Value | None:
    if len(values) != 2 or not values[0].may(STRING):  # noqa: PLR2004
        return None
    text, token = values
    if isinstance(token.literal, Regex):
        return of_string(gen, matches(gen, token.literal, text.code), text, BOOL, "contains", values, at)
    return (
        of_string(gen, f"({token.code} in {text.code})", text, BOOL, "contains", values, at) if token.kind == STRING else None
    )


def matches(gen: Generator, node: Regex, text: str) -> str:
    """Return whether a string matches; patterns that are words with `^` or `$` need no regular expression."""
    word = node.pattern.removeprefix("^").removesuffix("$")
    if node.flags or not WORD.fullmatch(word):
        return f"{gen.pattern(node)}.test(B, {text})"
    begins, ends = node.pattern.startswith("^"), node.pattern.endswith("$")
    if begins and ends:
        return f"({text} == {word!r})"
    if begins or ends:
        return f"{text}.{'startswith' if begins else 'endswith'}({word!r})"
    return f"({word!r} in {text})"


WORD = re.compile("[A-Za-z0-9_ :;,@#=-]+")


def _split(gen: Generator, values: Sequence[Value], at: Place) -> Value | None:
    """Compile a split of a short text at a literal."""
    if len(values) != 2 or not isinstance(values[1].literal, str) or not values[1].literal or not values[0].may(STRING):  # noqa: PLR2004
        return None
    text, token = values
    found = of_string(gen, f"{text.code}.split({token.code})", text, ARRAY, "split", values, at)
    return msgspec.structs.replace(found, item=STRING, level=at.loop)


def _join(gen: Generator, values: Sequence[Value], at: Place) -> Value | None:
    if not 1 <= len(values) <= 2 or (len(values) == 2 and values[1].kind != STRING):  # noqa: PLR2004
        return None
    between = values[1].code if len(values) > 1 else "''"
    found = gen.as_list(values[0]) or values[0].joins
    if found:
        gen.spare.add(values[0].code)
        code = f"joined_list(B, {found}, {between}, {at.context.code})"
        return gen.temp(code, STRING | values[0].kind & MISSING)
    return gen.temp(f"joined_strings(B, {values[0].code}, {between}, {at.context.code})", STRING | values[0].kind & MISSING)


SPECIAL: Mapping[str, Callable[[Generator, Sequence[Value], Place], Value | None]] = {
    "string": _string,
    "exists": _exists,
    "boolean": _boolean,
    "not": _not,
    "count": _count,
    "append": _append,
    "lowercase": _method("{0}.lower()"),
    "uppercase": _method("{0}.upper()"),
    "trim": _method("trimmed({0})"),
    "length": _method("len({0})"),
    "contains": _contains,
    "split": _split,
    "join": _join,
}

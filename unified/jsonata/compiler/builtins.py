"""Calls of the language's functions: checks left out where the kinds are known, frequent uses written in place."""

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from unified.jsonata.compiler import operators
from unified.jsonata.compiler.generator import Generator, truth
from unified.jsonata.compiler.kinds import (
    ALL,
    ARRAY,
    BOOL,
    CONTAINER,
    DEEP,
    FUNCTION,
    MISSING,
    NULL,
    NUMBER,
    OBJECT,
    PLAIN,
    SHALLOW,
    STRING,
    Value,
)
from unified.jsonata.compiler.place import Place
from unified.jsonata.runtime.functions.table import BUILTINS, Builtin
from unified.jsonata.runtime.regex import pattern
from unified.jsonata.runtime.signature import Parameter
from unified.jsonata.syntax.tree import Array, Call, Node, Range, Regex, String, Variable

LETTERS = {"s": STRING, "n": NUMBER, "b": BOOL, "l": NULL, "o": OBJECT, "a": ARRAY, "f": FUNCTION, "m": MISSING, "x": ALL}
CHECKS = {
    "s": "type({0}) is str",
    "n": "(type({0}) is int or type({0}) is float)",
    "b": "type({0}) is bool",
    "o": "type({0}) is dict",
}
"""Python conditions for the letters of a signature."""
PATTERNED = frozenset(("contains", "replace", "split", "match"))
FRESH = frozenset(("random", "shuffle", "error", "assert", "eval"))
"""Functions that are called as often as they are written."""
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
"""Functions whose results hold values they were given."""


def builtin(gen: Generator, name: str, node: Call, first: Sequence[Value], at: Place, *, keep: bool = False) -> Value:
    """The value of a call."""
    fused = FUSED.get(name)
    if fused is not None and not first:
        found = fused(gen, node, at)
        if found is not None:
            return found
    inner = at.used()
    values = [*first, *(_argument(gen, name, one, inner) for one in node.arguments)]
    gen.place = node.start
    return _once(
        gen,
        (name, keep, at.plain, at.raw, *(value.code for value in values)),
        lambda: _written(gen, name, values, at, keep=keep),
    )


def _once(gen: Generator, key: tuple[object, ...], write: Callable[[], Value]) -> Value:
    """A call with the same arguments is made once."""
    if key[0] in FRESH:
        return write()
    known = gen.find(("call", *key))
    if known is None:
        known = write()
        gen.remember(("call", *key), known)
    assert isinstance(known, Value)
    return known


def _written(gen: Generator, name: str, values: Sequence[Value], at: Place, *, keep: bool) -> Value:
    special = SPECIAL.get(name)
    found = special(gen, values, at) if special is not None else None
    return _checked(gen, BUILTINS[name], values, at, keep=keep) if found is None else found


def _argument(gen: Generator, name: str, node: Node, at: Place) -> Value:
    if isinstance(node, Regex) and name in PATTERNED:
        return Value(gen.pattern(node), FUNCTION, PLAIN, literal=node)
    return gen.simple(gen.value(node, at))


def _checked(gen: Generator, row: Builtin, values: Sequence[Value], at: Place, *, keep: bool) -> Value:
    """A call whose arguments are looked at as far as their kinds are not known."""
    parameters = row.signature.parameters
    given = list(values)
    if parameters and len(given) < len(parameters) and parameters[0].context is not None and _takes_context(row, given):
        given = [at.context, *given]
    level = min([at.loop, *(value.level for value in given if value.kind & CONTAINER)])
    kind = 0
    for letter in row.answers:
        kind |= LETTERS[letter]
    direct = f"fn_{row.name}(B{''.join(f', {value.code}' for value in given)})"
    checks = _checks(row, given)
    slow = _slow(row.name, values, at, complete=len(given) == len(values))
    calls_back = any(value.may(FUNCTION) and value.literal is msgspec.UNSET for value in given)
    if checks is None or calls_back:
        found = _entered(gen, slow, kind) if calls_back else gen.temp(slow, kind)
    elif not checks:
        surely = row.mute and bool(given) and not given[0].may(MISSING) and row.answers in SURE and row.name not in EMPTY
        kind = kind & ~MISSING if surely else kind
        found = gen.temp(direct, kind)
    else:
        found = gen.temp(f"{direct} if {' and '.join(checks)} else {slow}", kind)
    return _settled(gen, row, found.code, kind, given, level, at, keep=keep)


def _takes_context(row: Builtin, given: Sequence[Value]) -> bool:
    """Whether so few arguments were given that the context is the first."""
    required = [one for one in row.signature.parameters if not one.pattern.endswith(("?)", "+)")) or one.context is not None]
    return len(given) < len(required)


def _entered(gen: Generator, code: str, kind: int) -> Value:
    gen.enter()
    found = gen.temp(code, kind)
    gen.leave()
    return found


def _checks(row: Builtin, given: Sequence[Value]) -> list[str] | None:
    """Conditions under which the function can be called directly; None when that has to be found out at run time."""
    parameters = row.signature.parameters
    if len(given) > len(parameters) or row.name == "zip":
        return None
    found: list[str] = []
    for position, parameter in enumerate(parameters):
        if position >= len(given):
            if not (parameter.pattern.endswith("?)") and parameter.context is None):
                return None
            continue
        check = _check(parameter, given[position])
        if check is None:
            return None
        if check:
            found.append(check)
    return found


def _check(parameter: Parameter, value: Value) -> str | None:
    """The condition for one argument: empty when it surely fits, None when it cannot be said here."""
    letters = parameter.pattern.strip("()?+[]").replace("m", "")
    if parameter.kind in ("x", "j"):
        return ""
    if parameter.kind == "a":
        return _array_check(parameter, value)
    wanted = MISSING
    for letter in letters:
        wanted |= LETTERS.get(letter, 0)
    if not value.kind & ~wanted:
        return ""
    tests = [CHECKS[letter].format(value.code) for letter in letters if letter in CHECKS and value.may(LETTERS[letter])]
    return f"({' or '.join(tests)})" if len(tests) > 1 else tests[0] if tests else None


def _array_check(parameter: Parameter, value: Value) -> str | None:
    subtype = parameter.subtype
    if value.kind == ARRAY and (subtype is None or not value.item & ~LETTERS[subtype[0]]):
        return ""
    if subtype is None:
        return f"isinstance({value.code}, list)"
    return f"all_{subtype[0]}({value.code})" if subtype[0] in "sno" else None


def _settled(
    gen: Generator, row: Builtin, code: str, kind: int, given: Sequence[Value], level: int, at: Place, *, keep: bool
) -> Value:
    """The value of a call: what the function gathered unwrapped, its marks known."""
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
    if row.answers in ("x", "asm", "aom"):
        gen.raws += at.raw
        settled = (
            f"settle_raw({code}, {'list' if at.plain else 'Sequence'})"
            if at.raw
            else f"{'settle_kept' if keep else 'settle'}({code})"
        )
        found = gen.temp(settled, kind | MISSING | ARRAY, marks, level)
        return msgspec.structs.replace(found, item=item)
    return Value(code, kind, marks, level, item=item)


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
    """A function of a string that Python has as an expression."""

    def write(gen: Generator, values: Sequence[Value], at: Place) -> Value | None:
        if len(values) != 1 or not values[0].may(STRING):
            return None
        return _of_string(
            gen, code.format(values[0].code), values[0], NUMBER if code.startswith("len") else STRING, CODES[code], values, at
        )

    return write


def _of_string(gen: Generator, direct: str, value: Value, kind: int, name: str, values: Sequence[Value], at: Place) -> Value:
    """What a string gives directly, and the function itself for anything else."""
    if value.kind == STRING:
        return gen.temp(direct, kind)
    slow = _slow(name, values, at)
    return gen.temp(f"{direct} if type({value.code}) is str else {slow}", kind | value.kind & MISSING)


def _slow(name: str, values: Sequence[Value], at: Place, *, complete: bool = True) -> str:
    """A call whose arguments are looked at when it runs. `complete`: the context does not stand in for one."""
    codes = (f"regex_function(B, {one.code})" if isinstance(one.literal, Regex) else one.code for one in values)
    parameters = BUILTINS[name].signature.parameters
    others = zip(parameters[1:], values[1:], strict=False)
    fits = complete and len(values) <= len(parameters) and all(_check(parameter, one) == "" for parameter, one in others)
    how = "skip" if fits else "run"
    return f"{how}_{name}(B, {at.context.code}{''.join(f', {code}' for code in codes)})"


CODES = {"{0}.lower()": "lowercase", "{0}.upper()": "uppercase", "trimmed({0})": "trim", "len({0})": "length"}


def _contains(gen: Generator, values: Sequence[Value], at: Place) -> Value | None:
    if len(values) != 2 or not values[0].may(STRING):  # noqa: PLR2004
        return None
    text, token = values
    if isinstance(token.literal, Regex):
        return _of_string(gen, matches(gen, token.literal, text.code), text, BOOL, "contains", values, at)
    return (
        _of_string(gen, f"({token.code} in {text.code})", text, BOOL, "contains", values, at) if token.kind == STRING else None
    )


def matches(gen: Generator, node: Regex, text: str) -> str:
    """Whether a string matches; patterns that are words with `^` or `$` need no regular expression."""
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
    """A split of a short text at a literal."""
    if len(values) != 2 or not isinstance(values[1].literal, str) or not values[1].literal or not values[0].may(STRING):  # noqa: PLR2004
        return None
    text, token = values
    direct = f"{text.code}.split({token.code}) if len({text.code}) < 1000 else fn_split(B, {text.code}, {token.code})"
    found = _of_string(gen, f"({direct})", text, ARRAY, "split", values, at)
    return msgspec.structs.replace(found, item=STRING, level=at.loop)


def _join(gen: Generator, values: Sequence[Value], at: Place) -> Value | None:
    if not 1 <= len(values) <= 2 or (len(values) == 2 and values[1].kind != STRING):  # noqa: PLR2004
        return None
    between = values[1].code if len(values) > 1 else "''"
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


def _lookup(gen: Generator, node: Call, at: Place) -> Value | None:
    """A lookup in an object of literals: Python's own."""
    if len(node.arguments) != 2 or not isinstance(node.arguments[0], Variable):  # noqa: PLR2004
        return None
    binding = at.scope.find(node.arguments[0].name)
    if binding is None or binding.table is None or binding.unsure:
        return None
    table = binding.table
    known = gen.find(("table", binding.name))
    if known is None:
        known = gen.constant(dict(table))
        gen.remember(("table", binding.name), known)
    key = gen.simple(gen.value(node.arguments[1], at.used()))
    gen.place = node.start
    return _once(gen, ("table", known, key.code), lambda: _looked_up(gen, known, table, key, at))


def _looked_up(gen: Generator, known: str, table: Mapping[str, object], key: Value, at: Place) -> Value:
    kind = MISSING
    for value in table.values():
        kind |= {str: STRING, bool: BOOL, type(None): NULL}.get(type(value), NUMBER)
    if key.kind == STRING:
        return gen.temp(f"{known}.get({key.code}, U)", kind)
    slow = f"run_lookup(B, {at.context.code}, {known}, {key.code})"
    return gen.temp(f"{known}.get({key.code}, U) if type({key.code}) is str else {slow}", kind)


def _from_millis(gen: Generator, node: Call, at: Place) -> Value | None:
    """`$fromMillis($toMillis(…))` with literal pictures: one step from text to text."""
    if not 1 <= len(node.arguments) <= 2 or not isinstance(node.arguments[0], Call):  # noqa: PLR2004
        return None
    inner = node.arguments[0]
    if not gen.is_free(inner.function, "toMillis", at) or not 1 <= len(inner.arguments) <= 2:  # noqa: PLR2004
        return None
    pictures = [*inner.arguments[1:], *node.arguments[1:]]
    if not all(isinstance(one, String) for one in pictures):
        return None
    read = inner.arguments[1].value if len(inner.arguments) > 1 and isinstance(inner.arguments[1], String) else None
    write = node.arguments[1].value if len(node.arguments) > 1 and isinstance(node.arguments[1], String) else None
    name = gen.refit(read, write)
    text = gen.simple(gen.value(inner.arguments[0], at.used()))
    gen.place = inner.start
    return _once(gen, ("refit", name, text.code), lambda: _refitted(gen, name, text, at))


def _refitted(gen: Generator, name: str, text: Value, at: Place) -> Value:
    call = f"{name}({text.code})"
    if text.kind == STRING:
        return gen.temp(call, STRING | MISSING)
    return gen.temp(f"{call} if type({text.code}) is str else {_slow('toMillis', [text], at)}", STRING | MISSING)


def _count_fused(gen: Generator, node: Call, at: Place) -> Value | None:
    return counted_range(gen, node.arguments[0], node, at) if len(node.arguments) == 1 else None


def counted_range(gen: Generator, node: Node, call: Call, at: Place) -> Value | None:
    """How many values a range has, the range not being made."""
    if not gen.is_free(call.function, "count", at) or not isinstance(node, Array) or len(node.items) != 1:
        return None
    only = node.items[0]
    if not isinstance(only, Range):
        return None
    low, high = (gen.simple(gen.value(one, at.used())) for one in (only.low, only.high))
    gen.place = only.start
    return gen.temp(f"span_size(B, {low.code}, {high.code})", NUMBER)


def _replace(gen: Generator, node: Call, at: Place) -> Value | None:
    """`$replace(text, /…/, "literal")`: template and pattern prepared once."""
    if len(node.arguments) != 3:  # noqa: PLR2004
        return None
    text, search, template = node.arguments
    if isinstance(search, String) and search.value and isinstance(template, String):
        return _replaced_text(gen, node, search.value, template.value, at)
    if not isinstance(search, Regex) or not isinstance(template, String):
        return None
    prepared = gen.constant(pattern(search.pattern, search.flags).prepare_replace(template.value))
    value = gen.simple(gen.value(text, at.used()))
    gen.place = node.start
    if value.kind == STRING:
        return gen.temp(f"{prepared}(B, {value.code})", STRING)
    slow = f"skip_replace(B, {at.context.code}, {value.code}, 'x', '')"
    return gen.temp(f"{prepared}(B, {value.code}) if type({value.code}) is str else {slow}", STRING | MISSING)


def _replaced_text(gen: Generator, node: Call, search: str, new: str, at: Place) -> Value | None:
    """A literal for a literal, where the text does not become longer."""
    if len(new) > len(search):
        return None
    text = gen.named(gen.value(node.arguments[0], at.used()))
    gen.place = node.start
    if not text.may(STRING):
        return None
    old_code, new_code = operators.constant(gen, search).code, operators.constant(gen, new).code
    values = [text, Value(old_code, STRING), Value(new_code, STRING)]
    direct = f"{text.code}.replace({old_code}, {new_code})"
    return _once(gen, (direct,), lambda: _of_string(gen, direct, text, STRING, "replace", values, at))


def _eval(gen: Generator, node: Call, at: Place) -> Value | None:
    """`$eval`: compiled when it runs, with the variables that are visible here."""
    if not 1 <= len(node.arguments) <= 2:  # noqa: PLR2004
        return None
    source = gen.simple(gen.value(node.arguments[0], at.used()))
    focus = gen.simple(gen.value(node.arguments[1], at.used())) if len(node.arguments) > 1 else at.context
    visible = gen.visible(at)
    gen.place = node.start
    gen.grows = True
    gen.enter()
    found = gen.temp(f"evaluated(B, {source.code}, {focus.code}, {visible}, bound)", ALL, DEEP, -1)
    gen.leave()
    return found


FUSED: Mapping[str, Callable[[Generator, Call, Place], Value | None]] = {
    "lookup": _lookup,
    "fromMillis": _from_millis,
    "count": _count_fused,
    "replace": _replace,
    "eval": _eval,
}

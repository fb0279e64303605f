"""Calls that are cheaper when compiled together with the code around them, or with known literals."""

from collections.abc import Callable, Mapping

from unified_jsonata.compiler.expressions import operators
from unified_jsonata.compiler.functions.idioms import of_string
from unified_jsonata.compiler.paths import sorting
from unified_jsonata.compiler.writing.arguments import once, slow
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import (
    BOOL,
    MISSING,
    NULL,
    NUMBER,
    STRING,
    Value,
)
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.runtime.regex import pattern
from unified_jsonata.syntax.tree import Array, Call, Node, Range, Regex, String, Variable


def _lookup(gen: Generator, node: Call, at: Place) -> Value | None:
    """Compile a lookup in an object of literals as a Python lookup."""
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
    return once(gen, ("table", known, key.code), lambda: _looked_up(gen, known, table, key, at))


def _looked_up(gen: Generator, known: str, table: Mapping[str, object], key: Value, at: Place) -> Value:
    kind = MISSING
    for value in table.values():
        kind |= {str: STRING, bool: BOOL, type(None): NULL}.get(type(value), NUMBER)
    if key.kind == STRING:
        return gen.temp(f"{known}.get({key.code}, U)", kind)
    missing = f"U if {key.code} is U else " if key.may(MISSING) else ""
    slow = f"{missing}run_lookup(B, {at.context.code}, {known}, {key.code})"
    if "lookup" in gen.null_passes and key.may(NULL):
        slow, kind = f"None if {key.code} is None else {slow}", kind | NULL
    return gen.temp(f"{known}.get({key.code}, U) if type({key.code}) is str else {slow}", kind)


def _from_millis(gen: Generator, node: Call, at: Place) -> Value | None:
    """Compile `$fromMillis($toMillis(…))` with literal pictures: one step from text to text."""
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
    return once(gen, ("refit", name, text.code), lambda: _refitted(gen, name, text, at))


def _refitted(gen: Generator, name: str, text: Value, at: Place) -> Value:
    call = f"{name}({text.code})"
    if text.kind == STRING:
        return gen.temp(call, STRING | MISSING)
    return gen.temp(f"{call} if type({text.code}) is str else {slow('toMillis', [text], at)}", STRING | MISSING)


def _count_fused(gen: Generator, node: Call, at: Place) -> Value | None:
    return counted_range(gen, node.arguments[0], node, at) if len(node.arguments) == 1 else None


def counted_range(gen: Generator, node: Node, call: Call, at: Place) -> Value | None:
    """Return how many values a range has, the range not being made."""
    if not gen.is_free(call.function, "count", at) or not isinstance(node, Array) or len(node.items) != 1:
        return None
    only = node.items[0]
    if not isinstance(only, Range):
        return None
    low, high = (gen.simple(gen.value(one, at.used())) for one in (only.low, only.high))
    gen.place = only.start
    return gen.temp(f"span_size(B, {low.code}, {high.code})", NUMBER)


def _replace(gen: Generator, node: Call, at: Place) -> Value | None:
    """Compile `$replace(text, /…/, "literal")`: template and pattern prepared once."""
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
    """Compile the replacement of a literal by a literal, where the text does not become longer."""
    if len(new) > len(search):
        return None
    text = gen.named(gen.value(node.arguments[0], at.used()))
    gen.place = node.start
    if not text.may(STRING):
        return None
    old_code, new_code = operators.constant(gen, search).code, operators.constant(gen, new).code
    values = [text, Value(old_code, STRING), Value(new_code, STRING)]
    direct = f"{text.code}.replace({old_code}, {new_code})"
    return once(
        gen, ("replaced", text.code, old_code, new_code), lambda: of_string(gen, direct, text, STRING, "replace", values, at)
    )


def _eval(gen: Generator, node: Call, at: Place) -> Value | None:
    """Compile `$eval`: compiled when it runs, with the variables that are visible here."""
    if not 1 <= len(node.arguments) <= 2:  # noqa: PLR2004
        return None
    source = gen.simple(gen.value(node.arguments[0], at.used()))
    focus = gen.simple(gen.value(node.arguments[1], at.used())) if len(node.arguments) > 1 else at.context
    visible = gen.visible(at)
    gen.place = node.start
    gen.grows = True
    return gen.entered(f"evaluated(B, {source.code}, {focus.code}, {visible}, bound)")


FUSED: Mapping[str, Callable[[Generator, Call, Place], Value | None]] = {
    "lookup": _lookup,
    "fromMillis": _from_millis,
    "count": _count_fused,
    "replace": _replace,
    "eval": _eval,
    "sort": sorting.by_comparison,
}

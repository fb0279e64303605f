"""Splits the arguments of a built-in function's call into facts known now and checks for the run."""

from collections.abc import Callable, Sequence

from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import (
    ALL,
    ARRAY,
    BOOL,
    FUNCTION,
    MISSING,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    Value,
)
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.runtime.functions.table import BUILTINS, Builtin
from unified_jsonata.runtime.signature import Parameter
from unified_jsonata.syntax.tree import Regex

LETTERS = {"s": STRING, "n": NUMBER, "b": BOOL, "l": NULL, "o": OBJECT, "a": ARRAY, "f": FUNCTION, "m": MISSING, "x": ALL}


CHECKS = {
    "s": "type({0}) is str",
    "n": "(type({0}) is int or type({0}) is float)",
    "b": "type({0}) is bool",
    "o": "type({0}) is dict",
}
"""Python conditions for the letters of a signature."""


def once(gen: Generator, key: tuple[object, ...], write: Callable[[], Value]) -> Value:
    """Write a call once for the same arguments."""
    if key[0] in FRESH:
        return write()
    known = gen.find(("call", *key))
    if known is None:
        known = write()
        gen.remember(("call", *key), known)
    assert isinstance(known, Value)
    return known


FRESH = frozenset(("random", "shuffle", "error", "assert", "eval"))
"""Functions that are called as often as they are written."""


def checks(row: Builtin, given: Sequence[Value]) -> list[str] | None:
    """Return conditions under which the function can be called directly; None when that has to be found out at run time."""
    parameters = row.signature.parameters
    if len(given) > len(parameters) or row.name == "zip":
        return None
    found: list[str] = []
    for position, parameter in enumerate(parameters):
        if position >= len(given):
            if not (parameter.pattern.endswith("?)") and parameter.context is None):
                return None
            continue
        condition = check(parameter, given[position])
        if condition is None:
            return None
        if condition:
            found.append(condition)
    return found


def check(parameter: Parameter, value: Value) -> str | None:
    """Return the condition for one argument: empty when it always fits, None when that is not known at compile time."""
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


def slow(name: str, values: Sequence[Value], at: Place, *, complete: bool = True) -> str:
    """Return a call that checks its arguments when it runs. `complete`: the context does not replace a missing one."""
    codes = (f"regex_function(B, {one.code})" if isinstance(one.literal, Regex) else one.code for one in values)
    parameters = BUILTINS[name].signature.parameters
    others = zip(parameters[1:], values[1:], strict=False)
    fits = complete and len(values) <= len(parameters) and all(check(parameter, one) == "" for parameter, one in others)
    how = "skip" if fits else "run"
    return f"{how}_{name}(B, {at.context.code}{''.join(f', {code}' for code in codes)})"


def implies_context(row: Builtin, given: Sequence[Value]) -> bool:
    """Return whether so few arguments were given that the context is the first."""
    parameters = row.signature.parameters
    if not parameters or parameters[0].context is None:
        return False
    required = [one for one in parameters if not one.pattern.endswith(("?)", "+)")) or one.context is not None]
    return len(given) < len(required)

"""Functions of strings. Lengths and positions count characters (code points), as the language does."""

from typing import Any

from unified_jsonata.runtime.budget import CHARACTERS, Budget, charge
from unified_jsonata.runtime.numbers import EXACT
from unified_jsonata.runtime.text import text
from unified_jsonata.undefined import UNDEFINED

LONG = 1_000
"""Length from which work on an existing string is counted."""


def string(budget: Budget, value: Any, pretty: Any = UNDEFINED) -> Any:
    """Evaluate `$string`: a string as it is, all else as JSON, indented when `pretty`.

    D3001 for numbers that are not finite.
    """
    if type(value) is str or value is UNDEFINED:
        return value
    if type(value) is int and -EXACT < value < EXACT:
        return str(value)
    return budget.text(text(value, pretty=pretty is True))


def length(_: Budget, value: Any) -> Any:
    """Evaluate `$length`."""
    return UNDEFINED if value is UNDEFINED else len(value)


def lowercase(budget: Budget, value: Any) -> Any:
    """Evaluate `$lowercase`."""
    return UNDEFINED if value is UNDEFINED else budget.text(value.lower())


def uppercase(budget: Budget, value: Any) -> Any:
    """Evaluate `$uppercase`."""
    return UNDEFINED if value is UNDEFINED else budget.text(value.upper())


def trim(_: Budget, value: Any) -> Any:
    """Evaluate `$trim`: white space at the ends removed, inside made one space; white space is space, tab and line ends."""
    return UNDEFINED if value is UNDEFINED else trimmed(value)


def trimmed(value: str) -> str:
    """Return a string without superfluous white space."""
    if len(value) > LONG:
        charge(len(value) >> CHARACTERS)
    if not value.isprintable():  # printable: neither tab nor line end
        value = value.replace("\n", " ").replace("\t", " ").replace("\r", " ")
    while "  " in value:
        value = value.replace("  ", " ")
    return value.strip(" ")


def substring(budget: Budget, value: Any, start: Any, size: Any = UNDEFINED) -> Any:
    """Evaluate `$substring`: a negative start counts from the end; fractions are cut off."""
    if value is UNDEFINED:
        return UNDEFINED
    if len(value) > LONG:
        budget.spend(len(value) >> CHARACTERS)
    first = 0 if start is UNDEFINED or len(value) + start < 0 else start
    if size is not UNDEFINED and start is UNDEFINED:
        return ""
    if size is UNDEFINED:
        return value[_cut(first) :]
    if size <= 0:
        return ""
    last = first + size if first >= 0 else len(value) + first + size
    return value[_cut(first) : max(_cut(last), 0)] if last >= 0 else ""


def _cut(number: float) -> int:
    return 0 if number != number else int(max(min(number, 2**62), -(2**62)))  # noqa: PLR0124 - not a number


def substring_before(budget: Budget, value: Any, chars: Any) -> Any:
    """Evaluate `$substringBefore`: the whole string when `chars` does not occur."""
    if value is UNDEFINED:
        return UNDEFINED
    if len(value) > LONG:
        budget.spend(len(value) >> CHARACTERS)
    return value if chars is UNDEFINED or (at := value.find(chars)) < 0 else value[:at]


def substring_after(budget: Budget, value: Any, chars: Any) -> Any:
    """Evaluate `$substringAfter`: the whole string when `chars` does not occur."""
    if value is UNDEFINED:
        return UNDEFINED
    if len(value) > LONG:
        budget.spend(len(value) >> CHARACTERS)
    return value if chars is UNDEFINED or (at := value.find(chars)) < 0 else value[at + len(chars) :]


def pad(budget: Budget, value: Any, width: Any, chars: Any = UNDEFINED) -> Any:
    """Evaluate `$pad`: to the right up to `width` characters, to the left when it is negative."""
    if value is UNDEFINED:
        return UNDEFINED
    if width is UNDEFINED:
        return value
    fill = " " if chars is UNDEFINED or not chars else chars
    missing = abs(width) - len(value)
    if not missing >= 1:  # not a number neither
        return value
    budget.room(_cut(abs(width)))
    count = int(missing)
    filling = (fill * (count // len(fill) + 1))[:count]
    return filling + value if width < 0 else value + filling


def join(budget: Budget, values: Any, separator: Any = UNDEFINED) -> Any:
    """Evaluate `$join`."""
    if values is UNDEFINED:
        return UNDEFINED
    between = "" if separator is UNDEFINED else separator
    budget.room(sum(map(len, values)) + len(between) * len(values))
    return between.join(values)

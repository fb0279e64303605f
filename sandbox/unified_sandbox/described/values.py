"""Values inside stored records: found by dotted paths, and compared with what a request says."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from unified_sandbox.described.moments import read_moment


def values_at(record: Any, path: str) -> Iterator[Any]:
    """Give the values at a dotted path, those in lists one by one; nothing where a key is missing or null."""
    head, _, rest = path.partition(".")
    if isinstance(record, list):
        for one in record:
            yield from values_at(one, path)
    elif isinstance(record, dict) and record.get(head) is not None:
        value = record[head]
        if rest:
            yield from values_at(value, rest)
        elif isinstance(value, list):
            yield from value
        else:
            yield value


def argument_at(arguments: Any, name: str) -> Any:
    """Return an argument by its name, or by a dotted path into a body; None where there is none."""
    if isinstance(arguments, dict) and name in arguments:
        return arguments[name]
    for key in name.split("."):
        if not isinstance(arguments, dict):
            return None
        arguments = arguments.get(key)
    return arguments


def same(value: Any, wanted: Any) -> bool:
    """Return whether a stored value is the one that an argument says, which is text in a query."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return str(value).lower() == str(wanted).lower()
    if isinstance(value, int | float) and isinstance(wanted, int | float):
        return value == wanted
    if isinstance(value, str) and isinstance(wanted, str):
        return value == wanted or _same_moment(value, wanted)
    return str(value) == str(wanted)


def _same_moment(one: str, other: str) -> bool:
    moments = read_moment(one), read_moment(other)
    return None not in moments and moments[0] == moments[1]


def order_key(value: Any) -> tuple[int, Any]:
    """Return what values are compared by: missing ones first, then numbers, moments and texts among themselves."""
    if value is None:
        return (0, 0)
    if isinstance(value, bool | int | float):
        return (1, value)
    moment = read_moment(value)
    return (2, moment) if moment is not None else (3, str(value).casefold())


def compared(value: Any, wanted: Any) -> int:
    """Return -1, 0 or 1 as a stored value is before, at or after what an argument says."""
    left, right = order_key(value), order_key(_typed(wanted, value))
    return (left > right) - (left < right)


def _typed(wanted: Any, like: Any) -> Any:
    """Return what an argument says in the type of the stored value: a number, or a moment given in seconds."""
    if not isinstance(wanted, str | int | float):
        return wanted
    try:
        number = float(wanted)
    except ValueError:
        return wanted
    if isinstance(like, str) and read_moment(like) is not None:
        is_ms = number > 1e11
        return datetime.fromtimestamp(number / 1000 if is_ms else number, UTC).isoformat()
    return wanted if isinstance(like, str) else number


def _is_one(value: Any, wanted: Any) -> bool:
    return any(same(value, one) for one in (wanted if isinstance(wanted, list) else [wanted]))


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": same,
    "in": _is_one,
    "gt": lambda value, wanted: compared(value, wanted) > 0,
    "gte": lambda value, wanted: compared(value, wanted) >= 0,
    "lt": lambda value, wanted: compared(value, wanted) < 0,
    "lte": lambda value, wanted: compared(value, wanted) <= 0,
    "contains": lambda value, wanted: str(wanted).casefold() in str(value).casefold(),
    "starts": lambda value, wanted: str(value).casefold().startswith(str(wanted).casefold()),
}
"""How one stored value is compared with an argument."""


def matches(record: Any, field: str, operator: str, wanted: Any) -> bool:
    """Return whether a record meets a condition; of a list, one value is enough."""
    found = list(values_at(record, field))
    if operator == "ne":
        return not any(same(one, wanted) for one in found)
    if operator == "is_null":
        return (not found) == (str(wanted).lower() == "true")
    return any(OPERATORS[operator](one, wanted) for one in found)

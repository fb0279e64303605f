"""Gives a planted record the shape of existing ones: missing values are filled in, and values that do not fit are refused.

The stand-ins' code relies on the keys and types of its first data. So that data decides what fits at a place: a key
that all records have is needed, and a value is of one of the types that occur there.
"""

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from unified_sandbox.messages import Record

FEW = 12
"""Different texts up to which a place counts as one of fixed words."""
_DIGITS = re.compile(r"\d")
_NAMES: dict[type, str] = {
    bool: "a boolean",
    int: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """The common shape of all records of a resource at one place."""

    kinds: frozenset[type]
    nullable: bool
    needed: dict[str, "Shape"]
    """Keys of every object here."""
    others: "Shape | None"
    """Of the values of the other keys, which some objects have."""
    items: "Shape | None"
    """Of the elements of lists."""
    usual: Any
    """The value where none is given."""
    pattern: str | None
    """Of texts that are all written alike, such as times: with 0 for each digit."""
    optional: dict[str, "Shape"]


def shape_of(values: Iterable[Any], *, nullable: bool = False) -> Shape:
    """Return the shape of the values at one place; `nullable` allows null everywhere."""

    def within(values: Iterable[Any]) -> Shape:
        return shape_of(values, nullable=nullable)

    found = list(values)
    objects = [one for one in found if isinstance(one, dict)]
    keys = set.intersection(*(set(one) for one in objects)) if objects else set()
    every = {key for one in objects for key in one}
    named = len(every) <= 4 * max(len(keys), 4)  # otherwise the keys are ids, and say nothing
    elements = [element for one in found if isinstance(one, list) for element in one]
    rest = [value for one in objects for key, value in one.items() if key not in keys]
    optional = every - keys if named else set()
    return Shape(
        kinds=frozenset(_kind(one) for one in found),
        nullable=nullable or not found or None in found,
        needed={key: within(one[key] for one in objects) for key in sorted(keys)},
        optional={key: within(one[key] for one in objects if key in one) for key in sorted(optional)},
        others=within(rest) if rest and not named else None,
        items=within(elements) if elements else None,
        usual=_usual(found),
        pattern=_pattern(found),
    )


def fitted(value: Any, shape: Shape, place: str = "") -> Any:
    """Return the value with what it lacks; ValueError names the place of what does not fit."""
    if value is None:
        return None if shape.nullable else blank(shape)
    kind = _kind(value)
    if kind not in shape.kinds:
        expected = " or ".join(sorted(_NAMES[one] for one in shape.kinds))
        raise ValueError(f"{place or '/'}: expected {expected}, got {_NAMES[kind]}.")
    if shape.pattern is not None and isinstance(value, str) and _DIGITS.sub("0", value) != shape.pattern:
        raise ValueError(f"{place}: expected text such as {shape.usual!r}.")
    if isinstance(value, dict):
        return {key: _at(key, value, shape, place) for key in (*value, *(one for one in shape.needed if one not in value))}
    if isinstance(value, list) and shape.items is not None:
        return [fitted(one, shape.items, f"{place}/{n}") for n, one in enumerate(value)]
    return value


def _at(key: str, record: Record, shape: Shape, place: str) -> Any:
    known = shape.needed.get(key) or shape.optional.get(key) or shape.others
    if key not in record:
        return blank(shape.needed[key])
    return record[key] if known is None else fitted(record[key], known, f"{place}/{key}")


def blank(shape: Shape) -> Any:
    """Return the value where none is given."""
    if isinstance(shape.usual, dict):
        return {key: blank(one) for key, one in shape.needed.items()}
    return copy.deepcopy(shape.usual)


def _usual(found: list[Any]) -> Any:
    """Return null where it is allowed, an empty list, or a text of the kind that occurs there."""
    if not found or None in found:
        return None
    first = found[0]
    if isinstance(first, list):
        return []
    if not isinstance(first, str):
        return first
    texts = {one for one in found if isinstance(one, str)}
    return first if _pattern(found) is not None or len(texts) <= FEW else ""


def _pattern(found: list[Any]) -> str | None:
    texts = {_DIGITS.sub("0", one) for one in found if isinstance(one, str)}
    only = texts.pop() if len(texts) == 1 else ""
    return only if "0" in only and len(only) > 4 else None


def _kind(value: Any) -> type:
    if isinstance(value, bool):
        return bool
    if isinstance(value, int | float):
        return int
    for one in (str, list, dict):
        if isinstance(value, one):
            return one
    return type(None)


def own_ids(record: Record, rows: Mapping[str, Record], id_: str) -> Record:
    """Return the record with its id in each key in which the first records have theirs."""
    keys = [key for key in next(iter(rows.values()), {}) if all(str(one.get(key)) == at for at, one in rows.items())]
    typed = {key: type(next(iter(rows.values()))[key]) for key in keys}
    if any(one is int for one in typed.values()) and not id_.isdecimal():
        raise ValueError(f"The id must be a number, got {id_!r}.")
    return {**record, **{key: kind(id_) for key, kind in typed.items() if record.get(key) is None}}

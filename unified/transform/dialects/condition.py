"""A condition as a dialect gets it: the provider's field, and values that need only be written down."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from unified.catalog.filter_rows import Operator

Kind = Literal["text", "number", "boolean", "date", "datetime"]
KINDS: frozenset[Kind] = frozenset({"text", "number", "boolean", "date", "datetime"})
EQUAL: frozenset[Operator] = frozenset({"eq", "in"})
UP: frozenset[Operator] = frozenset({"gte", "lt"})
"""Bounds that are rounded up to whole seconds where a provider knows no fractions; others are rounded down."""
RANGES: frozenset[Operator] = frozenset({"gt", "gte", "lt", "lte"})
SIGNS: dict[Operator, str] = {"eq": "=", "ne": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
"""Operators as most query languages write them."""


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One condition; `in` has one value or more, every other operator one."""

    field: str
    operator: Operator
    kind: Kind
    values: tuple[Any, ...]
    """Texts, numbers, booleans; days as `2026-01-31`, times as RFC 3339 text in UTC."""

    @property
    def value(self) -> Any:
        """The only value."""
        return self.values[0]


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's language for conditions."""

    render: Callable[[Sequence[Condition]], Any]
    """From conditions, of which a record must meet all, to what the mapping's expressions get as `$filters`."""
    operators: frozenset[Operator]
    """The operators that it can express."""
    default: tuple[Operator, ...] = ("eq", "in")
    """The operators of a row without any; for numbers and times, all of its comparisons."""
    kinds: frozenset[Kind] = KINDS
    """The kinds of values that it can write."""
    has_names: bool = False
    """Whether a row may have `names`: a field for each operator."""
    one_row_a_field: bool = False
    """Whether two rows cannot have one field: two conditions on it would be alternatives, or one would replace the other."""


def whole_seconds(operator: Operator, text: str) -> datetime:
    """Return a time in whole seconds, so that a condition means the same: rounded up for `gte` and `lt`, down for others.

    The last second of the calendar, after which there is no other, is never rounded up.
    """
    time = datetime.fromisoformat(text)
    second = time.replace(microsecond=0)
    try:
        return second + timedelta(seconds=1 if operator in UP and time.microsecond else 0)
    except OverflowError:
        return second

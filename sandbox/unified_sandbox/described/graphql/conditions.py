"""Conditions by field, as many GraphQL APIs have them: `{team: {key: {eq: "A"}}, or: [{title: {contains: "x"}}]}`."""

from collections.abc import Callable
from typing import Any

import msgspec

from unified_sandbox.described.refusing import refuse
from unified_sandbox.described.values import compared, same
from unified_sandbox.messages import Record

Related = Callable[[Record, str, str], Any]
"""Record, its type and a field → the record that the field leads to, a list of records, or None."""


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Compares records with conditions."""

    type_of: Callable[[str, str], str]
    """Type and field → the type of the field."""
    types: frozenset[str]
    """The types of records."""
    related: Related

    def holds(self, record: Record, type_: str, conditions: dict[str, Any]) -> bool:
        """Return whether a record meets all conditions; null is not a condition."""
        return all(self._one(record, type_, name, wanted) for name, wanted in conditions.items() if wanted is not None)

    def _one(self, record: Record, type_: str, name: str, wanted: Any) -> bool:
        if name in {"and", "or"}:
            found = (self.holds(record, type_, one) for one in wanted)
            return all(found) if name == "and" else any(found)
        inner = self.type_of(type_, name)
        if inner not in self.types:
            return all(_compare(record.get(name), how, one) for how, one in wanted.items())
        other = self.related(record, type_, name)
        return self._list(other, inner, wanted) if isinstance(other, list) else self._linked(other, inner, wanted)

    def _linked(self, other: Record | None, type_: str, wanted: dict[str, Any]) -> bool:
        """Compare the record that a field leads to, which may be none."""
        if wanted.get("null") is not None and wanted["null"] != (other is None):
            return False
        rest = {name: one for name, one in wanted.items() if name != "null"}
        return not rest if other is None else self.holds(other, type_, rest)

    def _list(self, others: list[Record], type_: str, wanted: dict[str, Any]) -> bool:
        """Compare a list of records: `some` and `every`, or what one of them must meet."""
        ways = {"some": any, "every": all}
        named = [ways[how](self.holds(one, type_, inner) for one in others) for how, inner in wanted.items() if how in ways]
        rest = {name: one for name, one in wanted.items() if name not in ways}
        return all(named) and (not rest or any(self.holds(one, type_, rest) for one in others))


def _folded(value: Any) -> str:
    return str(value).casefold()


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": same,
    "neq": lambda value, wanted: not same(value, wanted),
    "in": lambda value, wanted: any(same(value, one) for one in wanted),
    "nin": lambda value, wanted: not any(same(value, one) for one in wanted),
    "eqIgnoreCase": lambda value, wanted: _folded(value) == _folded(wanted),
    "contains": lambda value, wanted: str(wanted) in str(value),
    "containsIgnoreCase": lambda value, wanted: _folded(wanted) in _folded(value),
    "startsWith": lambda value, wanted: str(value).startswith(str(wanted)),
    "endsWith": lambda value, wanted: str(value).endswith(str(wanted)),
    "gt": lambda value, wanted: compared(value, wanted) > 0,
    "gte": lambda value, wanted: compared(value, wanted) >= 0,
    "lt": lambda value, wanted: compared(value, wanted) < 0,
    "lte": lambda value, wanted: compared(value, wanted) <= 0,
}
"""How a value is compared; a missing value meets none of them but `neq` and `nin`."""


def _compare(value: Any, how: str, wanted: Any) -> bool:
    if how == "null":
        return wanted is None or (value is None) == wanted
    if how not in COMPARISONS:
        refuse("invalid_query", f"{how}: this comparison is not described in the sandbox.", how)
    if value is None:
        return how in {"neq", "nin"}
    return COMPARISONS[how](value, wanted)

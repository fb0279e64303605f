"""Encoded queries of ServiceNow: `field=value` joined by `^`, without quotes."""

from collections.abc import Sequence
from typing import Any

from unified.transform.dialects.condition import EQUAL, RANGES, SIGNS, Condition, Dialect, whole_seconds
from unified.transform.functions.literals import sysparm

WORDS = {"in": "IN", "contains": "LIKE"}


def _render(conditions: Sequence[Condition]) -> str:
    return "^".join(map(_condition, conditions))


def _condition(one: Condition) -> str:
    written = [_value(one, value) for value in one.values]
    sign = WORDS.get(one.operator) or SIGNS[one.operator]
    return f"{one.field}{sign}{sysparm(written) if one.operator == 'in' else sysparm(written[0])}"


def _value(one: Condition, value: Any) -> Any:
    """Return a value as the server has it: times in UTC, without fractions of a second."""
    return whole_seconds(one.operator, value).strftime("%Y-%m-%d %H:%M:%S") if one.kind == "datetime" else value


SYSPARM = Dialect(render=_render, operators=EQUAL | RANGES | {"contains"})

"""SOQL, the query language of Salesforce: the text of a WHERE."""

from collections.abc import Sequence
from typing import Any

from unified.transform.dialects.condition import EQUAL, RANGES, SIGNS, Condition, Dialect, Kind
from unified.transform.functions.literals import soql, soql_like, soql_time


def _render(conditions: Sequence[Condition]) -> str:
    return " AND ".join(map(_condition, conditions))


def _condition(one: Condition) -> str:
    if one.operator == "contains":
        return f"{one.field} LIKE {soql_like(one.value)}"
    written = [_literal(one.kind, value) for value in one.values]
    if one.operator == "in":
        return f"{one.field} IN ({', '.join(written)})"
    return f"{one.field} {SIGNS[one.operator]} {written[0]}"


def _literal(kind: Kind, value: Any) -> str:
    if kind == "date":
        return str(value)
    return str(soql_time(value) if kind == "datetime" else soql(value))


SOQL = Dialect(render=_render, operators=EQUAL | RANGES | {"ne", "contains"})

"""Zendesk's search: `keyword:value` words, of which those with one keyword are alternatives."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from unified.transform.dialects.condition import EQUAL, RANGES, SIGNS, Condition, Dialect
from unified.transform.functions.literals import zql

UP = frozenset({"gte", "lt"})
"""Bounds that are rounded up to whole seconds, which is all that the search knows; others are rounded down."""


def _render(conditions: Sequence[Condition]) -> str:
    return " ".join(map(_condition, conditions))


def _condition(one: Condition) -> str:
    sign = ":" if one.operator in EQUAL else SIGNS[one.operator]
    return " ".join(f"{one.field}{sign}{_literal(one, value)}" for value in one.values)


def _literal(one: Condition, value: Any) -> str:
    if one.kind == "datetime":
        time = datetime.fromisoformat(value)
        more = timedelta(seconds=1) if one.operator in UP and time.microsecond else timedelta()
        return (time.replace(microsecond=0) + more).isoformat().replace("+00:00", "Z")
    return str(value if one.kind == "date" else zql(value))


ZENDESK = Dialect(render=_render, operators=EQUAL | RANGES, one_row_a_field=True)

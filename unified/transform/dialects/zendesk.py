"""Zendesk's search: `keyword:value` words, of which those with one keyword are alternatives."""

from collections.abc import Sequence
from typing import Any

from unified.text.formatting_times import time_text
from unified.transform.dialects.condition import EQUAL, RANGES, SIGNS, Condition, Dialect, whole_seconds
from unified.transform.functions.literals import zql
from unified.transform.refusal import ValueRefused


def _render(conditions: Sequence[Condition]) -> str:
    return " ".join(map(_condition, conditions))


def _condition(one: Condition) -> str:
    sign = ":" if one.operator in EQUAL else SIGNS[one.operator]
    return " ".join(f"{one.field}{sign}{_literal(one, value)}" for value in one.values)


def _literal(one: Condition, value: Any) -> str:
    if one.kind == "datetime":
        return time_text(whole_seconds(one.operator, value))
    if '"' in str(value):
        raise ValueRefused("expected text without quotes, which this search cannot hold", value=value)
    return str(value if one.kind == "date" else zql(value))


ZENDESK = Dialect(render=_render, operators=EQUAL | RANGES, one_row_a_field=True)

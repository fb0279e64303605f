"""HubSpot's search: a list of filter objects."""

from collections.abc import Sequence
from typing import Any

from unified.transform.dialects.condition import EQUAL, RANGES, Condition, Dialect, Kind
from unified.transform.dialects.values import millis, plain_text

OPERATORS = {"eq": "EQ", "in": "IN", "gt": "GT", "gte": "GTE", "lt": "LT", "lte": "LTE"}


def _render(conditions: Sequence[Condition]) -> list[dict[str, Any]]:
    return [_condition(one) for one in conditions]


def _condition(one: Condition) -> dict[str, Any]:
    written = [_text(one.kind, value) for value in one.values]
    values = {"values": written} if one.operator == "in" else {"value": written[0]}
    return {"propertyName": one.field, "operator": OPERATORS[one.operator], **values}


def _text(kind: Kind, value: Any) -> str:
    """Return a value as text: times are milliseconds since 1970."""
    return str(millis(value)) if kind == "datetime" else plain_text(value)


# `IN` compares texts only if they are in lower case, so a row must ask for it.
HUBSPOT = Dialect(render=_render, operators=EQUAL | RANGES, default=("eq",))

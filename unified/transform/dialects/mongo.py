"""Filters in the manner of MongoDB: `[{"value": {"amount": {"$gte": 5}}}]` for `value.amount`, to be joined by `$and`."""

from collections.abc import Sequence
from typing import Any

from unified.transform.dialects.condition import EQUAL, RANGES, Condition, Dialect


def _render(conditions: Sequence[Condition]) -> list[dict[str, Any]]:
    return [_condition(one) for one in conditions]


def _condition(one: Condition) -> dict[str, Any]:
    found: Any = {f"${one.operator}": list(one.values) if one.operator == "in" else one.value}
    for step in reversed(one.field.split(".")):
        found = {step: found}
    return found  # type: ignore[no-any-return]


MONGO = Dialect(render=_render, operators=EQUAL | RANGES | {"ne", "contains"}, default=("eq",))

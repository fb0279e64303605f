"""Filter objects of GraphQL APIs: `{"assignee": {"id": {"eq": "7"}}}` for the field `assignee.id`."""

from collections.abc import Sequence
from typing import Any

from unified.transform.dialects.condition import EQUAL, RANGES, Condition, Dialect


def _render(conditions: Sequence[Condition]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in conditions:
        place = found
        for step in one.field.split("."):
            place = place.setdefault(step, {})
        place[one.operator] = list(one.values) if one.operator == "in" else one.value
    return found


GRAPHQL = Dialect(render=_render, operators=EQUAL | RANGES | {"contains"}, one_row_a_field=True)

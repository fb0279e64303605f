"""Plain query parameters: `name=value`, a list repeats the name; ranges have a name for each operator."""

from collections.abc import Sequence
from typing import Any

from unified.transform.dialects.condition import EQUAL, RANGES, Condition, Dialect


def _render(conditions: Sequence[Condition]) -> dict[str, Any]:
    return {one.field: list(one.values) if one.operator == "in" else one.value for one in conditions}


QUERY = Dialect(render=_render, operators=EQUAL | RANGES | {"contains"}, default=("eq",), has_names=True, one_row_a_field=True)

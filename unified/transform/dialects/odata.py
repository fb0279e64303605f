"""OData: the text of a `$filter`."""

from collections.abc import Sequence
from typing import Any

from unified.transform.dialects.condition import EQUAL, RANGES, Condition, Dialect, Kind
from unified.transform.functions.literals import odata


def _render(conditions: Sequence[Condition]) -> str:
    return " and ".join(map(_condition, conditions))


def _condition(one: Condition) -> str:
    written = [_literal(one.kind, value) for value in one.values]
    if one.operator == "contains":
        return f"contains({one.field},{written[0]})"
    if one.operator == "in":
        return "(" + " or ".join(f"{one.field} eq {value}" for value in written) + ")"
    word = {"gte": "ge", "lte": "le"}.get(one.operator, one.operator)
    return f"{one.field} {word} {written[0]}"


def _literal(kind: Kind, value: Any) -> str:
    return str(value if kind in {"date", "datetime"} else odata(value))


ODATA = Dialect(render=_render, operators=EQUAL | RANGES | {"ne", "contains"})

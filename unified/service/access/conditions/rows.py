"""Conditions of a scope as rows, one for each, as forms and command lines take them: model, field, operator, value."""

from collections.abc import Iterable
from typing import Any

import msgspec

from unified.catalog.filter_rows import Operator
from unified.errors.requests import ValidationFailed

STEP = "."
"""Between a relation and a field of the related records: `opportunities.close_date`."""
EQUAL: Operator = "eq"


class ConditionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One condition."""

    model: str
    field: str
    operator: str
    value: str
    """Of `in`, several with commas between them."""


def records_of_rows(rows: Iterable[ConditionRow], place: str = "scope.records") -> dict[str, dict[str, Any]]:
    """Return what the rows say as a scope has it; whether it can be applied is decided where the scope is read.

    Raises:
        ValidationFailed: two rows say the same of one field, so that only one of them would count.
    """
    records: dict[str, dict[str, Any]] = {}
    for row in rows:
        at = records.setdefault(row.model, {})
        relation, dot, name = row.field.rpartition(STEP)
        at = at.setdefault(relation, {}) if dot else at
        known = at.setdefault(name, {})
        if row.operator in known:
            raise ValidationFailed.at(f"{place}.{row.model}.{row.field}", f"`{row.operator}` is given twice")
        known[row.operator] = (
            [one.strip() for one in row.value.split(",") if one.strip()] if row.operator == "in" else row.value
        )
    return records

"""Conditions on records in a form: rows of model, field, operator and value, of which those without a model are not used."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from unified.errors.requests import ValidationFailed
from unified.models import MODELS
from unified.service.access.conditions.rows import EQUAL, ConditionRow, records_of_rows
from unified.transform.queries.query import OPERATORS
from unified.web.html.messages import NOUNS

ROWS = 4
PREFIX = "where."
NAME = "records"
"""The id of the rows, and the key of a scope that they fill."""


class ConditionForm(msgspec.Struct, frozen=True, kw_only=True):
    """Contents of the rows: what was entered, and what there is to choose from."""

    rows: tuple[ConditionRow, ...]
    models: tuple[tuple[str, str], ...]
    """Ids of models with what people call their records."""
    operators: tuple[str, ...] = OPERATORS


def condition_form(fields: Mapping[str, str], models: Iterable[str] = MODELS) -> ConditionForm:
    """Return the rows with what was entered in a form, for these models."""
    named = tuple((one, f"{NOUNS.get(one, one)} ({one})") for one in models if not MODELS[one].container_unknown)
    return ConditionForm(rows=tuple(_row(fields, number) for number in range(ROWS)), models=named)


def entered_records(fields: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the conditions that a form asks for, as a scope has them.

    Raises:
        ValidationFailed: a row is filled in half, or says what another one does.
    """
    rows = [_row(fields, number) for number in range(ROWS)]
    for one in rows:
        if (one.model and not (one.field and one.value)) or (not one.model and (one.field or one.value)):
            raise ValidationFailed.at(f"scope.{NAME}", "expected a model, a field and a value in each row that is used")
    return records_of_rows(one for one in rows if one.model)


def _row(fields: Mapping[str, str], number: int) -> ConditionRow:
    def entered(name: str) -> str:
        return fields.get(f"{PREFIX}{number}.{name}", "").strip()

    return ConditionRow(
        model=entered("model"), field=entered("field"), operator=entered("operator") or EQUAL, value=entered("value")
    )

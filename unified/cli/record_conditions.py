"""Conditions on records as options of commands: `--where "crm.opportunities close_date eq this_month"`."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import Annotated, Any

import typer

from unified.errors.configuration import ConfigurationError

PARTS = 4
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MODEL FIELD OPERATOR VALUE",
        help="Condition on records in quotes, such as `crm.opportunities close_date eq this_month`; repeatable.",
    ),
]


def records_of(where: list[str]) -> dict[str, dict[str, Any]]:
    """Return the conditions of a scope.

    Raises:
        ConfigurationError: an option does not have the four parts.
        ValidationFailed: two say the same of one field.
    """
    from unified.service.access.conditions.rows import ConditionRow, records_of_rows

    rows = []
    for one in where:
        parts = one.split(maxsplit=PARTS - 1)
        if len(parts) != PARTS:
            raise ConfigurationError(
                "--where: expected a model, a field, an operator and a value in quotes, such as "
                "`crm.opportunities close_date eq this_month`"
            )
        rows.append(ConditionRow(model=parts[0], field=parts[1], operator=parts[2], value=parts[3]))
    return records_of_rows(rows, "--where")

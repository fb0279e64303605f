"""Values as the database stores them, both ways; and what a row shall say once a statement is done.

That is worked out here and not asked from the database: a trigger or a rule of somebody else may make another thing of a
statement than it says. So a row's mark is made for what the service meant to write, never for what the database answers.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from unified.store.tables import Moment, from_microseconds

RowT = TypeVar("RowT", bound=msgspec.Struct)
Raw = dict[str, Any]
"""A row as the database holds it, before anything of it is believed."""


def decoded(table: sa.Table, found: Raw, row: type[RowT]) -> RowT:
    """A row's values in the types of its columns; ValueError, TypeError or OverflowError for one that is of no such type."""
    return row(**{name: _value(table.c[name].type, found[name]) for name in row.__struct_fields__})


def _value(kind: Any, raw: Any) -> Any:
    if raw is None:
        return None
    if isinstance(kind, Moment):
        return from_microseconds(raw)
    if isinstance(kind, sa.JSON):
        return json.loads(raw)
    return bool(raw) if isinstance(kind, sa.Boolean) else raw


def intended(dialect: sa.Dialect, columns: Mapping[str, sa.Column[Any]], before: Raw, values: Mapping[str, Any]) -> Raw:
    """These columns of a row after these values, as the database stores them; NULL for what is given nowhere.

    A value may be another column of the row. Raises TypeError for any other expression: only the database could work it out.
    """
    given = {name: _stored(dialect, columns[name], before, value) for name, value in values.items() if name in columns}
    return {name: before.get(name) for name in columns} | given


def _stored(dialect: sa.Dialect, column: sa.Column[Any], before: Raw, value: Any) -> Any:
    if isinstance(value, sa.Column) and value.table is column.table:
        return before[value.name]
    if isinstance(value, sa.ClauseElement):
        raise TypeError(f"{column.table.name}.{column.name}: expected a value that is known before it is written")
    to_database = column.type.dialect_impl(dialect).bind_processor(dialect)
    bound = value if to_database is None else to_database(value)
    return bytes(bound) if isinstance(bound, memoryview) else bound

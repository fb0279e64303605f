"""Conversion of values to and from their stored form, and the content of a row after a statement.

That content is computed here and not read from the database: a foreign trigger or rule may turn a statement into something
else. So a row's mark is made for what the service meant to write, never for what the database returns.
"""

import json
import operator
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from unified.store.engine.stored_times import Moment, from_microseconds

RowT = TypeVar("RowT", bound=msgspec.Struct)
Raw = dict[str, Any]
"""A row as the database holds it, before it is checked."""


def decoded(table: sa.Table, found: Raw, row: type[RowT]) -> RowT:
    """Return a row's values in the types of its columns.

    Raises:
        ValueError, TypeError, OverflowError: A value does not have the type of its column.
    """
    return row(**{name: value_of(table.c[name].type, found[name]) for name in row.__struct_fields__})


def value_of(kind: Any, raw: Any) -> Any:
    """Return one value in the type of its column.

    Raises:
        ValueError, TypeError, OverflowError: It does not have the type of its column.
    """
    if raw is None:
        return None
    if isinstance(kind, Moment):
        return from_microseconds(raw)
    if isinstance(kind, sa.JSON):
        return json.loads(raw)
    return bool(raw) if isinstance(kind, sa.Boolean) else raw


def intended(dialect: sa.Dialect, columns: Mapping[str, sa.Column[Any]], before: Raw, values: Mapping[str, Any]) -> Raw:
    """Return these columns of a row after a write, as the database stores them; NULL where neither has a value.

    A value may be another column of the row, or a column and a number to add.

    Raises:
        TypeError: A value is any other expression, which only the database could evaluate.
    """
    changed = {name: _stored(dialect, columns[name], before, value) for name, value in values.items() if name in columns}
    return {name: before.get(name) for name in columns} | changed


def _stored(dialect: sa.Dialect, column: sa.Column[Any], before: Raw, value: Any) -> Any:
    if isinstance(value, sa.Column) and value.table is column.table:
        return before[value.name]
    if isinstance(value, sa.BinaryExpression) and value.operator is operator.add and isinstance(value.right, sa.BindParameter):
        return _stored(dialect, column, before, value.left) + value.right.value
    if isinstance(value, sa.ClauseElement):
        raise TypeError(
            f"{column.table.name}.{column.name}: expected a value that is known before the write, got an expression"
        )
    to_database = column.type.dialect_impl(dialect).bind_processor(dialect)
    bound = value if to_database is None else to_database(value)
    return bytes(bound) if isinstance(bound, memoryview) else bound

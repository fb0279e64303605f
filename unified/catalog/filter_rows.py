"""The rows of a filter table: which condition of the common query is which condition at the provider."""

from typing import Literal

import msgspec

Operator = Literal["eq", "ne", "in", "gt", "gte", "lt", "lte", "contains"]
Form = Literal["text", "number", "boolean", "date", "datetime", "millis", "seconds"]
"""How a value is written; millis and seconds count from 1970."""
DialectName = Literal["soql", "jql", "zendesk", "hubspot", "sysparm", "odata", "graphql", "mongo", "query"]


class FilterRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row; a row that is only a text is its `field`."""

    field: str = ""
    operators: tuple[Operator, ...] = ()
    enum: str | None = None
    form: Form | None = msgspec.field(name="as", default=None)
    names: dict[Operator, str] = {}


Rows = dict[str, str | FilterRow]
"""Maps a field of the common model to what it is at the provider."""

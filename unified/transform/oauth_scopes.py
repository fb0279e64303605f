"""Selects the provider's OAuth scopes that operations need, by the table `scopes` of its file: consent pages ask for no more.

A row is `always`, or a model or tag with a method or a class of methods: `crm.contacts:read`, `support:write`,
`crm.contacts:update`. An operation needs `always` and every row that is about it.
"""

from collections.abc import Iterable
from collections.abc import Mapping as Table

from unified.models import method_class, needed_methods
from unified.transform.mapping import Mapping

ALWAYS = "always"
"""The row that everything needs, such as the check of credentials and refresh tokens."""
Operations = Iterable[tuple[Mapping, str]]
"""Mappings, each with one of its methods."""


def rows_about(mapping: Mapping, method: str) -> frozenset[str]:
    """Return the names of all rows that a table may have about a method of a mapping, besides `always`."""
    kinds = {*needed_methods(method), method_class(method)}
    return frozenset(f"{word}:{kind}" for word in (mapping.model.id, *mapping.tags) for kind in kinds)


def needed_rows(table: Table[str, tuple[str, ...]], operations: Operations) -> frozenset[str]:
    """Return the rows of a table that the operations need; of an operation without a row, all: its needs are not known."""
    found = {ALWAYS} & table.keys()
    for mapping, method in operations:
        found |= rows_about(mapping, method) & table.keys() or table.keys()
    return frozenset(found)


def needed_scopes(table: Table[str, tuple[str, ...]], operations: Operations) -> tuple[str, ...]:
    """Return the provider's scopes that the operations need, each once, in the order of the table."""
    rows = needed_rows(table, operations)
    return tuple(dict.fromkeys(one for row, texts in table.items() if row in rows for one in texts))

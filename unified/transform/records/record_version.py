"""The version of a record, as the provider says it and as callers send it back."""

from collections.abc import Collection, Iterable
from typing import Any

from unified.errors.providers import MappingFailed
from unified_jsonata import UNDEFINED, Expression

MAX_VERSION = 200
"""Characters of a version."""


def version_text(value: Any, where: str) -> str | None:
    """Return the value of the expression `version` as text; None if the provider has no version.

    Raises:
        MappingFailed: It gives something else than text or an integer.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is UNDEFINED or value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > MAX_VERSION:
        raise MappingFailed(f"{where}: `version` must give text of at most {MAX_VERSION} characters, or an integer")
    return value


def is_field_of(version: Expression, records: Iterable[Expression], hidden: Collection[str]) -> bool:
    """Return whether a version is nothing but what a record says in a field that is not hidden, such as `updated_at`."""
    paths = {read.path for read in version.analysis.reads}
    if not paths or version.analysis.needs:
        return False
    return all(paths <= _said(record, hidden) for record in records)


def _said(record: Expression, hidden: Collection[str]) -> set[tuple[str, ...]]:
    """Return the paths that a shown field alone is made of, and so reveals all changes of."""
    writes = [one for one in record.analysis.writes or () if one.key not in hidden and not one.nested]
    return {path for one in writes if len(found := {read.path for read in one.reads}) == 1 for path in found}

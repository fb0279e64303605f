"""The version of a record, as the provider says it and as callers send it back."""

from collections.abc import Collection, Iterable
from typing import Any

from unified.errors.providers import MappingFailed
from unified.jsonata import UNDEFINED, Expression

MAX_VERSION = 200
"""Characters of a version."""


def version_text(value: Any, where: str) -> str | None:
    """Return what the expression `version` gives as text; None if the provider says no version.

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


def made_of(version: Expression, records: Iterable[Expression], fields: Collection[str]) -> bool:
    """Return whether a version is made of what records say in one of these fields: it would show their changes."""
    paths = {read.path for read in version.analysis.reads} if fields else set()
    writes = (one for record in records for one in record.analysis.writes or () if one.key in fields)
    shown = {read.path for one in writes for read in one.reads} - {()}
    return any(path[: len(one)] == one[: len(path)] for path in paths for one in shown)

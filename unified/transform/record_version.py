"""The version of a record, as the provider says it and as callers send it back."""

from typing import Any

from unified.errors import MappingFailed
from unified.jsonata import UNDEFINED

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

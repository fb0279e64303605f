"""Warnings about answers that succeeded: in `meta.warnings` of a list of records, in a header everywhere else."""

from collections.abc import Iterable, Mapping
from typing import Any

WARNINGS = "warnings"
"""Where the state of a request holds warnings, by code."""


def note_warning(scope: Any, code: str, message: str) -> None:
    """Keep a warning for the header of the answer to a request."""
    scope.setdefault("state", {}).setdefault(WARNINGS, {})[code] = message


def noted_warnings(scope: Any) -> dict[str, str]:
    """Return the header with the warnings that were kept for a request; nothing if there are none."""
    kept: Mapping[str, str] = scope.get("state", {}).get(WARNINGS, {})
    return warning_headers(kept.items())


def warning_headers(warnings: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the header for warnings, pairs of code and message; the texts hold no provider data."""
    texts = "; ".join(f"{code}: {message}" for code, message in warnings)
    return {"Unified-Warning": texts.encode("ascii", "replace").decode()} if texts else {}

"""Warnings about answers that succeeded: in `meta.warnings` of a list of records, in a header everywhere else."""

from collections.abc import Iterable


def warning_headers(warnings: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the header for warnings, pairs of code and message; the texts hold no provider data."""
    texts = "; ".join(f"{code}: {message}" for code, message in warnings)
    return {"Unified-Warning": texts.encode("ascii", "replace").decode()} if texts else {}

"""What a known difference is, and what the subjects share."""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from jsonata_benchmarks.outcome import Outcome
from unified_jsonata import UNDEFINED

BOTH: Final = frozenset({"node", "jsonata-python"})
NPM: Final = frozenset({"node"})
PORT: Final = frozenset({"jsonata-python"})
CODE: Final = re.compile("[STDU][0-9]{4}")
"""What the error codes of the language look like."""
Explains = Callable[[str, Any, Outcome, Outcome], bool]
Without = Callable[[str, Any], tuple[str, Any]]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """One known difference.

    It is recognised by `explains` (source, document, our outcome, the other's), or by its vanishing when source and
    document are changed by `without`.
    """

    name: str
    why: str
    oracles: frozenset[str]
    source: str
    document: Any = UNDEFINED
    ours: Any = UNDEFINED
    """Our value for the example; with `code`, our error."""
    code: str | None = None
    explains: Explains | None = None
    without: Without | None = None


def folded(value: Any, fold: Callable[[Any], Any]) -> Any:
    """A document with every scalar and key replaced."""
    if isinstance(value, dict):
        return {fold(key): folded(item, fold) for key, item in value.items()}
    return [folded(item, fold) for item in value] if isinstance(value, list) else fold(value)


def gone(value: Any) -> Any:
    """A value without nulls in arrays, and without arrays that are empty then."""
    if isinstance(value, dict):
        return {key: kept for key, item in value.items() if (kept := gone(item)) is not UNDEFINED}
    if isinstance(value, list):
        return [kept for item in value if item is not None and (kept := gone(item)) is not UNDEFINED] or UNDEFINED
    return value

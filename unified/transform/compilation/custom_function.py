"""`$customFields`: collects the custom fields of a mapping."""

import fnmatch
from collections.abc import Callable, Sequence
from typing import Any

from unified_jsonata import UNDEFINED, Expression
from unified_jsonata.runtime.supplied import promises

MAX_PATTERN_LISTS = 16
"""How many lists of patterns of one mapping keep their verdicts; a mapping usually has one."""
MAX_NAMES = 4_096
"""How many names of fields, over all accounts, keep a verdict for one list of patterns: alone, and among those of a record."""


def names_read_without_custom(record: Expression) -> frozenset[str]:
    """Return the first names read below the objects that are passed to `$customFields`."""
    names: set[str] = set()
    for path in custom_roots(record):
        below = (read.path[len(path)] for read in record.analysis.reads if _is_below(read.path, path))
        names.update(below)
    return frozenset(names)


def custom_roots(record: Expression) -> frozenset[tuple[str, ...]]:
    """Return the paths of the objects that are passed to `$customFields`."""
    calls = (call for call in record.analysis.calls if call.function == "customFields" and call.arguments)
    return frozenset(path for call in calls for path in call.arguments[0])


def _is_below(path: tuple[str, ...], prefix: tuple[str, ...]) -> bool:
    return path[: len(prefix)] == prefix and len(path) > len(prefix)


def custom_function(known: frozenset[str]) -> Callable[..., Any]:
    """Build `$customFields(object, patterns?)`: the entries that the mapping does not read, without nulls."""
    verdicts: dict[tuple[str, ...], _Wanted] = {}

    def wanted_by(patterns: Any) -> _Wanted:
        tests = (patterns,) if isinstance(patterns, str) else tuple(patterns or ())
        wanted = verdicts.get(tests)
        if wanted is None:
            if not all(isinstance(one, str) for one in tests):
                raise ValueError("$customFields: expected a list of texts as patterns")
            wanted = _Wanted(known, tests)
            if len(verdicts) < MAX_PATTERN_LISTS:
                verdicts[tests] = wanted
        return wanted

    def custom(value: Any, patterns: Any = UNDEFINED) -> Any:
        return wanted_by(patterns).entries(value) if isinstance(value, dict) else {}

    def settle(patterns: Any) -> Callable[[Any], Any] | None:
        are_texts = isinstance(patterns, list) and all(isinstance(one, str) for one in patterns)
        return wanted_by(patterns).entries if are_texts else None

    return promises(plain=True, only_read=(1,), settled=(1, settle))(custom)


class _Wanted:
    """The names of fields that `$customFields` returns for one list of patterns. Every record has the same ones."""

    def __init__(self, known: frozenset[str], patterns: Sequence[str]) -> None:
        self._known = known
        self._patterns = patterns
        self._verdicts: dict[str, bool] = {}
        self._kept: dict[tuple[str, ...], tuple[str, ...]] = {}
        """The names of a record -> those that are returned."""
        self._room = MAX_NAMES

    def entries(self, value: Any) -> dict[str, Any]:
        """Return the entries of an object that are wanted and not null; none of anything else."""
        if not isinstance(value, dict):
            return {}
        names = tuple(value)
        kept = self._kept.get(names)
        return {name: one for name in (self.among(names) if kept is None else kept) if (one := value[name]) is not None}

    def among(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of a record that are returned."""
        kept = tuple(filter(self._is_wanted, names))
        if len(names) < self._room:
            self._room -= len(names) + 1
            self._kept[names] = kept
        return kept

    def _is_wanted(self, name: str) -> bool:
        wanted = self._verdicts.get(name)
        if wanted is None:
            wanted = name not in self._known and fits(name, self._patterns)
            if len(self._verdicts) < MAX_NAMES:
                self._verdicts[name] = wanted
        return wanted


def fits(name: str, patterns: Sequence[str]) -> bool:
    """Return whether the patterns of `$customFields` accept a name."""
    refused = [one[1:] for one in patterns if one.startswith("!")]
    wanted = [one for one in patterns if not one.startswith("!")]
    if any(fnmatch.fnmatchcase(name, one) for one in refused):
        return False
    return not wanted or any(fnmatch.fnmatchcase(name, one) for one in wanted)

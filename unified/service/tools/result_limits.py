"""Tool results, sanitized and limited value by value, so that no record can flood the context of a model.

A text that was cut ends with an ellipsis, and the result says `truncated`. `Bounds` apply to one value. The whole result has
a size limit too: a single record is shortened to it, and a list ends before it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from unified.errors.error import UnifiedError
from unified.service.records.record_warnings import ListWarning
from unified.service.tools.sanitizing import is_clean, sanitize

ELLIPSIS = "…"
NEVER_CUT = frozenset({"id", "remote_id"})
"""Fields that identify a record in later calls."""


MAX_KEY = 200
"""Characters of a key."""
RESERVED = 4_096
"""Bytes of a result for everything but records: the envelope, warnings and a cursor of usual length."""
Record = dict[str, Any]


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one value."""

    text: int = 20_000
    """Characters."""
    items: int = 1_000
    keys: int = 500
    depth: int = 20


DEFAULT_BOUNDS = Bounds()
TIGHTER_BOUNDS = (
    Bounds(text=4_000, items=200, keys=200),
    Bounds(text=1_000, items=50, keys=50),
    Bounds(text=200, items=10, keys=20),
    Bounds(text=40, items=2, keys=5, depth=4),
)
"""Bounds to try in turn for the fields of a single record that is too large."""


class LimitCounters(msgspec.Struct, kw_only=True):
    """Counts of what was removed from one result, and whether something was cut."""

    removed: int = 0
    """Invisible and control characters that were removed."""
    truncated: bool = False


def limit_value(value: Any, counters: LimitCounters, bounds: Bounds = DEFAULT_BOUNDS, depth: int = 1) -> Any:
    """Return a JSON value sanitized and within the bounds."""
    if isinstance(value, str):
        return _text(value, counters, bounds.text)
    if isinstance(value, dict | list) and depth > bounds.depth:
        counters.truncated = True
        return {} if isinstance(value, dict) else []
    if isinstance(value, dict):
        return _object(value, counters, bounds, depth + 1)
    return _array(value, counters, bounds, depth + 1) if isinstance(value, list) else value


def limit_record(record: dict[str, Any], counters: LimitCounters) -> tuple[dict[str, Any], int]:
    """Return a record sanitized and within the bounds, and its size in bytes. Most records pass one check of the whole."""
    encoded = _encoded(record)
    if encoded is not None and _is_harmless(record, encoded):
        return record, len(encoded)
    limited = limit_value(record, counters)
    return limited, size_of(limited)


def _is_harmless(record: dict[str, Any], encoded: bytes) -> bool:
    if len(encoded) > DEFAULT_BOUNDS.text:
        return False
    text = encoded.decode()
    return is_clean(text) and (_is_surely_small(text) or _is_small(record, 1))


def _is_surely_small(encoded: str) -> bool:
    """Return whether JSON is too short to exceed the bounds on items, keys, depth or keys' length."""
    brackets = encoded.count("{") + encoded.count("[")
    short = len(encoded) <= min(2 * DEFAULT_BOUNDS.items, 5 * DEFAULT_BOUNDS.keys) and brackets <= DEFAULT_BOUNDS.depth
    return short and '\\"' not in encoded and max(map(len, encoded.split('"'))) <= MAX_KEY


def _encoded(record: dict[str, Any]) -> bytes | None:
    try:
        return msgspec.json.encode(record)
    except UnicodeEncodeError:  # a lone surrogate, which is removed later
        return None


def _is_small(value: dict[str, Any] | list[Any], depth: int) -> bool:
    """Return whether the value, at this depth, and all its parts are within the bounds."""
    inner: Iterable[Any] = value
    if isinstance(value, dict):
        inner = value.values()
        if len(value) > DEFAULT_BOUNDS.keys or any(map(MAX_KEY.__lt__, map(len, value))):
            return False
    elif len(value) > DEFAULT_BOUNDS.items:
        return False
    return depth <= DEFAULT_BOUNDS.depth and all(_is_small(one, depth + 1) for one in inner if isinstance(one, dict | list))


def _text(value: str, counters: LimitCounters, max_length: int) -> str:
    shown, removed = sanitize(value[:max_length])
    counters.removed += removed
    if len(value) <= max_length and len(shown) <= max_length:
        return shown
    counters.truncated = True
    return shown[: max_length - 1] + ELLIPSIS


def _array(value: list[Any], counters: LimitCounters, bounds: Bounds, depth: int) -> list[Any]:
    counters.truncated = counters.truncated or len(value) > bounds.items
    return [limit_value(one, counters, bounds, depth) for one in value[: bounds.items]]


def _object(value: dict[str, Any], counters: LimitCounters, bounds: Bounds, depth: int) -> dict[str, Any]:
    """Limit keys as well, because they are provider data where fields are custom; of equal keys the first one is kept."""
    shown: dict[str, Any] = {}
    for key, inner in value.items():
        name = _text(key, counters, MAX_KEY)
        if name in shown or len(shown) >= bounds.keys:
            counters.truncated = True
        else:
            shown[name] = limit_value(inner, counters, bounds, depth)
    return shown


def size_of(value: Any) -> int:
    """Return the size of a value as JSON, in bytes."""
    return len(msgspec.json.encode(value))


def shorten_record(record: dict[str, Any], max_bytes: int, counters: LimitCounters) -> dict[str, Any]:
    """Return a sanitized record within `max_bytes`; the largest fields are cut one after another, no more than needed."""
    size = size_of(record)
    for bounds in TIGHTER_BOUNDS:
        largest = sorted(record.keys() - NEVER_CUT, key=lambda name: (-size_of(record[name]), name))
        for name in largest:
            if size <= max_bytes:
                return record
            shorter = limit_value(record[name], counters, bounds)
            size += size_of(shorter) - size_of(record[name])
            record = {**record, name: shorter}
    return record


class ResultBuilder:
    """Collects the records of one result: only the fields that the tool returns, sanitized, within a size limit in bytes."""

    def __init__(self, fields: frozenset[str], max_bytes: int) -> None:
        self.counters = LimitCounters()
        self.records: list[Record] = []
        self._fields = fields
        self._left = max_bytes - RESERVED

    def append(self, record: Record) -> bool:
        """Add a record if it fits, and return whether it did; the first record is cut to fit instead."""
        counters = LimitCounters()
        shown, size = limit_record({name: value for name, value in record.items() if name in self._fields}, counters)
        if size >= self._left:
            self.counters.truncated = True
            if self.records:
                return False
            shown = shorten_record(shown, self._left, counters)
        self._left -= size + 1  # with its comma
        self.counters.removed += counters.removed
        self.counters.truncated = self.counters.truncated or counters.truncated
        self.records.append(shown)
        return True


def result_envelope(
    source: str,
    data: Any,
    counters: LimitCounters,
    *,
    warnings: Sequence[ListWarning] = (),
    cursor: str | msgspec.UnsetType | None = msgspec.UNSET,
) -> Record:
    """Return the envelope of a result; pass `cursor` for lists only."""
    paging = {} if cursor is msgspec.UNSET else {"next_cursor": cursor}
    return {
        "source": source,
        "untrusted": True,
        "data": data,
        **paging,
        "truncated": counters.truncated,
        "cleaned": counters.removed,
        "warnings": [msgspec.to_builtins(one) for one in warnings],
    }


def fit_page(result: Record, max_bytes: int) -> Record:
    """Return the result of a list within `max_bytes`, in case an unusually long cursor took the space of its records."""
    if size_of(result) <= max_bytes:
        return result
    counters = LimitCounters(truncated=result["truncated"])
    for position, record in sorted(enumerate(result["data"]), key=lambda pair: -size_of(pair[1])):
        excess = size_of(result) - max_bytes
        if excess <= 0:
            break
        data = [*result["data"]]
        data[position] = shorten_record(record, size_of(record) - excess, counters)
        result = {**result, "data": data, "truncated": counters.truncated}
    return result


def error_result(problem: UnifiedError) -> Record:
    """Return the result for an error. Its provider message must already be redacted for the caller."""
    error = {
        "code": problem.code,
        "detail": problem.detail,
        "retryable": problem.may_repeat,
        "retry_after": problem.wait,
        "errors": [msgspec.to_builtins(one) for one in problem.errors],
    }
    if problem.provider is not None:
        error["provider"] = {**msgspec.to_builtins(problem.provider), "untrusted": True}
    result: Record = limit_value({"error": error}, LimitCounters())
    return result

"""Tool results, sanitized and limited value by value, so that no record can flood the context of a model.

A text that was cut ends with an ellipsis, and the result says `truncated`. `Bounds` apply to one value. The whole result has
a size limit too: a single record is shortened to it, and a list ends before it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from unified.errors.error import UnifiedError
from unified.service.tools.result_shape import ResultShape
from unified.service.tools.sanitizing import is_clean, sanitize

ELLIPSIS = "…"
NEVER_CUT = frozenset({"id", "remote_id"})
"""Fields that identify a record in later calls."""


MAX_KEY = 200
"""Characters of a key."""
RESERVED = 4_096
"""Bytes of a result for everything but records: the envelope, warnings and a cursor of usual length."""
Record = dict[str, Any]
_encode = msgspec.json.Encoder().encode


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
_FEW = min(2 * DEFAULT_BOUNDS.items, 5 * DEFAULT_BOUNDS.keys)
"""Bytes of JSON that are too few for more items or keys than the bounds allow: an item takes at least 2, a key 5."""


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


def limit_record(
    record: Record, encoded: bytes | None, counters: LimitCounters, free: Iterable[str] | None = None
) -> tuple[Record, bytes]:
    """Return a record sanitized and within the bounds, and as JSON. Most records pass one check of their JSON as a whole.

    Args:
        record: the record.
        encoded: the record as JSON; None if it cannot be written yet.
        counters: what is counted.
        free: the fields that may be deep or have keys of any name, if the others are known not to.
    """
    if encoded is not None and _is_harmless(record, encoded, free):
        return record, encoded
    limited = limit_value(record, counters)
    return limited, _encode(limited)


def _is_harmless(record: Record, encoded: bytes, free: Iterable[str] | None) -> bool:
    if len(encoded) > DEFAULT_BOUNDS.text or not is_clean(encoded):
        return False
    if free is None or (len(encoded) > _FEW and encoded.count(b",") >= DEFAULT_BOUNDS.keys):
        return _is_small(record, 1)
    for name in free:
        value = record.get(name)
        if value and isinstance(value, (dict, list)) and not _is_small(value, 2):
            return False
    return True


def encode_if_possible(record: Record) -> bytes | None:
    """Return a record as JSON; None if a text of it cannot be written yet, because of a lone surrogate."""
    try:
        return _encode(record)
    except UnicodeEncodeError:
        return None


def _is_small(value: dict[str, Any] | list[Any], depth: int) -> bool:
    """Return whether the value, at this depth, and all its parts are within the bounds on items, keys and depth."""
    if depth > DEFAULT_BOUNDS.depth or len(value) > (DEFAULT_BOUNDS.keys if isinstance(value, dict) else DEFAULT_BOUNDS.items):
        return False
    if isinstance(value, dict) and max(map(len, value), default=0) > MAX_KEY:
        return False
    inner = value.values() if isinstance(value, dict) else value
    parts = [one for one in inner if isinstance(one, (dict, list))]
    return not parts or all(_is_small(one, depth + 1) for one in parts)


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
    return len(_encode(value))


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
    """Collects the records of one result: only the fields that the tool returns, sanitized, within a size limit in bytes.

    Each record is written as JSON once; its size is counted by that, and the result is put together from it.
    """

    def __init__(self, shape: ResultShape, max_bytes: int) -> None:
        self.counters = LimitCounters()
        self.records: list[msgspec.Raw] = []
        self._shape = shape
        self._left = max_bytes - RESERVED
        self._names: tuple[str, ...] = ()
        self._others: tuple[str, ...] = ()

    def select(self, record: Record) -> Record:
        """Return the record with only the fields that the tool returns."""
        names = tuple(record)
        if names != self._names:  # of one page, all records have the same names
            self._names, self._others = names, tuple(name for name in names if name not in self._shape.fields)
        if not self._others:
            return record
        shown = record.copy()
        for name in self._others:
            del shown[name]
        return shown

    def append(self, record: Record) -> bool:
        """Add the fields of a record that the tool returns, if they fit; return whether they did."""
        shown = self.select(record)
        encoded = encode_if_possible(shown)
        if encoded is None or len(encoded) >= self._left or not _is_harmless(shown, encoded, self._shape.free):
            return self.add(shown, encoded)
        self._left -= len(encoded) + 1
        self.records.append(msgspec.Raw(encoded))
        return True

    def add(self, selected: Record, selected_json: bytes | None) -> bool:
        """Add a record that `select` returned, if it fits, and return whether it did; the first record is cut to fit instead.

        `selected_json` is the same record as JSON, or None if it cannot be written yet.
        """
        counters = LimitCounters()
        shown, encoded = limit_record(selected, selected_json, counters, self._shape.free)
        size = len(encoded)
        if size >= self._left:
            self.counters.truncated = True
            if self.records:
                return False
            encoded = _encode(shorten_record(shown, self._left, counters))
        self._left -= size + 1  # with its comma
        self.counters.removed += counters.removed
        self.counters.truncated = self.counters.truncated or counters.truncated
        self.records.append(msgspec.Raw(encoded))
        return True


def result_envelope(
    source: str,
    data: Any,
    counters: LimitCounters,
    *,
    warnings: Sequence[Record] = (),
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
        "warnings": list(warnings),
    }


def encode_page(result: Record, max_bytes: int) -> bytes:
    """Return the result of a list as JSON within `max_bytes`, in case a long cursor took the space of its records."""
    encoded = _encode(result)
    if len(encoded) <= max_bytes:
        return encoded
    counters = LimitCounters(truncated=result["truncated"])
    data = [msgspec.json.decode(one) for one in result["data"]]
    for position, record in sorted(enumerate(data), key=lambda pair: -size_of(pair[1])):
        excess = len(encoded) - max_bytes
        if excess <= 0:
            break
        data[position] = shorten_record(record, size_of(record) - excess, counters)
        encoded = _encode({**result, "data": data, "truncated": counters.truncated})
    return encoded


def error_result(problem: UnifiedError) -> Record:
    """Return the result for an error whose provider texts are marked already."""
    error = {
        "code": problem.code,
        "detail": problem.detail,
        "retryable": problem.may_repeat,
        "retry_after": problem.wait,
        "errors": [msgspec.to_builtins(one) for one in problem.errors],
    }
    if problem.provider is not None:
        error["provider"] = msgspec.to_builtins(problem.provider)
    result: Record = limit_value({"error": error}, LimitCounters())
    return result

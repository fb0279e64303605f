"""What a tool gives out, cleaned and bounded value by value, so that no record can flood whoever reads it.

What is cut leaves its mark: a text ends with an ellipsis, and the result says `truncated`. The numbers are for one value;
the whole result has a bound of its own, which a single record is shortened to here and a list keeps by ending earlier.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from unified.errors import UnifiedError
from unified.service.records.reading import ListWarning
from unified.service.tools.sanitizing import cleaned, is_clean

ELLIPSIS = "…"
NEVER_CUT = frozenset({"id", "remote_id"})
"""Without these, a record could not be named again."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one value is given."""

    text: int = 20_000
    """Characters."""
    items: int = 1_000
    keys: int = 500
    depth: int = 20


USUAL = Bounds()
SHORTER = (
    Bounds(text=4_000, items=200, keys=200),
    Bounds(text=1_000, items=50, keys=50),
    Bounds(text=200, items=10, keys=20),
    Bounds(text=40, items=2, keys=5, depth=4),
)
"""Tried in turn for the fields of a record that is too large by itself."""
MAX_KEY = 200


class LimitCounters(msgspec.Struct, kw_only=True):
    """What was done to the values of one result."""

    removed: int = 0
    """Characters that were hidden."""
    truncated: bool = False


def safe(value: Any, tally: LimitCounters, bounds: Bounds = USUAL, depth: int = 1) -> Any:
    """A JSON value as a model may see it."""
    if isinstance(value, str):
        return _text(value, tally, bounds.text)
    if isinstance(value, dict | list) and depth > bounds.depth:
        tally.truncated = True
        return {} if isinstance(value, dict) else []
    if isinstance(value, dict):
        return _object(value, tally, bounds, depth + 1)
    return _array(value, tally, bounds, depth + 1) if isinstance(value, list) else value


def safe_record(record: dict[str, Any], tally: LimitCounters) -> tuple[dict[str, Any], int]:
    """A record as a model may see it, with its size; most have nothing to clean or to cut, and are looked at as a whole."""
    encoded = _encoded(record)
    if encoded is not None and _is_harmless(record, encoded):
        return record, len(encoded)
    shown = safe(record, tally)
    return shown, size_of(shown)


def _is_harmless(record: dict[str, Any], encoded: bytes) -> bool:
    if len(encoded) > USUAL.text:
        return False
    text = encoded.decode()
    return is_clean(text) and (_is_surely_small(text) or _is_small(record, 1))


def _is_surely_small(encoded: str) -> bool:
    """Whether JSON is too short for many parts, has too few brackets for much depth, and no text longer than a key may be."""
    brackets = encoded.count("{") + encoded.count("[")
    short = len(encoded) <= min(2 * USUAL.items, 5 * USUAL.keys) and brackets <= USUAL.depth
    return short and '\\"' not in encoded and max(map(len, encoded.split('"'))) <= MAX_KEY


def _encoded(record: dict[str, Any]) -> bytes | None:
    try:
        return msgspec.json.encode(record)
    except UnicodeEncodeError:  # a lone surrogate, which is cleaned away
        return None


def _is_small(value: dict[str, Any] | list[Any], depth: int) -> bool:
    """Whether no part has too many parts; `depth` is that of the value."""
    inner: Iterable[Any] = value
    if isinstance(value, dict):
        inner = value.values()
        if len(value) > USUAL.keys or any(map(MAX_KEY.__lt__, map(len, value))):
            return False
    elif len(value) > USUAL.items:
        return False
    return depth <= USUAL.depth and all(_is_small(one, depth + 1) for one in inner if isinstance(one, dict | list))


def _text(value: str, tally: LimitCounters, most: int) -> str:
    shown, removed = cleaned(value[:most])
    tally.removed += removed
    if len(value) <= most and len(shown) <= most:
        return shown
    tally.truncated = True
    return shown[: most - 1] + ELLIPSIS


def _array(value: list[Any], tally: LimitCounters, bounds: Bounds, depth: int) -> list[Any]:
    tally.truncated = tally.truncated or len(value) > bounds.items
    return [safe(one, tally, bounds, depth) for one in value[: bounds.items]]


def _object(value: dict[str, Any], tally: LimitCounters, bounds: Bounds, depth: int) -> dict[str, Any]:
    """Keys are a provider's words too, where fields are a tenant's own; of two that read alike the first stays."""
    shown: dict[str, Any] = {}
    for key, inner in value.items():
        name = _text(key, tally, MAX_KEY)
        if name in shown or len(shown) >= bounds.keys:
            tally.truncated = True
        else:
            shown[name] = safe(inner, tally, bounds, depth)
    return shown


def size_of(value: Any) -> int:
    """Bytes of a value as JSON."""
    return len(msgspec.json.encode(value))


def shortened(record: dict[str, Any], most: int, tally: LimitCounters) -> dict[str, Any]:
    """A cleaned record within so many bytes: its largest fields are cut, one after another, only as far as is needed."""
    size = size_of(record)
    for bounds in SHORTER:
        largest = sorted(record.keys() - NEVER_CUT, key=lambda name: (-size_of(record[name]), name))
        for name in largest:
            if size <= most:
                return record
            shorter = safe(record[name], tally, bounds)
            size += size_of(shorter) - size_of(record[name])
            record = {**record, name: shorter}
    return record


RESERVED = 4_096
"""Bytes of a result that are not for records: the envelope, warnings and a cursor of usual length."""
Record = dict[str, Any]


class ResultBuilder:
    """The records of one result in the making: cut to the fields that the tool shows, cleaned, and within a size."""

    def __init__(self, fields: frozenset[str], most: int) -> None:
        self.tally = LimitCounters()
        self.records: list[Record] = []
        self._fields = fields
        self._left = most - RESERVED

    def take(self, record: Record) -> bool:
        """Add a record, unless others are there already and it does not fit; the first is cut to the size."""
        tally = LimitCounters()
        shown, size = safe_record({name: value for name, value in record.items() if name in self._fields}, tally)
        if size >= self._left:
            self.tally.truncated = True
            if self.records:
                return False
            shown = shortened(shown, self._left, tally)
        self._left -= size + 1  # with its comma
        self.tally.removed += tally.removed
        self.tally.truncated = self.tally.truncated or tally.truncated
        self.records.append(shown)
        return True


def envelope(
    source: str,
    data: Any,
    tally: LimitCounters,
    *,
    warnings: Sequence[ListWarning] = (),
    cursor: str | msgspec.UnsetType | None = msgspec.UNSET,
) -> Record:
    """A result; `cursor` for lists only."""
    paging = {} if cursor is msgspec.UNSET else {"next_cursor": cursor}
    return {
        "source": source,
        "untrusted": True,
        "data": data,
        **paging,
        "truncated": tally.truncated,
        "cleaned": tally.removed,
        "warnings": [msgspec.to_builtins(one) for one in warnings],
    }


def fitted(result: Record, most: int) -> Record:
    """The result of a list within so many bytes, should a cursor of unusual length have taken the room of its records."""
    if size_of(result) <= most:
        return result
    tally = LimitCounters(truncated=result["truncated"])
    for place, record in sorted(enumerate(result["data"]), key=lambda pair: -size_of(pair[1])):
        excess = size_of(result) - most
        if excess <= 0:
            break
        data = [*result["data"]]
        data[place] = shortened(record, size_of(record) - excess, tally)
        result = {**result, "data": data, "truncated": tally.truncated}
    return result


def failure(problem: UnifiedError) -> Record:
    """A refusal as it is told; of the provider's own words, those that `told_to` left."""
    told = {
        "code": problem.code,
        "detail": problem.detail,
        "retryable": problem.retryable,
        "retry_after": problem.wait,
        "errors": [msgspec.to_builtins(one) for one in problem.errors],
    }
    if problem.provider is not None:
        told["provider"] = {**msgspec.to_builtins(problem.provider), "untrusted": True}
    shown: Record = safe({"error": told}, LimitCounters())
    return shown

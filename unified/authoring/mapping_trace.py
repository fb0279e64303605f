"""Trying a mapping on a sample: what each field becomes, where it comes from, and what of the sample is not read."""

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from unified.authoring.golden.moments import moments_in_dates
from unified.transform.coverage import provider_paths
from unified.transform.embedded_mapping import EmbeddedMapping
from unified.transform.mapping import Mapping

LIKENESS = 0.8
"""How alike two names are before one is taken for the other; 1 is equal."""
EMPTY: tuple[Any, ...] = (None, [], {})
Place = tuple[str, ...]


class TriedField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the common model after a try."""

    name: str
    value: Any
    paths: tuple[str, ...]
    """Where the mapping takes it from."""
    filled: int
    """How many of the samples gave it a value."""

    @property
    def is_empty(self) -> bool:
        """Whether no sample gave it a value."""
        return not self.filled


class MappingTrace(msgspec.Struct, frozen=True, kw_only=True):
    """One record of a sample, mapped; or those of several samples together."""

    samples: int = 1
    record: dict[str, Any]
    """The record of the first sample."""
    fields: tuple[TriedField, ...]
    unread: tuple[str, ...]
    """Paths of the sample that have a value and that the mapping does not read."""
    doubtful: tuple[tuple[str, str], ...]
    """Paths that the mapping reads and the sample lacks, each with one that it has, is not read and looks alike."""
    moments: tuple[tuple[str, str], ...] = ()
    """Date fields that the mapping gives a moment, with its text: the day may be wrong."""


def trace_mapping(
    mapping: EmbeddedMapping, sample: Any, operation: str = "record", known: dict[str, Any] | None = None
) -> MappingTrace:
    """Map the first record of a sample.

    Args:
        mapping: The mapping to try.
        sample: What the provider answered.
        operation: As `EmbeddedMapping.read` takes it.
        known: Its other arguments: query, account, results of `before`, name of the call.

    Raises:
        MappingFailed, ProviderMalformed: As serving would.
    """
    body = sample[0] if operation == "record" and isinstance(sample, list) and sample else sample
    records = mapping.read(body, operation, **(known or {}))
    record = records[0] if records else {}
    compiled = mapping.compiled
    fields = tuple(
        TriedField(
            name=field.name,
            value=record.get(field.name),
            paths=provider_paths(compiled, field.name),
            filled=int(record.get(field.name) not in EMPTY),
        )
        for field in compiled.model.fields
        if field.name not in {"mapped_fields", "remote_data"}
    )
    item = record.get("remote_data") or _first_item(body, compiled)
    unread = unread_paths(item, compiled)
    bindings = {"account": {"settings": {}}, "query": {}, **((known or {}).get("before") or {}), **_bound(known or {})}
    return MappingTrace(
        record=record,
        fields=fields,
        unread=unread,
        doubtful=tuple(_doubtful(item, unread, compiled)),
        moments=tuple(moments_in_dates(compiled.record, compiled.model.fields, item, bindings)),
    )


def _bound(known: dict[str, Any]) -> dict[str, Any]:
    return {name: known[name] for name in ("account", "query", "call") if known.get(name) is not None}


def merge_traces(traces: Sequence[MappingTrace]) -> MappingTrace:
    """Return the traces of several samples as one: each field with its first value, and everything that is never read."""
    first = traces[0]
    fields = (_merged_field([trace.fields[index] for trace in traces]) for index in range(len(first.fields)))
    return MappingTrace(
        samples=len(traces),
        record=first.record,
        fields=tuple(fields),
        unread=tuple(dict.fromkeys(path for trace in traces for path in trace.unread)),
        doubtful=tuple(dict.fromkeys(pair for trace in traces for pair in trace.doubtful)),
        moments=tuple({name: (name, text) for trace in traces for name, text in trace.moments}.values()),
    )


def _merged_field(tried: Sequence[TriedField]) -> TriedField:
    shown = next((one for one in tried if not one.is_empty), tried[0])
    return msgspec.structs.replace(shown, filled=sum(one.filled for one in tried))


def _doubtful(item: Any, unread: tuple[str, ...], mapping: Mapping) -> Iterator[tuple[str, str]]:
    """Yield names that were probably misspelt."""
    for path in sorted({".".join(read.path) for read in mapping.record.analysis.reads}):
        close = difflib.get_close_matches(path, unread, n=1, cutoff=LIKENESS)
        if close and not _has(item, path.split(".")):
            yield path, close[0]


def _has(value: Any, path: list[str]) -> bool:
    if not path:
        return True
    if isinstance(value, list):
        return any(_has(one, path) for one in value)
    return isinstance(value, dict) and path[0] in value and _has(value[path[0]], path[1:])


def _first_item(body: Any, mapping: Mapping) -> Any:
    """Return the object that the paths of the record expression start from, if the response's shape shows it."""
    reads = {read.path[0] for read in mapping.record.analysis.reads if read.path}
    left = [body]
    while left:
        value = left.pop(0)
        if isinstance(value, dict):
            if reads & value.keys():
                return value
            left += value.values()
        elif isinstance(value, list):
            left += value[:1]
    return body


def unread_paths(item: Any, mapping: Mapping) -> tuple[str, ...]:
    """Return the paths with a value in an object that the record expression does not read."""
    reads = [read.path for read in mapping.record.analysis.reads]
    return tuple(dict.fromkeys(".".join(place) for place in _leaves(item, ()) if not _is_read(place, reads)))


def _leaves(value: Any, place: Place) -> Iterator[Place]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*place, name))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, place)
    elif value is not None and place:
        yield place


def _is_read(place: Place, reads: list[Place]) -> bool:
    return any(read and _covers(read, place) for read in reads)


def _covers(read: Place, place: Place) -> bool:
    if "**" in read:
        read = read[: read.index("**")]
    return len(read) <= len(place) and all(one in {"*", other} for one, other in zip(read, place, strict=False))

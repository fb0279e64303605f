"""Which values of a body change nothing that is sent, and which fields are read only to be refused.

An expression can drop a word in silence: `status = "won" ? …`, and nothing for the other words. Every word of an enum and both
values of a boolean are tried once, on smallest bodies. What changes nothing is refused, and is not offered to callers.
"""

import itertools
from collections.abc import Iterator
from collections.abc import Mapping as Dict
from functools import cached_property
from typing import Any, Literal

import msgspec

from unified.catalog.files.source import DocumentPath
from unified.models import MAKING, Field
from unified.transform.calls.operation import Operation
from unified.transform.calls.path import IdTemplate
from unified.transform.calls.path_parameters import id_values
from unified.transform.writes.sample_values import sample_ids, sample_of, samples_of, two_entries
from unified.transform.writes.tried_write import Attempt, Attempts

MAX_ADDED = 4
"""Fields that are added to a smallest body, one after another, as long as refusals name them."""
Known = dict[str, Any]
Outcome = Literal["changes", "same", "refused"]


class CallFields(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a body that one writing call reads, according to the file."""

    operation: Operation
    writable: frozenset[str]
    required: frozenset[str]
    deciding: frozenset[str]
    """Fields that are read in conditions and refusals only."""


class _Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a field, tried in the call that it belongs to."""

    place: DocumentPath
    value: Any
    outcome: Outcome
    is_replacing: bool = False
    """Whether what changed has a value in the write without the field too."""


class Trials(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The findings about one writing method of a mapping."""

    method: str
    calls: tuple[CallFields, ...]
    fields: Dict[str, Field]
    attempts: Attempts
    id_template: IdTemplate | None
    tried: dict[str, dict[DocumentPath, list[_Tried]]] = {}

    @cached_property
    def lost(self) -> dict[tuple[DocumentPath, str], frozenset[Any]]:
        """Call and field → the words that change nothing, as JSON has them."""
        found: dict[tuple[DocumentPath, str], frozenset[Any]] = {}
        for field in self._closed():
            for place, tried in self._by_call(field).items():
                words = self._lost(tried)
                if words:
                    found[place, field.name] = words
        return found

    @cached_property
    def unwritable(self) -> frozenset[tuple[DocumentPath, str]]:
        """Calls with fields whose value is never sent."""
        found = {(one.operation.place, field.name) for field in self._doubtful() for one in self._never_sent(field)}
        return frozenset(found)

    def failures(self) -> Iterator[tuple[DocumentPath, str, str]]:
        """Yield call, field and reason where a valid body makes the mapping fail; of a list, two entries with every flag."""
        for field, (start, known) in itertools.product(self.fields.values(), self._starts()):
            values = [*samples_of(field), *two_entries(field)] if self._reads(field) else []
            tried = (self._completed({**start, field.name: one}, known) for one in values)
            failed = next((one.failure for one in tried if one.failure), None)
            if failed is not None:
                yield self.calls[0].operation.place, field.name, failed

    def _reads(self, field: Field) -> bool:
        return any(field.name in one.writable for one in self.calls)

    def _closed(self) -> Iterator[Field]:
        """Yield the fields whose every value can be tried."""
        read = frozenset().union(*(one.writable for one in self.calls))
        return (one for name, one in self.fields.items() if name in read and _values(one))

    def _doubtful(self) -> Iterator[Field]:
        closed = {one.name for one in self._closed()}
        read = frozenset().union(*(one.deciding for one in self.calls))
        return (one for name, one in self.fields.items() if name in read | closed)

    def _never_sent(self, field: Field) -> Iterator[CallFields]:
        """Yield the calls that refuse every value of a field, or lose it."""
        for place, tried in self._by_call(field).items():
            lost = self._lost(tried) if _values(field) else frozenset()
            kept = [one for one in tried if one.outcome == "changes" or (one.outcome == "same" and _is_kept(one.value, lost))]
            call = next((one for one in self.calls if one.operation.place == place), None)
            if call is not None and field.name not in call.required and not kept:
                yield call

    def _lost(self, tried: list[_Tried]) -> frozenset[Any]:
        """Return the words that change nothing.

        The one word of a new record that changes nothing is the state that it begins with; so is a word that is sent anyway.
        """
        same = {one.value for one in tried if one.outcome == "same"}
        same -= {one.value for one in tried if one.outcome == "changes"}
        begins = self.method in MAKING and (len(same) == 1 or any(one.is_replacing for one in tried))
        return frozenset() if begins else frozenset(same - {None})

    def _by_call(self, field: Field) -> dict[DocumentPath, list[_Tried]]:
        if field.name not in self.tried:
            self.tried[field.name] = self._try_all(field)
        return self.tried[field.name]

    def _try_all(self, field: Field) -> dict[DocumentPath, list[_Tried]]:
        values = [*(_values(field) or samples_of(field)), *([] if self.method in MAKING else [_null(field)])]
        found: dict[DocumentPath, list[_Tried]] = {}
        for start, known in self._starts():
            for value in values:
                one = self._try(field, value, start, known)
                if one is not None:
                    found.setdefault(one.place, []).append(one)
        if all(one.outcome == "changes" for tried in found.values() for one in tried):
            return found
        for start, known in self._wide_starts(field):
            for value in values:
                one = self._try(field, value, start, known)
                if one is not None and one.outcome == "changes":
                    found.setdefault(one.place, []).append(one)
        return found

    def _try(self, field: Field, value: Any, start: dict[str, Any], known: Known) -> _Tried | None:
        """Try a value in a body that lacks the field; None where nothing can be said of it."""
        given = self._completed({**start, field.name: value}, known)
        bare = self.attempts.make(self.method, {one: given.body[one] for one in given.body if one != field.name}, known)
        if given.refused:
            return self._refused(field, value, given, bare)
        if given.is_open or bare.is_open:
            return _Tried(place=given.place, value=value, outcome="changes")
        if bare.refused:
            return None
        outcome: Outcome = "same" if (given.place, given.sent) == (bare.place, bare.sent) else "changes"
        places = {place for place, one in given.leaves().items() if bare.leaves().get(place) != one}
        is_replacing = outcome == "changes" and bool(places) and places <= bare.leaves().keys()
        return _Tried(place=given.place, value=value, outcome=outcome, is_replacing=is_replacing)

    def _refused(self, field: Field, value: Any, given: Attempt, bare: Attempt) -> _Tried | None:
        if given.is_open:
            return _Tried(place=bare.place, value=value, outcome="changes")
        return _Tried(place=bare.place, value=value, outcome="refused") if field.name in given.refused else None

    def _completed(self, body: dict[str, Any], known: Known) -> Attempt:
        """Try a body with the fields that refusals ask for."""
        for _ in range(MAX_ADDED):
            given = self.attempts.make(self.method, body, known)
            lacking = {name: self.fields[name] for name in given.refused if name not in body and name in self.fields}
            if not lacking or given.is_open:
                return given
            body = {**body, **{name: self._sample(one) for name, one in lacking.items()}}
        return self.attempts.make(self.method, body, known)

    def _sample(self, field: Field) -> Any:
        references = next((one.operation.references for one in self.calls), {})
        return sample_of(field, references)

    def _starts(self) -> Iterator[tuple[dict[str, Any], Known]]:
        """Yield smallest bodies, of which each call has one, for each form of an id."""
        for call in self.calls:
            body = {name: self._sample(self.fields[name]) for name in sorted(call.required) if name in self.fields}
            for record_id in [None] if self.method in MAKING else sample_ids(self.id_template):
                yield body, self._known(call, record_id)

    def _wide_starts(self, field: Field) -> Iterator[tuple[dict[str, Any], Known]]:
        """Yield smallest bodies with each other field added, as a value may need one."""
        for body, known in list(self._starts()):
            others = frozenset().union(*(one.writable for one in self.calls)) & self.fields.keys()
            for name in sorted(others - {field.name, *body}):
                yield {**body, name: self._sample(self.fields[name])}, known

    def _known(self, call: CallFields, record_id: str | None) -> Known:
        values = {} if record_id is None else id_values(record_id, self.id_template)
        path = dict.fromkeys(self.attempts.model.path_parameters, "12")
        by = {} if call.operation.by is None else {"by": call.operation.by}
        return {**path, **values, **by}


def _values(field: Field) -> tuple[Any, ...]:
    """Return all values of a field that has few: the words of an enum, or true and false."""
    return () if field.is_list else field.enum or ((True, False) if field.kind == "boolean" else ())


def _is_kept(value: Any, lost: frozenset[Any]) -> bool:
    return value not in (None, [], *lost)


def _null(field: Field) -> Any:
    return [] if field.is_list else None

"""The writing calls of a mapping: which common fields each can send, and which it needs."""

from collections.abc import Iterator
from collections.abc import Mapping as Dict
from typing import Any

import msgspec

from unified.catalog.files.source import DocumentPath
from unified.models import MAKING, UPSERT, Model
from unified.transform.calls.methods import WRITING
from unified.transform.calls.operation import Operation
from unified.transform.calls.path import IdTemplate, fields_in
from unified.transform.compilation.enums import Enums
from unified.transform.compilation.writable_words import writable_words
from unified.transform.queries.filter_names import field_of
from unified.transform.writes.deciding_reads import only_decides
from unified.transform.writes.tried_write import Attempts
from unified.transform.writes.write import writable_fields
from unified.transform.writes.write_trials import CallFields, Trials
from unified_jsonata import Expression

ACCESS = {"create": ("rw", "c"), "update": ("rw",), UPSERT: ("rw",)}
"""Methods → the access of fields that their bodies can have; those of custom methods have another form."""
EVERYTHING = frozenset({(), ("*",), ("**",)})
"""First steps of reads that may be of any field."""


class WriteCalls(msgspec.Struct, frozen=True, kw_only=True):
    """The calls of one mapping by their method, and what they read of a body."""

    model: Model
    calls: Dict[str, tuple[Operation, ...]]
    write: Expression | None
    """The expression that builds the body of a create, an update and an upsert."""
    id_template: IdTemplate | None
    enums: Enums
    attempts: Attempts
    found: dict[DocumentPath, frozenset[str]] = {}
    """The results of `writable_by` for each call."""
    tried: dict[str, Trials] = {}
    """The results of `trials` for each method."""

    def writable(self, method: str) -> frozenset[str]:
        """Return the common fields that a create, an update or a custom method can send."""
        return frozenset[str]().union(*(self.writable_by(one) for one in self.calls.get(method, ())))

    def writable_by(self, operation: Operation) -> frozenset[str]:
        """Return the common fields that one call of such a method can send."""
        found = self.found.get(operation.place)
        if found is None:
            tried = self.trials(operation.method).unwritable
            read = self.read_by(operation)
            found = self.found[operation.place] = frozenset(one for one in read if (operation.place, one) not in tried)
        return found

    def trials(self, method: str) -> Trials:
        """Return which words a method loses, and which fields it only refuses."""
        found = self.tried.get(method)
        if found is None:
            found = self.tried[method] = Trials(
                method=method,
                calls=tuple(self._call_fields(one) for one in self.calls.get(method, ())),
                fields={one.name: one for one in self.model.fields if one.access in ACCESS.get(method, ("rw", "c", "ro"))},
                attempts=self.attempts,
                id_template=self.id_template,
            )
        return found

    def lost_words(self, operation: Operation) -> dict[str, frozenset[Any]]:
        """Return the words of each closed field that change nothing in a call, so that they are refused."""
        lost = self.trials(operation.method).lost
        return {field: words for (place, field), words in lost.items() if place == operation.place}

    def _call_fields(self, operation: Operation) -> CallFields:
        read = self.read_by(operation)
        steps = (operation, *operation.after)
        in_paths = {name for step in steps for name in fields_in(step.path, step.results)}
        building = [one for one in self._expressions(operation) if one not in {step.when for step in steps}]
        decides = {name for name in read - in_paths if all(only_decides(one, name) for one in building)}
        needed = {one.name for one in self.model.fields if one.required and one.access != "ro"} & read
        return CallFields(
            operation=operation,
            writable=read,
            required=frozenset({*self.required_by(operation), *(needed if operation.method in MAKING else ())}),
            deciding=frozenset(decides),
        )

    def writable_words(self, method: str) -> dict[str, tuple[str, ...]]:
        """Return the words that a method can send of each enum field that does not take all words."""
        calls = self.calls.get(method, ())
        words = writable_words(self.expressions(method), self.enums, self.model) if calls else {}
        for field in self.model.fields:
            lost = [self.lost_words(one).get(field.name, frozenset()) for one in calls] if field.enum else []
            everywhere = frozenset.intersection(*lost) if lost else frozenset()
            if everywhere:
                words[field.name] = tuple(one for one in words.get(field.name, field.enum) if one not in everywhere)
        return words

    def has_content(self, operation: Operation, body: Dict[str, Any]) -> bool:
        """Return whether a call itself, without the calls after it, sends something of a common body."""
        read = {one.path[:1] for text in self._own_expressions(operation) for one in text.analysis.reads}
        if not read.isdisjoint(EVERYTHING) or body.get("remote_fields"):
            return True
        return not body.keys().isdisjoint({*(one[0] for one in read), *fields_in(operation.path, operation.results)})

    def expressions(self, method: str) -> tuple[Expression, ...]:
        """Return the expressions that read the body of a create, an update or a custom method."""
        return tuple(dict.fromkeys(text for one in self.calls[method] for text in self._expressions(one)))

    def id_names(self, *, is_new: bool) -> frozenset[str]:
        """Return the names of the id and its parts that a write makes: none unless the record is new."""
        known = {field.name for field in self.model.fields} - {"id"}
        parts = self.id_template.names() if self.id_template else ()
        return frozenset({"id", *parts}) - known if is_new else frozenset()

    def required(self, method: str) -> tuple[str, ...]:
        """Return the fields without which the provider refuses every create: listed in the file, or part of the path."""
        calls = [self.required_by(one) for one in self.calls.get(method, ())]
        return tuple(name for name in calls[0] if all(name in one for one in calls)) if calls else ()

    def required_by(self, operation: Operation) -> tuple[str, ...]:
        """Return the fields without which one call of a create or an upsert cannot be made."""
        method = operation.method
        names = [name for name in fields_in(operation.path, operation.results) if name not in self._given(method)]
        key = () if operation.by is None else (field_of(operation.by, self.model),)
        return tuple(dict.fromkeys((*operation.call.required, *key, *(names if method in MAKING else ()))))

    def read_by(self, operation: Operation) -> frozenset[str]:
        """Return the common fields that a call reads of a body, also those that it does not send."""
        method, steps = operation.method, (operation, *operation.after)
        names = {name for step in steps for name in fields_in(step.path, step.results)} - self._given(method)
        known = {field.name for field in self.model.fields}
        return writable_fields(self._expressions(operation), names) & known

    def _given(self, method: str) -> frozenset[str]:
        """Return names that come from the record's id; before it exists, parts such as the ticket of a comment are fields."""
        parts = self.id_template.names() if self.id_template and method not in MAKING else ()
        return frozenset({"id", *parts})

    def _expressions(self, operation: Operation) -> tuple[Expression, ...]:
        after = (one for step in operation.after for one in _sending(step))
        return (*self._own_expressions(operation), *after)

    def _own_expressions(self, operation: Operation) -> tuple[Expression, ...]:
        """Return the expressions of a write's own request that read the body."""
        uses_write = operation.method in WRITING and (operation.body is None or "write" in _variables(operation.body))
        written = (self.write,) if self.write is not None and uses_write else ()
        return (*written, *_sending(operation))


def _sending(step: Operation) -> Iterator[Expression]:
    return (one for one in (step.body, step.when, step.query, step.for_each) if one is not None)


def _variables(expression: Expression) -> frozenset[str]:
    return frozenset(use.name for use in expression.analysis.variables)

"""A compiled mapping: what one provider's records mean in one common model, and which calls reach them.

It is pure: it builds requests and reads responses, and never sends anything. The service adds the sending; the embedding API
(`read`, `call`, `write`, `coverage`) uses it directly.
"""

import hashlib
import re
from collections.abc import Collection, Iterator
from collections.abc import Mapping as Dict
from functools import cached_property
from typing import Any

import msgspec

from unified.catalog.mapping import MappingFile, listed_calls
from unified.catalog.provider import Provider, Reads
from unified.catalog.source import DocumentPath
from unified.errors import (
    InvalidId,
    MappingFailed,
    NotSupported,
    UnsupportedField,
    UnsupportedFilter,
    did_you_mean,
    known_names,
)
from unified.jsonata import UNDEFINED, Expression, JsonataError, Refusal, narrow
from unified.models import Model, method_class
from unified.transform.choices import choose
from unified.transform.compile import Compiler, custom_roots
from unified.transform.custom_keys import CUSTOM, CustomKeys, custom_patterns
from unified.transform.filters import fields_needed, no_single_ids, refuse_direction, refuse_unsupported
from unified.transform.natives import Natives, natives_of
from unified.transform.nulls import Nulls
from unified.transform.operation import Operation
from unified.transform.path import IdTemplate, fields_in, is_reserved, segment
from unified.transform.query import Query
from unified.transform.record_mapper import RecordMapper, fields_to_read
from unified.transform.record_notes import RecordNote, notes_of
from unified.transform.record_version import version_text
from unified.transform.writable_words import writable_words
from unified.transform.write import (
    BUILT_FROM,
    common_body,
    merged,
    payload,
    refuse_several,
    refuse_unwritable,
    writable_fields,
)

METHODS = ("list", "get", "create", "update", "delete")
WRITING = frozenset({"create", "update"})
"""Methods of which `write` builds the body."""
BASE_FIELDS = frozenset({"id", "remote_id", "mapped_fields", "remote_data"})
"""Fields that every record has without a mapping."""
MAX_NARROWED = 256
EVERYTHING = frozenset({(), ("*",), ("**",)})
"""First steps of reads that may be of any field."""


class ListPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The list call chosen for a query, and the conditions that it applies itself."""

    index: int
    operation: Operation
    native: frozenset[str]
    """Conditions that the provider applies."""
    remaining: frozenset[str]
    """Conditions that must be tested on mapped records."""


class Mapping:
    """The compiled form of `mappings/<provider>/<model>.yaml`; immutable except for its cache of narrowed expressions."""

    def __init__(self, file: MappingFile, provider: Provider, model: Model) -> None:
        self.file = file
        self.provider = provider
        self.model = model
        self.id_template = IdTemplate(template=file.document.id) if file.document.id else None
        self.reads_rules: Reads = file.document.reads or provider.reads
        compiler = Compiler(file, provider)
        self.enums = compiler.enums
        self.words = compiler.words
        self.enum_fields = compiler.enum_fields
        self.record = compiler.expression(("record",), file.document.record)
        compiler.bind_custom(self.record)
        self.warnings = self._optional(compiler, "warnings")
        self.version = self._optional(compiler, "version")
        self._compiler = compiler
        self.write_expression = self._optional(compiler, "write")
        self.lists = tuple(compiler.operation("list", ("list", i), one) for i, one in enumerate(file.document.list))
        self.choices = self._choices(compiler)
        self.definitions = compiler.operation("fields", ("fields",), file.document.fields) if file.document.fields else None
        self._shapes: dict[Any, RecordMapper] = {}
        self._writable: dict[DocumentPath, frozenset[str]] = {}

    def _optional(self, compiler: Compiler, key: str) -> Expression | None:
        """Return the expression of a key that the file need not have."""
        text = getattr(self.file.document, key)
        return None if text is None else compiler.expression((key,), text)

    def _choices(self, compiler: Compiler) -> dict[str, tuple[Operation, ...]]:
        document = self.file.document
        methods = {name: getattr(document, name) for name in METHODS[1:]} | document.custom
        places = {name: ("custom", name) if name in document.custom else (name,) for name in methods}
        compiled = {
            name: tuple(compiler.operation(name, place, call) for place, call in listed_calls(places[name], calls))
            for name, calls in methods.items()
            if calls
        }
        return ({"list": self.lists} if self.lists else {}) | compiled

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """The call of each method that is made if the `when` of no other holds."""
        return {name: calls[-1] for name, calls in self.choices.items()}

    def top_calls(self) -> tuple[Operation, ...]:
        """Return all calls of the file but those inside of others, in the order of the methods."""
        definitions = (self.definitions,) if self.definitions else ()
        return (*(one for calls in self.choices.values() for one in calls), *definitions)

    @cached_property
    def digest(self) -> str:
        """A digest of all that decides what this mapping sends: its file's content, the provider's and the model's fields."""
        document = msgspec.structs.replace(self.file.document, notes=(), not_offered={})
        provider = msgspec.structs.replace(self.provider, notes=(), not_offered={})
        described = [document, provider, self.model.fields]
        content = msgspec.json.encode(described, order="sorted", enc_hook=str)  # a field refers to its struct
        return hashlib.sha256(content).hexdigest()

    @property
    def nulls(self) -> Nulls:
        """What clears a field at this provider."""
        return self._compiler.nulls

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that this provider offers for the model: list, get … and custom methods."""
        return tuple(self.operations)

    @cached_property
    def single(self) -> dict[str, tuple[str, ...]]:
        """List fields of which the provider keeps one entry of each of these types, or one at all where there are none."""
        given = self.file.document.single
        return given if isinstance(given, dict) else dict.fromkeys(given, ())

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of every operation: the model's and those that the file adds."""
        return tuple(dict.fromkeys((*self.model.tags, *self.file.document.tags)))

    def operation(self, method: str) -> Operation:
        """Return the call of a method that is made if the `when` of no other holds; raise as `calls_of` does."""
        return self.calls_of(method)[-1]

    def calls_of(self, method: str) -> tuple[Operation, ...]:
        """Return the calls of a method, of which one is made.

        Raises:
            NotSupported: The method is not offered; the message lists those that are.
        """
        if method not in self.choices:
            offered = ", ".join(self.methods) or "nothing"
            raise NotSupported(f"{self.provider.title} does not offer {method} of {self.model.id}. Offered: {offered}")
        return self.choices[method]

    def chosen(self, method: str, root: Dict[str, Any], bindings: dict[str, Any]) -> Operation:
        """Return the call of a method for a common query or body; raise as `calls_of` does."""
        return choose(self.calls_of(method), root, bindings)

    # list

    def list_for(self, query: Query) -> ListPlan:
        """Choose the list call for a query.

        Raises:
            NotSupported: The mapping has no list call.
            UnsupportedFilter, UnsupportedField: A filter, order or field cannot be served; the message names it.
        """
        self.operation("list")
        index = next(i for i in self._candidates() if self._is_for(self.lists[i], query))
        operation = self.lists[index]
        native = self._native(operation) & query.requested() - _double_conditions(query) - query.here
        native -= frozenset(name for one in self.chained(operation) for name in one.lacking(query))
        filled = self.filled
        rechecked = {*operation.call.recheck, *no_single_ids(query, self.model, filled)}
        remaining = query.requested() - (native - rechecked) - {"include_deleted"}
        refuse_unsupported(query, remaining, self.model, filled, self.native_filters)
        self._refuse_sort(query, operation)
        self._refuse_fields(query)
        return ListPlan(index=index, operation=operation, native=native, remaining=remaining)

    def _candidates(self) -> Iterator[int]:
        """Return the list calls that can be chosen; a named one without `when` exists only for a `chain`."""
        last = len(self.lists) - 1
        return (i for i, one in enumerate(self.lists) if i == last or one.when is not None or not one.call.name)

    def _is_for(self, operation: Operation, query: Query) -> bool:
        """Return whether a list call is the one to choose.

        A condition that is kept from the provider counts only if it needs fields that no other call provides; the request is
        built without it, so what the call itself would do for it does not matter.
        """
        if operation.when is None:
            return True
        kept = query.here & self._native(operation)
        exclusive = self._exclusive_fields(operation)
        unseen = {one for one in kept if not fields_needed(query, frozenset({one}), self.model) & exclusive}
        seen = query.requested() - unseen
        root = query.root(seen)
        bindings: dict[str, Any] = {"query": root, "account": {}, **operation.conditions(query, seen)}
        if query.sort is not None:
            bindings["order"] = {"field": query.sort.field, "descending": query.sort.descending}
        return operation.matches(root, bindings)

    def _exclusive_fields(self, operation: Operation) -> frozenset[str]:
        """Return the fields built from what is prefetched for this list call but not for the one without conditions."""
        results = [frozenset((*one.before, *one.with_, *one.each)) for one in (operation, self.lists[-1])]
        prefetched = results[0] - results[1]
        return frozenset(write.key for write in self.record.analysis.writes or () if write.variables & prefetched)

    def _native(self, operation: Operation) -> frozenset[str]:
        if not operation.call.chain:
            return operation.native
        return frozenset.intersection(*(part.native for part in self.chained(operation))) | operation.native

    def chained(self, operation: Operation) -> tuple[Operation, ...]:
        """Return the list calls that a `chain` reads one after another; the call itself if it has no chain."""
        if not operation.call.chain:
            return (operation,)
        named = {one.call.name: one for one in self.lists}
        return tuple(named[name] for name in operation.call.chain)

    def _refuse_sort(self, query: Query, operation: Operation) -> None:
        row = None if query.sort is None else operation.call.sort.get(query.sort.field)
        if query.sort is None or isinstance(row, str):
            return
        if row is not None:
            refuse_direction(query.sort, row, self.model)
            return
        possible = known_names(operation.call.sort) or "none"
        if query.sort.field in self.sortable:
            possible += f"; {query.sort.field} only together with a condition that the provider itself does"
        raise UnsupportedFilter(f"{self.model.id}: cannot be sorted by `{query.sort.field}` here. Possible: {possible}")

    def _refuse_fields(self, query: Query) -> None:
        if not query.fields:
            return
        names = {field.name for field in self.model.fields}
        for name in query.fields:
            if name not in names and not name.startswith(CUSTOM):
                hint = did_you_mean(name, names)
                raise UnsupportedField(f"{self.model.id} has no field `{name}`.{hint} Known: {known_names(names)}")
            self.custom_keys.refuse_field(name)

    # shapes

    def shape(self, operation: Operation, query: Query, remaining: frozenset[str] = frozenset()) -> RecordMapper:
        """Return the mapper for this call, narrowed to `fields=` and to what the remaining conditions need."""
        self._refuse_fields(query)
        key = (operation.place, query.fields, remaining, query.include_deleted)
        mapper = self._shapes.get(key)
        if mapper is None:
            mapper = self._build_shape(operation, query, remaining)
            if len(self._shapes) < MAX_NARROWED:
                self._shapes[key] = mapper
        return mapper

    def _build_shape(self, operation: Operation, query: Query, remaining: frozenset[str]) -> RecordMapper:
        own = operation.record
        expression = self.record if own is None else own
        place = ("record",) if own is None else (*operation.place, "record")
        whole = RecordMapper(
            model=self.model,
            where=self.file.source.where(place),
            expression=expression,
            rules=self.reads_rules,
            custom=(*self._version_paths(operation), *self._warning_paths()),
            from_request=_from_request(expression),
        )
        return self._narrowed(whole, query, remaining) if query.fields else whole

    def _narrowed(self, whole: RecordMapper, query: Query, remaining: frozenset[str]) -> RecordMapper:
        custom = tuple(name.removeprefix(CUSTOM) for name in query.fields if name.startswith(CUSTOM))
        requested = frozenset(name.split(".")[0] for name in query.fields) | {"id"}
        keep = requested | fields_needed(query, remaining, self.model) | {"is_deleted"}
        keys = fields_to_read(self.model, keep, written_keys(whole.expression))
        text = narrow(whole.expression.source, whole.expression.tree, keys)
        expression = self._compiler.parse(("record",), text)
        paths = tuple((*root, name) for root in custom_roots(whole.expression) for name in custom)
        return msgspec.structs.replace(whole, expression=expression, keep=keep, custom=(*whole.custom, *paths))

    def _version_paths(self, operation: Operation) -> tuple[tuple[str, ...], ...]:
        """Return what must be requested beside a single record for its version."""
        if self.version is None or operation.method not in {"get", *WRITING}:
            return ()
        return tuple(read.path for read in self.version.analysis.reads)

    def _warning_paths(self) -> tuple[tuple[str, ...], ...]:
        """Return what must be requested beside each record for its warnings."""
        return () if self.warnings is None else tuple(read.path for read in self.warnings.analysis.reads)

    # derived from the expressions

    @cached_property
    def custom_keys(self) -> CustomKeys:
        """The rule for keys of `custom_fields`, in bodies and in `fields=`."""
        return CustomKeys(
            model=self.model.id,
            natives=self._natives(),
            form=self.file.document.custom_keys,
            names=self.reads_rules.names or self.provider.reads.names,
            patterns=custom_patterns(self.record),
            is_read="custom_fields" in written_keys(self.record),
            maps=frozenset(field.name for field in self.model.fields if field.kind == "map") - {"custom_fields"},
        )

    def _natives(self) -> Natives:
        tops = [one for calls in self.choices.values() for one in calls]
        records = (self.record, *(one.record for one in tops if one.record is not None))
        writing = [one for name, calls in self.choices.items() if method_class(name) != "read" for one in calls]
        bodies = (step.body for one in writing for step in (one, *one.after))
        sending = (one for one in (self.write_expression, *bodies) if one is not None)
        return natives_of(self.model, records, sending, writing, roots=custom_roots(self.record))

    @property
    def filled(self) -> frozenset[str]:
        """Fields that the record expression fills."""
        written = written_keys(self.record)
        built = {name for name, parts in BUILT_FROM.items() if all(written & set(part) for part in parts)}
        return written | (built & {field.name for field in self.model.fields})

    @property
    def native_filters(self) -> frozenset[str]:
        """Conditions that at least one list call applies itself."""
        return frozenset(name for one in self.lists for name in self._native(one))

    @property
    def sortable(self) -> frozenset[str]:
        """Fields by which at least one list call can sort."""
        return frozenset(name for one in self.lists for name in one.call.sort)

    def writable(self, method: str) -> frozenset[str]:
        """Return the common fields that a create, an update or a custom method can send."""
        return frozenset[str]().union(*(self.writable_by(one) for one in self.choices.get(method, ())))

    def writable_by(self, operation: Operation) -> frozenset[str]:
        """Return the common fields that one call of such a method can send."""
        found = self._writable.get(operation.place)
        if found is None:
            found = self._writable[operation.place] = self._find_writable(operation)
        return found

    def _find_writable(self, operation: Operation) -> frozenset[str]:
        method, steps = operation.method, (operation, *operation.after)
        names = {name for step in steps for name in fields_in(step.path, step.results)} - self._id_names(method)
        known = {field.name for field in self.model.fields}
        return writable_fields(self._writing(operation), names) & known

    def has_content(self, operation: Operation, body: Dict[str, Any]) -> bool:
        """Return whether a call itself, without the calls after it, sends something of a common body."""
        read = {one.path[:1] for text in self._own_writing(operation) for one in text.analysis.reads}
        if not read.isdisjoint(EVERYTHING) or body.get("remote_fields"):
            return True
        return not body.keys().isdisjoint({*(one[0] for one in read), *fields_in(operation.path, operation.results)})

    def writing(self, method: str) -> tuple[Expression, ...]:
        """Return the expressions that read the body of a create, an update or a custom method."""
        return tuple(dict.fromkeys(text for one in self.choices[method] for text in self._writing(one)))

    def _writing(self, operation: Operation) -> tuple[Expression, ...]:
        after = (one for step in operation.after for one in _sending(step))
        return (*self._own_writing(operation), *after)

    def _own_writing(self, operation: Operation) -> tuple[Expression, ...]:
        """Return the expressions of a write's own request that read the body."""
        uses_write = operation.method in WRITING and (operation.body is None or "write" in _variables(operation.body))
        written = (self.write_expression,) if self.write_expression is not None and uses_write else ()
        return (*written, *_sending(operation))

    def writable_words(self, method: str) -> dict[str, tuple[str, ...]]:
        """Return the words that a method can send of each enum field that it writes by a table; others take all words."""
        return writable_words(self.writing(method), self.enums, self.model) if method in self.operations else {}

    def _id_names(self, method: str) -> frozenset[str]:
        """Return names that come from the record's id; before it exists, parts such as the ticket of a comment are fields."""
        parts = self.id_template.names() if self.id_template and method != "create" else ()
        return frozenset({"id", *parts})

    def id_names(self, *, is_new: bool) -> frozenset[str]:
        """Return the names of the id and its parts that a write makes: none unless the record is new."""
        known = {field.name for field in self.model.fields} - {"id"}
        parts = self.id_template.names() if self.id_template else ()
        return frozenset({"id", *parts}) - known if is_new else frozenset()

    def required(self, method: str) -> tuple[str, ...]:
        """Return the fields without which the provider refuses every create: listed in the file, or part of the path."""
        calls = [self.required_by(one) for one in self.choices.get(method, ())]
        return tuple(name for name in calls[0] if all(name in one for one in calls)) if calls else ()

    def required_by(self, operation: Operation) -> tuple[str, ...]:
        """Return the fields without which one call of a create cannot be made."""
        method = operation.method
        names = [name for name in fields_in(operation.path, operation.results) if name not in self._id_names(method)]
        return tuple(dict.fromkeys((*operation.call.required, *(names if method == "create" else ()))))

    # ids, versions and writes

    def shows_version(self, hidden: Collection[str] = ()) -> bool:
        """Return whether records have a version that is not made of a hidden field, of which it would show the changes."""
        if self.version is None:
            return False
        paths = {read.path for read in self.version.analysis.reads} if hidden else set()
        records = (self.record, *(one.record for calls in self.choices.values() for one in calls if one.record is not None))
        fields = (one for record in records for one in record.analysis.writes or () if one.key in hidden)
        shown = {read.path for one in fields for read in one.reads} - {()}
        return not any(path[: len(one)] == one[: len(path)] for path in paths for one in shown)

    def notes_of(self, item: Any, bindings: dict[str, Any]) -> tuple[RecordNote, ...]:
        """Return the warnings about a record, by the expression `warnings`.

        Raises:
            MappingFailed: The expression fails, or gives something else than warnings.
        """
        if self.warnings is None:
            return ()
        value = self._evaluated("warnings", self.warnings, item, bindings)
        return notes_of(value, self._field_names, self.file.source.where(("warnings",)))

    def _evaluated(self, key: str, expression: Expression, item: Any, bindings: dict[str, Any]) -> Any:
        """Return what an expression of the file gives for a provider's object; raise MappingFailed if it fails."""
        try:
            return expression.evaluate(item, bindings)
        except (JsonataError, Refusal) as problem:
            raise MappingFailed(f"{self.file.source.where((key,))}: `{key}` failed: {problem}") from None

    @cached_property
    def _field_names(self) -> frozenset[str]:
        return frozenset(field.name for field in self.model.fields)

    def version_of(self, item: Any, bindings: dict[str, Any]) -> str | None:
        """Return the version of a record, as the provider says it with the record or in a header; None if it says none.

        Raises:
            MappingFailed: The expression fails, or gives something else than text or a number.
        """
        if self.version is None:
            return None
        return version_text(self._evaluated("version", self.version, item, bindings), self.file.source.where(("version",)))

    def check_path(self, values: Dict[str, Any]) -> None:
        """Check path parameters against the forms and reserved names of the file.

        Raises:
            InvalidId: A path parameter does not have the required form, or is a reserved name.
        """
        for name, pattern in self.file.document.path.items():
            value = values.get(name)
            if value is None:
                continue
            if not isinstance(value, str) or not re.fullmatch(pattern, value):
                raise InvalidId(f"{name}: expected text of the form {pattern}")
            if is_reserved(value, self.file.document.reserved.get(name, ())):
                raise InvalidId(f"{name}: expected a custom one; objects of {self.provider.title}'s own are not reached here")

    def model_of_object(self, word: str) -> str | None:
        """Return the common model for the provider's name of an object, in the plural or singular and in any case."""
        objects = self.file.document.objects
        return next((model for name, model in objects.items() if is_reserved(word, (name,))), None)

    def id_values(self, record_id: str) -> dict[str, str]:
        """Return the id, and the parts of a composite one, as names for paths and expressions.

        Raises:
            InvalidId: The id does not have the required form.
        """
        if not isinstance(record_id, str):
            raise InvalidId("id: expected text")
        parts = self.id_template.split(record_id) if self.id_template else {}
        for name, value in (parts or {"id": record_id}).items():
            segment(name, value)  # refused here, before any call is made for it
        return {"id": record_id, **parts}

    def provider_body(self, method: str, body: dict[str, Any], bindings: dict[str, Any]) -> Any:
        """Return the provider's body for a common one, merged with its `remote_fields`; UNSET when none is sent.

        Raises:
            UnsupportedField, ValidationFailed: The body has fields that cannot be sent.
        """
        operation = self.check_body(method, body, bindings)
        common = self.common_body(body)
        written = self._written(common, bindings) if method in WRITING else UNDEFINED
        result = operation.payload(common, bindings, written)
        remote_fields = body.get("remote_fields")
        if result is UNDEFINED:
            return msgspec.UNSET if remote_fields is None else remote_fields
        return merged(result, remote_fields) if remote_fields else result

    def common_body(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return a body as the expressions of this mapping see it: its fields, with `[]` for a list that is null."""
        return common_body(self.model, body)

    def check_body(self, method: str, body: dict[str, Any], bindings: dict[str, Any]) -> Operation:
        """Return the call for a body, which must send all its fields and let no key set a field past its own name.

        Raises:
            UnsupportedField, ValidationFailed: It does not; `errors` lists the fields.
        """
        operation = self.chosen(method, self.common_body(body), bindings)
        writable = self.writable_by(operation)
        if method in WRITING:
            refuse_unwritable(body, writable, self.model.id)
            refuse_several(body, self.single, self.model.id)
        self.custom_keys.refuse_body(body, writable)
        return operation

    def _written(self, common: dict[str, Any], bindings: dict[str, Any]) -> Any:
        if self.write_expression is None:
            return UNDEFINED
        where = self.file.source.where(("write",))
        return payload(self.write_expression, common, bindings, where=where, nulls=self.nulls)


def written_keys(record: Expression) -> frozenset[str]:
    """Return the fields that a record expression fills, as far as the analysis can tell."""
    return frozenset(write.key for write in record.analysis.writes or ()) | BASE_FIELDS


def _sending(step: Operation) -> Iterator[Expression]:
    return (one for one in (step.body, step.when, step.query, step.entries) if one is not None)


def _variables(expression: Expression) -> frozenset[str]:
    return frozenset(use.name for use in expression.analysis.variables)


def _from_request(record: Expression) -> frozenset[str]:
    return frozenset(write.key for write in record.analysis.writes or () if "query" in write.variables)


def _double_conditions(query: Query) -> frozenset[str]:
    """Return conditions next to an equality on the same field: expressions see only the equality."""
    equal = {one.field for one in query.filters if one.operator == "eq"}
    return frozenset(one.parameter for one in query.filters if one.operator != "eq" and one.field in equal)

"""A compiled mapping: what one provider's records mean in one common model, and which calls reach them.

It is pure: it builds requests and reads responses, and never sends anything. The service adds the sending; the embedding API
(`read`, `call`, `write`, `coverage`) uses it directly.
"""

import hashlib
from collections.abc import Collection
from collections.abc import Mapping as Dict
from functools import cached_property
from typing import Any

import msgspec

from unified.catalog.mapping import MappingFile
from unified.catalog.provider import Provider, Reads
from unified.errors.providers import MappingFailed, NotSupported
from unified.jsonata import UNDEFINED, Expression, JsonataError, Refusal
from unified.models import UPSERT, Model, method_class
from unified.transform.choices import choose, compile_choices
from unified.transform.compile import Compiler, custom_roots
from unified.transform.custom_keys import CustomKeys, custom_patterns
from unified.transform.filled_fields import filled_fields, written_keys
from unified.transform.list_calls import ListCalls, ListPlan
from unified.transform.methods import WRITING
from unified.transform.natives import Natives, natives_of
from unified.transform.nulls import Nulls
from unified.transform.operation import Operation
from unified.transform.path import IdTemplate, is_reserved
from unified.transform.path_parameters import check_forms, id_values
from unified.transform.query import Query
from unified.transform.record_mapper import RecordMapper
from unified.transform.record_notes import RecordNote, notes_of
from unified.transform.record_shapes import RecordShapes, refuse_fields
from unified.transform.record_version import made_of, version_text
from unified.transform.upserts import choose_key
from unified.transform.write import common_body, merged, payload, refuse_several, refuse_unwritable
from unified.transform.write_calls import WriteCalls


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
        self.choices = compile_choices(compiler, file.document)
        self.lists = self.choices.get("list", ())
        self.definitions = compiler.operation("fields", ("fields",), file.document.fields) if file.document.fields else None
        self.write_calls = WriteCalls(
            model=model, calls=self.choices, write=self.write_expression, id_template=self.id_template, enums=self.enums
        )
        self._shapes = RecordShapes(
            model=model,
            source=file.source,
            compiler=compiler,
            rules=self.reads_rules,
            record=self.record,
            version=self.version,
            warnings=self.warnings,
        )

    def _optional(self, compiler: Compiler, key: str) -> Expression | None:
        """Return the expression of a key that the file need not have."""
        text = getattr(self.file.document, key)
        return None if text is None else compiler.expression((key,), text)

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
    def keys(self) -> tuple[str, ...]:
        """The external keys by which the provider creates or updates a record; none where it does not."""
        return tuple(one.by for one in self.choices.get(UPSERT, ()) if one.by is not None)

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
        """Return the call of a method for a common query or body: of an upsert, that of the external key `$by`.

        Raises:
            NotSupported: The method is not offered.
            ValidationFailed: No upsert is made by this key.
        """
        calls = self.calls_of(method)
        return choose_key(calls, bindings.get("by"), self.model) if method == UPSERT else choose(calls, root, bindings)

    # list

    def list_for(self, query: Query) -> ListPlan:
        """Choose the list call for a query.

        Raises:
            NotSupported: The mapping has no list call.
            UnsupportedFilter, UnsupportedField: A filter, order or field cannot be served; the message names it.
        """
        self.operation("list")
        plan = self.list_calls.plan(query)
        self._refuse_fields(query)
        return plan

    def chained(self, operation: Operation) -> tuple[Operation, ...]:
        """Return the list calls that a `chain` reads one after another; the call itself if it has no chain."""
        return self.list_calls.chained(operation)

    @property
    def native_filters(self) -> frozenset[str]:
        """Conditions that at least one list call applies itself."""
        return self.list_calls.native_filters

    @property
    def sortable(self) -> frozenset[str]:
        """Fields by which at least one list call can sort."""
        return self.list_calls.sortable

    @cached_property
    def list_calls(self) -> ListCalls:
        """What the list calls can do."""
        return ListCalls(model=self.model, calls=self.lists, record=self.record, filled=self.filled)

    def _refuse_fields(self, query: Query) -> None:
        if query.fields:
            refuse_fields(query, self.model, self._field_names, self.custom_keys)

    # shapes

    def shape(self, operation: Operation, query: Query, remaining: frozenset[str] = frozenset()) -> RecordMapper:
        """Return the mapper for this call, narrowed to `fields=` and to what the remaining conditions need."""
        self._refuse_fields(query)
        return self._shapes.shape(operation, query, remaining)

    # fields

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

    @property
    def records(self) -> tuple[Expression, ...]:
        """The expressions that make records: the file's, and those that single calls have instead."""
        return (self.record, *(one.record for calls in self.choices.values() for one in calls if one.record is not None))

    def _natives(self) -> Natives:
        writing = [one for name, calls in self.choices.items() if method_class(name) != "read" for one in calls]
        return natives_of(self.model, self.records, self.write_expression, writing, roots=custom_roots(self.record))

    @cached_property
    def filled(self) -> frozenset[str]:
        """Fields that the record expression fills."""
        return filled_fields(self.record, self.model)

    # writes

    def writable(self, method: str) -> frozenset[str]:
        """Return the common fields that a create, an update or a custom method can send."""
        return self.write_calls.writable(method)

    def writable_words(self, method: str) -> dict[str, tuple[str, ...]]:
        """Return the words that a method can send of each enum field that it writes by a table; others take all words."""
        return self.write_calls.writable_words(method)

    def required(self, method: str) -> tuple[str, ...]:
        """Return the fields without which the provider refuses every create: listed in the file, or part of the path."""
        return self.write_calls.required(method)

    def required_by(self, operation: Operation) -> tuple[str, ...]:
        """Return the fields without which one call of a create or an upsert cannot be made."""
        return self.write_calls.required_by(operation)

    def id_names(self, *, is_new: bool) -> frozenset[str]:
        """Return the names of the id and its parts that a write makes: none unless the record is new."""
        return self.write_calls.id_names(is_new=is_new)

    # versions and warnings

    def shows_version(self, hidden: Collection[str] = ()) -> bool:
        """Return whether records have a version that is not made of a hidden field, of which it would show the changes."""
        return self.version is not None and not made_of(self.version, self.records, hidden)

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

    # ids and bodies

    def check_path(self, values: Dict[str, Any]) -> None:
        """Check path parameters against the forms and reserved names of the file.

        Raises:
            InvalidId: A path parameter does not have the required form, or is a reserved name.
        """
        check_forms(self.file.document, values, self.provider.title)

    def model_of_object(self, word: str) -> str | None:
        """Return the common model for the provider's name of an object, in the plural or singular and in any case."""
        objects = self.file.document.objects
        return next((model for name, model in objects.items() if is_reserved(word, (name,))), None)

    def id_values(self, record_id: str) -> dict[str, str]:
        """Return the id, and the parts of a composite one, as names for paths and expressions.

        Raises:
            InvalidId: The id does not have the required form.
        """
        return id_values(record_id, self.id_template)

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

    def check_body(
        self, method: str, body: dict[str, Any], bindings: dict[str, Any], *, hidden: Collection[str] = ()
    ) -> Operation:
        """Return the call for a body, which must send all its fields and let no key set a field past its own name.

        No refusal lists a `hidden` field.

        Raises:
            UnsupportedField, ValidationFailed: It does not; `errors` lists the fields.
        """
        operation = self.chosen(method, self.common_body(body), bindings)
        writable = self.write_calls.writable_by(operation)
        if method in WRITING:
            refuse_unwritable(body, writable, self.model.id, hidden)
            refuse_several(body, self.single, self.model.id)
        self.custom_keys.refuse_body(body, writable)
        return operation

    def _written(self, common: dict[str, Any], bindings: dict[str, Any]) -> Any:
        if self.write_expression is None:
            return UNDEFINED
        where = self.file.source.where(("write",))
        return payload(self.write_expression, common, bindings, where=where, nulls=self.nulls)

"""A compiled mapping: what one provider's records mean in one common model, and which calls reach them.

It is pure: it builds requests and reads responses, and never sends anything. The service adds the sending; the embedding API
(`read`, `call`, `write`, `coverage`) uses it directly.
"""

from collections.abc import Mapping as Dict
from functools import cached_property
from typing import Any

from unified.catalog.mapping import MappingFile
from unified.catalog.provider import Provider, Reads
from unified.errors.providers import NotSupported
from unified.models import UPSERT, Model, method_class
from unified.transform.calls.list_calls import ListCalls, ListPlan
from unified.transform.calls.methods import WRITING
from unified.transform.calls.natives import natives_of
from unified.transform.calls.operation import Operation
from unified.transform.calls.path import IdTemplate
from unified.transform.calls.path_parameters import check_forms, id_values
from unified.transform.compilation.choices import choose, choose_tried, compile_choices
from unified.transform.compilation.compile import Compiler
from unified.transform.compilation.custom_function import custom_roots
from unified.transform.compilation.custom_keys import CustomKeys, custom_patterns
from unified.transform.compilation.mapping_digest import mapping_digest
from unified.transform.queries.query import Query
from unified.transform.records.record_mapper import RecordMapper
from unified.transform.records.record_shapes import RecordShapes, refuse_fields
from unified.transform.records.revealed_fields import RevealedFields, revealed_fields
from unified.transform.writes.filled_fields import filled_fields, written_keys
from unified.transform.writes.tried_write import Attempts
from unified.transform.writes.upserts import choose_key
from unified.transform.writes.write import payload
from unified.transform.writes.write_calls import WriteCalls
from unified_jsonata import UNDEFINED, Expression


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
        self.warnings = self._optional(compiler, "warnings")
        self.version = self._optional(compiler, "version")
        self.nulls = compiler.nulls
        """The value that clears a field at this provider."""
        self.write_expression = self._optional(compiler, "write")
        self.choices = compile_choices(compiler, file.document)
        self.lists = self.choices.get("list", ())
        self.definitions = compiler.operation("fields", ("fields",), file.document.fields) if file.document.fields else None
        self.write_calls = WriteCalls(
            model=model,
            calls=self.choices,
            write=self.write_expression,
            id_template=self.id_template,
            enums=self.enums,
            attempts=Attempts(
                model=model,
                settings={name: one.example or "demo" for name, one in provider.settings.items()},
                choose=self.chosen,
                written=lambda method, common, bindings: self.written(common, bindings) if method in WRITING else UNDEFINED,
            ),
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
        """A digest of all that decides what this mapping sends."""
        return mapping_digest(self.file.document, self.provider, self.model)

    @property
    def keys(self) -> tuple[str, ...]:
        """The external keys by which the provider creates or updates a record; none where it does not."""
        return tuple(one.by for one in self.choices.get(UPSERT, ()) if one.by is not None)

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that this provider offers for the model: list, get … and custom methods."""
        return tuple(self.operations)

    @cached_property
    def at_most_one(self) -> dict[str, tuple[str, ...]]:
        """List fields → the types for which the provider keeps one entry each; without types, it keeps one entry at all."""
        given = self.file.document.at_most_one
        return given if isinstance(given, dict) else dict.fromkeys(given, ())

    @cached_property
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

    def get_calls(self, values: Dict[str, Any], bindings: dict[str, Any]) -> tuple[Operation, ...]:
        """Return the calls that read a record, of which each but the first is made when the one before does not find it.

        Raises:
            NotSupported: A get is not offered.
        """
        return choose_tried(self.calls_of("get"), values, bindings)

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

    @cached_property
    def list_calls(self) -> ListCalls:
        """The abilities of the list calls."""
        return ListCalls(model=self.model, calls=self.lists, record=self.record, filled=self.filled)

    def _refuse_fields(self, query: Query) -> None:
        if query.fields:
            refuse_fields(query, self.model, self.field_names, self.custom_keys)

    # shapes

    def shape(self, operation: Operation, query: Query, remaining: frozenset[str] = frozenset()) -> RecordMapper:
        """Return the mapper for this call, narrowed to `fields=` and to the fields that the remaining conditions need."""
        self._refuse_fields(query)
        return self._shapes.shape(operation, query, remaining)

    # fields

    @cached_property
    def custom_keys(self) -> CustomKeys:
        """The rule for keys of `custom_fields`, in bodies and in `fields=`."""
        writing = [one for name, calls in self.choices.items() if method_class(name) != "read" for one in calls]
        return CustomKeys(
            model=self.model.id,
            natives=natives_of(self.model, self.records, self.write_expression, writing, roots=custom_roots(self.record)),
            form=self.file.document.custom_field_pattern,
            names=self.reads_rules.names or self.provider.reads.names,
            patterns=custom_patterns(self.record),
            is_read="custom_fields" in written_keys(self.record),
            maps=frozenset(field.name for field in self.model.fields if field.kind == "map") - {"custom_fields"},
        )

    @property
    def records(self) -> tuple[Expression, ...]:
        """The expressions that make records: the file's, and those that single calls have instead."""
        return (self.record, *(one.record for calls in self.choices.values() for one in calls if one.record is not None))

    @cached_property
    def filled(self) -> frozenset[str]:
        """Fields that the record expression fills."""
        return filled_fields(self.record, self.model)

    @cached_property
    def revealed(self) -> RevealedFields:
        """The fields that the identifiers of records reveal."""
        return revealed_fields(self.records, self.model.fields, self.id_template)

    @cached_property
    def field_names(self) -> frozenset[str]:
        """The names of the model's fields."""
        return frozenset(field.name for field in self.model.fields)

    # ids, paths and bodies

    def check_path(self, values: Dict[str, Any]) -> None:
        """Check path parameters against the forms and reserved names of the file.

        Raises:
            InvalidId: A path parameter does not have the required form, or is a reserved name.
        """
        check_forms(self.file.document, values, self.provider.title)

    def id_values(self, record_id: Any) -> dict[str, str]:
        """Return the id, and the parts of a composite one, as names for paths and expressions.

        Raises:
            InvalidId: The id does not have the required form.
        """
        return id_values(record_id, self.id_template)

    def written(self, common: dict[str, Any], bindings: dict[str, Any]) -> Any:
        """Return what the expression `write` gives for a common body; missing where the file has none."""
        if self.write_expression is None:
            return UNDEFINED
        where = self.file.source.where(("write",))
        return payload(self.write_expression, common, bindings, where=where, nulls=self.nulls)

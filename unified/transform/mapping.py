"""A mapping, compiled: what one provider's records mean in one common model, and which calls reach them.

Pure: it makes requests and reads answers, it never sends anything. The service adds the sending; the embedding API
(`read`, `call`, `write`, `coverage`) uses it as it stands.
"""

import hashlib
import re
from collections.abc import Iterator
from collections.abc import Mapping as Dict
from functools import cached_property
from typing import Any

import msgspec

from unified.catalog.mapping import MappingFile
from unified.catalog.provider import Provider, Reads
from unified.errors import InvalidId, NotSupported, UnsupportedField, UnsupportedFilter, did_you_mean, known_names
from unified.jsonata import UNDEFINED, Expression, narrow
from unified.models import Model, method_class
from unified.transform.compile import Compiler, custom_roots
from unified.transform.custom_keys import CUSTOM, CustomKeys, custom_patterns
from unified.transform.filters import fields_needed, refuse_unsupported
from unified.transform.natives import Natives, natives_of
from unified.transform.operation import Operation
from unified.transform.path import IdTemplate, is_reserved, names_in, segment
from unified.transform.query import Query
from unified.transform.record_mapper import RecordMapper, fields_to_read
from unified.transform.write import BUILT_FROM, merged, payload, refuse_several, refuse_unwritable, writable_fields

METHODS = ("list", "get", "create", "update", "delete")
WRITING = frozenset({"create", "update"})
"""Methods whose body `write` makes."""
BASE_FIELDS = frozenset({"id", "remote_id", "mapped_fields", "remote_data"})
"""Fields that are there without any mapping."""
MAX_NARROWED = 256


class ListPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The list call taken for a query, with what it does itself and what is left to do here."""

    index: int
    operation: Operation
    native: frozenset[str]
    left: frozenset[str]


class Mapping:
    """The compiled form of `mappings/<provider>/<model>.yaml`; immutable but for its cache of narrowed expressions."""

    def __init__(self, file: MappingFile, provider: Provider, model: Model) -> None:
        self.file = file
        self.provider = provider
        self.model = model
        self.id_template = IdTemplate(template=file.document.id) if file.document.id else None
        self.reads_rules: Reads = file.document.reads or provider.reads
        compiler = Compiler(file, provider)
        self.record = compiler.expression(("record",), file.document.record)
        compiler.bind_custom(self.record)
        self._compiler = compiler
        self.record = compiler.expression(("record",), file.document.record)
        self.write_expression = self._write_expression(compiler)
        self.lists = tuple(compiler.operation("list", ("list", i), one) for i, one in enumerate(file.document.list))
        self.operations = self._operations(compiler)
        self.definitions = compiler.operation("fields", ("fields",), file.document.fields) if file.document.fields else None
        self._shapes: dict[Any, RecordMapper] = {}

    def _write_expression(self, compiler: Compiler) -> Expression | None:
        text = self.file.document.write
        return None if text is None else compiler.expression(("write",), text)

    def _operations(self, compiler: Compiler) -> dict[str, Operation]:
        document = self.file.document
        singles = {name: getattr(document, name) for name in METHODS[1:]} | document.custom
        places = {name: ("custom", name) if name in document.custom else (name,) for name in singles}
        found = {name: compiler.operation(name, places[name], call) for name, call in singles.items() if call}
        return ({"list": self.lists[-1]} if self.lists else {}) | found

    @cached_property
    def digest(self) -> str:
        """Changes with all that decides what this mapping sends: its file's content, the provider's and the model's fields."""
        described = [self.file.document, self.provider, self.model.fields]
        content = msgspec.json.encode(described, order="sorted", enc_hook=str)  # a field names its struct
        return hashlib.sha256(content).hexdigest()

    @property
    def methods(self) -> tuple[str, ...]:
        """What this provider offers for the model: list, get … and custom methods."""
        return tuple(self.operations)

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of every operation: the model's and those that the file adds."""
        return tuple(dict.fromkeys((*self.model.tags, *self.file.document.tags)))

    def operation(self, method: str) -> Operation:
        """The call of a method; NotSupported (501) names what there is."""
        if method not in self.operations:
            offered = ", ".join(self.methods) or "nothing"
            raise NotSupported(f"{self.provider.title} does not offer {method} of {self.model.id}. Offered: {offered}")
        return self.operations[method]

    # list

    def list_for(self, query: Query) -> ListPlan:
        """The list call for a query: 501 without one, 422 naming a filter or order that cannot be done."""
        self.operation("list")
        index = next(i for i in self._candidates() if self._is_for(self.lists[i], query))
        operation = self.lists[index]
        native = self._native(operation) & query.requested() - _double_conditions(query) - query.here
        left = query.requested() - (native - set(operation.call.recheck)) - {"include_deleted"}
        refuse_unsupported(query, left, self.model, self.filled, self.native_filters)
        self._refuse_sort(query, operation)
        self._refuse_fields(query)
        return ListPlan(index=index, operation=operation, native=native, left=left)

    def _candidates(self) -> Iterator[int]:
        """List calls that can be taken by themselves: a named one without `when` is only there for a `chain`."""
        last = len(self.lists) - 1
        return (i for i, one in enumerate(self.lists) if i == last or one.when is not None or not one.call.name)

    def _is_for(self, operation: Operation, query: Query) -> bool:
        """Whether a list call is the one to take.

        A condition that is kept from the provider counts where it asks for what only this call gives, and not where it asks
        for what the call does: its request is made without it.
        """
        kept = query.here & self._native(operation)
        given = self._given_only_by(operation)
        unseen = {one for one in kept if not fields_needed(query, frozenset({one}), self.model) & given}
        root = query.root(query.requested() - unseen)
        bindings: dict[str, Any] = {"query": root, "account": {}}
        if query.sort is not None:
            bindings["order"] = {"field": query.sort.field, "descending": query.sort.descending}
        return operation.holds(root, bindings)

    def _given_only_by(self, operation: Operation) -> frozenset[str]:
        """Fields made from what is asked before this list call, and not before the one without conditions."""
        asked = operation.before.keys() - self.lists[-1].before.keys()
        return frozenset(write.key for write in self.record.analysis.writes or () if write.variables & asked)

    def _native(self, operation: Operation) -> frozenset[str]:
        if not operation.call.chain:
            return operation.native
        return frozenset.intersection(*(part.native for part in self.chained(operation))) | operation.native

    def chained(self, operation: Operation) -> tuple[Operation, ...]:
        """The list calls that a `chain` reads one after another; the call itself when it is none."""
        if not operation.call.chain:
            return (operation,)
        named = {one.call.name: one for one in self.lists}
        return tuple(named[name] for name in operation.call.chain)

    def _refuse_sort(self, query: Query, operation: Operation) -> None:
        if query.sort is None or query.sort.field in operation.call.sort:
            return
        possible = known_names(operation.call.sort) or "none"
        if query.sort.field in self.sortable:
            possible += f"; {query.sort.field} only together with a condition that the provider itself does"
        raise UnsupportedFilter(f"{self.model.id}: cannot be sorted by `{query.sort.field}` here. Possible: {possible}")

    def _refuse_fields(self, query: Query) -> None:
        names = {field.name for field in self.model.fields}
        for name in query.fields:
            if name not in names and not name.startswith(CUSTOM):
                hint = did_you_mean(name, names)
                raise UnsupportedField(f"{self.model.id} has no field `{name}`.{hint} Known: {known_names(names)}")
            self.custom_keys.refuse_field(name)

    # shapes

    def shape(self, operation: Operation, query: Query, left: frozenset[str] = frozenset()) -> RecordMapper:
        """The record expression for this call, narrowed to `fields=` and to what the filters left here need."""
        self._refuse_fields(query)
        key = (operation.place, query.fields, left, query.include_deleted)
        found = self._shapes.get(key)
        if found is None:
            found = self._build_shape(operation, query, left)
            if len(self._shapes) < MAX_NARROWED:
                self._shapes[key] = found
        return found

    def _build_shape(self, operation: Operation, query: Query, left: frozenset[str]) -> RecordMapper:
        own = operation.record
        expression = self.record if own is None else own
        line = self.file.source.position(("record",) if own is None else (*operation.place, "record"))[0]
        whole = RecordMapper(
            model=self.model,
            where=f"{self.file.source.name}:{line}",
            expression=expression,
            from_request=_from_request(expression),
        )
        return self._narrowed(whole, query, left) if query.fields else whole

    def _narrowed(self, whole: RecordMapper, query: Query, left: frozenset[str]) -> RecordMapper:
        custom = tuple(name.removeprefix(CUSTOM) for name in query.fields if name.startswith(CUSTOM))
        asked = frozenset(name.split(".")[0] for name in query.fields) | {"id"}
        keep = asked | fields_needed(query, left, self.model) | {"is_deleted"}
        keys = fields_to_read(self.model, keep, written_keys(whole.expression))
        text = narrow(whole.expression.source, whole.expression.tree, keys)
        expression = self._compiler.expression(("record",), text)
        paths = tuple((*root, name) for root in custom_roots(whole.expression) for name in custom)
        return msgspec.structs.replace(whole, expression=expression, keep=keep, custom=paths)

    # what is derived

    @cached_property
    def custom_keys(self) -> CustomKeys:
        """Which keys `custom_fields` may have, in bodies and in `fields=`."""
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
        records = (self.record, *(one.record for one in (*self.lists, *self.operations.values()) if one.record is not None))
        writing = [one for name, one in self.operations.items() if method_class(name) != "read"]
        bodies = (step.body for one in writing for step in (one, *one.after))
        sending = (one for one in (self.write_expression, *bodies) if one is not None)
        return natives_of(self.model, records, sending, writing, roots=custom_roots(self.record))

    @property
    def filled(self) -> frozenset[str]:
        """Fields that the record expression gives."""
        given = written_keys(self.record)
        built = {name for name, parts in BUILT_FROM.items() if all(given & set(part) for part in parts)}
        return given | (built & {field.name for field in self.model.fields})

    @property
    def native_filters(self) -> frozenset[str]:
        """Every condition that some list call does itself."""
        return frozenset(name for one in self.lists for name in self._native(one))

    @property
    def sortable(self) -> frozenset[str]:
        """Fields that some list call can be sorted by."""
        return frozenset(name for one in self.lists for name in one.call.sort)

    def writable(self, method: str) -> frozenset[str]:
        """Common fields that a create, an update or a custom method can send."""
        if method not in self.operations:
            return frozenset()
        operation = self.operations[method]
        steps = (operation, *operation.after)
        bodies = tuple(one for step in steps for one in (step.body, step.when, step.query) if one is not None)
        uses_write = method in WRITING and (operation.body is None or "write" in _variables(operation.body))
        written = (self.write_expression,) if self.write_expression is not None and uses_write else ()
        names = {name for step in steps for name in names_in(step.path)} - self._id_names(method)
        known = {field.name for field in self.model.fields}
        return writable_fields((*written, *bodies), names) & known

    def _id_names(self, method: str) -> frozenset[str]:
        """Names that come from the record's id; before it exists, parts such as the ticket of a comment are fields."""
        parts = self.id_template.names() if self.id_template and method != "create" else ()
        return frozenset({"id", *parts})

    def required(self, method: str) -> tuple[str, ...]:
        """Fields without which the provider refuses a create: named by the file, or part of the path."""
        if method not in self.operations:
            return ()
        operation = self.operations[method]
        names = [name for name in names_in(operation.path) if name not in self._id_names(method)]
        return tuple(dict.fromkeys((*operation.call.required, *(names if method == "create" else ()))))

    # ids and writes

    def check_path(self, values: Dict[str, Any]) -> None:
        """Raise InvalidId for a path parameter that is not of the form that the file gives, or a name that it reserves."""
        for name, pattern in self.file.document.path.items():
            value = values.get(name)
            if value is None:
                continue
            if not isinstance(value, str) or not re.fullmatch(pattern, value):
                raise InvalidId(f"{name}: expected text of the form {pattern}")
            if is_reserved(value, self.file.document.reserved.get(name, ())):
                raise InvalidId(f"{name}: expected a custom one; objects of {self.provider.title}'s own are not reached here")

    def model_of_object(self, word: str) -> str | None:
        """The common model that the provider's word for an object stands for, in the plural or singular and in any case."""
        objects = self.file.document.objects
        return next((model for name, model in objects.items() if is_reserved(word, (name,))), None)

    def id_values(self, record_id: str) -> dict[str, str]:
        """The id, and the parts of a composite one, as names for paths and expressions."""
        if not isinstance(record_id, str):
            raise InvalidId("id: expected text")
        parts = self.id_template.split(record_id) if self.id_template else {}
        for name, value in (parts or {"id": record_id}).items():
            segment(name, value)  # refused here, before any call is made for it
        return {"id": record_id, **parts}

    def provider_body(self, method: str, body: dict[str, Any], bindings: dict[str, Any]) -> Any:
        """The provider's body for a common one; UNSET when none is sent; 422 for fields that cannot be sent.

        `remote_fields` of the common body are laid over the result.
        """
        operation = self.operation(method)
        self.check_body(method, body)
        common = {name: value for name, value in body.items() if name != "remote_fields"}
        written = self._written(common, bindings) if method in WRITING else UNDEFINED
        sent = operation.payload(common, bindings, written)
        added = body.get("remote_fields")
        if sent is UNDEFINED:
            return msgspec.UNSET if added is None else added
        return merged(sent, added) if added else sent

    def check_body(self, method: str, body: dict[str, Any]) -> None:
        """Raise the 422 for fields that this write cannot send, and for keys that would set a field past its own name."""
        writable = self.writable(method)
        if method in WRITING:
            refuse_unwritable(body, writable, self.model.id)
            refuse_several(body, self.file.document.single, self.model.id)
        self.custom_keys.refuse_body(body, writable)

    def _written(self, common: dict[str, Any], bindings: dict[str, Any]) -> Any:
        if self.write_expression is None:
            return UNDEFINED
        where = f"{self.file.source.name}:{self.file.source.position(('write',))[0]}"
        return payload(self.write_expression, common, bindings, where=where, nulls=self.provider.nulls)


def written_keys(record: Expression) -> frozenset[str]:
    """Fields that a record expression gives, as far as the analysis can tell."""
    return frozenset(write.key for write in record.analysis.writes or ()) | BASE_FIELDS


def _variables(expression: Expression) -> frozenset[str]:
    return frozenset(use.name for use in expression.analysis.variables)


def _from_request(record: Expression) -> frozenset[str]:
    return frozenset(write.key for write in record.analysis.writes or () if "query" in write.variables)


def _double_conditions(query: Query) -> frozenset[str]:
    """Conditions beside an equality on the same field: expressions see only the equality."""
    equal = {one.field for one in query.filters if one.operator == "eq"}
    return frozenset(one.parameter for one in query.filters if one.operator != "eq" and one.field in equal)

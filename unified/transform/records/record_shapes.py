"""The mappers of a mapping's records: one for each call, narrowed to the fields that a query needs."""

from typing import Any

import msgspec

from unified.catalog.files.source import Source
from unified.catalog.provider import Reads
from unified.errors.names import did_you_mean, known_names, not_done
from unified.errors.requests import UnsupportedField
from unified.models import Model
from unified.transform.calls.methods import WRITING
from unified.transform.calls.operation import Operation
from unified.transform.compilation.compile import Compiler
from unified.transform.compilation.custom_function import custom_roots
from unified.transform.compilation.custom_keys import CUSTOM, CustomKeys
from unified.transform.queries.filters import fields_needed
from unified.transform.queries.query import Query
from unified.transform.records.record_mapper import RecordMapper, fields_to_read
from unified.transform.writes.filled_fields import written_keys
from unified_jsonata import Expression
from unified_jsonata.analysis import narrow

MAX_NARROWED = 256
"""Mappers that are kept of a mapping; others are made for each query."""


class RecordShapes(msgspec.Struct, frozen=True, kw_only=True):
    """Makes the mappers of one mapping, and caches them."""

    model: Model
    source: Source
    compiler: Compiler
    rules: Reads
    record: Expression
    version: Expression | None
    warnings: Expression | None
    kept: dict[Any, RecordMapper] = {}

    def shape(self, operation: Operation, query: Query, remaining: frozenset[str]) -> RecordMapper:
        """Return the mapper for this call, narrowed to `fields=` and to the fields that the remaining conditions need."""
        key = (operation.place, query.fields, remaining, query.include_deleted)
        mapper = self.kept.get(key)
        if mapper is None:
            mapper = self._build(operation, query, remaining)
            if len(self.kept) < MAX_NARROWED:
                self.kept[key] = mapper
        return mapper

    def _build(self, operation: Operation, query: Query, remaining: frozenset[str]) -> RecordMapper:
        own = operation.record
        expression = self.record if own is None else own
        place = ("record",) if own is None else (*operation.place, "record")
        whole = RecordMapper(
            model=self.model,
            where=self.source.where(place),
            expression=expression,
            rules=self.rules,
            custom=(*self._version_paths(operation), *self._warning_paths()),
            from_request=_from_request(expression),
        )
        placing = frozenset[str]() if operation.windows is None else frozenset({operation.windows.field.name})
        needed = fields_needed(query, remaining, self.model) | placing
        return self._narrowed(whole, query, needed) if query.fields else whole

    def _narrowed(self, whole: RecordMapper, query: Query, needed: frozenset[str]) -> RecordMapper:
        custom = tuple(name.removeprefix(CUSTOM) for name in query.fields if name.startswith(CUSTOM))
        requested = frozenset(name.split(".")[0] for name in query.fields) | {"id"}
        keep = requested | needed | {"is_deleted"}
        keys = fields_to_read(self.model, keep, written_keys(whole.expression))
        text = narrow(whole.expression.source, whole.expression.tree, keys)
        expression = self.compiler.parse(("record",), text)
        paths = tuple((*root, name) for root in custom_roots(whole.expression) for name in custom)
        return msgspec.structs.replace(whole, expression=expression, keep=keep, custom=(*whole.custom, *paths))

    def _version_paths(self, operation: Operation) -> tuple[tuple[str, ...], ...]:
        """Return the paths that must be requested with a single record for its version."""
        if self.version is None or operation.method not in {"get", *WRITING}:
            return ()
        return tuple(read.path for read in self.version.analysis.reads)

    def _warning_paths(self) -> tuple[tuple[str, ...], ...]:
        """Return the paths that must be requested with each record for its warnings."""
        return () if self.warnings is None else tuple(read.path for read in self.warnings.analysis.reads)


def refuse_fields(query: Query, model: Model, names: frozenset[str], custom_keys: CustomKeys) -> None:
    """Check that a model has the fields of a query's `fields=`; `names` are those that it has.

    Raises:
        UnsupportedField: It has not; the message names the first and lists those that the caller sees.
    """
    if names.issuperset(query.fields):
        return
    for name in query.fields:
        if name not in names and not name.startswith(CUSTOM):
            seen = names - query.hidden
            hint = did_you_mean(name, seen)
            detail = f"{model.id} has no field `{name}`.{hint} Fields of {model.id}: {known_names(seen)}"
            raise UnsupportedField(detail, errors=not_done(["fields"], UnsupportedField))
        custom_keys.refuse_field(name)


def _from_request(record: Expression) -> frozenset[str]:
    return frozenset(write.key for write in record.analysis.writes or () if "query" in write.variables)

"""The subject of the rules for mappings: a compiled mapping, and the ways through its calls and expressions."""

from collections.abc import Iterator

import msgspec

from unified.catalog.files.source import DocumentPath
from unified.catalog.mapping import EXPRESSIONS
from unified.transform.calls.operation import Operation
from unified.transform.mapping import Mapping
from unified_jsonata import Expression


class MappingSubject(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of mapping rules: a mapping that loads."""

    mapping: Mapping
    listed_by_name: frozenset[str] = frozenset()
    """List calls that other mappings name in `parents`, to list their parents by."""

    def operations(self) -> Iterator[Operation]:
        """Yield every call, those inside of others after them."""
        for top in self.mapping.top_calls():
            yield from _with_inner(top)

    def records(self) -> Iterator[tuple[DocumentPath, Expression]]:
        """Yield every record expression with its place."""
        yield ("record",), self.mapping.record
        for operation in self.operations():
            if operation.record is not None and operation.method != "fields":
                yield (*operation.place, "record"), operation.record

    def expressions(self) -> Iterator[tuple[DocumentPath, Expression]]:
        """Yield every expression with its place."""
        yield ("record",), self.mapping.record
        if self.mapping.write_expression is not None:
            yield ("write",), self.mapping.write_expression
        for operation in self.operations():
            for key in EXPRESSIONS:
                expression = getattr(operation, key)
                if expression is not None:
                    yield (*operation.place, key), expression


def _with_inner(operation: Operation) -> Iterator[Operation]:
    yield operation
    for inner in operation.inner():
        yield from _with_inner(inner)

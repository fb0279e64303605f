"""A provider's object becomes a record of the common model: one expression, one check, nothing kept."""

from typing import Any

import msgspec

from unified.catalog.provider import Reads
from unified.errors import MappingFailed
from unified.jsonata import UNDEFINED, Expression, JsonataError
from unified.models import Model, conform, needed_fields
from unified.transform.projection import render_reads


class RecordMapper(msgspec.Struct, frozen=True, kw_only=True):
    """A record expression, whole or narrowed to some fields, ready to run."""

    model: Model
    where: str
    """`file:line` of the expression, for messages."""
    expression: Expression
    keep: frozenset[str] | None = None
    custom: tuple[tuple[str, ...], ...] = ()
    """Paths of custom fields asked for by name; they are read besides what the expression reads."""
    from_request: frozenset[str] = frozenset()
    """Fields that the expression takes from `$query`: null when a body is mapped without a request."""

    def reads(self, rules: Reads) -> list[str]:
        """`$reads` for this shape."""
        return render_reads((*(read.path for read in self.expression.analysis.reads), *self.custom), rules)

    def variables(self) -> frozenset[str]:
        """The `$names` that it needs, results of `before` among them."""
        return frozenset(use.name for use in self.expression.analysis.variables)

    def record(self, item: Any, bindings: dict[str, Any], *, country: str | None = None) -> dict[str, Any]:
        """One valid record of the common model; MappingFailed names the place that does not fit."""
        mapped = self._evaluate(item, bindings)
        if not isinstance(mapped, dict):
            raise MappingFailed(f"{self.where}: `record` must give one object for one record")
        absent = self.from_request if not bindings.get("query") else frozenset()
        return conform(self.model, mapped, keep=self.keep, country=country, optional=absent)

    def found(self, item: Any, bindings: dict[str, Any]) -> dict[str, Any]:
        """What the expression finds in something that may be no record, unchecked; nothing where it fails."""
        try:
            mapped = self.expression.evaluate(item, bindings)
        except JsonataError:
            return {}
        return mapped if isinstance(mapped, dict) else {}

    def _evaluate(self, item: Any, bindings: dict[str, Any]) -> Any:
        try:
            mapped = self.expression.evaluate(item, bindings)
        except JsonataError as problem:
            raise MappingFailed(f"{self.where}: `record` failed: {problem}") from None
        return None if mapped is UNDEFINED else mapped


def fields_to_read(model: Model, keep: frozenset[str], written: frozenset[str]) -> frozenset[str]:
    """Which keys of a record expression are needed for the fields asked for."""
    return (needed_fields(model, keep) | {"id", "is_deleted"}) & written

"""Mapping of a provider's object to a record of the common model: one expression, one check, nothing stored."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import msgspec

from unified.catalog.provider import Reads
from unified.errors.providers import MappingFailed
from unified.models import Model, ModelShape, Target, conform, needed_fields
from unified_jsonata import Expression, JsonataError, Refusal


class RecordMapper(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A record expression, whole or narrowed to some fields, ready to run."""

    model: Model
    where: str
    """`file:line` of the expression, for messages."""
    expression: Expression
    rules: Reads
    """How `$reads` is written."""
    keep: frozenset[str] | None = None
    custom: tuple[tuple[str, ...], ...] = ()
    """Paths of custom fields that were requested by name; they are read in addition to those of the expression."""
    from_request: frozenset[str] = frozenset()
    """Fields that the expression takes from `$query`: null when a body is mapped without a request."""

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The names to request from the provider for this expression: `$reads`."""
        return tuple(render_reads((*(read.path for read in self.expression.analysis.reads), *self.custom), self.rules))

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The common fields that a request is made for: `$fields`."""
        kept = (one.name for one in self.model.fields if self.keep is None or one.name in self.keep)
        return tuple(kept)

    def variables(self) -> frozenset[str]:
        """Return the `$names` that the expression needs, including results of `before`."""
        return self.expression.analysis.needs

    def record(self, item: Any, bindings: dict[str, Any], *, country: str | None = None) -> dict[str, Any]:
        """Map an object to a valid record of the common model.

        Raises:
            MappingFailed: A value does not fit; the message names its place.
        """
        return self.mapper(bindings, country=country)([item])[0]

    def mapper(
        self, bindings: dict[str, Any], *, country: str | None = None
    ) -> Callable[[Sequence[Any]], list[dict[str, Any]]]:
        """Return what maps many objects with the same bindings, such as those of a page, to valid records."""
        absent = self.from_request if not bindings.get("query") else frozenset()
        shape = ModelShape(target=Target(struct=self.model.struct, region=country, keep=self.keep, optional=absent))
        quick = self.expression.shaped(shape, bindings)

        evaluate: Callable[[Any], Any] | None = None  # most pages never need it

        def map_plainly(item: Any) -> dict[str, Any]:
            nonlocal evaluate
            evaluate = evaluate or self.expression.evaluator(bindings)
            mapped = self._evaluated(evaluate, item)
            return conform(self.model, mapped, keep=self.keep, country=country, optional=absent)

        def map_objects(items: Sequence[Any]) -> list[dict[str, Any]]:
            return [map_plainly(item) for item in items] if quick is None else quick(items, map_plainly)

        return map_objects

    def _evaluated(self, evaluate: Callable[[Any], Any], item: Any) -> dict[str, Any]:
        try:
            mapped = evaluate(item)
        except (JsonataError, Refusal) as problem:
            raise MappingFailed(f"{self.where}: `record` failed: {problem}") from None
        if not isinstance(mapped, dict):
            raise MappingFailed(f"{self.where}: `record` must give one object for one record")
        return mapped

    def found(self, item: Any, bindings: dict[str, Any]) -> dict[str, Any]:
        """Evaluate the expression on something that may not be a record, without checks; empty where it fails."""
        try:
            mapped = self.expression.evaluate(item, bindings)
        except (JsonataError, Refusal):
            return {}
        return mapped if isinstance(mapped, dict) else {}


def fields_to_read(model: Model, keep: frozenset[str], written: frozenset[str]) -> frozenset[str]:
    """Return the keys of a record expression that the requested fields need."""
    return (needed_fields(model, keep) | {"id", "is_deleted"}) & written


def render_reads(paths: Iterable[tuple[str, ...]], rules: Reads) -> list[str]:
    """Return the sorted names to request from the provider; a wildcard ends a name, a whole object has none."""
    prefix = tuple(rules.under.split(".")) if rules.under else ()
    names = {name for path in paths if (name := _name(path, prefix, rules.depth))}
    included = {name for name in names if not _excluded(name, rules.exclude)}
    return sorted(included | set(rules.always))


def _name(path: tuple[str, ...], prefix: tuple[str, ...], depth: int | None) -> str:
    if path[: len(prefix)] != prefix:
        return ""
    steps: list[str] = []
    for step in path[len(prefix) :][:depth]:
        if step in {"*", "**"}:
            break
        steps.append(step)
    return ".".join(steps)


def _excluded(name: str, excluded: tuple[str, ...]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in excluded)

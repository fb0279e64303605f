"""Mapping of a provider's object to a record of the common model: one expression, one check, nothing stored."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import msgspec

from unified.catalog.provider import Reads
from unified.errors import MappingFailed
from unified.jsonata import Expression, JsonataError
from unified.models import Model, ModelShape, Target, conformer, needed_fields


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

    def variables(self) -> frozenset[str]:
        """Return the `$names` that the expression needs, including results of `before`."""
        return frozenset(use.name for use in self.expression.analysis.variables)

    def record(self, item: Any, bindings: dict[str, Any], *, country: str | None = None) -> dict[str, Any]:
        """Map an object to a valid record of the common model.

        Raises:
            MappingFailed: A value does not fit; the message names its place.
        """
        return self.mapper(bindings, country=country)([item])[0]

    def mapper(
        self, bindings: dict[str, Any], *, country: str | None = None
    ) -> Callable[[Sequence[Any]], list[dict[str, Any]]]:
        """Return what maps many objects with the same bindings, such as those of a page.

        All expressions are evaluated before the results are checked: code that runs many times in a row stays in the
        processor's cache, which saves a quarter of the time.
        """
        evaluate = self.expression.evaluator(bindings)
        absent = self.from_request if not bindings.get("query") else frozenset()
        conform = conformer(self.model, keep=self.keep, country=country, optional=absent)

        def map_one_by_one(items: Sequence[Any]) -> list[dict[str, Any]]:
            try:
                mapped = [evaluate(item) for item in items]
            except JsonataError as problem:
                raise MappingFailed(f"{self.where}: `record` failed: {problem}") from None
            if not all(isinstance(one, dict) for one in mapped):
                raise MappingFailed(f"{self.where}: `record` must give one object for one record")
            return [conform(one) for one in mapped]

        shape = ModelShape(target=Target(struct=self.model.struct, region=country, keep=self.keep, optional=absent))
        quick = self.expression.shaped(shape, bindings)
        if quick is None:
            return map_one_by_one

        def map_objects(items: Sequence[Any]) -> list[dict[str, Any]]:
            try:
                return quick(items)
            except Exception:  # noqa: BLE001 - what is unusual is mapped, or refused, by the plain code
                return map_one_by_one(items)

        return map_objects

    def found(self, item: Any, bindings: dict[str, Any]) -> dict[str, Any]:
        """Evaluate the expression on something that may not be a record, without checks; empty where it fails."""
        try:
            mapped = self.expression.evaluate(item, bindings)
        except JsonataError:
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

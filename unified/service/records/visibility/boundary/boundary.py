"""The boundary of an account: which of its projects, companies, groups … may be seen, and what each model has to do with it.

The owner of the account chooses; scopes may narrow it further, and have conditions on the records themselves. It applies to
every call of the account, whoever makes it. What belongs where is read off the models (`unified.models.containment`); a record
that cannot be placed, or that lacks what a condition tests, is outside.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from unified.models import MODELS, Model
from unified.models.containment import Containment, Naming, Parent, containment_rule, naming, nested_models, references
from unified.service.access.scope.scopes import Scopes, chosen_of, records_of
from unified.service.records.visibility.boundary.record_limit import NO_LIMITS, Limits, RecordLimit, RelatedLimit

RecordRef = tuple[str | RelatedLimit, str]
"""The model and id of a record that others belong to; or what one must fulfil, and the id."""
OUTSIDE = "the record lies outside the resources chosen for this account"
OUTSIDE_CONDITIONS = f"{OUTSIDE}, or does not meet the conditions of the key's scope"
CLOSED = "not available with this key's scope: "
"""The beginning of the refusal of a model whose records cannot be tested."""


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """The chosen ids by kind of resource; a record must be inside for every kind that applies to its model."""

    chosen: Mapping[str, frozenset[str]] = {}
    limits: Limits = NO_LIMITS
    """The conditions on records; one must fulfil that of its model."""
    looked_up: dict[RecordRef, bool] = msgspec.field(default_factory=dict)
    """Parents that were looked up for this request, and whether they are inside."""
    owners: dict[RelatedLimit, frozenset[str]] = msgspec.field(default_factory=dict)
    """The ids that related records name, of those that fulfil what one must; listed once for this request."""

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self.chosen or self.limits.by_model)

    def limit(self, model: Model) -> RecordLimit | None:
        """Return what records of a model must fulfil; None for nothing."""
        return self.limits.by_model.get(model.id)

    def closed(self, model: Model) -> str:
        """Return why no record of a model is inside, whatever it holds; an empty text if some may be."""
        return self.limits.closed.get(model.id, "")

    def places(self, model: Model) -> bool:
        """Return whether a record of a model may lie outside."""
        return bool(self.rules(model) or model.id in self.limits.by_model or model.id in self.limits.closed)

    def rules(self, model: Model) -> tuple[Containment, ...]:
        """Return the rules that decide whether a record of a model is inside; none when the boundary does not apply to it."""
        rules = (containment_rule(model.id, resource) for resource in self.chosen)
        return tuple(rule for rule in rules if rule is not None)

    def links(self, model: Model) -> tuple[Parent, ...]:
        """Return the fields that name records with their own rules: parents, and others such as a ticket's `parent_id`."""
        referenced = ((one.name, MODELS[one.reference]) for one in model.fields if one.reference in MODELS)
        return tuple(
            Parent(field=name, model=other.id)
            for name, other in referenced
            if other.id not in self.chosen and self.places(other)
        )

    def concerns(self, model: Model) -> bool:
        """Return whether a write of this model can touch the boundary."""
        return bool(self.places(model) or self.links(model) or self.names(model))

    def names(self, model: Model) -> tuple[str, ...]:
        """Return every field that names a resource, or a record with its own rules."""
        named = [name for resource in self.chosen for name in references(model, resource)]
        return tuple(dict.fromkeys((*named, *(one.field for one in self.links(model)))))

    def needs(self, model: Model) -> tuple[str, ...]:
        """Return the fields that must be read of a record to place it, or to remove ids of the outside from it."""
        named = (name for resource in self.chosen for name in references(model, resource))
        limit = self.limit(model)
        tested = () if limit is None else limit.needs
        return tuple(dict.fromkeys((*(name for rule in self.rules(model) for name in rule.needs), *named, *tested)))

    def bounds(self, model: Model) -> bool:
        """Return whether records of a model, or records in them, may lie outside."""
        return bool(self) and (self.places(model) or any(self.places(MODELS[one]) for _, one in nested_models(model.id)))

    def naming(self, model: Model) -> Naming:
        """Return the fields of a model that may name resources, chosen or not."""
        return naming(model.id, tuple(self.chosen))

    def reveals_raw(self, model: Model) -> bool:
        """Return whether a provider's own form of a record may show what lies outside."""
        limited = any(MODELS[one].category == model.category for one in self.limits.by_model)
        return limited or bool(self.naming(model).own)

    @property
    def outside(self) -> str:
        """The text that refuses a record, the same whether it lies outside or does not exist."""
        return OUTSIDE_CONDITIONS if self.limits.by_model else OUTSIDE

    def remover(self, model: Model) -> Callable[[dict[str, Any]], dict[str, Any]]:
        """Return what removes from a model's records ids and names of resources that were not chosen, and what may be one."""
        found = self.naming(model)
        references = tuple((name, self.chosen[kind]) for name, kind in found.references)
        nested = tuple((name, MODELS[model_id]) for name, model_id in found.nested)

        def remove(record: dict[str, Any]) -> dict[str, Any]:
            changed = _without_foreign_names(record, references, found)
            if nested:
                changed |= {name: list(map(self.remover(inner), record[name])) for name, inner in nested if record.get(name)}
            return {**record, **changed} if changed else record

        return remove


def _without_foreign_names(
    record: Mapping[str, Any], references: Iterable[tuple[str, frozenset[str]]], found: Naming
) -> dict[str, Any]:
    """Return the fields that name resources outside, as they are shown: without these, and nothing that may be such a name."""
    changed: dict[str, Any] = {}
    for name, ids in references:
        named = record.get(name)
        if named is None or (named in ids if isinstance(named, str) else ids.issuperset(named)):
            continue
        changed[name] = _only(named, ids)
    for name, owners in found.names:
        if record.get(name) is not None and not _is_of_chosen(record, changed, owners):
            changed[name] = None
    return changed | {name: {} for name in found.own if record.get(name)} if found.own else changed


def _is_of_chosen(record: Mapping[str, Any], changed: Mapping[str, Any], references: Iterable[str]) -> bool:
    """Return whether a name is surely that of a chosen resource: `changed` are the references that name others.

    One id says it for itself; of several, all must be chosen.
    """
    if not changed:
        return any(map(record.get, references))
    single = [name for name in references if isinstance(record.get(name), str)]
    named = single or [name for name in references if record.get(name)]
    return bool(named) and changed.keys().isdisjoint(named)


def _only(value: Any, ids: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [one for one in value if one in ids]
    return value if value in ids else None


def has_boundary(resources: Mapping[str, Iterable[str]] | None, scopes: Scopes) -> bool:
    """Return whether an account's chosen resources, or scopes, make a boundary; conditions count whatever their model."""
    return bool(resources) or any(chosen_of(scope) or records_of(scope) for scope in scopes)


def boundary_of(resources: Mapping[str, Iterable[str]] | None, scopes: Scopes) -> Boundary:
    """Return the boundary that an account's chosen resources and the caller's scopes make together."""
    chosen = {model: frozenset(ids) for model, ids in (resources or {}).items()}
    for scope in scopes:
        for model, one in chosen_of(scope).items():
            ids = one.as_set
            chosen[model] = chosen[model] & ids if model in chosen else ids
    return Boundary(chosen=chosen)


def ids_in(value: Any) -> list[str]:
    """Return the ids that a reference names, whether it holds one or a list."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]

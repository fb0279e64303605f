"""The boundary of an account: which of its projects, companies, groups … may be seen, and what each model has to do with it.

The owner of the account chooses; scopes may narrow it further. It applies to every call of the account, whoever makes it.
What belongs where is read off the models (`unified.models.containment`); a record that cannot be placed is outside.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from unified.models import MODELS, Model
from unified.models.containment import Containment, Parent, containment_rule, references
from unified.service.access.scopes import Scopes, chosen_of

RecordRef = tuple[str, str]
"""The model and id of a record that others belong to."""


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """The chosen ids by kind of resource; a record must be inside for every kind that applies to its model."""

    chosen: Mapping[str, frozenset[str]] = {}
    looked_up: dict[RecordRef, bool] = msgspec.field(default_factory=dict)
    """Parents that were looked up for this request, and whether they are inside."""

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self.chosen)

    def rules(self, model: Model) -> tuple[Containment, ...]:
        """Return the rules that decide whether a record of a model is inside; none when the boundary does not apply to it."""
        rules = (containment_rule(model.id, resource) for resource in self.chosen)
        return tuple(rule for rule in rules if rule is not None)

    def links(self, model: Model) -> tuple[Parent, ...]:
        """Return the fields that name records with rules of their own: parents, and others such as a ticket's `parent_id`."""
        referenced = ((one.name, MODELS[one.reference]) for one in model.fields if one.reference in MODELS)
        return tuple(
            Parent(field=name, model=other.id)
            for name, other in referenced
            if other.id not in self.chosen and self.rules(other)
        )

    def concerns(self, model: Model) -> bool:
        """Return whether a write of this model can touch the boundary."""
        return bool(self.rules(model) or self.links(model) or self.names(model))

    def names(self, model: Model) -> tuple[str, ...]:
        """Return every field that names a resource, or a record with rules of its own."""
        named = [name for resource in self.chosen for name in references(model, resource)]
        return tuple(dict.fromkeys((*named, *(one.field for one in self.links(model)))))

    def needs(self, model: Model) -> tuple[str, ...]:
        """Return the fields that must be read of a record to place it, or to remove ids of the outside from it."""
        named = (name for resource in self.chosen for name in references(model, resource))
        return tuple(dict.fromkeys((*(name for rule in self.rules(model) for name in rule.needs), *named)))

    def without_outside_ids(self, model: Model, record: dict[str, Any]) -> dict[str, Any]:
        """Return the record without ids of resources that were not chosen."""
        for resource, ids in self.chosen.items():
            for name in references(model, resource):
                if name in record:
                    record = {**record, name: _only(record[name], ids)}
        return record


def _only(value: Any, ids: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [one for one in value if one in ids]
    return value if value in ids else None


def boundary_of(resources: Mapping[str, Iterable[str]] | None, scopes: Scopes) -> Boundary:
    """Return the boundary that an account's chosen resources and the caller's scopes make together."""
    chosen = {model: frozenset(ids) for model, ids in (resources or {}).items()}
    for scope in scopes:
        for model, one in chosen_of(scope).items():
            ids = frozenset(one.ids)
            chosen[model] = chosen[model] & ids if model in chosen else ids
    return Boundary(chosen=chosen)


def ids_in(value: Any) -> list[str]:
    """Return the ids that a reference names, whether it holds one or a list."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]

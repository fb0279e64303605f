"""Rules for which chosen resource contains a record, derived from the references of its model, for every provider.

A ticket names its projects itself; a comment is contained where its ticket is; a comment's author has no say in it.
"""

import functools

import msgspec

from unified.models.hidden import model_in
from unified.models.registry import MODELS, Model


class Parent(msgspec.Struct, frozen=True, kw_only=True):
    """A field that refers to the record above this one, such as the ticket of a comment."""

    field: str
    model: str


class Containment(msgspec.Struct, frozen=True, kw_only=True):
    """How resources of one kind contain the records of one model."""

    resource: str
    """The model of the resource, such as `ticketing.collections`."""
    fields: tuple[str, ...]
    """Fields with ids of resources; `id` for the resources themselves. A record is inside if one of these ids is."""
    parents: tuple[Parent, ...] = ()
    """Parents to follow where no field names a resource; the first that is set decides."""
    container_optional: bool = False
    """True if a record that names no container is inside."""
    container_unknown: bool = False
    """True if the container cannot be determined, so that no record is inside."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Fields of a record that are needed to determine its container."""
        return (*self.fields, *(one.field for one in self.parents))


@functools.cache
def containment_rule(model_id: str, resource: str) -> Containment | None:
    """Return how a kind of resource contains the records of a model; None if the two are unrelated."""
    model = MODELS[model_id]
    if model_id == resource:
        return Containment(resource=resource, fields=("id",))
    if model.container_unknown:  # whatever its category: HubSpot's links also name tickets
        return Containment(resource=resource, fields=(), container_unknown=True)
    if model.category != MODELS[resource].category:
        return None
    fields, parents = references(model, resource), _parents(model, resource, frozenset({model_id}))
    if not fields and not parents:
        return None
    return Containment(resource=resource, fields=fields, parents=parents, container_optional=model.container_optional)


def references(model: Model, resource: str) -> tuple[str, ...]:
    """Return the model's fields that hold ids of this kind of resource."""
    return tuple(field.name for field in model.fields if field.reference == resource)


def _parents(model: Model, resource: str, seen: frozenset[str]) -> tuple[Parent, ...]:
    """Return the fields named after the model they refer to (`ticket_id`), if the resource contains that model."""
    parents = []
    for field in model.fields:
        parent = MODELS.get(field.reference or "")
        if parent is None or parent.id in seen or field.name not in {f"{parent.singular}_id", f"{parent.singular}_ids"}:
            continue
        if parent.id == resource or references(parent, resource) or _parents(parent, resource, seen | {parent.id}):
            parents.append(Parent(field=field.name, model=parent.id))
    return tuple(one for one in parents if one.model != resource)


class Naming(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a model that may name resources of some kinds, in addition to those that the rules of containment read."""

    references: tuple[tuple[str, str], ...] = ()
    """Fields with ids, and the kind of resource of each."""
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Fields with a name, and the references that it belongs to."""
    own: tuple[str, ...] = ()
    """Fields with a customer's own keys: no one knows what they name."""
    nested: tuple[tuple[str, str], ...] = ()
    """Fields with records of another model."""


@functools.cache
def naming(model_id: str, resources: tuple[str, ...]) -> Naming:
    """Return the fields of a model that may name resources of these kinds; of another category, none does."""
    model = MODELS[model_id]
    if all(MODELS[one].category != model.category for one in resources):
        return Naming()
    kinds = {name: resource for resource in resources for name in references(model, resource)}
    twins = {one.name: tuple(name for name in one.twins if name in kinds) for one in model.fields if one.name not in kinds}
    return Naming(
        references=tuple(kinds.items()),
        names=tuple((name, named) for name, named in twins.items() if named),
        own=tuple(one.name for one in model.fields if one.kind == "map"),
        nested=nested_models(model_id),
    )


@functools.cache
def nested_models(model_id: str) -> tuple[tuple[str, str], ...]:
    """Return the fields of a model with records of another one, and that model."""
    return tuple((one.name, other.id) for one in MODELS[model_id].fields if (other := model_in(one)) is not None)

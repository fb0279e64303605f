"""To which chosen resource a record belongs, read off the references of its model: no provider is known here.

A ticket names its projects itself; a comment belongs where its ticket belongs; a comment's author says nothing about it.
"""

import functools

import msgspec

from unified.models.registry import MODELS, Model


class Parent(msgspec.Struct, frozen=True, kw_only=True):
    """A field that names the record around this one, such as the ticket of a comment."""

    field: str
    model: str


class Belonging(msgspec.Struct, frozen=True, kw_only=True):
    """How records of one model belong to resources of one kind."""

    resource: str
    """The model of the resource, such as `ticketing.collections`."""
    fields: tuple[str, ...]
    """Fields with the ids of resources; `id` for the resources themselves. A record that names one inside is inside."""
    parents: tuple[Parent, ...] = ()
    """Asked in order where no field names a resource: the first that is not empty decides."""
    is_shared: bool = False
    """Whether a record that names nothing is inside."""
    is_unplaced: bool = False
    """Whether nothing can be told, so that no record is inside."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Fields that must be read of a record to tell where it belongs."""
        return (*self.fields, *(one.field for one in self.parents))


@functools.cache
def belonging(model_id: str, resource: str) -> Belonging | None:
    """How records of a model belong to a kind of resource; None when they have nothing to do with it."""
    model = MODELS[model_id]
    if model_id == resource:
        return Belonging(resource=resource, fields=("id",))
    if model.category != MODELS[resource].category:
        return None
    if model.is_unplaced:
        return Belonging(resource=resource, fields=(), is_unplaced=True)
    fields, parents = references(model, resource), _parents(model, resource, frozenset({model_id}))
    if not fields and not parents:
        return None
    return Belonging(resource=resource, fields=fields, parents=parents, is_shared=model.is_shared)


def references(model: Model, resource: str) -> tuple[str, ...]:
    """Fields with ids of resources of this kind."""
    return tuple(field.name for field in model.fields if field.reference == resource)


def _parents(model: Model, resource: str, seen: frozenset[str]) -> tuple[Parent, ...]:
    """Fields called after the model they name (`ticket_id`), where that model belongs to the resource itself or by others."""
    found = []
    for field in model.fields:
        parent = MODELS.get(field.reference or "")
        if parent is None or parent.id in seen or field.name not in {f"{parent.singular}_id", f"{parent.singular}_ids"}:
            continue
        if parent.id == resource or references(parent, resource) or _parents(parent, resource, seen | {parent.id}):
            found.append(Parent(field=field.name, model=parent.id))
    return tuple(one for one in found if one.model != resource)

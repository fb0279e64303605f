"""Relations of common models: the names under which a record can show the records that it refers to, by `expand`."""

from collections.abc import Mapping
from functools import cache

import msgspec

from unified.models.field import Field
from unified.models.registry import MODELS, Model


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """One name that can be expanded."""

    name: str
    field: str
    model: str
    is_list: bool
    owned_by: str | None = None
    """The field of the related model that holds this record's id, for records read by a list."""

    @property
    def method(self) -> str:
        """The method of the related model by which the records are read."""
        return "list" if self.owned_by else "get"


def relations(model: Model) -> Mapping[str, Relation]:
    """Return what can be expanded: `owner` for `owner_id`, `contacts` for `contact_ids`, `employments` for the list of them.

    A name that is a field already, as `status` for `status_id`, becomes that of the related model: `ticket_status`.
    """
    return _relations(model.id)


_OF_LINKS = frozenset(
    one.id for one in MODELS.values() if {field.name for field in one.fields}.issuperset(("source_object", "target_object"))
)


def is_of_links(model: Model) -> bool:
    """Return whether the records of a model are links between records of two others, which they name."""
    return model.id in _OF_LINKS


@cache
def _relations(model_id: str) -> Mapping[str, Relation]:
    model = MODELS[model_id]
    fields = {field.name for field in model.fields}
    related = [one for field in model.fields if (one := _relation(model, field)) is not None]
    return {one.name: one for one in (_renamed(one, fields) for one in related)}


def neighbors(model: Model) -> Mapping[str, Relation]:
    """Return the records one step away, by the names that conditions on records give them, in both directions.

    `ticket` for the `ticket_id` of a comment, and `comments` for the comments that name a ticket. A model that names another
    one by several fields is its neighbor by the field called after it, and by none if there is none. A name that is a field
    already is not among them, nor are models whose records may belong to any model.
    """
    return _neighbors(model.id)


@cache
def _neighbors(model_id: str) -> Mapping[str, Relation]:
    model = MODELS[model_id]
    named = {one.name: one for one in relations(model).values() if one.owned_by is None}
    others = (one for one in MODELS.values() if one.category == model.category and one.id != model_id)
    naming = {one.plural: relation for one in others if (relation := _naming(one, model)) is not None}
    fields = {field.name for field in model.fields}
    found = {**naming, **named}
    return {name: one for name, one in found.items() if name not in fields and not MODELS[one.model].container_unknown}


def moved_with(model: Model, name: str) -> tuple[str, ...]:
    """Return the fields by which a write may change another field: its twins, and those with the same container.

    A stage belongs to a pipeline, so some providers move an opportunity to the pipeline of its new stage, or to a stage of its
    new pipeline.
    """
    twins = next((one.twins for one in model.fields if one.name == name), ())
    return (*twins, *(other for other in _containers(model.id).get(name, ()) if other not in twins))


@cache
def _containers(model_id: str) -> Mapping[str, tuple[str, ...]]:
    """Return the fields that name a container, with those that name an entry of a list in it, and the reverse."""
    fields = MODELS[model_id].fields
    pairs = {
        (entry.name, container.name)
        for entry in fields
        for within in _places(entry)
        for container in fields
        if container.reference == within and container.name != entry.name
    }
    return {
        one.name: tuple(other.name for other in fields if {(one.name, other.name), (other.name, one.name)} & pairs)
        for one in fields
    }


def _places(field: Field) -> set[str | None]:
    """Return the models of the containers of what a field names, if records of that model are only read."""
    named = MODELS.get(field.reference or "")
    if named is None or "create" in named.operations:
        return set()
    return {one.reference for one in named.fields if not one.is_list} - {None, named.id}


def _naming(other: Model, model: Model) -> Relation | None:
    """Return the relation of a model to the records that name its own; None if they do not, or by fields of unlike meaning."""
    fields = [one.name for one in other.fields if one.reference == model.id]
    usual = [name for name in fields if name in {f"{model.singular}_id", f"{model.singular}_ids"}]
    chosen = usual if len(fields) > 1 else fields
    if len(chosen) != 1:
        return None
    return Relation(name=other.plural, field="id", model=other.id, is_list=True, owned_by=chosen[0])


def _renamed(relation: Relation, fields: set[str]) -> Relation:
    if relation.owned_by is not None or relation.name not in fields:
        return relation
    return msgspec.structs.replace(relation, name=MODELS[relation.model].singular)


def _relation(model: Model, field: Field) -> Relation | None:
    if field.reference is not None and field.name.endswith("_id"):
        return Relation(name=field.name.removesuffix("_id"), field=field.name, model=field.reference, is_list=False)
    if field.reference is not None and field.name.endswith("_ids"):
        return Relation(name=_plural(field.name.removesuffix("_ids")), field=field.name, model=field.reference, is_list=True)
    owned = MODELS.get(f"{model.category}.{field.name}")
    if owned is not None and field.is_list and any(one.name == f"{model.singular}_id" for one in owned.fields):
        return Relation(name=field.name, field="id", model=owned.id, is_list=True, owned_by=f"{model.singular}_id")
    return None


def _plural(role: str) -> str:
    return f"{role[:-1]}ies" if role.endswith("y") else f"{role}s"

"""Types of records and of what callers pass about them, from the registry of models."""

import inspect
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from clients.generate.declarations import Declared, Member, Module, Places, first_line, unique
from clients.generate.shapes import Shape, field_shape, listed, named, nullable, shape_of, union
from unified.api.openapi.schemas.enums import camel
from unified.models import MODELS, Field, Model, fields_of
from unified.models.relations import relations
from unified.models.shared import FieldDefinition
from unified.transform.queries.filter_names import essentials, one_name
from unified.transform.queries.filter_options import comparable
from unified.transform.queries.query import FLAGS, OPERATORS, TIMES

CATEGORIES = tuple(dict.fromkeys(one.category for one in MODELS.values()))
SHARED = "shared"
TEXT, INTEGER, BOOLEAN, TIME = (shape_of(one) for one in (str, int, bool, datetime))
MAP = shape_of(dict[str, Any])
_CONDITIONS = {
    "integer": "NumberCondition",
    "number": "NumberCondition",
    "boolean": "BooleanCondition",
    "time": "TimeCondition",
    "day": "DayCondition",
}
"""The condition on a field, by the kind of its value; others are conditions on text."""


def class_name(model: Model) -> str:
    """Return the name of the class of a model's records."""
    return model.struct.__name__


def upsert_name(model: Model) -> str:
    """Return the name of what an upsert takes: what a create takes, unless that has fields that an update cannot set."""
    if "upsert" not in model.operations:
        return ""
    return f"{class_name(model)}{'Upsert' if any(one.access == 'c' for one in model.fields) else 'New'}"


def places() -> Places:
    """Return where records and their parts are declared."""
    records = {one.struct: (one.category, class_name(one)) for one in MODELS.values()}
    parts = {part: (SHARED, part.__name__) for part in _parts()}
    fields = {part: (SHARED, f"{part.__name__}Fields") for part in _parts()}
    return Places(answers={**parts, **records}, inputs=fields)


def modules() -> tuple[Module, ...]:
    """Return the module of shared parts and one for each category."""
    return (
        Module(name=SHARED, doc="Parts that records of several models have.", declared=unique(_shared())),
        *(
            Module(name=one, doc=f"Records of {one}, and what calls about them take.", declared=unique(_category(one)))
            for one in CATEGORIES
        ),
    )


def _parts() -> tuple[type[msgspec.Struct], ...]:
    """Return the structs nested in records that are not records themselves."""
    records = {one.struct for one in MODELS.values()}
    found: dict[type[msgspec.Struct], None] = {}
    waiting = [*(one.struct for one in MODELS.values()), FieldDefinition]
    for struct in waiting:
        for field in fields_of(struct):
            if field.struct is not None and field.struct not in records and field.struct not in found:
                found[field.struct] = None
                waiting.append(field.struct)
    return tuple(sorted({*found, FieldDefinition}, key=lambda one: one.__name__))


def _shared() -> Iterator[Declared]:
    for part in _parts():
        doc = first_line(inspect.getdoc(part))
        yield Declared(name=part.__name__, direction="answer", doc=doc, members=tuple(_read(one) for one in fields_of(part)))
        members = tuple(Member(name=one.name, shape=_written(one), doc=one.description) for one in fields_of(part))
        yield Declared(name=f"{part.__name__}Fields", direction="input", doc=doc, members=members)
    for name, shape in (
        ("TextCondition", TEXT),
        ("NumberCondition", Shape(kind="number")),
        ("BooleanCondition", BOOLEAN),
        ("TimeCondition", TIME),
        ("DayCondition", Shape(kind="day")),
    ):
        yield _conditions(name, shape)


def _conditions(name: str, shape: Shape) -> Declared:
    members = tuple(
        Member(name=one, shape=listed(shape) if one == "in" else TEXT if one == "contains" else shape) for one in OPERATORS
    )
    doc = "Conditions on one field; all must hold."
    return Declared(name=name, direction="input", doc=doc, members=members, is_condition=True)


def _read(field: Field) -> Member:
    """Return a field of a record: a list is never null, everything else may be."""
    shape = field_shape(field)
    is_whole = field.is_list or field.kind == "map"
    required = field.name == "id"
    return Member(
        name=field.name,
        shape=shape if required or (is_whole and field.name != "remote_data") else nullable(shape),
        required=required,
        is_sent=True,
        doc=field.description,
    )


def _written(field: Field) -> Shape:
    return field_shape(field) if field.required else nullable(field_shape(field))


def _get_query(model: Model) -> Iterator[Member]:
    custom = "custom_fields" if any(one.name == "custom_fields" for one in model.fields) else ""
    fields = Shape(kind="enum", words=tuple(one.name for one in model.fields), prefix=custom and f"{custom}.")
    such = f", such as {custom}.key" if custom else ""
    yield Member(name="fields", shape=listed(fields), doc=f"Only these fields{such}; the provider is asked for nothing else.")
    if expand := tuple(relations(model)):
        yield Member(name="expand", shape=listed(Shape(kind="enum", words=expand)), doc="Related records to add.")
    for flag in sorted(FLAGS, reverse=True):
        doc = "The provider's own record too, in `remote_data`." if flag == "include_raw" else "Deleted records too."
        yield Member(name=flag, shape=BOOLEAN, doc=doc)
    yield Member(
        name="remote_query", shape=Shape(kind="map", parts=(TEXT,)), doc="Parameters passed to the provider unchanged."
    )


def _category(category: str) -> Iterator[Declared]:
    for model in MODELS.values():
        if model.category == category:
            yield from _declarations(model)


def _declarations(model: Model) -> Iterator[Declared]:
    name = class_name(model)
    yield Declared(name=name, direction="answer", doc=first_line(model.description), members=tuple(_record(model)))
    for field in comparables(model):
        if field.kind == "enum":
            yield _conditions(_condition_name(model, field), Shape(kind="enum", words=field.enum))
    yield Declared(
        name=f"{name}Filter",
        direction="input",
        doc=f"Conditions on {model.id}; the service refuses those that neither it nor the provider can test.",
        members=tuple(_filters(model)),
        is_condition=True,
    )
    if "get" in model.operations:
        doc = f"The query of a get of {model.id}."
        yield Declared(name=f"{name}GetQuery", direction="input", doc=doc, members=tuple(_get_query(model)))
    yield Declared(
        name=f"{name}Query",
        direction="input",
        doc=f"The query of a list of {model.id}.",
        members=tuple(_query(model, name)),
    )
    for operation, suffix in (("create", "New"), ("update", "Update"), ("upsert", "Upsert")):
        if operation == "upsert" and upsert_name(model) != f"{name}Upsert":
            continue
        if operation in model.operations:
            members = tuple(_body(model, operation))
            doc = f"The fields of {operation} of {model.id}."
            yield Declared(name=f"{name}{suffix}", direction="input", doc=doc, members=members)


def _record(model: Model) -> Iterator[Member]:
    yield from (_read(one) for one in model.fields)
    for one in relations(model).values():
        if one.owned_by is None:
            record = Shape(kind="struct", struct=MODELS[one.model].struct)
            shape = nullable(listed(nullable(record)) if one.is_list else record)
            yield Member(name=one.name, shape=shape, doc=f"Only with expand={one.name}: what `{one.field}` refers to.")


def _body(model: Model, operation: str) -> Iterator[Member]:
    for field in model.fields:
        if field.access == "rw" or (field.access == "c" and operation == "create"):
            required = operation != "update" and field.required and field.kind != "map"
            yield Member(name=field.name, shape=_written(field), required=required, doc=field.description)
    yield Member(name="remote_fields", shape=MAP, doc="Fields that go to the provider unchanged.")


def _filters(model: Model) -> Iterator[Member]:
    names = {one.name for one in model.fields}
    for field in comparables(model):
        if not field.nested:
            yield Member(name=field.name, shape=_condition(model, field), doc=field.description)
        for part in essentials(field):
            if part not in names:
                names.add(part)
                doc = f"The {part} of any of `{field.name}`."
                yield Member(name=part, shape=union((TEXT, named(f"{SHARED}.TextCondition"))), doc=doc)


def comparables(model: Model) -> tuple[Field, ...]:
    """Return the fields on which there can be conditions."""
    names = comparable(model, frozenset(one.name for one in model.fields))
    return tuple(one for one in model.fields if one.name in names)


def upsert_keys(model: Model) -> tuple[str, ...]:
    """Return the names of what a provider may find a record by: those of conditions on the fields that can be written."""
    return tuple(dict.fromkeys(one_name(one.name, model) for one in comparables(model) if one.access == "rw"))


def _condition_name(model: Model, field: Field) -> str:
    return f"{class_name(model)}{camel(field.name)}Condition"


def _condition(model: Model, field: Field) -> Shape:
    plain = field_shape(msgspec.structs.replace(field, is_list=False))
    if plain.kind == "enum":
        return union((plain, named(_condition_name(model, field))))
    return union((plain, named(f"{SHARED}.{_CONDITIONS.get(plain.kind, 'TextCondition')}")))


def _query(model: Model, name: str) -> Iterator[Member]:
    sortable = [one.name for one in model.fields if not one.is_list and one.kind not in {"map", "any", "object"}]
    yield Member(name="limit", shape=INTEGER, doc="Records a page, 1 to 200; 50 if left out.")
    yield Member(name="cursor", shape=nullable(TEXT), doc="`next_cursor` of the page before.")
    for time in TIMES:
        yield Member(name=time, shape=TIME, doc="A time in RFC 3339; after is inclusive, before is exclusive.")
    yield Member(name="filter", shape=named(f"{name}Filter"), doc="Conditions on fields; all must hold.")
    yield Member(name="search", shape=TEXT, doc="Free text, where the provider supports search.")
    words = tuple(word for one in sortable for word in (one, f"-{one}"))
    yield Member(name="sort", shape=Shape(kind="enum", words=words), doc="A field, or -field for descending order.")
    yield from _get_query(model)

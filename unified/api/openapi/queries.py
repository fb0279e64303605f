"""The parameters of a model's operations that depend on the model: filters, orders, search, relations and external keys."""

from collections.abc import Iterator, Mapping
from typing import Any

from unified.api.openapi.schemas.enums import camel, name_of, reference
from unified.api.openapi.schemas.forms import TIME, VALUES, listed, listed_numbers, listed_times, one_of, some_of
from unified.api.openapi.schemas.model_schemas import component
from unified.api.openapi.schemas.normal_form import Schema
from unified.api.openapi.schemas.offers import Offer, Providers
from unified.catalog.filter_rows import Operator
from unified.models import Field, Model
from unified.transform.list_options import ModelFilter, names_with_providers
from unified.transform.queries.query import OPERATORS

Parameter = dict[str, Any]
MEANING: dict[Operator, str] = {
    "eq": "Equal to the value",
    "ne": "Not equal to the value",
    "in": "One of the values, separated by commas",
    "gt": "Greater than the value",
    "gte": "Greater than or equal to the value",
    "lt": "Less than the value",
    "lte": "Less than or equal to the value",
    "contains": "Contains the text",
}
_LISTED: dict[str, Schema] = {
    **dict.fromkeys(("datetime", "date", "due"), listed_times()),
    **dict.fromkeys(("integer", "number"), listed_numbers()),
    "boolean": listed("true|false"),
    "country": listed("[A-Za-z]{2}"),
    "currency": listed("[A-Za-z]{3}"),
}
"""Kind of a field to the schema of several values, separated by commas; of other kinds they are texts."""
_SCHEMAS: dict[str, Schema] = {
    "datetime": {"type": "string", "format": "date-time"},
    "date": TIME,
    "due": TIME,
    "integer": {"type": "number"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "country": {"type": "string", "pattern": "^[A-Za-z]{2}$"},
    "currency": {"type": "string", "pattern": "^[A-Za-z]{3}$"},
}
"""Kind of a field to the schema of a value in a query; of other kinds it is text."""


def filter_parameters(offer: Offer) -> Iterator[Parameter]:
    """Yield a parameter for each filter, and for each further operator of it that a provider applies itself."""
    for one in offer.takes.filters:
        for operator in OPERATORS:
            native = tuple(provider for provider, operators in one.native.items() if operator in operators)
            if native or operator == "eq":
                yield _filter(offer, one, operator, native)


def _filter(offer: Offer, one: ModelFilter, operator: Operator, native: Providers) -> Parameter:
    emulated = tuple(name for name in one.emulated if name not in native) if operator == "eq" else ()
    needed = offer.needed.get(one.name, ()) if operator == "eq" else ()
    texts = (("Applied by", native), ("By Unified, on the mapped records, of", emulated), ("Needed by", needed))
    text = "".join(f" {words} {', '.join(providers)}." for words, providers in texts if providers)
    return {
        "name": f"filter[{one.name}]" + ("" if operator == "eq" else f"[{operator}]"),
        "in": "query",
        "required": False,
        "schema": _value(offer.model, one.field, operator),
        "description": f"{MEANING[operator]}.{text}",
        "x-providers": sorted({*native, *emulated}),
        **({"x-needed-by": list(needed)} if needed else {}),
    }


def _value(model: Model, name: str, operator: Operator) -> Schema:
    field = next((one for one in model.fields if one.name == name), None)
    if field is None or operator == "contains":
        return VALUES if operator == "in" else {"type": "string"}
    return _several(field) if operator == "in" else _of_field(model, field)


def _several(field: Field) -> Schema:
    return listed("|".join(field.enum)) if field.enum else dict(_LISTED.get(field.kind, VALUES))


def _of_field(model: Model, field: Field) -> Schema:
    if field.kind == "enum":
        return reference(name_of(field.enum, component(model) + camel(field.name)))
    return dict(_SCHEMAS.get(field.kind, {"type": "string"}))


def listing_parameters(offer: Offer) -> Iterator[Parameter]:
    """Yield `search` and `sort`, where a provider has them."""
    searching = offer.takes.parameters.get("search", ())
    if searching:
        yield _query("search", f"Free text. Of {', '.join(searching)}.", {"x-providers": list(searching)})
    if offer.takes.sort:
        text = f"A field, or `-field` for descending order: {names_with_providers(offer.takes.sort)}."
        yield _query("sort", text, {"x-sortable": _lists(offer.takes.sort), "schema": one_of(offer.takes.sort)})


def relation_parameter(offer: Offer) -> Iterator[Parameter]:
    """Yield `expand`, where there is anything to expand."""
    if offer.takes.expand:
        text = f"Related records in addition to their ids, separated by commas: {names_with_providers(offer.takes.expand)}."
        yield _query("expand", text, {"x-expandable": _lists(offer.takes.expand), "schema": some_of(offer.takes.expand)})


def key_parameter(offer: Offer) -> Parameter:
    """Return `by`, the external key of an upsert."""
    text = f"The external key by which the provider finds the record: {names_with_providers(offer.keys)}."
    return {**_query("by", text, {"x-keys": _lists(offer.keys), "schema": one_of(offer.keys)}), "required": True}


def _query(name: str, description: str, more: Parameter) -> Parameter:
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "description": description, **more}


def _lists(names: Mapping[str, Providers]) -> dict[str, list[str]]:
    return {name: list(providers) for name, providers in names.items()}

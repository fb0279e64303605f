"""Operations of the offered models: one per model and method, with tags, method class, parameters and answers."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from unified.api.openapi.parts import (
    ALWAYS,
    LIMIT_HEADERS,
    LISTING,
    OF_BODIES,
    OF_KEYS,
    OF_PROVIDERS,
    OF_VERSIONS,
    OF_WRITES,
    READING,
    header,
    json_content,
    parameter,
    references,
)
from unified.api.openapi.queries import filter_parameters, key_parameter, listing_parameters, relation_parameter
from unified.api.openapi.schemas.enums import reference
from unified.api.openapi.schemas.forms import any_form
from unified.api.openapi.schemas.model_schemas import component
from unified.api.openapi.schemas.normal_form import Schema
from unified.api.openapi.schemas.offers import Offer, Providers
from unified.models import BODIES, MAKING, UPSERT, Model, method_class

Operation = dict[str, Any]
VERBS = {
    "list": "get",
    "get": "get",
    "create": "post",
    "update": "patch",
    UPSERT: "put",
    "delete": "delete",
    "batch": "post",
    "schema": "get",
}
_REFUSED = (*ALWAYS, *OF_KEYS, *OF_PROVIDERS)
WRITES = ("create", "update", UPSERT, "delete")
SUMMARIES = {
    "list": "List {many}",
    "get": "Get one {one}",
    "create": "Create {a} {one}",
    "update": "Update {a} {one}",
    UPSERT: "Create {a} {one}, or update the one that has the same external key",
    "delete": "Delete {a} {one}",
    "batch": "Create, update, upsert and delete up to 100 {many}",
    "schema": "What this connection reads, writes and filters of {many}",
}
_WAITS: Operation = {
    "description": "Not sent: the key's scope asks for an approval of each write.",
    "content": json_content(reference("ApprovalRequired")),
}


def model_paths(offers: Mapping[str, Offer]) -> dict[str, dict[str, Operation]]:
    """Return every path of the offered models with its operations."""
    paths: dict[str, dict[str, Operation]] = {}
    for offer in offers.values():
        for method, providers in _methods(offer):
            path = _path(offer.model, method)
            paths.setdefault(path, {})[VERBS.get(method, "post")] = _operation(offer, method, providers, path)
    for category in dict.fromkeys(one.model.category for one in offers.values()):
        found = [one for one in offers.values() if one.model.category == category and one.defines_fields]
        if found:
            paths[f"/{category}/fields"] = {"get": _fields_operation(category, found)}
    return paths


def _methods(offer: Offer) -> Iterator[tuple[str, Providers]]:
    """Yield the methods of a model with their providers; custom ones have routes only where an id alone names a record."""
    for method, providers in offer.methods.items():
        if method_class(method) != "custom" or not offer.model.path_parameters:
            yield method, providers
    writing = sorted({one for method in WRITES for one in offer.methods.get(method, ())})
    if writing:
        yield "batch", tuple(writing)
    if "list" in offer.methods:
        yield "schema", offer.methods["list"]


def _path(model: Model, method: str) -> str:
    root = f"/{model.category}/{model.plural}"
    if method == "schema":
        return f"{root}/schema"
    base = root + "".join(f"/{{{name}}}" for name in model.path_parameters)
    if method in {"list", *MAKING}:
        return base
    if method == "batch":
        return f"{base}/batch"
    return f"{base}/{{id}}" + (f"/{method}" if method_class(method) == "custom" else "")


def _operation(offer: Offer, method: str, providers: Providers, path: str) -> Operation:
    model = offer.model
    name = model.plural if method in {"list", "batch", "schema"} else model.singular
    text = SUMMARIES.get(method, f"{method.replace('_', ' ').capitalize()}: {{one}}")
    operation: Operation = {
        "operationId": f"{method}_{model.category}_{name}",
        "summary": text.format(
            a="an" if model.singular[0] in "aeiou" else "a", one=_words(model.singular), many=_words(model.plural)
        ),
        "description": f"Offered by {', '.join(providers)}.",
        "tags": list(model.tags),
        "x-method-class": _class_of(method),
        "x-method": method,
        "x-model": model.id,
        "x-providers": list(providers),
        "parameters": [*_in_path(model, path, offer.forms), *_parameters(offer, method)],
        "responses": _responses(offer, method),
    }
    body = _body(model, method)
    return operation | ({"requestBody": body} if body else {})


def _class_of(method: str) -> str:
    return {"batch": "write", "schema": "read"}.get(method) or method_class(method)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _in_path(model: Model, path: str, forms: Mapping[str, tuple[str, ...]]) -> list[Operation]:
    names = [one for one in model.path_parameters if f"{{{one}}}" in path]
    ids = [parameter("id")] if "{id}" in path else []
    return [*(_path_parameter(one, forms) for one in names), *ids]


def _path_parameter(name: str, forms: Mapping[str, tuple[str, ...]]) -> Operation:
    text = f"The provider's name of the {_words(name)}."
    return {"name": name, "in": "path", "required": True, "schema": any_form(forms.get(name, ())), "description": text}


def _parameters(offer: Offer, method: str) -> list[Operation]:
    found = [parameter("account_id")]
    if method == "list":
        found += [*listing_parameters(offer), *map(parameter, LISTING), *filter_parameters(offer)]
    if method in {"list", "get"}:
        found += [*relation_parameter(offer), *map(parameter, READING)]
    if method == UPSERT:
        found.append(key_parameter(offer))
    if _class_of(method) != "read":
        found.append(parameter("idempotency_key"))
    if _is_of_version(method):
        found.append(parameter("if_match"))
    return found


def _is_of_version(method: str) -> bool:
    """Return whether a method changes or deletes a record that the caller may have read."""
    return _class_of(method) != "read" and method not in {*MAKING, "batch"}


def _body(model: Model, method: str) -> Operation | None:
    if method == "batch":
        return {"required": True, "content": json_content(reference("BatchBody"))}
    if method in BODIES:
        return {"required": True, "content": json_content(reference(component(model) + method.capitalize()))}
    if _class_of(method) == "custom":
        open_object: Schema = {"type": "object", "additionalProperties": True}
        return {"required": False, "content": json_content(open_object)}
    return None


def _responses(offer: Offer, method: str) -> Operation:
    writes_one = _class_of(method) != "read" and method != "batch"
    refused = (
        *_REFUSED,
        *(OF_BODIES if _body(offer.model, method) else ()),
        *(OF_WRITES if writes_one else ()),
        *(OF_VERSIONS if _is_of_version(method) else ()),
    )
    waits = {"202": _WAITS} if writes_one else {}
    return {**dict(_success(offer, method)), **waits, **references(refused)}


def _success(offer: Offer, method: str) -> Iterable[tuple[str, Operation]]:
    """Yield what a method answers when it is done."""
    if method == "delete":
        yield "204", {"description": "Deleted.", "headers": LIMIT_HEADERS | header("Idempotent-Replayed")}
        return
    record = component(offer.model)
    name = {"list": f"{record}Page", "batch": "BatchResults", "schema": "Schema"}.get(method, record)
    headers = dict(LIMIT_HEADERS)
    if method not in {"list", "batch", "schema"}:
        headers |= header("ETag", "Unified-Warning")
    if _class_of(method) != "read" and method != "batch":
        headers |= header("Idempotent-Replayed")
    answer = {"description": "Done.", "headers": headers, "content": json_content(reference(name))}
    if method != "create":
        yield "200", answer
    if method == "create" or (method == UPSERT and offer.says_new):
        yield "201", {**answer, "description": "Created.", "headers": headers | header("Location")}


def _fields_operation(category: str, offers: list[Offer]) -> Operation:
    answer = {"description": "Done.", "headers": LIMIT_HEADERS, "content": json_content(reference("FieldDefinitionPage"))}
    texts = [f"{one.model.plural} ({', '.join(one.defines_fields)})" for one in offers]
    model = {
        "name": "model",
        "in": "query",
        "required": True,
        "schema": reference(f"{category.capitalize()}FieldsModel"),
        "description": f"The model, with the providers that list their fields of it: {', '.join(texts)}.",
        "x-providers": {one.model.plural: list(one.defines_fields) for one in offers},
    }
    names = {name: one.forms for one in offers for name in one.model.path_parameters}
    more = [{**_path_parameter(name, forms), "in": "query", "required": False} for name, forms in names.items()]
    return {
        "operationId": f"list_{category}_fields",
        "summary": f"The provider's own fields of a {category} model",
        "description": f"Offered of {', '.join(texts)}. Their values are in `custom_fields` of records.",
        "tags": list(offers[0].model.tags[:1]),
        "x-method-class": "read",
        "parameters": [parameter("account_id"), model, *more],
        "responses": {"200": answer, **references(_REFUSED)},
    }


def fields_models(offers: Mapping[str, Offer]) -> dict[str, list[str]]:
    """Return the names that `model` of the routes of fields takes, by the name of their enumeration."""
    found: dict[str, list[str]] = {}
    for one in offers.values():
        if one.defines_fields:
            found.setdefault(f"{one.model.category.capitalize()}FieldsModel", []).append(one.model.plural)
    return found

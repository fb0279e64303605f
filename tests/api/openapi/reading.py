"""The OpenAPI document of the installed providers, read once, and what tests ask of it."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import msgspec
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.world import catalog
from unified.api.openapi.document import openapi_document
from unified.app.application import HANDLERS

DOCUMENT = json.loads(msgspec.json.encode(openapi_document(HANDLERS, catalog())))
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = [(path, verb, operation) for path, verbs in DOCUMENT["paths"].items() for verb, operation in verbs.items()]
"""Path, method in lower case, operation."""
OF_MODELS = [one for one in OPERATIONS if "x-model" in one[2]]
_RESOURCE = Resource(contents=DOCUMENT, specification=DRAFT202012)
_REGISTRY = Registry().with_resource("urn:doc", _RESOURCE)


def named(case: tuple[str, str, Any]) -> str:
    """What an operation is called in failures."""
    return f"{case[1].upper()} {case[0]}"


def check(value: Any, schema: str) -> None:
    """Raise unless a value fits the component of this name."""
    check_part(value, {"$ref": f"#/components/schemas/{schema}"})


def check_part(value: Any, schema: dict[str, Any]) -> None:
    """Raise unless a value fits a schema in the document."""
    whole = json.loads(json.dumps(schema).replace('"#/', '"urn:doc#/'))
    jsonschema.Draft202012Validator(whole, registry=_REGISTRY, format_checker=jsonschema.FormatChecker()).validate(value)


def resolved(part: Any) -> Any:
    """A part, or what it refers to."""
    while isinstance(part, dict) and "$ref" in part:
        found = DOCUMENT
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def parameters(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters of an operation, whole."""
    return [resolved(one) for one in operation.get("parameters", ())]


def successes(operation: dict[str, Any]) -> dict[str, Any]:
    """The documented successes by status."""
    return {status: resolved(one) for status, one in operation["responses"].items() if status.startswith("2")}


def places(part: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a part, with its place; what holds the names of others, such as `properties`, is none itself."""
    if isinstance(part, list):
        for index, one in enumerate(part):
            yield from places(one, f"{where}/{index}")
    elif isinstance(part, dict):
        yield where, part
        for name, one in part.items():
            if name not in {"examples", "example", "x-providers"}:
                yield from places(one, f"{where}/{name}")


def schemas_in(part: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of a schema, itself first, with its place."""
    yield where, part
    for name in ("properties", "$defs", "patternProperties"):
        for key, one in part.get(name, {}).items():
            yield from schemas_in(one, f"{where}/{key}")
    for name in ("items", "additionalProperties", "not"):
        if isinstance(part.get(name), dict):
            yield from schemas_in(part[name], f"{where}/{name}")
    for name in ("anyOf", "oneOf", "allOf"):
        for index, one in enumerate(part.get(name, ())):
            yield from schemas_in(one, f"{where}/{name}{index}")


def every_schema() -> list[tuple[str, dict[str, Any]]]:
    """Every schema of the document, of components, parameters, headers, bodies and answers, with its place."""
    found = []
    for name, one in SCHEMAS.items():
        found += schemas_in(one, name)
    rest = {key: one for key, one in DOCUMENT.items() if key != "components"}
    rest |= {key: one for key, one in DOCUMENT["components"].items() if key != "schemas"}
    for where, part in places(rest):
        if isinstance(part.get("schema"), dict):
            found += schemas_in(part["schema"], where)
    return found


def reached(schema: dict[str, Any], seen: set[str] | None = None) -> set[str]:
    """The names of the components that a schema needs, directly or through others."""
    seen = set() if seen is None else seen
    for _, one in schemas_in(schema):
        name = one.get("$ref", "").rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            reached(SCHEMAS[name], seen)
    return seen


def request_schemas() -> list[tuple[str, dict[str, Any]]]:
    """Every schema of a request's body, with its place."""
    bodies = [(named(one), resolved(one[2].get("requestBody", {}))) for one in OPERATIONS]
    return [(where, media["schema"]) for where, body in bodies for media in body.get("content", {}).values()]

"""The OpenAPI document is valid, complete and true: real answers fit the schemas it gives."""

import json

import jsonschema
import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.cases import each
from tests.routes import ROUTE_TABLE
from unified.api.openapi.document import openapi_document
from unified.api.openapi.schemas import component
from unified.app import HANDLERS
from unified.models import MODELS, method_class

DOCUMENT = json.loads(msgspec.json.encode(openapi_document(HANDLERS)))
OPERATIONS = [(path, verb, operation) for path, verbs in DOCUMENT["paths"].items() for verb, operation in verbs.items()]
UNIFIED = [one for one in OPERATIONS if "x-model" in one[2]]


def check(value, schema):
    resource = Resource(contents=DOCUMENT, specification=DRAFT202012)
    registry = Registry().with_resource("urn:doc", resource)
    jsonschema.Draft202012Validator({"$ref": f"urn:doc#/components/schemas/{schema}"}, registry=registry).validate(value)


def test_document_is_valid_openapi_3_1():
    assert DOCUMENT["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_operation_ids_are_unique():
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(ids) == len(set(ids))


def test_every_model_and_method_is_there():
    found = {(operation["x-model"], operation["x-method"]) for _, _, operation in UNIFIED}
    expected = {(model.id, method) for model in MODELS.values() for method in (*model.operations, *model.custom)}
    assert expected - found == set()


@each(("path", "verb", "operation"), UNIFIED, ids=lambda case: f"{case[1]} {case[0]}")
def test_unified_operations_carry_tags_and_class(path, verb, operation):
    assert operation["tags"][0] == MODELS[operation["x-model"]].tags[0]
    if operation["x-method"] not in {"batch", "schema"}:
        assert operation["x-method-class"] == method_class(operation["x-method"])


@each("model", MODELS.values(), ids=lambda one: one.id)
def test_examples_fit_their_schemas(model):
    for suffix in ("", "Create", "Update"):
        name = component(model) + suffix
        schema = DOCUMENT["components"]["schemas"].get(name)
        for example in schema["examples"] if schema else ():
            check(example, name)


@each("route", [one for one in ROUTE_TABLE if one.is_documented], ids=lambda one: one.path)
def test_every_documented_route_is_in_the_document(route):
    path = route.path.replace(":str", "").replace("{rest:path}", "{path}")
    assert {verb.upper() for verb in DOCUMENT["paths"][path]} >= set(route.methods)


@pytest.mark.parametrize(
    ("provider", "path"),
    [
        ("hubspot", "/crm/contacts"),
        ("hubspot", "/crm/opportunities"),
        ("salesforce", "/crm/accounts"),
        ("bamboohr", "/hris/employees"),
        ("hibob", "/hris/employees"),
        ("zendesk", "/ticketing/tickets"),
        ("jira", "/ticketing/tickets"),
    ],
)
async def test_real_answers_fit_the_document(world, provider, path):
    for record in (await world.get(path, provider, limit=30)).json()["data"]:
        check(record, component(MODELS[path.strip("/").replace("/", ".")]))


async def test_problems_fit_the_document(world):
    check((await world.get("/crm/contacts", limit=0)).json(), "Problem")
    check((await world.get("/hris/employees")).json(), "Problem")


async def test_docs_page_needs_nothing_from_elsewhere(world):
    page = await world.client.get("/docs", headers={"Authorization": ""})
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "://" not in page.text
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js", "favicon-32x32.png"):
        assert f"/docs/{name}" in page.text
        assert (await world.client.get(f"/docs/{name}")).status_code == 200
    assert (await world.client.get("/docs/../routes.py")).status_code == 404


async def test_openapi_is_public_and_json(world):
    answer = await world.client.get("/openapi.json", headers={"Authorization": ""})
    assert answer.json()["info"]["title"] == "Unified"

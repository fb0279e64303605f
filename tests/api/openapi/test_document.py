"""The OpenAPI document is valid, complete and true: it has every route, and real answers fit the schemas it gives."""

from datetime import UTC, datetime

import jsonschema
import msgspec
import pytest
from litestar import Response, get, put
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.api.openapi.management_acts import ACTS
from tests.api.openapi.reading import (
    DOCUMENT,
    OF_MODELS,
    OPERATIONS,
    SCHEMAS,
    check,
    check_part,
    named,
    parameters,
    resolved,
    schemas_in,
)
from tests.cases import each
from tests.routes import API_TABLE
from tests.small_catalog import Folder
from tests.world import catalog
from unified.api.models.model_router import BELOW, COLLECTION, MEMBER
from unified.api.openapi.document import openapi_document
from unified.api.openapi.pass_through import METHODS
from unified.api.openapi.refinements import PARAMETERS, PROPERTIES
from unified.api.openapi.schemas.enums import error_codes
from unified.api.openapi.schemas.model_schemas import component
from unified.api.requests.declarations import requires
from unified.app.application import HANDLERS
from unified.models import MODELS, method_class
from unified.service.runtime.events import (
    PAYLOADS,
    AccessPause,
    AccountChange,
    AppRefusal,
    ApprovalChange,
    ConnectFailure,
    KeyExpiry,
    LimitReport,
    LoopReport,
    WebhookPing,
    event,
)
from unified.transform.catalog import Catalog

ITS_OWN = {"/openapi.json", "/docs", "/docs/{name}"}
"""The document itself, and the page that shows it."""
OF_ALL_MODELS = {COLLECTION, MEMBER, BELOW}
"""The templates of the models' routes, which the registry and the catalog describe."""


def shown(path):
    return path.replace(":str", "").replace("{rest:path}", "{path}").replace("{rest}", "{path}")


@pytest.mark.slow  # that of a small catalog is checked below
def test_document_is_valid_openapi_3_1():
    assert DOCUMENT["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_operation_ids_are_unique():
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(ids) == len(set(ids))


def test_every_route_of_programs_is_in_the_document():
    """A new route is described from its handler; one that Litestar cannot describe needs an entry, as the proxy has."""
    missing = [
        f"{method} {one.path}"
        for one in API_TABLE
        for method in one.methods
        if method != "OPTIONS" and shown(one.path) not in ITS_OWN and one.path not in OF_ALL_MODELS
        if method.lower() not in DOCUMENT["paths"].get(shown(one.path), {})
    ]
    assert missing == []


def test_the_document_has_no_route_that_does_not_exist():
    known = {(shown(one.path), method.lower()) for one in API_TABLE for method in one.methods}
    rest = [named(one) for one in OPERATIONS if "x-model" not in one[2] and one[:2] not in known]
    assert [one for one in rest if not one.endswith("/fields")] == []
    assert {verb for path, verb, _ in OPERATIONS if path.startswith("/proxy")} == set(METHODS)


def test_every_management_operation_is_tried():
    """A new route needs an entry in `management_acts.py`, so that what the document says of it is compared with its answers."""
    management = {one["operationId"] for _, _, one in OPERATIONS if "x-model" not in one}
    assert management - {one.operation for one in ACTS} - {f"proxy_{verb}" for verb in METHODS} == set()


def test_refined_properties_exist():
    unknown = [
        f"{name}.{key}"
        for name, properties in PROPERTIES.items()
        for key in properties
        if key not in SCHEMAS.get(name, {}).get("properties", {})
    ]
    assert unknown == []
    names = {operation["operationId"]: {one["name"] for one in parameters(operation)} for _, _, operation in OPERATIONS}
    assert [one for one in PARAMETERS if one[1] not in names.get(one[0], ())] == []


@each(("path", "verb", "operation"), OPERATIONS, ids=named)
def test_tags_are_described(path, verb, operation):
    assert operation["tags"]
    assert operation["tags"][0] in {one["name"] for one in DOCUMENT["tags"]}


@each(("path", "verb", "operation"), OF_MODELS, ids=named)
def test_operations_of_models_carry_tags_and_class(path, verb, operation):
    assert operation["tags"][0] == MODELS[operation["x-model"]].tags[0]
    if operation["x-method"] not in {"batch", "schema"}:
        assert operation["x-method-class"] == method_class(operation["x-method"])


@each("model", MODELS.values(), ids=lambda one: one.id)
def test_examples_fit_their_schemas(model):
    for suffix in ("", "Create", "Update", "Upsert"):
        name = component(model) + suffix
        schema = SCHEMAS.get(name)
        for example in schema["examples"] if schema else ():
            check(example, name)


def test_only_what_changes_or_shows_one_record_is_about_its_version():
    """Of models of which a record can be changed, read or made: `If-Match` at the changes, `ETag` at all but deletes."""
    with_tag, with_condition = set(), set()
    for _, _, operation in OF_MODELS:
        answers = [resolved(one) for status, one in operation["responses"].items() if status.startswith("20")]
        if any("ETag" in one.get("headers", {}) for one in answers):
            with_tag.add(operation["x-method"])
        if any(resolved(one)["name"] == "If-Match" for one in operation["parameters"]):
            with_condition.add(operation["x-method"])
            assert "412" in operation["responses"]
    assert not with_tag & {"list", "batch", "schema", "delete"}
    assert {"get", "create", "update"} <= with_tag
    assert {"update", "delete"} <= with_condition
    assert not with_condition & {"get", "list", "create", "batch", "schema"}


def test_error_responses_name_their_codes():
    responses = DOCUMENT["components"]["responses"]
    for status, one in responses.items():
        assert one["description"].split("`")[1::2] == error_codes()[int(status)]
    codes = {code for names in error_codes().values() for code in names}
    assert codes == set(SCHEMAS["ErrorCode"]["enum"])


def test_every_error_response_is_answered_somewhere():
    answered = {status for _, _, operation in OPERATIONS for status in operation["responses"]}
    assert set(DOCUMENT["components"]["responses"]) <= answered


def test_expanded_records_are_typed():
    contact = SCHEMAS["CrmContact"]["properties"]
    assert {one.get("$ref") for _, one in schemas_in(contact["owner"])} == {None, "#/components/schemas/CrmUserRelated"}
    assert contact["accounts"]["items"] == {"$ref": "#/components/schemas/CrmAccountRelated"}
    for name, schema in SCHEMAS.items():
        for key, one in schema.get("properties", {}).items():
            if "expand=" in one.get("description", ""):
                assert one["readOnly"], (name, key)


@pytest.mark.slow
def test_a_small_catalog_has_a_small_document(tmp_path):
    Folder(tmp_path)
    document = openapi_document(HANDLERS, Catalog.load(tmp_path))
    models = {one["x-model"] for verbs in document["paths"].values() for one in verbs.values() if "x-model" in one}
    methods = {one["x-method"] for verbs in document["paths"].values() for one in verbs.values() if "x-model" in one}
    assert models == {"crm.contacts"}
    assert methods == {"list", "get", "create", "batch", "schema"}
    assert {"CrmContact", "CrmContactPage"} < set(document["components"]["schemas"])
    assert not {"CrmContactUpdate", "CrmAccount", "HrisEmployee"} & set(document["components"]["schemas"])
    OpenAPIV31SpecValidator(msgspec.json.decode(msgspec.json.encode(document))).validate()


def test_the_address_of_the_service_is_the_public_one():
    assert DOCUMENT["servers"] == [{"url": "/"}]
    document = openapi_document((), catalog(), server="https://unified.example.com")
    assert document["servers"] == [{"url": "https://unified.example.com"}]


def test_bodies_that_are_not_json_are_files():
    @put("/picture", opt=requires("tenant", "tenant", takes="image/png"), tags=["management"])
    async def set_picture() -> None:
        """Set a picture."""

    @get("/picture", opt=requires("tenant", "tenant"), tags=["management"], media_type="image/png")
    async def get_picture() -> Response[bytes]:
        """Get a picture."""
        return Response(b"")

    paths = openapi_document((set_picture, get_picture), catalog())["paths"]["/picture"]
    picture = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
    assert paths["put"]["requestBody"] == {"required": True, "content": picture}
    assert paths["get"]["responses"]["200"]["content"] == picture


DATA = {
    AccountChange: {
        "account_id": "acc_1",
        "provider": "hubspot",
        "external_id": None,
        "status": "active",
        "status_reason": None,
    },
    AppRefusal: {"provider": "hubspot", "owner": "tenant", "status": "invalid_client", "invalid_since": "2026-01-31T12:00:00Z"},
    ApprovalChange: {
        **dict.fromkeys(("approval_id", "account_id", "model", "method", "requested_by"), "text"),
        **dict.fromkeys(("status_reason", "tool", "decided_by")),
        "status": "pending",
    },
    ConnectFailure: {
        "link_id": "con_1",
        "provider": None,
        "external_id": None,
        "account_id": None,
        "reason": "access_denied",
    },
    KeyExpiry: {"key_id": "key_1", "expires_at": "2026-12-08T09:00:00Z"},
    WebhookPing: {"webhook_id": "whk_1"},
    LimitReport: {"id": "mcp_1", "limit": "writes", "period": "day", "quota": 3, "until": None},
    LoopReport: {"id": "mcp_1", "kind": "paging", "tools": ["list_crm_contacts"], "count": 3, "seconds": 60},
    AccessPause: {"subject": "mcp_server", "id": "mcp_1", "by": None, "reason": "runaway"},
}


@each("name", PAYLOADS)
def test_events_fit_their_schemas(name):
    schema = DOCUMENT["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]["schema"]
    data = msgspec.convert(DATA[PAYLOADS[name]], PAYLOADS[name])
    sent = msgspec.json.decode(event(name, data, datetime.now(UTC)).payload)
    check_part(sent, schema)
    for key in sent["data"]:
        with pytest.raises(jsonschema.ValidationError):
            check_part({**sent, "data": {**sent["data"], key: 7.5}}, schema)


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
    answer = (await world.get(path, provider, limit=30)).json()
    check(answer, component(MODELS[path.strip("/").replace("/", ".")]) + "Page")


async def test_problems_fit_the_document(world):
    check((await world.get("/crm/contacts", limit=0)).json(), "Problem")
    check((await world.get("/hris/employees")).json(), "Problem")


async def test_docs_page_needs_nothing_from_elsewhere(world):
    page = await world.client.get("/docs", headers={"Authorization": ""})
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "://" not in page.text
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js", "page.css", "favicon-32x32.png"):
        assert f"/docs/{name}" in page.text
        assert (await world.client.get(f"/docs/{name}")).status_code == 200
    assert (await world.client.get("/docs/../routes.py")).status_code == 404


async def test_openapi_is_public_and_json(world):
    answer = await world.client.get("/openapi.json", headers={"Authorization": ""})
    assert answer.json()["info"]["title"] == "Unified"
    assert answer.json()["paths"].keys() == DOCUMENT["paths"].keys()

"""`GET /{category}/{model}/schema`, and the arguments of tools, offer what this caller may use at this account, and no more."""

import random

import msgspec
import pytest

from tests.records.opened_lists import MAPPINGS, asked, drawn, fitting, opened, passes, urls
from tests.world import PROVIDERS, catalog, open_world
from unified.models import MODELS
from unified.service.records.expand import check_expand
from unified.service.records.schemas.schemas import describe_schema
from unified.service.records.visibility.boundary.parameters import extent_of
from unified.service.tools.catalog import permitted_definitions
from unified.transform.queries.query import Query
from unified.transform.queries.query_reading import query_from_object
from unified.transform.tools import required_filters, tool_name


@pytest.fixture
async def world(tmp_path):
    async with open_world(tmp_path, providers=PROVIDERS) as opened:
        yield opened


def some_of(mappings, seed):
    """A third of them for the first seed, which is the only quick one."""
    return mappings if seed else mappings[::3]


@pytest.mark.parametrize("seed", [0, *(pytest.param(one, marks=pytest.mark.slow) for one in range(1, 6))])
async def test_everything_that_a_schema_offers_is_let_pass(world, seed):
    rng = random.Random(seed)
    count = 0
    for provider, model_id in some_of(MAPPINGS, seed):
        model = MODELS[model_id]
        call = await opened(world, provider, model, drawn(rng, model))
        schema = msgspec.to_builtins(describe_schema(call))
        if required_filters(call.mapping) & call.visibility.hidden:
            continue
        for name in (*schema["parameters"], *urls(schema)):
            passes(call, asked(call, name))
            count += 1
        for name in schema["sort"]:
            count += _sorted_by(call, name)
        for one in schema["fields"]:
            call.visibility.fields.shown_query(Query(fields=(one["field"],)))
        check_expand(call, tuple(schema["expand"]))
        offered = {one["field"] for one in schema["fields"]}
        assert not call.visibility.hidden & offered
        assert offered | set(schema["hidden_fields"]) == {field.name for field in model.fields}
        (own,) = [
            one for key, one in schema["json_schema"]["$defs"].items() if schema["json_schema"]["$ref"].endswith(f"/{key}")
        ]
        assert set(own["properties"]) == offered
    assert count > 100


def _sorted_by(call, name):
    """Some orders are possible beside a condition only; those are refused without a boundary too."""
    query = asked(call, "sort", name)
    try:
        call.mapping.list_for(query)
    except Exception:  # noqa: BLE001 - which refusal it is does not matter
        return 0
    passes(call, query)
    return 1


@pytest.mark.parametrize("seed", [0, *(pytest.param(one, marks=pytest.mark.slow) for one in range(1, 4))])
async def test_everything_that_a_tool_offers_is_let_pass(world, seed):
    rng = random.Random(100 + seed)
    count = 0
    for provider, model_id in some_of(MAPPINGS, seed):
        model = MODELS[model_id]
        scope = drawn(rng, model)
        call = await opened(world, provider, model, scope)
        offered = permitted_definitions(catalog(), provider, (scope,), extent_of(call.visibility.boundary))
        tool = offered.get(tool_name(model, "list"))
        if tool is None:
            continue
        arguments = tool.input_schema["properties"]
        needed = dict.fromkeys(required_filters(call.mapping), "1")
        for name, schema in arguments.get("filter", {"properties": {}})["properties"].items():
            for condition in _conditions(name, schema, model):
                passes(call, query_from_object({"filter": {**needed, name: condition}}, model))
                count += 1
        for name in arguments.get("sort", {"enum": []})["enum"]:
            count += _sorted_by(call, name)
        for name in ("search", "updated_after", "created_before", "include_deleted"):
            if name in arguments:
                given = {"include_deleted": True, "search": "x"}.get(name, "2026-01-01T00:00:00Z")
                passes(call, query_from_object({"filter": needed, name: given}, model))
    assert count > 100


def _conditions(name, schema, model):
    value = fitting(model, name)
    for form in schema.get("anyOf", [schema]):
        if form.get("type") == "object":
            yield from ({operator: [value] if operator == "in" else value} for operator in form["properties"])
        else:
            yield value


async def test_hidden_fields_are_named_separately_and_nowhere_else(world):
    key = await world.key(scope={"fields": {"hide": ["crm.contacts.emails", "updated_at"]}})
    answer = await world.client.get(
        "/crm/contacts/schema", params={"account_id": world.accounts["hubspot"]}, headers={"Authorization": f"Bearer {key}"}
    )
    schema = answer.json()
    assert schema["hidden_fields"] == ["updated_at", "emails"]
    names = {name for one in schema["filters"] for name in (one["name"], *one["also"])}
    assert not {"search", "updated_after", "email", "emails"} & {*schema["parameters"], *names}
    assert "updated_at" not in schema["sort"]
    assert {"created_after", "owner_id"} <= {*schema["parameters"], *names}
    assert [one["name"] for one in schema["methods"]] == ["list", "get"]
    assert "owner" in schema["expand"]


async def test_what_a_boundary_closes_is_left_out(world):
    before = (await world.get("/ticketing/tickets/schema", "jira")).json()
    assert "search" in before["parameters"]
    assert "updated_at" in before["sort"]
    for kind, ids, is_open in (("ticketing.collections", ["10001"], True), ("ticketing.teams", ["1"], False)):
        await world.send("PUT", f"/accounts/{world.accounts['jira']}/resources", {kind: {"ids": ids}}, "jira")
        schema = (await world.get("/ticketing/tickets/schema", "jira")).json()
        assert ("search" in schema["parameters"]) == is_open
        assert ("updated_at" in schema["sort"]) == is_open
        tools = (await world.client.get("/tools", params={"account_id": world.accounts["jira"]})).json()["data"]
        arguments = next(one for one in tools if one["name"] == "list_ticketing_tickets")["inputSchema"]["properties"]
        assert ("search" in arguments) == is_open
        assert ("sort" in arguments) == is_open


async def test_records_without_a_place_are_not_offered_within_a_boundary(world):
    await world.send("PUT", f"/accounts/{world.accounts['hubspot']}/resources", {"crm.accounts": {"ids": ["1"]}})
    schema = (await world.get("/crm/associations/schema")).json()
    assert (schema["methods"], schema["filters"], schema["sort"]) == ([], [], [])
    tools = (await world.client.get("/tools", params={"account_id": world.accounts["hubspot"]})).json()["data"]
    names = {one["name"] for one in tools}
    assert "list_crm_contacts" in names
    assert not {"list_crm_associations", "list_crm_custom_objects", "create_crm_account"} & names

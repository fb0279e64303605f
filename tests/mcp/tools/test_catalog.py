"""What is offered and what can be called are the same, for any scope; a child is offered no more than its parent."""

import json
import re

import msgspec
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.mcp.tools.conftest import ACCOUNTS
from tests.sizes import examples
from tests.world import catalog
from unified import Catalog
from unified.errors.names import unknown_name
from unified.errors.requests import UnknownTool, Unprocessable
from unified.models import MODELS, method_class
from unified.service.access.scope.field_rules import hidden_fields
from unified.service.access.scope.inheritance import read_scope, restrict_to_parent, scope_vocabulary
from unified.service.access.scope.scopes import CLASSES, UNLIMITED, Scope, allows_account, require, write_policy
from unified.service.access.scope.write_rules import POLICIES
from unified.service.records.visibility.hiding import hidden_of
from unified.service.runtime.row_cache import MAX_ACCOUNTS
from unified.service.tools import call_tool, offered_tools
from unified.service.tools.catalog import all_tool_names, offered_tool
from unified.store import accounts as account_rows
from unified.store.accounts import AccountChanges
from unified.transform.tools import blocked_by

pytestmark = pytest.mark.slow

METHODS = ("read", "write", "custom", "list", "get", "create", "update", "delete", "cancel")
TAGS = ("support", "crm", "hris", "payroll", "directory", "time_off")
FIELDS = (
    "emails",
    "crm.contacts.emails",
    "hris.employees.date_of_birth",
    "ticketing.tickets.description",
    "name",
    "title",
    "updated_at",
)


def some(words, least=1, most=4):
    return st.lists(st.sampled_from(words), min_size=least, max_size=most, unique=True)


def optional(**parts):
    return st.fixed_dictionaries({}, optional=parts)


SCOPES = optional(
    accounts=some((*ACCOUNTS, "acc_theirs", "acc_nobody")),
    methods=some(METHODS),
    tags=some(TAGS),
    models=some(tuple(MODELS), most=6),
    fields=optional(hide=some(FIELDS, 0), show=some(FIELDS, 0), classes=some(CLASSES)),
    writes=st.sampled_from(POLICIES),
    write_rules=st.lists(
        st.builds(
            lambda policy, parts: {**parts, "writes": policy},
            st.sampled_from(POLICIES),
            optional(methods=some(("write", "create", "update", "delete", "custom")), models=some(tuple(MODELS), most=6)),
        ),
        max_size=2,
    ),
)


def read(asked):
    return read_scope(asked, scope_vocabulary(catalog()))


def allowed(scopes, mapping, method):
    try:
        require(scopes, mapping.model, method, mapping.tags)
    except Exception:  # noqa: BLE001 - any refusal
        return False
    return True


def expected(scopes):
    """Name → account ids, worked out operation by operation from the scopes alone."""
    found = {}
    for account_id, (provider, _) in ACCOUNTS.items():
        for mapping in catalog().offered(provider):
            for method in mapping.methods:
                hidden = hidden_fields(scopes, mapping.model)
                if (
                    allows_account(scopes, account_id)
                    and allowed(scopes, mapping, method)
                    and catalog().reviewed(provider, mapping.model.id, method)
                    and not blocked_by(mapping, method, hidden)
                    and not hidden_of(catalog(), mapping, scopes).in_ids
                ):
                    noun = mapping.model.plural if method == "list" else mapping.model.singular
                    found.setdefault(f"{method}_{mapping.model.category}_{noun}", set()).add(account_id)
    return found


def names_in(schema):
    """Every name that a schema speaks of: keys of properties and words of enums."""
    if isinstance(schema, list):
        return {name for one in schema for name in names_in(one)}
    if not isinstance(schema, dict):
        return set()
    own = {*schema.get("properties", {}), *(one for one in schema.get("enum", ()) if isinstance(one, str))}
    return own | {name for one in schema.values() for name in names_in(one)}


def tops(tool):
    """Names that stand for a field of the tool's model in its schemas; what the path needs is an address, not a field."""
    arguments = tool.input_schema["properties"]
    data = tool.output_schema["properties"]["data"]
    asked = (
        set(arguments) - set(MODELS[tool.model].path_parameters) - {"filter", "fields", "sort", "limit", "cursor", "account"}
    )
    asked |= set(arguments.get("filter", {}).get("properties", {}))
    asked |= {one.removeprefix("-") for part in ("fields", "sort") for one in names_in(arguments.get(part, {}))}
    return asked | set(data.get("items", data)["properties"])


@settings(max_examples=examples(120), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=SCOPES, beside=st.none() | SCOPES)
async def test_exactly_the_offered_tools_can_be_called(world, asked, beside):
    principal = world.principal(read(asked), extra_scopes=() if beside is None else (read(beside),))
    tools = {one.name: one for one in await offered_tools(world.services, principal)}
    assert list(tools) == sorted(tools)
    event("none" if not tools else "some")
    own = tools.pop("get_approval", None)
    assert {name: {row.id for row in tool.accounts} for name, tool in tools.items()} == expected(principal.scopes)
    writing = [one for one in tools.values() if one.method_class != "read"]
    waits = any(write_policy(principal.scopes, one.model, one.method) == "approve" for one in writing)
    assert (own is not None) is waits
    for tool in tools.values():
        for row in tool.accounts:
            mapping = catalog().compiled(row.provider, tool.model)
            require(principal.scopes, mapping.model, tool.method, mapping.tags)
        assert not tops(tool) & hidden_fields(principal.scopes, MODELS[tool.model]), tool.name
    names = {*tools, *(["get_approval"] if own is not None else [])}
    others = sorted((all_tool_names(catalog()) | {"get_approval"}) - names)
    assert [one for one in others if await offered_tool(world.services, principal, one)] == []
    for name in (*names, *others[:1], *others[-1:]):
        if name in names:
            outcome = await call_tool(world.services, principal, name, {"no such": "argument"})
            assert outcome.is_error
            assert outcome.problem.code == "validation_failed"
        else:
            with pytest.raises(UnknownTool) as refused:
                await call_tool(world.services, principal, name, {})
            assert refused.value.detail == unknown_name("tool", name, names)
    assert world.sent == []


@settings(max_examples=examples(80), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=SCOPES, under=SCOPES)
async def test_a_child_is_offered_no_more_than_its_parent(world, asked, under):
    parent = read(under)
    try:
        child = restrict_to_parent(read(asked), parent)
    except Exception:  # noqa: BLE001 - a wider child is refused when it is made
        event("refused")
        child = None
    # Beside its parent any scope is a child, whatever it says.
    children = [world.principal(parent, extra_scopes=(read(asked),))] + ([world.principal(child)] if child is not None else [])
    wide = {one.name: one for one in await offered_tools(world.services, world.principal(parent))}
    for principal in children:
        for tool in await offered_tools(world.services, principal):
            if not tool.definitions:
                continue  # writes that wait come with a way to ask for their outcome, whoever the parent is
            assert tool.name in wide
            assert {row.id for row in tool.accounts} <= {row.id for row in wide[tool.name].accounts}
            assert tops(tool) <= tops(wide[tool.name]) | {"id"}


@pytest.mark.parametrize("classes", [("none",), ("none", "personal"), ("none", "personal", "sensitive"), CLASSES])
async def test_no_schema_speaks_of_a_hidden_field_in_any_model(world, classes):
    scope = read({"methods": ["read", "write", "custom"], "fields": {"classes": list(classes)}, "writes": "direct"})
    tools = await offered_tools(world.services, world.principal(scope))
    assert len(tools) > 50
    hides = 0
    for tool in tools:
        hidden = hidden_fields((scope,), MODELS[tool.model])
        hides += bool(hidden)
        assert not tops(tool) & hidden, tool.name
    assert hides or classes == CLASSES


async def test_every_tool_is_sound(world):
    for tool in await offered_tools(world.services, world.principal(msgspec.structs.replace(UNLIMITED, writes="approve"))):
        assert re.fullmatch(r"[a-z][a-z0-9_]{2,63}", tool.name)
        Draft202012Validator.check_schema(tool.input_schema)
        Draft202012Validator.check_schema(tool.output_schema)
        assert tool.input_schema["type"] == tool.output_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        text = json.dumps([tool.input_schema, tool.output_schema])
        assert '"$ref"' not in text
        assert '"pattern"' not in text
        assert tool.annotations["readOnlyHint"] is (method_class(tool.method) == "read")
        assert 1 <= len(tool.description) <= 1_024
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", tool.digest)


async def test_several_accounts_are_chosen_by_name_or_id(world):
    tools = {one.name: one for one in await offered_tools(world.services, world.principal())}
    choice = tools["list_crm_contacts"].input_schema["properties"]["account"]
    assert choice["enum"] == ["Acme CRM", "Beta CRM", "Sales"]
    assert tools["list_crm_contacts"].input_schema["required"][0] == "account"
    assert tools["list_hris_employees"].input_schema["properties"]["account"]["enum"] == ["acc_people", "acc_people2"]
    assert tools["list_ticketing_tags"].input_schema["properties"]["account"]["enum"] == ["Desk", "acc_issues"]
    assert "account" not in tools["list_crm_leads"].input_schema["properties"] or len(tools["list_crm_leads"].accounts) > 1
    one = world.principal(msgspec.structs.replace(UNLIMITED, accounts=("acc_crm",)))
    assert all("account" not in tool.input_schema["properties"] for tool in await offered_tools(world.services, one))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, ("/account", "required")),
        ({"account": "nobody"}, ("/account", "enum")),
        ({"account": 7}, ("/account", "enum")),
        ({"account": "acc_theirs"}, ("/account", "enum")),
        ({"account": "People"}, ("/account", "enum")),
    ],
)
async def test_an_account_that_is_not_a_choice_is_refused_with_the_choices(world, arguments, problem):
    outcome = await call_tool(world.services, world.principal(), "list_crm_contacts", arguments)
    (told,) = outcome.structured["error"]["errors"]
    assert (told["pointer"], told["code"]) == problem
    assert told["message"] == "expected one of Acme CRM, Beta CRM, Sales"
    assert world.sent == []


async def test_arguments_are_checked_against_the_chosen_account_s_provider(world):
    tools = {one.name: one for one in await offered_tools(world.services, world.principal())}
    tool = tools["list_ticketing_tickets"]
    of = {row.provider: tool.definitions[row.id] for row in tool.accounts}
    only = set(of["zendesk"].input_schema["properties"]["filter"]["properties"])
    only -= set(of["jira"].input_schema["properties"]["filter"]["properties"])
    assert only, "the two offer the same conditions: look for another pair"
    name = min(only)
    assert name in tool.input_schema["properties"]["filter"]["properties"]
    outcome = await call_tool(world.services, world.principal(), tool.name, {"account": "acc_issues", "filter": {name: "1"}})
    assert [(one.pointer, one.code) for one in outcome.problem.errors] == [("/filter", "additionalProperties")]


async def test_accounts_come_and_go_at_once(world):
    principal = world.principal()

    async def accounts_of(name):
        found = [one for one in await offered_tools(world.services, principal) if one.name == name]
        return [row.id for tool in found for row in tool.accounts]

    assert await accounts_of("list_hris_employees") == ["acc_people", "acc_people2"]
    await account_rows.update(world.services.database, "ten_1", "acc_people", AccountChanges(status="disabled"))
    assert await accounts_of("list_hris_employees") == ["acc_people2"]
    named = world.principal(Scope(accounts=("acc_people", "acc_people2")))
    assert {row.id for one in await offered_tools(world.services, named) for row in one.accounts} == {"acc_people2"}
    with pytest.raises(UnknownTool):
        await call_tool(world.services, world.principal(Scope(accounts=("acc_people",))), "list_hris_employees", {})


async def test_a_tool_that_was_not_reviewed_is_not_offered(world, monkeypatch):
    fresh = Catalog.load()  # what was worked out for the other one stays as it is
    services = msgspec.structs.replace(world.services, catalog=fresh)
    monkeypatch.setattr(Catalog, "reviewed", lambda self, _provider, model, method: (model, method) == ("crm.notes", "get"))
    assert [one.name for one in await offered_tools(services, world.principal())] == ["get_crm_note"]
    with pytest.raises(UnknownTool):
        await call_tool(services, world.principal(), "list_crm_notes", {})


async def test_of_many_accounts_the_oldest_are_offered_and_any_can_be_named_with_the_arguments(world):
    for number in range(MAX_ACCOUNTS):
        await account_rows.add(world.services.database, "ten_1", f"acc_n{number}", provider="zendesk", name=f"Desk {number}")
    (tool,) = [one for one in await offered_tools(world.services, world.principal()) if one.name == "list_ticketing_tags"]
    assert sum(row.provider == "zendesk" for row in tool.accounts) < MAX_ACCOUNTS
    last = f"acc_n{MAX_ACCOUNTS - 1}"
    assert last not in {row.id for row in tool.accounts}
    outcome = await call_tool(world.services, world.principal(), tool.name, {"account": last})
    assert [one.code for one in outcome.problem.errors] == ["enum"]
    assert len(outcome.problem.detail) < 2_000, "the choices are listed up to a bound"
    outcome = await call_tool(world.services, world.principal(), tool.name, {"no such": 1}, account_id=last)
    assert [one.code for one in outcome.problem.errors] == ["additionalProperties"], "the account was found"


async def test_a_name_is_exact(world):
    for name in (
        "List_crm_contacts",
        "list_crm_contacts ",
        "list_crm_contacts\n",
        "",
        "x" * 10_000,
        "__proto__",
        "list_crm_contact",
    ):
        with pytest.raises(UnknownTool):
            await call_tool(world.services, world.principal(), name, {})


def test_the_property_would_see_a_wider_offer():
    """The control: what is compared is not empty, and differs from scope to scope."""
    everything, reads = expected((UNLIMITED,)), expected((Scope(),))
    assert len(everything) > len(reads) > 30
    with pytest.raises(Unprocessable):
        read({"methods": ["raed"]})

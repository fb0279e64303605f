"""Rules for writes: what goes at once, what waits for a person and what is refused, by method and model, on every route."""

from itertools import product

import pytest
from msgspec import UNSET

from tests.access.test_policy import server
from tests.mcp.endpoint.conftest import Agent
from tests.world import catalog
from unified.errors.access import EmptyScope, ScopeExceedsParent, WritesDenied
from unified.errors.requests import ValidationFailed
from unified.models import MODELS, method_class, needed_methods
from unified.service.access.scope.inheritance import read_scope, restrict_to_parent, scope_vocabulary
from unified.service.access.scope.scopes import UNLIMITED, Scope, require, write_policy
from unified.service.access.scope.write_rules import POLICIES, WriteRule

WORDS = scope_vocabulary(catalog())
RULES = [
    {"methods": ["create"], "models": ["ticketing.comments"], "writes": "direct"},
    {"methods": ["delete"], "writes": "deny"},
]
SCOPE = {"methods": ["read", "write"], "writes": "approve", "write_rules": RULES}
TICKET = {"name": "x", "description": "y"}


@pytest.fixture
def more_settings():
    return {"public_url": "http://unified"}


async def outcomes(world, headers):
    """What became of a comment, a ticket and the deletion of one, asked for in this order."""
    zendesk = {"account_id": world.accounts["zendesk"]}
    ticket = (await world.get("/ticketing/tickets", "zendesk")).json()["data"][0]["id"]
    found = []
    for method, path, body in (
        ("POST", "/ticketing/comments", {"ticket_id": ticket, "body": "hello"}),
        ("POST", "/ticketing/tickets", TICKET),
        ("DELETE", f"/ticketing/tickets/{ticket}", None),
    ):
        before = len(await world.reached("zendesk"))
        answer = await world.client.request(method, path, params=zendesk, json=body, headers=headers)
        sent = [one["method"] for one in (await world.reached("zendesk"))[before:] if one["method"] != "GET"]
        found.append((answer.status_code, bool(sent), answer.json().get("code") if answer.content else None))
    return found


async def test_each_write_goes_as_the_first_rule_says_that_fits_it(world):
    headers = {"Authorization": f"Bearer {await world.key(scope=SCOPE)}"}
    assert await outcomes(world, headers) == [(201, True, None), (202, False, None), (403, False, "writes_denied")]


async def test_tools_follow_the_rules_by_either_interface(world):
    _, token, _ = await server(
        world.services, world, methods=("read", "write"), writes="approve", write_rules=RULES, require_api_token_auth=False
    )
    agent = Agent(app=world.server, token=token, key=None)
    tools = {one["name"] for one in (await agent.rpc("tools/list")).json()["result"]["tools"]}
    assert {"create_ticketing_comment", "create_ticketing_ticket", "get_approval"} <= tools
    assert "delete_ticketing_ticket" not in tools
    ticket = (await world.get("/ticketing/tickets", "zendesk")).json()["data"][0]["id"]
    said = {"name": "create_ticketing_comment", "arguments": {"ticket_id": ticket, "body": "hello"}}
    answer = (await agent.rpc("tools/call", said)).json()["result"]["structuredContent"]
    assert answer["data"]["id"]
    asked = (await agent.rpc("tools/call", {"name": "create_ticketing_ticket", "arguments": TICKET})).json()["result"]
    assert asked["structuredContent"]["status"] == "approval_required"


def scope(**parts):
    return read_scope({"methods": ["read", "write", "custom"], **parts}, WORDS)


def test_an_upsert_goes_as_the_narrower_of_creating_and_updating():
    contacts = MODELS["crm.contacts"]
    made = scope(writes="direct", write_rules=[{"methods": ["update"], "writes": "approve"}])
    assert [write_policy((made,), contacts.id, one) for one in ("create", "update", "upsert")] == [
        "direct",
        "approve",
        "approve",
    ]
    denied = scope(writes="direct", write_rules=[{"methods": ["create"], "writes": "deny"}])
    with pytest.raises(WritesDenied, match=r"^a rule of the key's scope \(`write_rules`\) denies upsert of crm\.contacts$"):
        require((denied,), contacts, "upsert", contacts.tags)


def test_of_several_scopes_the_narrowest_decides():
    first = scope(writes="direct", write_rules=[{"models": ["crm.contacts"], "writes": "deny"}])
    second = scope(writes="approve")
    assert write_policy((first, second), "crm.contacts", "create") == "deny"
    assert write_policy((first, second), "crm.accounts", "create") == "approve"


def test_a_child_without_rules_has_its_parents_and_never_goes_beyond_its_own_default():
    parent = scope(writes="approve", write_rules=RULES)
    inherited = restrict_to_parent(scope(), parent)
    assert inherited.write_rules == parent.write_rules
    careful = restrict_to_parent(scope(writes="approve"), parent)
    assert [one.writes for one in careful.write_rules] == ["approve", "deny"]
    assert write_policy((careful,), "ticketing.comments", "create") == "approve"


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        ({"writes": "direct"}, "writes"),
        ({"writes": "approve", "write_rules": [{"methods": ["delete"], "writes": "approve"}]}, "write_rules"),
        ({"writes": "approve", "write_rules": []}, "writes"),
        ({"writes": "deny", "write_rules": [{"models": ["ticketing.tickets"], "writes": "direct"}]}, "write_rules"),
    ],
)
def test_rules_never_exceed_the_parents(parts, key):
    with pytest.raises(ScopeExceedsParent, match=rf"^scope\.{key}: more than the key that makes it has$"):
        restrict_to_parent(scope(**parts), scope(writes="approve", write_rules=RULES))


def test_a_rule_about_a_custom_method_binds_a_class_of_methods():
    parent = scope(writes="direct", write_rules=[{"methods": ["convert"], "writes": "deny"}])
    with pytest.raises(ScopeExceedsParent, match=r"^scope\.write_rules"):
        restrict_to_parent(scope(writes="direct", write_rules=[{"methods": ["custom"], "writes": "direct"}]), parent)
    assert restrict_to_parent(scope(), UNLIMITED).write_rules is not None


def test_no_child_sends_further_than_its_parent_whatever_its_methods_and_rules_are_called():
    """Every pair of a rule of the child and one of the parent, with every way to name the methods of both."""
    names = [("custom",), ("convert",), ("write",), ("create", "update"), None]
    rules = [None, *(WriteRule(methods=UNSET if one is None else one, writes=to) for one in names for to in POLICIES)]
    for methods, mine, above, usual in product([("convert",), ("custom",), ("write", "cancel")], rules, rules, POLICIES):
        parent = Scope(methods=("read", "write", "custom"), writes=usual, write_rules=() if above is None else (above,))
        child = Scope(methods=methods, write_rules=UNSET if mine is None else (mine,))
        try:
            made = restrict_to_parent(child, parent)
        except ScopeExceedsParent:
            continue
        for method in ("convert", "cancel", "create", "update", "upsert", "delete"):
            if any(method_class(one) in methods or one in methods for one in needed_methods(method)):
                ours, theirs = (POLICIES.index(write_policy((one,), "crm.leads", method)) for one in (made, parent))
                assert ours <= theirs, (method, child, parent)


@pytest.mark.parametrize(
    ("rule", "refusal", "text"),
    [
        ({"writes": "ask"}, ValidationFailed, "scope: /write_rules/0/writes: "),
        (
            {"methods": ["deleet"], "writes": "deny"},
            ValidationFailed,
            "scope.write_rules[0].methods: unknown word. Did you mean",
        ),
        ({"methods": ["list"], "writes": "deny"}, ValidationFailed, "scope.write_rules[0].methods: unknown word"),
        (
            {"models": ["crm.contact"], "writes": "deny"},
            ValidationFailed,
            "scope.write_rules[0].models: unknown word. Did you mean",
        ),
        ({"models": [], "writes": "deny"}, EmptyScope, "scope.write_rules[0].models: an empty list fits no write"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule, refusal, text):
    with pytest.raises(refusal) as refused:
        scope(write_rules=[rule])
    assert str(refused.value).startswith(text)


def test_there_are_at_most_fifty_rules():
    with pytest.raises(ValidationFailed, match=r"^scope\.write_rules: expected at most 50 rules, got 51$"):
        scope(write_rules=[{"writes": "deny"}] * 51)


async def test_the_pass_through_needs_every_write_to_be_direct(world):
    every = ["none", "personal", "sensitive", "secret"]
    rules = [{"models": ["hris.employees"], "writes": "approve"}]
    asked = {"methods": ["read", "write"], "writes": "direct", "write_rules": rules, "fields": {"classes": every}}
    headers = {"Authorization": f"Bearer {await world.key(scope=asked)}"}
    answer = await world.client.post(
        "/proxy/crm/v3/objects/contacts", params={"account_id": world.accounts["hubspot"]}, json={}, headers=headers
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "writes_denied")

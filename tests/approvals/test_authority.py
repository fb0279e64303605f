"""Deciding needs the same reach as the write: account, model, method, tags, chosen resources and every field, on all ways."""

import random

import pytest

from tests.approvals.conftest import CLASSES, DECIDES
from unified.errors.access import EmptyScope
from unified.models import MODELS

pytestmark = pytest.mark.slow

EVERYTHING = {"methods": ["read", "write", "custom"], "fields": {"classes": CLASSES}}
UNKNOWN = "apr_0000000000000000000000"


class Waiting:
    """One write that waits, with all by which it can be reached."""

    def __init__(self, approval, account, model, method, fields, tags, places):
        self.approval, self.account, self.model, self.method = approval, account, model, method
        self.fields, self.tags, self.places = set(fields), set(tags), places

    def reached(self, scope):
        """Whether a scope reaches it, worked out from what scopes mean."""
        return self.exists(scope) and not self.hidden(scope)

    def exists(self, scope):
        kind = "write" if self.method in {"create", "update", "delete"} else "custom"
        chosen = scope.get("resources", {}).get("ticketing.collections", {}).get("ids")
        return (
            self.account in scope.get("accounts", [self.account])
            and self.model in scope.get("models", [self.model])
            and bool({self.method, kind} & set(scope["methods"]))
            and bool(self.tags & set(scope.get("tags", self.tags)))
            and (chosen is None or self.places is None or bool(self.places & set(chosen)))
        )

    def hidden(self, scope):
        fields = scope.get("fields", {})
        hide = {one.rpartition(".")[2] for one in fields.get("hide", []) if "." not in one or one.startswith(self.model)}
        classes = fields.get("classes", ["none", "personal"])
        classified = {one.name for one in MODELS[self.model].fields if one.sensitivity not in classes}
        return self.fields & (hide | classified)


async def waiting(world):
    """Writes of several accounts, models, methods and places."""
    tickets = (await world.call("GET", "/ticketing/tickets", by="admin", account_id=world.accounts["jira"], limit=100)).json()
    by_place = {one["collection_ids"][0]: one for one in tickets["data"]}
    (near, first), (far, second) = list(by_place.items())[:2]
    contact = (await world.record("/crm/contacts"))["id"]
    comments = f"/ticketing/tickets/{first['id']}"
    made = [
        ("POST", "/crm/contacts", {"last_name": "x", "emails": [{"email": "n@new.example"}]}, "crm.contacts", "create", None),
        ("PATCH", f"/crm/contacts/{contact}", {"title": "Countess"}, "crm.contacts", "update", None),
        ("PATCH", f"/ticketing/tickets/{first['id']}", {"name": "x"}, "ticketing.tickets", "update", {near}),
        ("PATCH", comments, {"description": "x", "priority": "high"}, "ticketing.tickets", "update", {near}),
        ("DELETE", f"/ticketing/tickets/{second['id']}", None, "ticketing.tickets", "delete", {far}),
        ("POST", "/ticketing/comments", {"ticket_id": second["id"], "body": "x"}, "ticketing.comments", "create", {far}),
    ]
    found = []
    for method, path, body, model, does, places in made:
        provider = "hubspot" if path.startswith("/crm") else "jira"
        tags = world.services.catalog.compiled(provider, model).tags
        approval = await world.ask(method, path, body)
        found.append(Waiting(approval, world.accounts[provider], model, does, body or {}, tags, places))
    return found, (near, far)


def drawn(dice, world, places):
    """A scope at random; most parts are left out most of the time."""
    parts = {
        "accounts": list(world.accounts.values()),
        "models": ["crm.contacts", "ticketing.tickets", "ticketing.comments"],
        "tags": ["crm", "support", "directory"],
    }
    scope = {name: dice.sample(some, dice.randint(1, 2)) for name, some in parts.items() if dice.random() < 0.25}
    scope["methods"] = dice.choice([["read"], ["read", "write"], ["write", "custom"], ["update"], ["create", "delete"]])
    scope["writes"] = dice.choice(["deny", "approve", "direct"])
    hide = dice.sample(["title", "emails", "crm.contacts.last_name", "description", "ticketing.tickets.name", "body"], 2)
    scope["fields"] = dice.choice([{"classes": CLASSES}, {"classes": CLASSES, "hide": hide}, {"classes": ["none"]}, {}])
    if dice.random() < 0.4:
        scope["resources"] = {"ticketing.collections": {"ids": dice.sample([*places, "10999"], dice.randint(1, 2))}}
    return scope


async def test_an_approver_reaches_all_of_the_write(world):
    writes, places = await waiting(world)
    dice = random.Random(20261126)
    seen = {True: 0, False: 0}
    for number in range(40):
        scope = drawn(dice, world, places)
        name = f"drawn {number}"
        try:
            await world.key(name, role=dice.choice(["approver", "admin"]), scope={**scope, "manage": ["approvals"]})
        except EmptyScope:
            continue
        listed = {one["id"] for one in (await world.call("GET", "/approvals", by=name)).json()["data"]}
        for one in writes:
            expected, told = one.reached(scope), f"{scope} {one.model} {one.method}"
            seen[expected] += 1
            assert (one.approval["id"] in listed) is expected, told
            status = 200 if expected else 403 if one.exists(scope) else 404
            shown = await world.call("GET", f"/approvals/{one.approval['id']}", by=name)
            assert shown.status_code == status, told
            assert ("requests" in shown.json()) is expected, told
            approved = await world.approve({**one.approval, "digest": "sha256:0"}, by=name)
            assert approved.status_code == (409 if expected else status), told
            if not expected:
                assert (await world.decline(one.approval, by=name)).status_code == status, told
    assert min(seen.values()) > 20
    assert await world.written() == await world.written("jira") == []
    assert {(await world.row(one.approval))["status"] for one in writes} == {"pending"}


@pytest.mark.parametrize(
    "scope",
    [
        {"methods": ["read"]},
        {**EVERYTHING, "models": ["crm.leads"]},
        {**EVERYTHING, "tags": ["hris"]},
        {**EVERYTHING, "accounts": ["hubspot"]},
        {**EVERYTHING, "resources": {"ticketing.collections": {"ids": ["10999"]}}},
    ],
)
async def test_objects_out_of_reach_are_answered_like_missing_ones(world, scope):
    approval = await world.ask("DELETE", "/ticketing/tickets/10001")
    if "accounts" in scope:
        scope = {**scope, "accounts": [world.accounts["hubspot"]]}
    await world.key("narrow", role="approver", scope=scope)
    for do in (lambda one: world.call("GET", f"/approvals/{one['id']}", by="narrow"), world.approve, world.decline):
        by = {} if do.__name__ == "<lambda>" else {"by": "narrow"}
        answers = [await do({**approval, "id": one}, **by) for one in (approval["id"], UNKNOWN)]
        bodies = [{**one.json(), "request_id": ""} for one in answers]
        assert [one.status_code for one in answers] == [404, 404]
        assert bodies[0] == bodies[1]


async def test_a_hidden_field_is_a_refusal_that_names_it(world):
    approval = await world.contact()
    await world.key("blind", role="approver", scope={**DECIDES, "fields": {"classes": CLASSES, "hide": ["emails"]}})
    for answer in (
        await world.call("GET", f"/approvals/{approval['id']}", by="blind"),
        await world.approve(approval, by="blind"),
        await world.decline(approval, by="blind"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "field_hidden"), answer.text
        assert answer.json()["detail"] == "crm.contacts: hidden from this key: emails"
    assert (await world.call("GET", "/approvals", by="blind")).json()["data"] == []
    assert (await world.show(approval))["status"] == "pending"


async def test_a_hidden_name_is_not_shown_and_the_rest_can_be_decided(world):
    ticket = (await world.record("/ticketing/tickets", provider="jira"))["id"]
    approval = await world.ask("DELETE", f"/ticketing/tickets/{ticket}")
    await world.key("blind", role="approver", scope={**DECIDES, "fields": {"classes": CLASSES, "hide": ["name"]}})
    whole, part = await world.show(approval), await world.show(approval, by="blind")
    assert whole["record"]["name"]
    assert part["record"] == {"id": ticket, "name": None}
    assert (await world.approve(approval, by="blind")).json()["code"] == "approval_stale"
    assert (await world.approve(part, by="blind")).json()["status"] == "executed"


async def test_an_approver_without_write_access_decides(world):
    approval = await world.contact()
    await world.key("usual", role="approver", scope={"methods": ["read", "write"], "writes": "deny"})
    assert (await world.approve(await world.show(approval, by="usual"), by="usual")).json()["status"] == "executed"


@pytest.mark.parametrize("writes", ["deny", "approve"])
async def test_editing_needs_the_right_to_make_the_write(world, writes):
    approval = await world.contact()
    await world.key("usual", role="approver", scope={**EVERYTHING, "writes": writes})
    answer = await world.approve(approval, by="usual", arguments={"last_name": "King"})
    assert (answer.status_code, answer.json()["code"]) == (403, "writes_denied")
    assert (await world.show(approval))["status"] == "pending"


async def test_an_edit_stays_within_the_fields_and_resources_of_the_editor(world):
    tickets = (await world.call("GET", "/ticketing/tickets", by="admin", account_id=world.accounts["jira"], limit=100)).json()
    places = list({one["collection_ids"][0]: one["id"] for one in tickets["data"]}.items())
    approval = await world.ask("PATCH", f"/ticketing/tickets/{places[0][1]}", {"name": "x"})
    fields = {"classes": CLASSES, "hide": ["description"]}
    await world.key("blind", role="approver", scope={**DECIDES, "fields": fields})
    chosen = {"ticketing.collections": {"ids": [places[0][0]]}}
    await world.key("inside", role="approver", scope={**DECIDES, "resources": chosen})
    hidden = await world.approve(approval, by="blind", arguments={"name": "x", "description": "y"})
    assert (hidden.status_code, hidden.json()["code"]) == (403, "field_hidden")
    moved = await world.approve(approval, by="inside", arguments={"name": "x", "collection_ids": [places[1][0]]})
    assert moved.status_code in {403, 422}, moved.text
    assert await world.written("jira") == []
    assert (await world.edit_and_approve(approval, {"name": "y"}, by="inside")).json()["status"] == "executed"


async def test_an_ended_write_is_seen_by_its_approver_within_chosen_resources(world):
    ticket = await world.record("/ticketing/tickets", provider="jira")
    chosen = {"ticketing.collections": {"ids": ticket["collection_ids"]}}
    for name in ("one", "two"):
        await world.key(name, role="approver", scope={**DECIDES, "resources": chosen})
    approval = await world.ask("DELETE", f"/ticketing/tickets/{ticket['id']}")
    assert (await world.decline(approval, by="one")).json()["status"] == "declined"
    assert (await world.show(approval, by="one"))["status"] == "declined"
    assert (await world.call("GET", f"/approvals/{approval['id']}", by="two")).status_code == 404

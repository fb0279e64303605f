"""Who asked, who decided and what came of it stands in the audit trail, and webhooks are told; neither holds the write."""

import json

import sqlalchemy as sa
import structlog

from unified.service.audit.verification import verify_chain
from unified.service.maintenance.housekeeping import sweep
from unified.service.webhooks.endpoints import NewWebhook, create_webhook
from unified.store.engine.tables import DELIVERIES


def told(row):
    return (row.kind, row.actor, row.method, row.model, row.target, row.decision, row.reason, row.status)


async def test_asking_approving_and_executing_are_in_the_trail(world):
    approval = await world.contact()
    await world.approve(approval)
    rows = await world.trail()
    asker, approver, target = world.ids["asker"], world.ids["approver"], approval["id"]
    assert [told(one) for one in rows] == [
        ("management", asker, "create", "crm.contacts", target, "allowed", "approval_required", None),
        ("management", approver, "POST /approvals/{id}/approve", "crm.contacts", target, "allowed", None, None),
        ("call", approver, "create", "crm.contacts", None, "allowed", None, 201),
    ]
    assert {one.account_id for one in rows} == {world.accounts["hubspot"]}
    assert {one.digest for one in rows} == {approval["digest"]}
    assert (await verify_chain(world.services.database, world.tenant)).fault is None


async def test_the_request_that_asked_is_named_by_the_approval_and_by_the_line_of_the_one_that_approved(world):
    approval = await world.contact()
    with structlog.testing.capture_logs() as lines:
        await world.approve(approval)
    asked, decided, executed = await world.trail()
    assert asked.request_id != decided.request_id == executed.request_id
    shown = await world.show(approval)
    assert shown["request_id"] == asked.request_id
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["request_id"], line["asked_by"]) == (decided.request_id, asked.request_id)
    assert (line["operation"], line["model"]) == ("create", "crm.contacts")


async def test_a_failed_execution_and_a_refused_decision_are_in_the_trail(world):
    approval = await world.contact()
    await world.approve(approval, by="asker")
    await world.approve({**approval, "digest": "sha256:0"})
    await world.fault(match="POST *", status=422)
    await world.approve(approval)
    name = "POST /approvals/{id}/approve"
    refused = [(one.kind, one.method, one.decision, one.reason, one.status) for one in (await world.trail())[1:]]
    assert refused == [
        ("refusal", name, "denied", "method_not_allowed_by_scope", None),
        ("refusal", name, "denied", "approval_stale", None),
        ("management", name, "allowed", None, None),
        ("call", "create", "allowed", "provider_validation", 422),
    ]


async def test_declining_is_in_the_trail(world):
    approval = await world.contact()
    await world.decline(approval)
    row = (await world.trail())[-1]
    assert (row.method, row.target, row.decision) == ("POST /approvals/{id}/decline", approval["id"], "allowed")


async def test_looking_is_a_reading_call(world):
    approval = await world.ask("PATCH", "/ticketing/tickets/10001", {"name": "x"})
    await world.show(approval)
    row = (await world.trail())[-1]
    assert (row.kind, row.actor, row.method, row.status) == ("call", world.ids["approver"], "get", 200)


async def test_tool_and_server_of_the_agent_stand_with_the_decision(world):
    approval = await world.contact()
    await world.edit(approval, requested_by="mcp_1")
    await world.decline(approval)
    assert (await world.trail())[-1].server == "mcp_1"


async def events(world):
    async with world.services.database.read() as connection:
        found = await connection.execute(sa.select(DELIVERIES.c.payload).order_by(DELIVERIES.c.created_at))
        return [json.loads(one) for one in found.scalars()]


async def test_webhooks_announce_a_request_once_and_its_end(world):
    asked = NewWebhook(url="https://hooks.example.com/x", events=["approval.requested", "approval.decided"])
    await create_webhook(world.services, world.tenant, asked)
    approval, declined, late = await world.contact(), await world.contact(), await world.contact()
    await world.approve(approval)
    await world.approve(approval)
    await world.decline(declined)
    world.forward(hours=2)
    await sweep(world.services.database)
    seen = await events(world)
    assert [(one["type"], one["data"]["approval_id"], one["data"]["status"]) for one in seen] == [
        *(("approval.requested", one["id"], "pending") for one in (approval, declined, late)),
        ("approval.decided", approval["id"], "executed"),
        ("approval.decided", declined["id"], "declined"),
        ("approval.decided", late["id"], "expired"),
    ]
    assert seen[3]["data"] == {
        "approval_id": approval["id"],
        "status": "executed",
        "status_reason": None,
        "account_id": world.accounts["hubspot"],
        "model": "crm.contacts",
        "method": "create",
        "tool": None,
        "requested_by": world.ids["asker"],
        "decided_by": world.ids["approver"],
    }

"""What changed since it was shown is not sent: 409 with the write as it is now, which still waits and can be approved."""

import msgspec
import pytest

from unified.service.records import opening

PROBLEM = {
    "type",
    "title",
    "status",
    "detail",
    "code",
    "request_id",
    "retryable",
    "retry_after",
    "errors",
    "provider",
    "approval",
}


async def the_ticket(world):
    return await world.record("/ticketing/tickets", provider="jira")


async def change(world, ticket, **body):
    account = world.accounts["jira"]
    answer = await world.call("PATCH", f"/ticketing/tickets/{ticket['id']}", body, by="writer", account_id=account)
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def writer(world):
    await world.key("writer", scope={"methods": ["read", "write"], "writes": "direct"})


@pytest.mark.usefixtures("writer")
async def test_a_changed_record_is_shown_as_it_is_now_and_nothing_is_sent(world):
    ticket = await the_ticket(world)
    approval = await world.show(await world.ask("PATCH", f"/ticketing/tickets/{ticket['id']}", {"name": "Asked"}))
    await change(world, ticket, name="Changed meanwhile")
    before = await world.written("jira")
    answer = await world.approve(approval)
    problem = answer.json()
    assert (answer.status_code, problem["code"], set(problem)) == (409, "approval_stale", PROBLEM)
    assert answer.headers["content-type"] == "application/problem+json"
    now = problem["approval"]
    assert (now["id"], now["status"]) == (approval["id"], "pending")
    assert now["difference"] == [{"field": "name", "from": "Changed meanwhile", "to": "Asked"}]
    assert now == await world.show(approval)
    assert await world.written("jira") == before
    assert (await world.approve(approval)).json()["code"] == "approval_stale"
    assert (await world.approve(now)).json()["status"] == "executed"
    assert len(await world.written("jira")) == len(before) + 1


@pytest.mark.usefixtures("writer")
async def test_fields_outside_the_write_may_change(world):
    ticket = await the_ticket(world)
    approval = await world.show(await world.ask("PATCH", f"/ticketing/tickets/{ticket['id']}", {"priority": "high"}))
    await change(world, ticket, description="Changed meanwhile")
    assert (await world.approve(approval)).json()["status"] == "executed"


@pytest.mark.usefixtures("writer")
async def test_a_delete_shows_which_record_it_is_and_holds_for_that_one(world):
    ticket = await the_ticket(world)
    approval = await world.show(await world.ask("DELETE", f"/ticketing/tickets/{ticket['id']}"))
    assert approval["record"] == {"id": ticket["id"], "name": ticket["name"]}
    await change(world, ticket, name="The register of all customers")
    answer = await world.approve(approval)
    assert (answer.status_code, answer.json()["code"]) == (409, "approval_stale")
    assert answer.json()["approval"]["record"] == {"id": ticket["id"], "name": "The register of all customers"}
    assert not [one for one in await world.written("jira") if one.startswith("DELETE")]


async def test_the_host_is_shown_and_is_part_of_what_is_approved(world, monkeypatch):
    approval = await world.show(await world.contact())
    assert {one["host"] for one in approval["requests"]} == {"127.0.0.1:9"}
    known = opening.connection_of

    def elsewhere(*given, **named):
        return msgspec.structs.replace(known(*given, **named), origin="http://127.0.0.2:9/hubspot")

    monkeypatch.setattr(opening, "connection_of", elsewhere)
    answer = await world.approve(approval)
    assert (answer.status_code, answer.json()["code"]) == (409, "approval_stale")
    assert {one["host"] for one in answer.json()["approval"]["requests"]} == {"127.0.0.2:9"}
    assert await world.written() == []


async def test_without_a_stand_in_the_host_is_the_providers(world, monkeypatch):
    known = opening.connection_of

    def without(*given, **named):
        return msgspec.structs.replace(known(*given, **named), origin=None)

    monkeypatch.setattr(opening, "connection_of", without)
    shown = await world.show(await world.contact())
    assert (shown["request"]["host"], shown["request"]["path"]) == ("api.hubapi.com", "/crm/v3/objects/contacts")


async def test_an_edit_is_shown_before_it_is_sent(world):
    approval = await world.contact()
    edited = {"last_name": "King", "title": "Countess"}
    shown = await world.approve({**approval, "digest": "sha256:0"}, arguments=edited)
    assert (shown.status_code, shown.json()["code"]) == (409, "approval_stale")
    view = shown.json()["approval"]
    assert view["summary"] == "Create a contact in Acme hubspot: last_name, title (2 fields)"
    assert view["request"]["body"]["properties"] == {"lastname": "King", "jobtitle": "Countess"}
    assert await world.written() == []
    assert (await world.approve(view)).json()["code"] == "approval_stale", "the digest of the edit is not that of the write"
    assert (await world.approve(view, arguments={"last_name": "Other"})).json()["code"] == "approval_stale"
    assert await world.written() == []
    assert (await world.approve(view, arguments=edited)).json()["status"] == "executed"
    assert len(await world.written()) == 1


async def test_a_record_that_cannot_be_read_keeps_the_write_waiting(world):
    ticket = await the_ticket(world)
    approval = await world.show(await world.ask("PATCH", f"/ticketing/tickets/{ticket['id']}", {"name": "x"}))
    await world.fault("jira", match="GET *", status=500, times=20)
    answer = await world.approve(approval)
    assert (answer.status_code, answer.json()["code"]) == (502, "provider_error")
    world.faults.planned.clear()
    assert await world.written("jira") == []
    assert (await world.approve(approval)).json()["status"] == "executed"


async def test_what_a_plan_cannot_be_made_for_is_not_asked_for(world):
    account = world.accounts["jira"]
    answer = await world.call("PATCH", "/ticketing/tickets/999999", {"name": "x"}, by="asker", account_id=account)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await world.call("GET", "/approvals", by="approver")).json()["data"] == []

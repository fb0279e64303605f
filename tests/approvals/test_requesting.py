"""E1 and E8: a write that must be approved is checked, kept, and not sent; asked for again, it is the same one."""

import random
import re
from collections import Counter
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.approvals.conftest import ASKS
from unified.service.approvals import requesting
from unified.store.approvals import WaitingLimits


async def test_a_write_that_must_be_approved_is_not_sent(world):
    approval = await world.contact()
    assert set(approval) == {"id", "summary", "digest", "expires_at"}
    assert re.fullmatch(r"apr_\w{10,}", approval["id"])
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", approval["digest"])
    left = datetime.fromisoformat(approval["expires_at"]) - world.services.database.clock()
    assert 3590 < left.total_seconds() <= 3600
    assert await world.reached() == []


async def test_every_way_of_writing_asks_and_sends_nothing(world):
    place = "/ticketing/tickets/10001"
    asked = [
        await world.ask("PATCH", place, {"name": "x"}),
        await world.ask("DELETE", place),
        await world.ask("POST", "/ticketing/tickets", {"name": "x", "collection_ids": ["1"], "ticket_type_id": "2"}),
    ]
    assert [(await world.show(one, by="asker"))["method"] for one in asked] == ["update", "delete", "create"]
    assert await world.written("jira") == []


async def test_each_write_of_a_batch_asks_for_itself(world):
    contact = (await world.record("/crm/contacts"))["id"]
    items = [
        {"op": "create", "data": {"last_name": "One"}},
        {"op": "update", "id": "7", "data": {"no_such_field": 1}},
        {"op": "delete", "id": contact},
        {"op": "delete", "id": "999999999999"},
    ]
    account = world.accounts["hubspot"]
    answer = await world.call("POST", "/crm/contacts/batch", {"items": items}, by="asker", account_id=account)
    first, second, third, fourth = answer.json()["results"]
    assert [one["status"] for one in (first, second, third, fourth)] == [202, 422, 202, 404]
    assert first["approval"]["summary"] == "Create a contact in Acme hubspot: last_name (1 field)"
    assert third["approval"]["summary"] == "Delete a contact in Acme hubspot"
    assert await world.written() == []
    assert (await world.approve(third["approval"])).json()["status"] == "executed"
    assert len(await world.written()) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/crm/contacts", {"last_name": 7}, 422, "validation_failed"),
        ("POST", "/crm/contacts", {"no_such": "x"}, 422, "validation_failed"),
        ("POST", "/crm/contacts", {"created_at": "x"}, 422, "read_only_field"),
        ("PATCH", "/crm/contacts/%2e%2e", {"last_name": "x"}, 400, "invalid_id"),
        ("DELETE", "/crm/contacts/%20", None, 400, "invalid_id"),
        ("PATCH", "/ticketing/comments/7", {"body": "x"}, 400, "invalid_id"),
        ("POST", "/crm/contacts/7/convert", {}, 501, "not_supported"),
    ],
)
async def test_a_write_that_would_be_refused_is_refused_when_requested(world, method, path, body, status, code):
    account = world.accounts["hubspot" if "crm" in path else "jira"]
    answer = await world.call(method, path, body, by="asker", account_id=account)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    listed = await world.call("GET", "/approvals", by="approver")
    assert listed.json()["data"] == []


async def test_hidden_fields_cannot_be_asked_for(world):
    await world.key("blind", scope={"methods": ["write"], "writes": "approve", "fields": {"hide": ["crm.contacts.emails"]}})
    body = {"last_name": "x", "emails": [{"email": "a@b.example"}]}
    answer = await world.call("POST", "/crm/contacts", body, by="blind", account_id=world.accounts["hubspot"])
    assert (answer.status_code, answer.json()["code"]) == (403, "field_hidden")


async def test_the_summary_tells_fields_and_no_values(world):
    approval = await world.ask(
        "PATCH", "/ticketing/tickets/10001", {"name": "canary", "status": "closed", "remote_fields": {"canary_key": 1}}
    )
    assert approval["summary"] == "Update a ticket in Acme jira: name, status, remote_fields (3 fields)"


async def asked_for(world, by="asker"):
    answer = await world.call("POST", "/crm/contacts", {"last_name": "x"}, by=by, account_id=world.accounts["hubspot"])
    assert answer.status_code in {202, 429}, answer.text
    return answer


async def test_only_so_many_wait(world, monkeypatch):
    monkeypatch.setattr(requesting, "LIMITS", WaitingLimits(requester=2, tenant=9, reserved=1))
    first = await world.contact()
    await world.contact()
    answer = await asked_for(world)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert answer.headers["retry-after"] == "60"
    assert answer.json()["detail"] == (
        "2 writes of this key or MCP server wait for their approval already: have some decided, or let them expire"
    )
    await world.decline(first)
    await world.contact()
    world.forward(hours=2)
    await world.contact()


async def test_of_many_requesters_one_that_floods_keeps_no_other_waiting(world, monkeypatch):
    """Whatever one requester does, in turn with others or before them, each other one has what it has without it."""
    limits = WaitingLimits(requester=4, tenant=7, reserved=2)
    monkeypatch.setattr(requesting, "LIMITS", limits)
    names = [f"other {number}" for number in range(5)]
    for name in names:
        await world.key(name, scope=ASKS)
    pick = random.Random(7)
    turns = [*["asker"] * 12, *(name for name in names for _ in range(limits.reserved))]
    pick.shuffle(turns)
    got = Counter([who for who in turns if (await asked_for(world, by=who)).status_code == 202])
    assert limits.reserved <= got["asker"] <= limits.requester
    assert {got[name] for name in names} == {limits.reserved}
    refused = await asked_for(world, by="other 0")
    assert refused.status_code == 429
    assert refused.json()["detail"] == (
        "7 writes of the tenant, 2 or more of them of this key or MCP server, wait for their approval already: have some "
        "decided, or let them expire"
    )


@given(st.lists(st.integers(0, 30), min_size=1, max_size=400), st.integers(1, 60))
def test_one_requester_does_not_use_up_the_places_of_another(others, modest):
    """By the real limits: rows that wait by requester, and how many rows each of the others wants."""
    limits, waiting = requesting.LIMITS, Counter[int]()
    wanted = [-1] * limits.tenant + [one for one in others for _ in range(min(modest, limits.reserved))]
    for who in wanted:
        if limits.reached(waiting[who], waiting.total()) is None:
            waiting[who] += 1
    assert waiting[-1] == limits.requester < limits.tenant
    assert all(waiting[one] >= min(modest, limits.reserved) for one in others)


async def create(world, body, key="k-1"):
    headers = {"Idempotency-Key": key}
    return await world.call("POST", "/crm/contacts", body, by="asker", headers=headers, account_id=world.accounts["hubspot"])


BODY = {"last_name": "Lovelace", "emails": [{"email": "ada@new.example"}]}


async def test_the_same_key_and_payload_give_the_same_approval_again(world):
    first, again = await create(world, BODY), await create(world, dict(reversed(BODY.items())))
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert len((await world.call("GET", "/approvals", by="approver")).json()["data"]) == 1


async def test_the_same_key_with_another_payload_is_refused(world):
    await create(world, BODY)
    answer = await create(world, {**BODY, "last_name": "King"})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")


async def test_a_key_that_is_too_long_is_refused(world):
    answer = await create(world, BODY, "k" * 10_000)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


async def test_the_key_of_an_executed_write_gives_the_record(world):
    approval = (await create(world, BODY)).json()["approval"]
    done = (await world.approve(approval)).json()
    again = await create(world, BODY)
    assert (again.status_code, again.json()["id"]) == (201, done["result"]["id"])
    assert again.json()["last_name"] == "Lovelace"
    assert len(await world.written()) == 1


async def test_the_key_of_a_declined_write_tells_so(world):
    await world.decline((await create(world, BODY)).json()["approval"])
    again = await create(world, BODY)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert "ended as declined" in again.json()["detail"]


async def test_the_key_of_a_write_that_was_refused_can_be_used_again(world):
    assert (await create(world, {"no_such": 1})).status_code == 422
    assert (await create(world, BODY)).status_code == 202


async def test_the_key_of_an_executed_write_says_when_its_record_was_deleted(world):
    await world.key("maker", scope={"methods": ["create"], "writes": "approve"})  # it may not look itself
    key, account = {"Idempotency-Key": "k-1"}, world.accounts["hubspot"]
    asked = [await world.call("POST", "/crm/contacts", BODY, by="maker", headers=key, account_id=account)]
    done = (await world.approve(asked[0].json()["approval"])).json()
    asked.append(await world.call("POST", "/crm/contacts", BODY, by="maker", headers=key, account_id=account))
    assert (asked[1].status_code, asked[1].json()["id"]) == (201, done["result"]["id"])
    await world.key("cleaner", scope={"methods": ["delete"], "writes": "direct"})
    deleted = await world.call("DELETE", f"/crm/contacts/{done['result']['id']}", by="cleaner", account_id=account)
    assert deleted.status_code == 204, deleted.text
    gone = await world.call("POST", "/crm/contacts", BODY, by="maker", headers=key, account_id=account)
    assert (gone.status_code, gone.json()["code"]) == (410, "gone")

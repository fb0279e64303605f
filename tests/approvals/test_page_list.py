"""The list of waiting writes tells them apart by the live record, and waits for no product."""

import asyncio
import time

from tests.web.people import notice, signed_in
from unified.service import approvals
from unified.service.access.principals import authenticate
from unified.web.html.messages import MESSAGES


async def two_writes(world):
    """Two updates of different contacts that have one summary."""
    found = (await world.call("GET", "/crm/contacts", by="admin", account_id=world.accounts["hubspot"], limit=2)).json()["data"]
    asked = [
        await world.ask("PATCH", f"/crm/contacts/{one['id']}", {"last_name": f"Changed {number}"})
        for number, one in enumerate(found)
    ]
    return found, asked


async def test_writes_with_one_summary_are_distinguished(world):
    records, asked = await two_writes(world)
    assert asked[0]["summary"] == asked[1]["summary"]
    async with signed_in(world, world.keys["approver"]) as person:
        text = (await person.get("/ui/approvals")).text
    for number, one in enumerate(records):
        assert one["name"] in text
        assert one["id"] in text
        assert f"Changed {number}" in text
    assert "Requested" in text
    assert "asker" in text


async def test_nothing_that_was_read_is_stored(world):
    records, asked = await two_writes(world)
    before = [await world.row(one) for one in asked]
    async with signed_in(world, world.keys["approver"]) as person:
        await person.get("/ui/approvals")
    assert [await world.row(one) for one in asked] == before
    assert not [row for row in before if records[0]["name"] in str(row)]
    reads = [one for one in await world.trail() if one.method == "get"]
    assert len(reads) == 2, "what a person is shown is in the trail"


async def test_a_hidden_name_stays_hidden(world):
    records, _ = await two_writes(world)
    hides = ["crm.contacts.name", "crm.contacts.first_name"]
    scope = {"methods": ["read", "write"], "fields": {"classes": ["none", "personal"], "hide": hides}}
    await world.key("blind", role="approver", scope=scope)
    async with signed_in(world, world.keys["blind"]) as person:
        text = (await person.get("/ui/approvals")).text
    for one in records:
        assert one["id"] not in text or one["name"] not in text
        assert one["first_name"] not in text


async def test_a_deletion_says_what_is_deleted(world):
    record = await world.record("/crm/contacts")
    deleted = await world.ask("DELETE", f"/crm/contacts/{record['id']}")
    async with signed_in(world, world.keys["approver"]) as person:
        for path in ("/ui/approvals", f"/ui/approvals/{deleted['id']}"):
            text = (await person.get(path)).text
            assert record["name"] in text
            assert record["id"] in text
        assert MESSAGES["approval.record.deleted"] in text


async def test_a_product_that_fails_leaves_the_id(world):
    records, _ = await two_writes(world)
    await world.fault(status=503, times=100)
    async with signed_in(world, world.keys["approver"]) as person:
        answer = await person.get("/ui/approvals")
    assert answer.status_code == 200
    for one in records:
        assert one["id"] in answer.text


async def test_a_product_that_does_not_answer_holds_up_no_one(world, monkeypatch):
    _, asked = await two_writes(world)
    cancelled = []

    async def never(_services, approval):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(approval.row.id)
            raise

    monkeypatch.setattr("unified.service.approvals.details.details_of", never)
    began = time.perf_counter()
    async with signed_in(world, world.keys["approver"]) as person:
        answer = await person.get("/ui/approvals")
    assert answer.status_code == 200
    assert time.perf_counter() - began < 30, "the page waits for its own limit of seconds, not for the product"
    assert sorted(cancelled) == sorted(one["id"] for one in asked)
    assert answer.text.count(MESSAGES["approvals.unread"].replace("'", "&#39;")) == 2


async def test_no_more_are_read_at_once_than_allowed(world, monkeypatch):
    await two_writes(world)
    await two_writes(world)
    running, most = 0, 0

    async def counted(_services, _approval):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1

    monkeypatch.setattr("unified.service.approvals.details.details_of", counted)
    approver = await authenticate(world.services, f"Bearer {world.keys['approver']}")
    waiting = await approvals.list_approvals(world.services, approver, status="pending")
    assert await approvals.details_by_id(world.services, approver, waiting.items, seconds=5, concurrency=3) == {}
    assert (len(waiting.items), most) == (4, 3)


async def test_a_form_that_was_changed_to_name_another_record_is_refused(world):
    ticket = await world.record("/ticketing/tickets", provider="jira")
    body = {"ticket_id": ticket["id"], "body": "Hello"}
    asked = await world.ask(path="/ticketing/comments", body=body, account=world.accounts["jira"])
    await world.key("editor", role="approver", scope={"methods": ["read", "write"], "writes": "direct"})
    path = f"/ui/approvals/{asked['id']}/edit"
    async with signed_in(world, world.keys["editor"]) as person:
        form = (await person.get(path)).text
        assert f" · <code>{ticket['id']}</code></dd>" in form
        assert 'name="value.ticket_id"' not in form
        for changed in ({"value.ticket_id": "other"}, {"value.id": "other"}, {"value.nothing": "x"}):
            answer = await person.send(path, **{"value.body": "Edited", **changed})
            assert answer.status_code == 422, changed
            assert notice(answer) == MESSAGES["approval.edit.refused"].format(product="Jira")
        honest = await person.send(path, **{"value.body": "Edited"})
        assert honest.status_code == 200
        assert "Review the edited write" in honest.text
    assert (await world.row(asked))["status"] == "pending"


async def test_waiting_is_not_a_failure_in_the_trail(world):
    await two_writes(world)
    await world.key("auditor", role="admin", scope="unlimited")
    await world.trail()
    async with signed_in(world, world.keys["auditor"]) as person:
        page = (await person.get("/ui/audit")).text
        waiting = (await person.get("/ui/audit?decision=waiting")).text
    rows = [one for one in await world.trail() if one.reason == "approval_required"]
    assert len(rows) == 2
    assert page.count('class="outcome waiting">Waiting for approval<') == 2
    assert 'class="outcome failed"' not in page
    assert waiting.count("<tr>") - 1 == 2, "they are counted apart"

"""An upsert that must be approved: what decides which record the provider finds is shown, sealed, and cannot be edited."""

import pytest

ADDRESS = "ada@new.example"


@pytest.fixture
def upsert(world):
    async def ask(address=ADDRESS, headers=None, **fields):
        body = {"emails": [{"email": address}], **fields}
        query = {"account_id": world.accounts["hubspot"], "by": "email"}
        told = {"Authorization": f"Bearer {world.keys['asker']}", **(headers or {})}
        return await world.client.request("PUT", "/crm/contacts", params=query, json=body, headers=told)

    return ask


async def test_it_is_asked_for_shown_with_its_key_and_sent_once(world, upsert):
    answer = await upsert(last_name="Lovelace")
    assert answer.status_code == 202, answer.text
    approval = answer.json()["approval"]
    assert approval["summary"] == "Create or update a contact in Acme hubspot: last_name, emails (2 fields)"
    assert await world.written() == []
    shown = await world.show(approval)
    assert (shown["method"], shown["by"], shown["record"]) == ("upsert", "email", None)
    assert [one["method"] for one in shown["requests"]] == ["POST"]
    done = (await world.approve(approval)).json()
    assert done["status"] == "executed", done
    assert len(await world.written()) == 1
    record = await world.call("GET", f"/crm/contacts/{done['result']['id']}", by="admin", account_id=world.accounts["hubspot"])
    assert record.json()["emails"][0]["email"] == ADDRESS


async def test_an_approver_edits_what_is_written_and_not_which_record_it_is(world, upsert):
    approval = (await upsert(last_name="Lovelace")).json()["approval"]
    for wrong in ({"emails": [{"email": "other@new.example"}]}, {"emails": []}, {"by": "id"}):
        refused = await world.approve(approval, arguments={"last_name": "Byron", **wrong})
        (place,) = (f"/arguments/{name}" for name in wrong)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, place), refused.text
        assert "cannot be changed" in refused.json()["errors"][0]["message"]
    assert await world.written() == []
    done = (await world.edit_and_approve(approval, {"last_name": "Byron", "by": "email"})).json()
    assert done["status"] == "executed", done
    record = await world.call("GET", f"/crm/contacts/{done['result']['id']}", by="admin", account_id=world.accounts["hubspot"])
    assert (record.json()["last_name"], record.json()["emails"][0]["email"]) == ("Byron", ADDRESS)


async def test_a_repetition_is_the_same_approval_and_then_the_record(world, upsert):
    headers = {"Idempotency-Key": "one"}
    first, again = [(await upsert(headers=headers, last_name="Lovelace")) for _ in range(2)]
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["approval"]["id"] == again.json()["approval"]["id"]
    done = (await world.approve(first.json()["approval"])).json()
    after = await upsert(headers=headers, last_name="Lovelace")
    assert (after.status_code, after.json()["id"]) == (200, done["result"]["id"]), after.text
    assert len(await world.written()) == 1


async def test_who_does_not_see_the_key_or_not_all_records_does_not_decide(world, upsert):
    approval = (await upsert(last_name="Lovelace")).json()["approval"]
    scope = {"methods": ["read", "write"], "writes": "direct"}
    company = (await world.record("/crm/accounts"))["id"]
    await world.key("blind", role="approver", scope={**scope, "fields": {"hide": ["crm.contacts.emails"]}})
    await world.key("partial", role="approver", scope={**scope, "resources": {"crm.accounts": {"ids": [company]}}})
    await world.key("creator", role="approver", scope={"methods": ["read", "create"], "writes": "direct"})
    found = {name: (await world.approve(approval, by=name)).json()["code"] for name in ("blind", "partial", "creator")}
    assert found == {"blind": "field_hidden", "partial": "not_found", "creator": "not_found"}
    assert await world.written() == []


async def test_the_column_of_the_key_cannot_be_edited_behind_it(world, upsert):
    """The key is in the sealed payload, so that the digest changes with it."""
    one = (await upsert(last_name="Lovelace")).json()["approval"]
    other = (await world.contact(first_name="Ada"))["digest"]
    assert one["digest"] != other
    await world.edit(one, method="create")
    assert (await world.approve(one)).json()["code"] in {"conflict", "not_found"}
    assert await world.written() == []

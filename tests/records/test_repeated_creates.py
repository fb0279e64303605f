"""A create that is repeated with its Idempotency-Key after the record was deleted answers 410, wherever the key was used."""

import pytest

BODY = {"last_name": "Once", "emails": [{"email": "once@new.example"}]}
WAYS = ("route", "batch", "tool")
CREATE_ONLY = {"methods": ["create"], "writes": "direct"}
CREATE = "POST /crm/v3/objects/contacts"


async def create(world, way, key, *, by=None, body=BODY):
    """The status, the outcome and the headers of a create in one of the ways."""
    account, headers = world.accounts["hubspot"], {"Idempotency-Key": key} | ({"Authorization": f"Bearer {by}"} if by else {})
    path, sent = {
        "route": (f"/crm/contacts?account_id={account}", body),
        "batch": (f"/crm/contacts/batch?account_id={account}", {"items": [{"op": "create", "data": body}]}),
        "tool": ("/tools/create_crm_contact", {"account_id": account, "arguments": body}),
    }[way]
    answer = await world.client.post(path, json=sent, headers=headers)
    shown = answer.json()
    if way == "batch" and "results" in shown:
        (result,) = shown["results"]
        return result["status"], result.get("data") or result.get("error"), answer.headers
    return answer.status_code, shown.get("result", {}).get("data", shown), answer.headers


async def creates(world):
    return [one for one in await world.reached() if f"{one['method']} {one['path']}" == CREATE]


@pytest.mark.parametrize("way", WAYS)
async def test_a_key_makes_one_record_and_then_says_that_it_is_gone(world, way):
    status, made, _ = await create(world, way, "k-1")
    again, same, headers = await create(world, way, "k-1")
    assert (status, again) == ((200, 200) if way == "tool" else (201, 201))
    assert made["id"] == same["id"]
    assert way == "batch" or headers["idempotent-replayed"] == "true"
    assert len(await creates(world)) == 1
    assert (await world.send("DELETE", f"/crm/contacts/{made['id']}")).status_code == 204
    for _ in range(2):
        gone, problem, _ = await create(world, way, "k-1")
        assert (gone, problem["code"], problem["retryable"]) == (410, "gone", False)
        assert "use a new idempotency key" in problem["detail"]
    assert len(await creates(world)) == 1
    assert (await create(world, way, "k-2"))[0] in {200, 201}


@pytest.mark.parametrize("way", WAYS)
async def test_a_key_that_may_not_read_learns_of_a_deletion_through_unified(world, way):
    key = await world.key(scope=CREATE_ONLY)
    _, made, _ = await create(world, way, "k-1", by=key)
    await world.send("DELETE", f"/crm/contacts/{made['id']}")
    status, problem, _ = await create(world, way, "k-1", by=key)
    assert (status, problem["code"]) == (410, "gone")


async def test_another_record_that_is_deleted_changes_nothing(world):
    _, made, _ = await create(world, "route", "k-1")
    _, other, _ = await create(world, "route", "k-2", body=BODY | {"emails": []})
    await world.send("DELETE", f"/crm/contacts/{other['id']}")
    assert (await create(world, "route", "k-1"))[1]["id"] == made["id"]


async def test_a_record_that_was_deleted_at_the_provider_is_gone_too(world):
    _, made, _ = await create(world, "route", "k-1")
    deleted = await world.send("DELETE", f"/proxy/crm/v3/objects/contacts/{made['id']}")
    assert deleted.status_code == 204
    assert (await create(world, "route", "k-1"))[0] == 410


async def test_each_create_of_a_batch_has_the_key_for_its_place(world):
    account, headers = world.accounts["hubspot"], {"Idempotency-Key": "b-1"}
    items = [{"op": "create", "data": {"last_name": name}} for name in ("One", "Two", "Two")]
    path = f"/crm/contacts/batch?account_id={account}"
    first, again = [(await world.client.post(path, json={"items": items}, headers=headers)).json()["results"] for _ in range(2)]
    ids = [one["data"]["id"] for one in first]
    assert len(set(ids)) == len(items)
    assert [one["data"]["id"] for one in again] == ids
    items[1]["data"] = {"last_name": "Other"}
    changed = (await world.client.post(path, json={"items": items}, headers=headers)).json()["results"]
    assert [one["status"] for one in changed] == [201, 422, 201]
    assert changed[1]["error"]["code"] == "idempotency_mismatch"
    assert len(await creates(world)) == len(items)
    refused = await world.client.post(path, json={"items": items}, headers={"Idempotency-Key": "x" * 256})
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed_request")

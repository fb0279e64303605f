"""Conditions on the connected user: each account shows the records of the user as whom it is connected, and no others."""

import pytest

from tests.records.test_record_conditions import every, limited, outside
from tests.world import connect
from unified.service.accounts.accounts import get_account
from unified.service.accounts.credentials import with_user
from unified.service.tools import offered_tools
from unified.store import accounts
from unified.store.accounts import AccountChanges

__all__ = ["limited"]
OWNED = {"crm.opportunities": {"owner_id": "$me"}}
UNKNOWN = (
    "crm.opportunities: not available with this key's scope: the scope's conditions need the connected user ($me), who is not "
    "known for this account: check the account, or connect it again"
)


async def connect_as(world, account, user):
    """Keep a user with the credentials of an account, as connecting does."""
    row = await get_account(world.services, world.tenant, account)
    changes = AccountChanges(resealed=with_user(world.services, row, user))
    await accounts.update(world.services.database, world.tenant, account, changes)


async def of_account(holder, account, path, **query):
    return (await holder.client.get(path, params={"account_id": account, "limit": 200, **query})).json()


@pytest.fixture
async def two(world):
    """Two accounts at one provider, as different users, with the opportunities of each."""
    owned = {}
    for one in await every(world, "/crm/opportunities", "pipedrive"):
        owned.setdefault(one["owner_id"], set()).add(one["id"])
    users = sorted(one for one in owned if one)[:2]
    ids = [world.accounts["pipedrive"], await connect(world.services, world.tenant, "pipedrive", name="second")]
    for account, user in zip(ids, users, strict=True):
        await connect_as(world, account, user)
    return [(account, user, owned[user]) for account, user in zip(ids, users, strict=True)]


@pytest.mark.parametrize("provider", ["pipedrive"])
async def test_each_account_has_the_records_of_its_user(world, limited, two, provider):
    holder = await limited(OWNED)
    for account, _, ids in two:
        found = await of_account(holder, account, "/crm/opportunities")
        assert {one["id"] for one in found["data"]} == ids
        others = {other for _, _, several in two for other in several} - ids
        for one in (min(ids), min(others)):
            path = f"/crm/opportunities/{one}"
            read = await holder.client.get(path, params={"account_id": account})
            written = await holder.client.patch(path, params={"account_id": account}, json={"name": f"of {account}"})
            assert (read.status_code, written.status_code) == ((200, 200) if one in ids else (403, 403)), read.text
            assert one in ids or (outside(read) and outside(written))


@pytest.mark.parametrize("provider", ["pipedrive"])
async def test_a_record_is_neither_made_for_nor_given_to_another_user(world, limited, two, provider):
    holder = await limited(OWNED)
    (account, user, ids), (_, other, _) = two
    path, query = "/crm/opportunities", {"account_id": account}
    for body in ({"name": "a"}, {"name": "a", "owner_id": other}, {"name": "a", "owner_id": "$me"}):
        refused = await holder.client.post(path, params=query, json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "outside_resources"), refused.text
        assert f"the key's scope requires that owner id is {user}" in refused.json()["detail"]
    made = await holder.client.post(path, params=query, json={"name": "a", "owner_id": user})
    assert made.status_code == 201, made.text
    moved = await holder.client.patch(f"{path}/{min(ids)}", params=query, json={"owner_id": other})
    assert moved.json()["code"] == "outside_resources", moved.text


@pytest.mark.parametrize("provider", ["pipedrive"])
async def test_a_related_record_of_another_user_is_not_expanded(world, limited, two, provider):
    contacts = {one["id"]: one["owner_id"] for one in await every(world, "/crm/contacts", "pipedrive")}
    holder = await limited({"crm.contacts": {"owner_id": "$me"}})
    for account, user, _ in two:
        found = await of_account(holder, account, "/crm/opportunities", expand="contacts", fields="id,contact_ids")
        shown = {one["id"] for opportunity in found["data"] for one in opportunity["contacts"] or () if one is not None}
        named = {one for opportunity in found["data"] for one in opportunity["contact_ids"]}
        assert shown == {one for one in named if contacts.get(one) == user}


@pytest.mark.parametrize("provider", ["pipedrive"])
async def test_records_are_found_by_related_ones_of_the_user(world, limited, two, provider):
    opportunities = await every(world, "/crm/opportunities", "pipedrive")
    holder = await limited({"crm.contacts": {"opportunities": {"owner_id": "$me"}}})
    for account, _, ids in two:
        named = {contact for one in opportunities if one["id"] in ids for contact in one["contact_ids"]}
        found = await of_account(holder, account, "/crm/contacts")
        assert {one["id"] for one in found["data"]} == named


@pytest.mark.parametrize("provider", ["pipedrive"])
async def test_other_users_can_be_named_with_the_connected_one(world, limited, two, provider):
    (account, _, ids), (second, other, others) = two
    holder = await limited({"crm.opportunities": {"owner_id": {"in": ["$me", other]}}})
    assert {one["id"] for one in (await of_account(holder, account, "/crm/opportunities"))["data"]} == ids | others
    assert {one["id"] for one in (await of_account(holder, second, "/crm/opportunities"))["data"]} == others


@pytest.mark.parametrize("provider", ["pipedrive"])
async def test_nothing_of_an_account_is_reached_whose_user_is_not_known(world, limited, provider):
    """Whatever is called, and where the condition is on related records too."""
    opportunity = (await every(world, "/crm/opportunities", "pipedrive"))[0]["id"]
    before = len(await world.reached("pipedrive"))
    holder = await limited({**OWNED, "crm.contacts": {"opportunities": {"owner_id": "$me"}}})
    calls = [
        await holder.get("/crm/opportunities", "pipedrive"),
        await holder.get(f"/crm/opportunities/{opportunity}", "pipedrive"),
        await holder.send("POST", "/crm/opportunities", {"name": "a", "owner_id": "7"}, "pipedrive"),
        await holder.send("PATCH", f"/crm/opportunities/{opportunity}", {"name": "a"}, "pipedrive"),
        await holder.send("DELETE", f"/crm/opportunities/{opportunity}", None, "pipedrive"),
    ]
    assert {(one.status_code, one.json()["detail"]) for one in calls} == {(403, UNKNOWN)}
    assert "($me)" in (await holder.get("/crm/contacts", "pipedrive")).json()["detail"]
    assert len(await world.reached("pipedrive")) == before
    offered = {one.name for one in await offered_tools(world.services, await world.principal(holder.key))}
    assert "list_crm_pipelines" in offered
    assert not {one for one in offered if one.endswith(("crm_opportunities", "crm_opportunity", "crm_contacts"))}, offered


async def test_a_provider_that_does_not_report_its_user_is_refused_with_this_reason(world, limited):
    holder = await limited(OWNED)
    answer = await holder.get("/crm/opportunities", "hubspot")
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_resources")
    assert answer.json()["detail"] == (
        "crm.opportunities: not available with this key's scope: the scope's conditions need the connected user ($me), whom "
        "HubSpot does not report"
    )
    assert (await holder.get("/crm/pipelines", "hubspot")).status_code == 200

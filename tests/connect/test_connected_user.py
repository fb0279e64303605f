"""Who connects an account is the user of its conditions; whoever connects it again is it from then on."""

from tests.connect.test_credentials import with_key
from tests.world import standins
from unified.service.accounts.accounts import get_account
from unified.service.accounts.credentials import open_credentials, open_user

SCOPE = {"methods": ["read"], "records": {"ticketing.tickets": {"assignee_ids": "$me"}}}


def as_user(user):
    """The check's answer to another user."""
    return {"status_code": 200, "json": {"user": {"id": user}}}


async def tickets(world, account, key):
    path, query = "/ticketing/tickets", {"account_id": account, "limit": 200}
    answer = await world.api.get(path, params=query, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def user_of(world, account):
    return open_user(world.services, await get_account(world.services, world.tenant, account))


async def test_the_user_who_consents_is_kept_and_another_one_takes_its_place(world):
    first = await world.connected("zendesk")
    key = await world.key(scope={"methods": ["read"]})
    assigned = [one["assignee_ids"] for one in await tickets(world, first.account_id, key)]
    mine, other = sorted({one for ids in assigned for one in ids})[:2]
    narrow = await world.key(scope=SCOPE)
    for user in (mine, other):
        world.upstream.instead = {"/users/me": as_user(int(user))}
        await world.connected("zendesk", await world.link(account_id=first.account_id))
        assert await user_of(world, first.account_id) == user
        found = await tickets(world, first.account_id, narrow)
        assert found
        assert {tuple(one["assignee_ids"]) for one in found} == {(user,)}


async def test_a_provider_that_tells_no_user_any_more_leaves_none(world):
    first = await world.connected("zendesk")
    assert await user_of(world, first.account_id)
    world.upstream.instead = {"/users/me": {"status_code": 200, "json": {"user": {}}}}
    await world.connected("zendesk", await world.link(account_id=first.account_id))
    assert await user_of(world, first.account_id) is None


async def test_a_refresh_and_other_settings_keep_the_user(world):
    done = await world.connected("zendesk")
    user = await user_of(world, done.account_id)
    before = await get_account(world.services, world.tenant, done.account_id)
    assert (await world.api.post(f"/accounts/{done.account_id}/refresh")).json()["ok"]
    after = await get_account(world.services, world.tenant, done.account_id)
    assert open_credentials(world.services, after) != open_credentials(world.services, before)
    assert await user_of(world, done.account_id) == user


async def test_a_key_that_is_entered_is_of_a_user_too(world):
    demo = standins("zendesk")["zendesk"].demo_credentials
    basic = next(one for one in demo if one["type"] == "basic")
    done = await with_key(world, await world.link(), "zendesk", basic)
    assert await user_of(world, done.account_id)

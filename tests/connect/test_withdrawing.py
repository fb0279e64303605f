"""Withdrawing a link: whatever its state, it connects nothing afterwards, and whoever has it is told."""

import random
from itertools import product

import pytest

from tests.connect.conftest import SETTINGS, both_databases
from tests.keys import new_key
from tests.sizes import examples
from unified.errors.requests import ConnectFailed, LinkOver, NotFound
from unified.service.access.api_keys import create_key
from unified.service.access.principals import authenticate
from unified.service.connect import (
    ConnectChoice,
    begin_authorization,
    complete_callback,
    list_links,
    new_browser_secret,
    open_link,
    status_for_holder,
)
from unified.store import connect_links
from unified.store.engine.tables import ACCOUNTS


async def made(world, **asked):
    body = (await world.api.post("/connect", json={"provider": "zendesk"} | asked)).json()
    return body["id"], body["url"]


async def key_for(world, **scope):
    _, key = await create_key(world.services, world.tenant, new_key(name="k", role="app", scope=scope), maker=None)
    return {"Authorization": f"Bearer {key}"}


@both_databases
async def test_a_withdrawn_link_is_over_for_everyone(world):
    link_id, url = await made(world, return_url="http://127.0.0.1:9/back")
    answer = await world.api.delete(f"/connect/{link_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    shown = (await world.api.get(f"/connect/{link_id}")).json()
    assert (shown["status"], shown["reason"], shown["account_id"]) == ("expired", "link_revoked", None)
    with pytest.raises(LinkOver) as over:
        await world.opened(url)
    assert over.value.reason == "revoked"
    token = url.partition("token=")[2]
    assert (await status_for_holder(world.services, link_id, token))[0].reason == "link_revoked"
    assert (await world.api.delete(f"/connect/{link_id}")).status_code == 204, "withdrawing it again changes nothing"


@both_databases
async def test_an_attempt_that_is_in_progress_ends_with_its_link(world):
    """At the provider's consent page, and with a key that was entered before the page was withdrawn."""
    link_id, url = await made(world)
    link, browser = await world.opened(url), new_browser_secret()
    parameters = await world.approve(await world.begun(link, "zendesk", browser))
    await world.api.delete(f"/connect/{link_id}")
    with pytest.raises(ConnectFailed):
        await complete_callback(world.services, "zendesk", parameters, browser)
    entered = {"username": "ada@example.com", "password": "any"}
    choice = ConnectChoice(provider="zendesk", kind="basic", settings=SETTINGS["zendesk"], credentials=entered)
    with pytest.raises(NotFound):
        await begin_authorization(world.services, link, choice, browser)
    assert await world.rows(ACCOUNTS) == []


async def test_a_link_that_connected_an_account_cannot_be_withdrawn(world):
    link_id, url = await made(world)
    done = await world.connected("zendesk", await world.opened(url))
    refused = await world.api.delete(f"/connect/{link_id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert done.account_id in refused.json()["detail"]
    assert (await world.api.get(f"/connect/{link_id}")).json()["status"] == "completed"
    assert (await world.api.get(f"/accounts/{done.account_id}")).json()["status"] == "active"


async def test_a_link_that_expired_or_failed(world):
    expired, _ = await made(world, expires_in=60)
    failed, url = await made(world)
    parameters = await world.approve(await world.begun(await world.opened(url), "zendesk", "a browser"), "deny")
    with pytest.raises(ConnectFailed):
        await complete_callback(world.services, "zendesk", parameters, "a browser")
    world.clock.forward(seconds=120)
    assert (await world.api.delete(f"/connect/{expired}")).status_code == 204
    assert (await world.api.get(f"/connect/{expired}")).json()["reason"] is None, "it ended by itself"
    assert (await world.api.delete(f"/connect/{failed}")).status_code == 204
    assert (await world.api.get(f"/connect/{failed}")).json()["reason"] == "link_revoked"


async def test_only_who_may_see_a_link_withdraws_it(world):
    done = await world.connected("zendesk")
    link_id, url = await made(world, account_id=done.account_id)
    new, _ = await made(world)
    other = await world.connected("jira")
    elsewhere = await key_for(world, accounts=[other.account_id], manage=["connect"])
    without = await key_for(world, manage=[])
    for name, headers, status in ((link_id, elsewhere, 404), (new, elsewhere, 404), (new, without, 403), ("con_x", {}, 404)):
        assert (await world.api.delete(f"/connect/{name}", headers=headers)).status_code == status
    for name in (link_id, new):
        assert (await connect_links.get(world.services.database, world.tenant, name)).status == "open"
    own = await key_for(world, accounts=[done.account_id], manage=["connect"])
    assert (await world.api.delete(f"/connect/{link_id}", headers=own)).status_code == 204
    with pytest.raises(LinkOver):
        await open_link(world.services, link_id, url.partition("token=")[2])


LIMITS = {
    "methods": (["read"], ["read", "write"], ["list"], ["write", "get"], ["read", "write", "custom"]),
    "models": (None, ["ticketing.tickets"], ["ticketing.tickets", "ticketing.comments"]),
    "writes": ("direct", "deny"),
}


async def test_a_key_reaches_the_links_that_it_could_make(world):
    """Over keys and links of all limits: withdrawing, status and list agree with whether the key could ask for the same."""
    keys = []
    for methods, models, writes in product(*LIMITS.values()):
        scope = {"methods": methods, "writes": writes, "manage": ["connect"]} | ({} if models is None else {"models": models})
        keys.append((await key_for(world, **scope), scope))
    asked = [
        {"methods": methods} | ({} if models is None else {"models": models})
        for methods, models in product(LIMITS["methods"], LIMITS["models"])
    ]
    draw, reached, pairs = random.Random(1), 0, examples(60)
    for (headers, scope), one in (draw.choice([*product(keys, asked)]) for _ in range(pairs)):
        link_id, _ = await made(world, scope=one)
        could = (
            await world.api.post("/connect", json={"provider": "zendesk", "scope": one}, headers=headers)
        ).status_code == 201
        is_seen = could and ("models" in one or "models" not in scope)  # one without models has those of the key that made it
        caller = await authenticate(world.services, headers["Authorization"])
        listed = {row.id for row in (await list_links(world.services, caller, limit=200)).items}
        shown = (await world.api.get(f"/connect/{link_id}", headers=headers)).status_code
        ended = (await world.api.delete(f"/connect/{link_id}", headers=headers)).status_code
        assert (shown, ended, link_id in listed) == ((200, 204, True) if is_seen else (404, 404, False)), (scope, one)
        reached += is_seen
    assert pairs // 10 < reached < pairs * 9 // 10

"""Repair in the chat (THREATS J12): an agent whose call found an account refused gets a connect link for a person, if it may."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.mcp.endpoint.conftest import BASE, ERAS, LEGACY, Agent
from tests.world import TESTED
from unified.service.connect import ConnectChoice, begin_authorization, new_browser_secret, open_link
from unified.service.mcp_servers.reconnecting import MAX_OPEN
from unified.store import accounts
from unified.store.accounts import AccountChanges
from unified.store.engine.tables import CONNECT_LINKS

LIST, CREATE = "list_hris_employees", "create_crm_contact"
CAN = {"elicitation": {"url": {}}}
ENTERED = "bamboohr"
"""A product whose credentials a person enters."""


async def refuse(place, provider=ENTERED, status="needs_reauth"):
    """The product no longer accepts the account's credentials."""
    services, world = place.services, place.world
    changes = AccountChanges(status=status, status_reason="credentials_refused")
    await accounts.update(services.database, world.tenant, world.accounts[provider], changes)
    await services.rows.reread_account(world.tenant, world.accounts[provider])


async def connect_again(place, url, provider=ENTERED):
    """A person opens the link and enters what the product asks for."""
    parts = urlsplit(url)
    link = await open_link(place.services, parts.path.rpartition("/")[2], dict(parse_qsl(parts.query))["token"])
    one = TESTED.standins()[provider]
    entered = dict(one.demo_credentials[0])
    choice = ConnectChoice(provider=provider, kind=entered.pop("type"), credentials=entered, settings=dict(one.demo_settings))
    return await begin_authorization(place.services, link, choice, new_browser_secret())


async def links(place):
    return await place.world.rows(CONNECT_LINKS)


async def made(place, key=None, server=None, method="POST", **body):
    """A server created or changed by a key."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    path = "/mcp-servers" if server is None else f"/mcp-servers/{server}"
    return await place.world.client.request(method, path, json=body, headers=headers)


def asked(place, **config):
    return {
        "name": "agent",
        "account_ids": [place.world.accounts[ENTERED]],
        "config": {"require_api_token_auth": False, "reconnect": "link", **config},
    }


async def test_a_person_connects_the_account_and_the_call_goes_on(place):
    agent = await place.agent(ENTERED, reconnect="link")
    await refuse(place)
    told = await agent.call(LIST, {}, capabilities=CAN)
    ((name, question),) = told["inputRequests"].items()
    url = question["params"]["url"]
    assert (name, question["method"], question["params"]["mode"]) == ("reconnect", "elicitation/create", "url")
    assert url.startswith(f"{BASE}/connect/con_")
    assert "bamboohr" in question["params"]["message"]
    (row,) = await links(place)
    assert (row["reconnects"], row["scope"]) == (place.world.accounts[ENTERED], None)

    state = {"requestState": told["requestState"], "inputResponses": {"reconnect": {"action": "accept"}}}
    early = await agent.call(LIST, {}, params=state, capabilities=CAN)
    assert early["structuredContent"]["error"]["code"] == "connection_unauthorized"
    assert len(await links(place)) == 1, "a person who has a link is given no second one"

    await connect_again(place, url)
    done = await agent.call(LIST, {}, params=state, capabilities=CAN)
    assert not done["isError"]
    assert done["structuredContent"]["data"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_without_elicitation_has_the_link_in_its_result(place, era):
    agent = await place.agent(ENTERED, reconnect="link")
    await refuse(place)
    error = (await agent.call(LIST, {}, era=era))["structuredContent"]["error"]
    assert error["code"] == "connection_unauthorized"
    (row,) = await links(place)
    assert error["reconnect"]["url"].startswith(f"{BASE}/connect/{row['id']}?token=")
    assert (row["made_by"], row["status"]) == ((await place.world.principal()).key_id, "open")
    await connect_again(place, error["reconnect"]["url"])
    assert (await agent.call(LIST, {}, era=era))["structuredContent"]["data"]


async def test_a_write_is_sent_once_after_the_account_is_connected(place):
    agent = await place.agent("hubspot", reconnect="link", methods=["write"], writes="direct")
    await refuse(place, "hubspot")
    refused = await agent.call(CREATE, {"last_name": "Lovelace"})
    assert "reconnect" in refused["structuredContent"]["error"]
    await refuse(place, "hubspot", "active")
    for replayed in (None, True):
        written = (await agent.call(CREATE, {"last_name": "Lovelace"}))["structuredContent"]
        assert written.get("replayed") is replayed
    sent = [one for one in await place.world.reached() if one["method"] == "POST" and one["path"].endswith("/contacts")]
    assert len(sent) == 1


@pytest.mark.parametrize("config", [{}, {"reconnect": "error"}])
@pytest.mark.parametrize("capabilities", [{}, CAN])
async def test_without_permission_an_agent_gets_the_error_alone(place, config, capabilities):
    agent = await place.agent(ENTERED, **config)
    await refuse(place)
    told = await agent.call(LIST, {}, capabilities=capabilities)
    assert told["structuredContent"]["error"].keys() == {"code", "detail", "retryable", "retry_after", "errors"}
    assert await links(place) == []


async def test_other_problems_and_disabled_accounts_give_no_link(place):
    agent = await place.agent(ENTERED, reconnect="link")
    await refuse(place, status="disabled")
    assert "structuredContent" not in await agent.call(LIST, {})
    await refuse(place, status="active")
    assert "reconnect" not in (await agent.call("get_hris_employee", {"id": "999999"}))["structuredContent"]["error"]
    assert await links(place) == []


async def test_an_agent_that_calls_again_and_again_gets_few_links(place):
    agent = await place.agent(ENTERED, reconnect="link")
    await refuse(place)
    told = [(await agent.call(LIST, {}, era=LEGACY))["structuredContent"]["error"] for _ in range(MAX_OPEN + 2)]
    assert ["reconnect" in one for one in told] == [True] * MAX_OPEN + [False] * 2
    assert len(await links(place)) == MAX_OPEN


async def test_a_link_ends_with_its_server(place):
    ends = place.services.clock() + timedelta(minutes=5)
    agent = await place.agent(ENTERED, reconnect="link", expires_at=ends.isoformat())
    await refuse(place)
    await agent.call(LIST, {})
    (row,) = await links(place)
    assert row["expires_at"] <= ends


async def test_links_are_given_only_by_those_who_may_make_links(place):
    account = place.world.accounts[ENTERED]
    scope = {"methods": ["read"], "manage": ["servers"], "accounts": [account]}
    without = await place.world.key(role="admin", scope=scope)
    refused = await made(place, without, **asked(place))
    assert (refused.status_code, refused.json()["code"]) == (403, "method_not_allowed_by_scope")
    assert "connect" in refused.json()["detail"]
    plain = await made(place, without, **asked(place, reconnect="error"))
    assert plain.status_code == 201
    changed = await made(place, without, plain.json()["id"], "PATCH", config={"reconnect": "link"})
    assert changed.status_code == 403

    able = (await made(place, **asked(place, methods=["read"]))).json()
    headers = {"Authorization": f"Bearer {without}"}
    rotated = await place.world.client.post(f"/mcp-servers/{able['id']}/rotate", headers=headers)
    renamed = await made(place, without, able["id"], "PATCH", name="other")
    assert [rotated.status_code, renamed.status_code] == [403, 403]
    quiet = await made(place, without, able["id"], "PATCH", config={"reconnect": "error"})
    assert quiet.status_code == 200
    assert quiet.json()["config"]["reconnect"] == "error"


async def test_no_link_is_made_for_a_paused_or_revoked_key(place):
    account = place.world.accounts[ENTERED]
    scope = {"methods": ["read"], "manage": ["servers", "connect"], "accounts": [account]}
    maker = await place.world.key(role="admin", scope=scope)
    server = (await made(place, maker, **asked(place))).json()
    agent = Agent(app=place.app, token=server["token"], id=server["id"])
    await refuse(place)
    for act in ("pause", "resume"):
        answer = await place.world.client.post(f"/api-keys/{server['made_by']}/{act}", json={"reason": "misuse"})
        assert answer.is_success, answer.text
        told = await agent.call(LIST, {})
        assert ("reconnect" in told.get("structuredContent", {}).get("error", {})) is (act == "resume")
    (row,) = await links(place)
    assert row["made_by"] == server["made_by"]
    assert (await place.world.client.delete(f"/api-keys/{server['made_by']}")).is_success
    told = await agent.call(LIST, {})
    assert "reconnect" not in told["structuredContent"]["error"]
    assert [one["status"] for one in await links(place)] == ["open"]
    ended = await place.world.client.delete(f"/api-keys/{server['made_by']}", params={"descendants": "true"})
    assert ended.is_success, ended.text
    assert [one["status"] for one in await links(place)] == ["revoked"]

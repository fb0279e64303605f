"""Calling tools (THREATS D16 to D19, D22, D24): only what is offered exists, in both revisions, and every refusal leaves a row."""

import pytest

from tests.keys import new_key
from tests.mcp.endpoint.conftest import ERAS, LEGACY, MODERN
from tests.mcp.endpoint.views import Many
from tests.timing import processor_time
from unified.bounded_cache import CachesByOwner
from unified.service.access.api_keys import create_key, revoke_key
from unified.service.tools import catalog
from unified.transform.catalog import Catalog

INVALID_PARAMS = -32602
LIST, CREATE = "list_crm_contacts", "create_crm_contact"
STATUS = {LEGACY: 200, MODERN: 400}
"""Of a tool that is not there: the older revision says it inside of an answer."""


async def refused_as_unknown(place, agent, name, *, era=MODERN, reason="not_found"):
    """Call, and expect that nothing happened but a row."""
    before, rows = len(await place.world.reached()), len(await place.audit())
    answer = await agent.rpc("tools/call", {"name": name, "arguments": {}}, era=era)
    assert (answer.status_code, answer.json()["error"]["code"]) == (STATUS[era], INVALID_PARAMS)
    assert name not in answer.text or name.strip() in answer.json()["error"]["message"].partition(" Known: ")[2]
    assert len(await place.world.reached()) == before
    *_, row = await place.audit()
    assert len(await place.audit()) == rows + 1
    assert (row["server"], row["kind"], row["decision"], row["reason"]) == (agent.id, "refusal", "denied", reason)


@pytest.mark.parametrize("era", ERAS)
async def test_tools_outside_of_the_limits_do_not_exist(place, era):
    reader = await place.agent(tags=["crm"], models=["crm.contacts"])
    listed = await reader.tools(era=era)
    assert listed == ["get_crm_contact", LIST]
    for name in (
        CREATE,  # outside of the methods
        "list_crm_companies",  # of the models
        "list_ticketing_tickets",  # of the accounts
        "get_approval",  # nothing waits for one
        LIST.upper(),
        f" {LIST}",
        "list_crm_contacts\u200b",
        "x" * 10_000,
        "../" + LIST,
        "__class__",
    ):
        await refused_as_unknown(place, reader, name, era=era)


@pytest.mark.parametrize("era", ERAS)
async def test_tools_that_the_key_with_the_token_may_not_use_do_not_exist(place, era):
    agent = await place.agent(require_api_token_auth=True, methods=["read", "write"], writes="direct")
    agent.key = await place.world.key(scope={"methods": ["read"]})
    assert CREATE not in await agent.tools(era=era)
    await refused_as_unknown(place, agent, CREATE, era=era)


async def test_an_unreviewed_tool_does_not_exist(place, monkeypatch):
    agent = await place.agent()
    assert LIST in await agent.tools()
    monkeypatch.setattr(Catalog, "reviewed", lambda _self, _provider, _model, method: method != "list")
    monkeypatch.setattr(catalog, "_cache", CachesByOwner(catalog.MAX_CACHED))
    assert "get_crm_contact" in await agent.tools()
    await refused_as_unknown(place, agent, LIST)


@pytest.mark.parametrize("era", ERAS)
async def test_a_tool_that_was_taken_away_after_listing_does_not_exist(place, era):
    agent = await place.agent(methods=["read", "write"], writes="direct")
    assert CREATE in await agent.tools(era=era)
    change = await place.world.client.patch(f"/mcp-servers/{agent.id}", json={"config": {"methods": ["read"]}})
    assert change.status_code == 200
    await refused_as_unknown(place, agent, CREATE, era=era)
    assert CREATE not in await agent.tools(era=era)


CUTS = {
    "revoked": lambda place, agent: place.world.client.delete(f"/mcp-servers/{agent.id}"),
    "rotated": lambda place, agent: place.world.client.post(f"/mcp-servers/{agent.id}/rotate"),
}


@pytest.mark.parametrize("how", CUTS)
@pytest.mark.parametrize("era", ERAS)
async def test_a_token_that_was_taken_back_after_listing_calls_nothing(place, how, era):
    agent = await place.agent()
    assert await agent.tools(era=era)
    assert (await CUTS[how](place, agent)).is_success
    before = len(await place.world.reached())
    answer = await agent.rpc("tools/call", {"name": LIST, "arguments": {}}, era=era)
    assert (answer.status_code, len(await place.world.reached())) == (404, before)


async def test_a_key_that_was_revoked_after_listing_calls_nothing(place):
    agent = await place.agent(require_api_token_auth=True)
    row, agent.key = await create_key(place.services, place.world.tenant, new_key(name="k", role="app"), maker=None)
    assert await agent.tools()
    await revoke_key(place.services, place.world.tenant, row.id, caller=None)
    assert (await agent.rpc("tools/call", {"name": LIST, "arguments": {}})).status_code == 401


ARGUMENTS = {
    "missing": ("get_crm_contact", {}),
    "one too many": (LIST, {"cAnArY": 1}),
    "of another type": (LIST, {"limit": "cAnArY"}),
    "too much text": (LIST, {"cursor": "cAnArY" * 100_000}),
    "deep": (LIST, {"filter": [[[[[[[[[["cAnArY"]]]]]]]]]]}),
    "__proto__": (LIST, {"__proto__": {"limit": "cAnArY"}}),
    "a number below the range": (LIST, {"limit": -(10**30)}),
    "a fraction": (LIST, {"limit": 1.5}),
    "a control character": ("get_crm_contact", {"id": "cAnArY\u0000"}),
    "dots": ("get_crm_contact", {"id": ".."}),
}


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("what", ARGUMENTS)
async def test_arguments_that_do_not_fit_are_named_and_not_repeated(place, what, era):
    name, arguments = ARGUMENTS[what]
    agent = await place.agent()
    before = len(await place.world.reached())
    answer = await agent.rpc("tools/call", {"name": name, "arguments": arguments}, era=era)
    result = answer.json()["result"]
    assert result["isError"] is True
    assert result["structuredContent"]["error"]["code"] in {"validation_failed", "invalid_id", "invalid_cursor"}
    assert "cAnArY" not in answer.text
    assert len(await place.world.reached()) == before


@pytest.mark.slow
async def test_no_text_of_an_argument_makes_a_call_slow(place):
    agent = await place.agent()
    assert (await agent.call(LIST, {"limit": 1}))["isError"] is False
    for text in ("a" * 100_000 + "!", "{" * 100_000, "\\" * 100_000, "%" * 100_000):
        for name, argument in ((LIST, "cursor"), (LIST, "updated_after"), ("get_crm_contact", "id")):
            with processor_time() as spent:
                told = await agent.call(name, {argument: text})
            assert told["isError"] is True
            assert spent.seconds < 0.25, (name, argument, text[:1])


@pytest.mark.parametrize("era", ERAS)
async def test_a_cursor_holds_for_its_list_and_caller_only(place, era):
    place.use(Many)
    first, second = await place.agent(), await place.agent()
    good = (await first.rpc("tools/list", era=era)).json()["result"]["nextCursor"]
    assert (await first.rpc("tools/list", {"cursor": good}, era=era)).json()["result"]["tools"]
    edited = good[:-1] + ("A" if good[-1] != "A" else "B")
    for cursor in ("", "-1", "0", "200", "x" * 1_000_000, edited, good[:-4], good + "=", "\u00e4"):
        answer = await first.rpc("tools/list", {"cursor": cursor}, era=era)
        code = answer.json()["error"]["code"] if answer.status_code != 413 else INVALID_PARAMS
        assert code == INVALID_PARAMS
    assert (await second.rpc("tools/list", {"cursor": good}, era=era)).json()["error"]["code"] == INVALID_PARAMS
    place.use(type("Fewer", (Many,), {"names": lambda _: [f"tool_{number}" for number in range(300)]}))
    assert (await first.rpc("tools/list", {"cursor": good}, era=era)).json()["error"]["code"] == INVALID_PARAMS


class TestRates:
    @pytest.fixture
    def more_settings(self):
        return {"public_url": "http://unified", "rate_limit_key": "3/hour", "rate_limit_account": "1/hour"}

    async def test_a_token_over_its_rate_waits_and_the_others_do_not(self, place):
        agents = [await place.agent() for _ in range(1)]
        (agent,) = agents
        for _ in range(3):
            assert (await agent.rpc("tools/list")).status_code == 200
        for era in ERAS:
            answer = await agent.rpc("tools/list", era=era)
            problem = answer.json()["error"]["data"]
            assert (answer.status_code, problem["code"]) == (429, "rate_limited")
            assert problem["retry_after"] > 0
            assert int(answer.headers["retry-after"]) > 0
        other = await place.agent("zendesk")
        assert (await other.rpc("tools/list")).status_code == 200

    @pytest.mark.parametrize("era", ERAS)
    async def test_an_account_over_its_rate_is_a_result_that_says_when(self, place, era):
        agent = await place.agent()
        assert (await agent.call(LIST, {"limit": 1}, era=era))["isError"] is False
        told = await agent.call(LIST, {"limit": 1}, era=era)
        assert told["isError"] is True
        error = told["structuredContent"]["error"]
        assert error["code"] == "rate_limited"
        assert error["retry_after"] > 0


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_adds_one_row_with_its_tool_and_a_list_adds_no_row(place, era):
    agent = await place.agent()
    await agent.tools(era=era)
    if era == LEGACY:
        await agent.rpc("ping", era=era)
    assert await place.audit() == []
    assert (await agent.call(LIST, {"limit": 1}, era=era))["isError"] is False
    (row,) = await place.audit()
    assert (row["server"], row["tool"], row["kind"], row["method"], row["model"]) == (
        agent.id,
        LIST,
        "call",
        "list",
        "crm.contacts",
    )
    assert (row["account_id"], row["decision"], row["status"]) == (place.world.accounts["hubspot"], "allowed", 200)
    assert agent.token not in str(row)


async def test_the_digest_is_of_the_call_and_not_of_its_envelope(place):
    agent = await place.agent()
    for rpc_id, era in enumerate(ERAS):
        await agent.call(LIST, {"limit": 1}, era=era, rpc_id=rpc_id)
    await agent.call(LIST, {"limit": 2})
    one, same, other = await place.audit()
    assert one["digest"] == same["digest"] != other["digest"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_refused_message_leaves_a_row_and_a_stranger_none(place, era):
    agent = await place.agent()
    await agent.post(b"{", MCP_Protocol_Version=era)
    (row,) = await place.audit()
    assert (row["kind"], row["decision"], row["reason"], row["method"]) == (
        "refusal",
        "denied",
        "malformed_request",
        "POST /mcp/{token}",
    )
    agent.token = "um_" + "a" * 33
    await agent.post(b"{")
    assert len(await place.audit()) == 1


async def test_who_shows_an_old_token_or_no_key_leaves_a_row_with_the_server(place):
    revoked, bare = await place.agent(), await place.agent(require_api_token_auth=True)
    await place.world.client.delete(f"/mcp-servers/{revoked.id}")
    for agent, reason in ((revoked, "not_found"), (bare, "unauthenticated")):
        await agent.rpc("tools/list")
        *_, row = await place.audit()
        assert (row["actor"], row["server"], row["decision"], row["reason"]) == (agent.id, agent.id, "denied", reason)


async def test_the_row_names_the_key_with_the_token_as_who_called(place):
    made = {"name": "two keys", "account_ids": [place.world.accounts["hubspot"]], "config": {"tags": ["crm"]}}
    server = (await place.world.client.post("/mcp-servers", json=made)).json()
    key = (await place.world.client.post("/api-keys", json={"name": "beside", "role": "app"})).json()
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": LIST, "arguments": {"limit": 1}}}
    headers = {"Authorization": f"Bearer {key['key']}", "Accept": "application/json"}
    answer = await place.world.client.post(f"/mcp/{server['token']}", json=message, headers=headers)
    assert answer.status_code == 200, answer.text
    (row,) = await place.audit()
    assert (row["actor"], row["server"], row["tool"], row["decision"]) == (key["id"], server["id"], LIST, "allowed")


@pytest.mark.parametrize("era", ERAS)
async def test_a_hidden_field_is_not_written_by_its_name_at_the_provider(place, era):
    agent = await place.agent(
        "hubspot",
        methods=["read", "write"],
        writes="direct",
        fields={"hide": ["crm.contacts.emails", "crm.contacts.account_id"]},
    )
    for key in ("email", "Email", "associatedcompanyid", "hs_additional_emails", "properties.email"):
        result = await agent.call(CREATE, {"last_name": "x", "custom_fields": {key: "a@b.example"}}, era=era)
        assert result["isError"], key
        assert "unsupported_field" in str(result), result
        assert "a@b.example" not in str(result)
    assert [one for one in await place.world.reached() if one["method"] != "GET"] == []
    result = await agent.call(CREATE, {"last_name": "x", "custom_fields": {"loyalty_tier": "gold"}}, era=era)
    assert not result["isError"], result

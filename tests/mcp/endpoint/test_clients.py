"""The official client, in every mode, against the whole service: in process and over a socket."""

import pytest
from mcp import MCPError
from mcp_types import INVALID_PARAMS

from tests.mcp.endpoint.conftest import LEGACY, MODERN, on_a_socket
from tests.mcp.endpoint.views import Many
from unified.mcp.server import DONE_ONCE, INSTRUCTIONS, TTL_MS
from unified.mcp.tool_requests import PAGE_SIZE

pytestmark = pytest.mark.slow

MODES = ["auto", "legacy", MODERN]


@pytest.mark.parametrize("mode", MODES)
async def test_a_client_lists_calls_and_gets_structured_content(place, mode):
    agent = await place.agent()
    async with agent.client(mode) as client:
        names = [one.name for one in (await client.list_tools()).tools]
        told = await client.call_tool("list_crm_contacts", {"limit": 2})
    assert "list_crm_contacts" in names
    assert names == sorted(names)
    assert not told.is_error
    assert (told.structured_content["source"], told.structured_content["untrusted"]) == ("hubspot", True)
    assert len(told.structured_content["data"]) == 2
    assert [one.type for one in told.content] == ["text"]


@pytest.mark.parametrize("mode", MODES)
async def test_arguments_that_do_not_fit_are_a_result_that_a_model_can_read(place, mode):
    agent = await place.agent()
    async with agent.client(mode) as client:
        told = await client.call_tool("list_crm_contacts", {"limit": "cAnArY"})
    assert told.is_error
    assert told.structured_content["error"]["code"] == "validation_failed"
    assert "cAnArY" not in told.model_dump_json()


@pytest.mark.parametrize("mode", MODES)
async def test_a_tool_that_is_not_offered_does_not_exist(place, mode):
    agent = await place.agent()
    async with agent.client(mode) as client:
        with pytest.raises(MCPError) as refused:
            await client.call_tool("create_crm_contact", {"first_name": "Ada"})
    assert refused.value.code == INVALID_PARAMS


@pytest.mark.parametrize("mode", MODES)
async def test_a_rejected_client_gets_the_reason(place, mode):
    agent = await place.agent()
    agent.token = "um_wrong"
    refusal = pytest.RaisesExc(MCPError, match="no such MCP server")
    with pytest.RaisesGroup(refusal, allow_unwrapped=True, flatten_subgroups=True):
        async with agent.client(mode) as client:
            await client.list_tools()


@pytest.mark.parametrize("mode", MODES)
async def test_all_pages_of_tools_are_there_in_one_order(place, mode):
    place.use(Many)
    agent = await place.agent()
    async with agent.client(mode) as client:
        pages, cursor = [], None
        while True:
            page = await client.list_tools(cursor=cursor)
            pages.append([one.name for one in page.tools])
            if (cursor := page.next_cursor) is None:
                break
    assert [len(one) for one in pages] == [PAGE_SIZE, PAGE_SIZE, 50]
    assert [one for page in pages for one in page] == [f"tool_{number:03}" for number in range(450)]


@pytest.mark.parametrize("era", [LEGACY, MODERN])
async def test_the_list_says_how_long_it_holds_and_for_whom(place, era):
    agent = await place.agent()
    result = (await agent.rpc("tools/list", era=era)).json()["result"]
    if era == MODERN:
        assert (result["ttlMs"], result["cacheScope"]) == (TTL_MS, "private")
    tool = next(one for one in result["tools"] if one["name"] == "list_crm_contacts")
    assert tool["annotations"]["readOnlyHint"] is True
    assert tool["_meta"]["unified/digest"].startswith("sha256:")
    assert (tool["inputSchema"]["type"], tool["outputSchema"]["type"]) == ("object", "object")
    assert tool["title"]


async def test_discovery_names_tools_and_nothing_else(place):
    agent = await place.agent()
    found = (await agent.rpc("server/discover")).json()["result"]
    assert found["supportedVersions"] == [MODERN]
    assert found["capabilities"] == {"tools": {"listChanged": False}}
    assert found["instructions"] == INSTRUCTIONS + DONE_ONCE
    assert "never as instructions" in INSTRUCTIONS
    asked = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
    begun = (await agent.rpc("initialize", asked, era=LEGACY)).json()["result"]
    assert (begun["protocolVersion"], begun["capabilities"]) == (LEGACY, {"tools": {"listChanged": False}})
    assert begun["instructions"] == INSTRUCTIONS + DONE_ONCE
    assert (await agent.rpc("ping", era=LEGACY)).json()["result"] == {}


@pytest.mark.parametrize("era", [LEGACY, MODERN])
@pytest.mark.parametrize("method", ["prompts/list", "resources/list", "subscriptions/listen", "logging/setLevel", "tasks/get"])
async def test_other_features_are_not_there(place, era, method):
    agent = await place.agent()
    answer = await agent.rpc(method, {"level": "info", "notifications": {}}, era=era)
    assert answer.json()["error"]["code"] in {-32601, INVALID_PARAMS}
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["path", "bearer"])
@pytest.mark.parametrize("mode", MODES)
async def test_an_api_key_is_sent_with_the_token(place, mode, path):
    agent = await place.agent(require_api_token_auth=True)
    key = await place.world.key(scope={"accounts": [place.world.accounts["hubspot"]]})
    if path == "path":
        agent.key = key
        async with agent.client(mode) as client:
            assert (await client.list_tools()).tools
    else:
        headers = {"Authorization": f"Bearer {agent.token}", "X_Api_Key": key}
        answer = await agent.rpc("tools/list", **headers, url="http://unified/mcp")
        assert answer.json()["result"]["tools"]


class TestOverASocket:
    @pytest.fixture
    def more_settings(self):
        return {}

    @pytest.mark.parametrize("mode", MODES)
    async def test_a_client_lists_and_calls(self, place, mode):
        agent = await place.agent()
        async with on_a_socket(place.app) as url, agent.at(url).client(mode) as client:
            assert (await client.list_tools()).tools
            told = await client.call_tool("list_crm_contacts", {"limit": 1})
        assert len(told.structured_content["data"]) == 1

    async def test_an_endpoint_that_was_closed_answers_no_more(self, place):
        agent = await place.agent()
        async with on_a_socket(place.app) as url:
            assert await agent.at(url).tools()
        endpoint = place.world.server.state.mcp
        await endpoint.close()
        assert (await agent.rpc("tools/list", url=f"http://localhost/mcp/{agent.token}")).status_code == 500

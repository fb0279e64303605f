"""What leaves the endpoint besides its answers: no token, no argument, no data and no text of a fault, in any log or trace."""

import asyncio
import io
import json
import logging

import pytest
import structlog

from tests.mcp.endpoint.conftest import ERAS, LEGACY, MODERN, on_a_socket, request
from tests.mcp.endpoint.views import View
from unified.errors.service import RateLimited
from unified.mcp.interface import ToolAnswer
from unified.mcp.server import make_server
from unified.telemetry.logs import configure_logs

CANARY = "cAnArYmarmalade4711"
LIST = "list_crm_contacts"


@pytest.fixture
def lines():
    """All log lines, as the service writes them; everything that libraries say is let through to the filter."""
    stream, root, before = io.StringIO(), logging.getLogger(), structlog.get_config()
    handlers, level, catching = root.handlers, root.level, logging.raiseExceptions
    levels = {name: logging.getLogger(name).level for name in ("mcp", "httpx2", "httpcore2", "sqlalchemy", "aiosqlite")}
    configure_logs(stream, logging.DEBUG)
    logging.getLogger("mcp").setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.captureWarnings(capture=False)
    root.handlers, logging.raiseExceptions = handlers, catching
    root.setLevel(level)
    for name, one in levels.items():
        logging.getLogger(name).setLevel(one)
    structlog.configure(**before)


class Failing(View):
    """Fails with the caller's own words."""

    async def answer(self, arguments):
        raise ValueError(f"{CANARY} {arguments}")


class Broken(View):
    """Answers what is no JSON."""

    async def answer(self, arguments):
        return ToolAnswer(structured={"said": {CANARY: object()}})


class Refusing(View):
    async def answer(self, arguments):
        raise RateLimited("this tool is resting", retry_after=1)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(("view", "kind"), [(Failing, "ValueError"), (Broken, "TypeError")])
async def test_a_fault_in_a_tool_tells_its_place_and_no_text(place, lines, spans, era, view, kind):
    place.use(view)
    agent = await place.agent()
    answer = await agent.rpc("tools/call", {"name": "echo", "arguments": {"said": CANARY}}, era=era)
    assert answer.json()["error"]["code"] == -32603
    told = lines()
    assert CANARY not in answer.text
    assert CANARY not in json.dumps(told)
    assert CANARY not in str([(one.name, dict(one.attributes), one.events) for one in spans()])
    (fault,) = [one for one in told if one.get("event") == "fault"]
    assert (fault["kind"], fault["request_id"]) == (kind, answer.headers["x-request-id"])
    assert answer.headers["x-request-id"] in answer.json()["error"]["message"]
    assert any(one.startswith("mcp/tool_requests.py:") for one in fault["at"])


@pytest.mark.parametrize("era", ERAS)
async def test_a_refusal_that_a_view_raises_is_reported_in_our_words(place, era):
    place.use(Refusing)
    agent = await place.agent()
    error = (await agent.rpc("tools/call", {"name": "echo", "arguments": {}}, era=era)).json()["error"]
    assert (error["code"], error["message"]) == (-32603, "this tool is resting")


@pytest.mark.parametrize("era", ERAS)
async def test_no_log_and_no_trace_has_a_token_an_argument_or_data(place, lines, spans, era):
    agent = await place.agent(require_api_token_auth=True)
    agent.key = await place.world.key()
    names = [one["first_name"] for one in (await agent.call(LIST, {"limit": 5}, era=era))["structuredContent"]["data"]]
    await agent.rpc("tools/list", era=era)
    await agent.call(LIST, {"limit": CANARY}, era=era)
    await agent.call(CANARY, {CANARY: CANARY}, era=era)
    await agent.rpc(CANARY, {CANARY: CANARY}, era=era, Mcp_Session_Id=CANARY)
    await agent.rpc("tools/list", {"cursor": CANARY}, era=era)
    await agent.rpc("tools/call", {"name": LIST, "arguments": {}, "requestState": CANARY}, era=era)
    await agent.rpc("tools/list", era=era, Host=f"{CANARY}.test")
    await agent.rpc("tools/list", era=era, Origin=f"https://{CANARY}.test")
    await agent.post(f'{{"jsonrpc": "{CANARY}"'.encode(), MCP_Protocol_Version=era)
    await agent.rpc("notifications/cancelled", {"requestId": CANARY, "reason": CANARY}, era=era)
    told = json.dumps(lines()) + str([(one.name, dict(one.attributes), one.events) for one in spans()])
    assert "/mcp/{token}" in told
    for secret in (agent.token, agent.token[3:], agent.key, CANARY, *filter(None, names)):
        assert secret not in told
    assert {one.name for one in spans() if "mcp" in one.name.lower()} == {"POST /mcp/{token}", "POST /mcp-servers"}


async def test_a_request_of_the_older_revision_leaves_one_line(place, lines):
    agent = await place.agent()
    await agent.rpc("ping", era=LEGACY)
    logging.getLogger("mcp").setLevel(logging.WARNING)  # as the service sets it
    before = len(lines())
    await agent.rpc("ping", era=LEGACY)
    assert [one["event"] for one in lines()[before:]] == ["request"]


def test_the_sdk_makes_no_traces():
    assert make_server().middleware == []


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_does_not_list_the_tools(place, era):
    listed = []

    class Counting(View):
        async def list_tools(self):
            listed.append(1)
            return await super().list_tools()

    place.use(Counting)
    agent = await place.agent()
    assert (await agent.call("echo", {"a": 1}, era=era))["isError"] is False
    assert listed == []


class TestTheServer:
    @pytest.fixture
    def more_settings(self):
        return {}

    async def test_takes_spaces_around_header_values(self, place):
        agent = await place.agent()
        asked = request(agent.token, MODERN, LIST, {"limit": 1}).replace(
            f"Mcp-Name: {LIST}".encode(), f"Mcp-Name:  {LIST}  ".encode()
        )
        async with on_a_socket(place.app) as url:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
            writer.write(asked)
            assert (await reader.readline()).split()[1] == b"200"
            writer.close()

    async def test_checks_host_and_origin_also_within_the_sdk(self, place):
        agent = await place.agent()
        async with on_a_socket(place.app) as url:
            assert await agent.at(url).tools()
        security = place.world.server.state.mcp._manager
        assert security is None or security.security_settings.enable_dns_rebinding_protection is True

"""What is answered without the SDK's sessions is what the SDK would answer, to the byte, and as little work as it looks."""

import json
import random
import re
from collections import Counter
from types import SimpleNamespace
from typing import ClassVar

import msgspec
import pytest
import sqlalchemy as sa

from tests.mcp.endpoint.conftest import CAPABILITIES, ERAS, LEGACY, MODERN, VERSION, message
from tests.mcp.endpoint.views import Many, View
from unified.mcp import direct_answers
from unified.mcp import message as messages
from unified.mcp.endpoint import get_endpoint
from unified.mcp.interface import ToolAnswer
from unified.mcp.tool_provider import ServiceToolProvider
from unified.service.tools import result_limits

LIST = "list_crm_contacts"
CHANGING = frozenset({"x-request-id", "date", "ratelimit", "content-length"})
CASES = 400
REQUEST_ID = re.compile(rb"req_[0-9a-f]+")
FRACTION = re.compile(rb"-?\d+(\.\d+)?([eE][+-]?\d+)|-?\d+\.\d+")


class Remembering(ServiceToolProvider):
    """Answers the same call again as it did before: cursors and versions are sealed anew each time."""

    known: ClassVar[dict] = {}

    async def call(self, name, arguments, meta):
        key = (self.owner, name, json.dumps(arguments, sort_keys=True))
        if key not in self.known:
            self.known[key] = await super().call(name, arguments, meta)
        return self.known[key]


class Echo(View):
    """Answers with what it got, as content, as a text, or with both."""

    async def answer(self, arguments):
        structured = {"arguments": arguments, "x": [None, True, {"\u00e9\x7f\u0000": "\U0001f600"}]}
        text = arguments.get("text") if isinstance(arguments, dict) else None
        if isinstance(text, str):
            return ToolAnswer(text=text, structured=structured if arguments.get("both") else None, is_error=bool(text))
        return ToolAnswer(structured=msgspec.Raw(msgspec.json.encode(structured)) if arguments else structured)


@pytest.fixture
def directly(monkeypatch):
    """The requests that were answered without the SDK."""
    found = []
    answer = direct_answers.DirectAnswers.answer

    async def counting(self, exchange, headers):
        given = await answer(self, exchange, headers)
        found.append(given is not None)
        return given

    monkeypatch.setattr(direct_answers.DirectAnswers, "answer", counting)
    return found


async def both(place, agent, send):
    """The answers to one request: directly, if it is one for that, and by the SDK."""
    endpoint = get_endpoint(place.world.server, place.services)
    ours = await send(agent)
    direct, endpoint._direct = endpoint._direct, None
    try:
        return ours, await send(agent)
    finally:
        endpoint._direct = direct


def spelled(content):
    """The same JSON with numbers spelled in one way, as an exponent may have a sign or none, and without the request's id."""
    return FRACTION.sub(lambda found: repr(float(found.group())).encode(), REQUEST_ID.sub(b"req_", content))


def same(ours, theirs):
    assert ours.status_code == theirs.status_code
    assert spelled(ours.content) == spelled(theirs.content)
    shown = [{name: text for name, text in one.headers.items() if name not in CHANGING} for one in (ours, theirs)]
    assert shown[0] == shown[1]


def arguments_of(tool, answers):
    """Usual arguments of a tool: a short page of a list, a record of the list for a get."""
    method, _, subject = tool["name"].partition("_")
    if method == "list":
        return {"limit": 5}
    listed = next((one for name, one in answers.items() if name.startswith(f"list_{subject}") and one), None)
    return {"id": listed[0]["id"]} if listed else {}


@pytest.mark.parametrize("era", ERAS)
async def test_every_tool_of_every_stand_in_answers_as_the_sdk_would(place, directly, era):
    place.use(Remembering)
    for provider in place.world.accounts:
        agent = await place.agent(provider, methods=["read", "write"], writes="approve")
        listed = await both(place, agent, lambda one: one.rpc("tools/list", era=era))
        same(*listed)
        answers = {}
        for tool in sorted(listed[0].json()["result"]["tools"], key=lambda one: not one["name"].startswith("list_")):
            given = arguments_of(tool, answers) if tool["annotations"]["readOnlyHint"] else {}
            asked = {"name": tool["name"], "arguments": given}
            answered = await both(place, agent, lambda one, asked=asked: one.rpc("tools/call", asked, era=era))
            same(*answered)
            answers[tool["name"]] = (answered[0].json()["result"]["structuredContent"]).get("data")
        assert any(answers.values())
    assert all(directly)


@pytest.mark.parametrize("era", ERAS)
async def test_tools_of_several_accounts_are_listed_as_the_sdk_would(place, directly, era):
    """Names of accounts are the caller's own: they are put into listings that are kept without them."""
    agent = await place.agent(*place.world.accounts)
    world = place.world
    for name in ("Plain name", "Jos\u00e9 \u65e5\u672c"):
        for account in [*world.accounts.values()][:2]:
            await world.client.patch(f"/accounts/{account}", json={"name": f"{name} {account[-2:]}"})
        same(*await both(place, agent, lambda one: one.rpc("tools/list", era=era)))
    assert all(directly)


@pytest.mark.parametrize("era", ERAS)
async def test_pages_of_a_long_list_have_what_the_sdk_would_list(place, era):
    place.use(Many)
    agent = await place.agent()
    ours, theirs = await both(place, agent, lambda one: one.rpc("tools/list", era=era))
    pages = [one.json()["result"] for one in (ours, theirs)]
    assert all(one.pop("nextCursor") for one in pages)
    assert json.dumps(pages[0]) == json.dumps(pages[1])


TEXTS = ["", "plain", "Zo\u00eb", "\u65e5\u672c", "\U0001f600", "\u2028\x7f\x00\x1f", 'a"\\b\n', "</script>", "x" * 3_000]


def value(rng, depth=3):
    kinds = ["text", "number", "word", "none"] + (["list", "object"] * 2 if depth else [])
    kind = rng.choice(kinds)
    if kind == "list":
        return [value(rng, depth - 1) for _ in range(rng.randrange(4))]
    if kind == "object":
        return {rng.choice(TEXTS) + str(n): value(rng, depth - 1) for n in range(rng.randrange(4))}
    made = {"text": rng.choice(TEXTS), "number": rng.choice([0, -1, 2**53, 1.5, -0.25]), "word": rng.random() < 0.5}
    return made.get(kind)


def meta(rng, era):
    whole = {
        VERSION: era,
        CAPABILITIES: rng.choice([{}] * 9 + [{"elicitation": {}}, {"sampling": 1}, [], None]),
        "io.modelcontextprotocol/clientInfo": rng.choice([{"name": "n", "version": "1"}] * 6 + [{"name": 1}, None, "x"]),
        "progressToken": rng.choice([1, "a"] * 3 + [None, 1.5, {}]),
        "other": value(rng),
    }
    kept = {name: one for name, one in whole.items() if rng.random() < (0.95 if name in {VERSION, CAPABILITIES} else 0.3)}
    return rng.choice([kept] * 19 + [None])


def odd(rng, era):
    """A request that is nearly, or quite, what a client sends: its body and its headers."""
    method = rng.choice(["tools/call"] * 6 + ["tools/list"] * 3 + ["tools/other", "ping"])
    params = {"name": rng.choice(["echo"] * 12 + ["nothing", "", "\u00e9"])} if method == "tools/call" else {}
    members = {
        "arguments": rng.choice([{name: value(rng) for name in ("a", "text", "both")}, value(rng), {}]),
        "cursor": rng.choice([None, "", "x", 1]),
        "requestState": rng.choice([None, "x", 1]),
        "inputResponses": rng.choice([None, {}, {"a": {"action": "accept"}}, {"a": 1}, []]),
        "task": rng.choice([None, {}, {"ttl": 1}]),
    }
    chance = {"arguments": 0.8, "cursor": 0.15}
    params |= {name: one for name, one in members.items() if rng.random() < chance.get(name, 0.05)}
    body, headers = message(method, params, era=era, rpc_id=rng.choice([1, 0, -5, "a", "\u00e9\x7f\U0001f600", 2**53 - 1]))
    if era == MODERN or rng.random() < 0.2:
        body["params"]["_meta"] = meta(rng, era)
    if rng.random() < 0.05:
        body["params"]["name"] = rng.choice([7, None, "other"])
    if rng.random() < 0.05:
        del body["params"]
    changes = {
        "MCP_Protocol_Version": [None, LEGACY, MODERN, "2025-03-26", "2024-11-05", "1999-01-01", ""],
        "Mcp_Method": [None, "tools/list", "x"],
        "Mcp_Name": [None, "other", "=?base64?ZWNobw==?=", "=?base64?!?="],
        "Accept": [None, "text/event-stream", "application/*;q=0.5, x/y", "*/*", "APPLICATION/JSON"],
        "Content_Type": ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"],
    }
    return body, {**headers, **{name: rng.choice(some) for name, some in changes.items() if rng.random() < 0.05}}


@pytest.mark.parametrize("era", ERAS)
async def test_odd_requests_are_answered_as_the_sdk_would(place, directly, era):
    rng = random.Random(f"direct {era}")
    agent = await place.agent()
    place.use(Echo)
    for _ in range(CASES):
        body, headers = odd(rng, era)
        ours, theirs = await both(place, agent, lambda one, body=body, headers=headers: one.post(body, **headers))
        try:
            same(ours, theirs)
        except AssertionError:
            pytest.fail(f"{body} {headers}: {ours.status_code} {ours.text[:300]} {theirs.status_code} {theirs.text[:300]}")
    assert CASES / 4 < sum(directly) < CASES  # some are the SDK's to refuse


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_reads_its_message_once_and_writes_each_record_once(place, monkeypatch, era):
    agent = await place.agent()
    records = len((await agent.call(LIST, {"limit": 7}, era=era))["structuredContent"]["data"])
    counted = Counter()

    def counts(name, function):
        def call(*given, **more):
            counted[name] += 1
            return function(*given, **more)

        return call

    reading = SimpleNamespace(**{**vars(json), "loads": counts("read", json.loads)})
    monkeypatch.setattr(messages, "json", reading)  # the module itself decodes columns of rows, too
    monkeypatch.setattr(result_limits, "_encode", counts("written", result_limits._encode))
    monkeypatch.setattr(msgspec.json, "decode", counts("decoded", msgspec.json.decode))
    body, headers = message("tools/call", {"name": LIST, "arguments": {"limit": 7}}, era=era)
    answer = await agent.post(msgspec.json.encode(body), **headers)
    monkeypatch.undo()
    assert records == len(answer.json()["result"]["structuredContent"]["data"]) > 1
    assert (counted["read"], counted["written"]) == (1, records + 1)  # the page that is put together of them is the last one


@pytest.mark.parametrize("era", ERAS)
async def test_the_second_list_encodes_no_tool_and_asks_the_database_nothing(place, monkeypatch, era):
    agent = await place.agent()
    whole = await agent.tools(era=era)
    asked = []
    engine = place.services.database._engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    monkeypatch.setattr("unified.mcp.answer_json.serialize_server_result", None)  # fails where a tool is encoded again
    assert await agent.tools(era=era) == whole
    assert [one for one in asked if "audit" not in one.lower()] == []

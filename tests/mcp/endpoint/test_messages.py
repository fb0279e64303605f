"""What is read of a body, and how (THREATS D7 to D11): strictly, bounded, and never repeated in a refusal."""

import json

import pytest

from tests.mcp.endpoint.conftest import ERAS, LEGACY, MODERN, VERSION, message
from unified.mcp.message import MAX_ID

pytestmark = pytest.mark.asyncio(loop_scope="module")
CANARY = "cAnArY4711"
GOOD = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


def changed(**changes):
    return json.dumps({**GOOD, **changes}).encode()


def without(name):
    return json.dumps({key: value for key, value in GOOD.items() if key != name}).encode()


PARSE, INVALID = -32700, -32600
BROKEN = {
    "empty": (b"", PARSE),
    "spaces": (b"  ", PARSE),
    "an empty batch": (b"[]", INVALID),
    "a batch of two": (b"[%s,%s]" % (changed(), changed(id=2)), INVALID),
    "null": (b"null", INVALID),
    "a number": (b"1", INVALID),
    "a text": (b'"tools/list"', INVALID),
    "100,000 brackets": (b"[" * 100_000, PARSE),
    "100,000 levels": (b"[" * 100_000 + b"]" * 100_000, PARSE),
    "100,000 objects": (b'{"a":' * 100_000, PARSE),
    "deep parameters": (changed().replace(b"{}", b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}"), PARSE),
    "invalid UTF-8": (changed(method="tools/\xff").replace(b"\\u00ff", b"\xff"), PARSE),
    "UTF-16": (changed().decode().encode("utf-16"), PARSE),
    "a byte order mark": (b"\xef\xbb\xbf" + changed(), PARSE),
    "a lone surrogate": (changed(method="tools/\ud800"), PARSE),
    "a key twice": (b'{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{}}', PARSE),
    "a key twice below": (changed().replace(b"{}", b'{"name":"a","name":"b"}'), PARSE),
    "NaN": (changed().replace(b"{}", b'{"a":NaN}'), PARSE),
    "1e999": (changed().replace(b"{}", b'{"a":1e999}'), PARSE),
    "5,000 digits": (changed().replace(b'"id": 1', b'"id": ' + b"1" * 5000), PARSE),
    "more after it": (changed() + b"{}", PARSE),
    "a comment": (b"/**/" + changed(), PARSE),
    "a posted answer": (b'{"jsonrpc":"2.0","id":1,"result":{}}', INVALID),
    "a posted error": (b'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}}', INVALID),
    "a request with a result": (changed(result={}), INVALID),
    "jsonrpc 1.0": (changed(jsonrpc="1.0"), INVALID),
    "jsonrpc as a number": (changed(jsonrpc=2.0), INVALID),
    "no jsonrpc": (without("jsonrpc"), INVALID),
    "no id": (without("id"), INVALID),
    "id null": (changed(id=None), INVALID),
    "id a fraction": (changed(id=1.5), INVALID),
    "id 1.0": (changed(id=1.0), INVALID),
    "id true": (changed(id=True), INVALID),
    "id an object": (changed(id={"a": 1}), INVALID),
    "id empty": (changed(id=""), INVALID),
    "id of 5,000 characters": (changed(id="i" * 5000), INVALID),
    "id of 257 characters": (changed(id="i" * (MAX_ID + 1)), INVALID),
    "id over 2^53": (changed(id=2**53), INVALID),
    "no method": (without("method"), INVALID),
    "method null": (changed(method=None), INVALID),
    "Method": (without("method")[:-1] + b',"Method":"tools/list"}', INVALID),
    "METHOD": (without("method")[:-1] + b',"METHOD":"tools/list"}', INVALID),
    "method and Method": (changed(Method="tools/call"), INVALID),
    "method in Cyrillic": (without("method")[:-1] + ',"m\u0435thod":"tools/list"}'.encode(), INVALID),
    "param\u017f": (without("params")[:-1] + ',"param\u017f":{}}'.encode(), INVALID),
    "params a list": (changed(params=[1]), INVALID),
    "params null": (changed(params=None), INVALID),
    CANARY: (changed(**{CANARY: CANARY}), INVALID),
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("era", ERAS)
async def test_a_body_that_is_not_a_message_is_refused(shared, what, era):
    content, code = BROKEN[what]
    agent = await shared.agent()
    answer = await agent.post(content, MCP_Protocol_Version=era, Mcp_Method="tools/list")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert answer.headers["content-type"] == "application/json"
    assert CANARY not in answer.text
    assert len(answer.content) < 700
    assert (await agent.rpc("tools/list", era=era)).status_code == 200, "the next call is answered"


@pytest.mark.parametrize("rpc_id", [0, -1, "a", "i" * MAX_ID, 2**53 - 1, "\u00e4", "1"])
@pytest.mark.parametrize("era", ERAS)
async def test_an_id_comes_back_as_it_was(shared, rpc_id, era):
    agent = await shared.agent()
    for method in ("tools/list", "unheard/of"):
        assert (await agent.rpc(method, era=era, rpc_id=rpc_id)).json()["id"] == rpc_id


async def test_a_refusal_repeats_an_id_that_holds(shared):
    agent = await shared.agent()
    assert (await agent.post(changed(jsonrpc="1.0", id="mine"))).json()["id"] == "mine"
    assert (await agent.post(changed(id=None))).json()["id"] is None


@pytest.mark.parametrize("era", ERAS)
async def test_a_notification_is_taken_and_answered_with_nothing(shared, era):
    agent = await shared.agent()
    body, headers = message("notifications/cancelled", {"requestId": 1}, era=era)
    del body["id"]
    answer = await agent.post(body, **headers)
    assert (answer.status_code, answer.content) == (202, b"")


@pytest.mark.parametrize("arguments", [None, [], [1], "text", 1, True])
async def test_arguments_that_are_not_an_object_are_refused_by_the_tool(shared, arguments):
    agent = await shared.agent()
    for era in ERAS:
        told = await agent.call("list_crm_contacts", arguments, era=era)
        assert told["isError"] is True
        assert told["structuredContent"]["error"]["code"] == "validation_failed"


KINDS = {
    None: 415,
    "text/plain": 415,
    "application/jsonp": 415,
    "application/json; charset=utf-16": 415,
    "application/x-www-form-urlencoded": 415,
    "multipart/form-data; boundary=x": 415,
    "application/json; charset=UTF-8": 200,
    "Application/JSON": 200,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("era", ERAS)
async def test_only_json_in_utf_8_is_taken(shared, kind, era):
    agent = await shared.agent()
    assert (await agent.rpc("tools/list", era=era, Content_Type=kind)).status_code == KINDS[kind]


ACCEPTED = {
    None: 200,  # the client library sends */* then
    "": 406,
    "text/html": 406,
    "text/event-stream": 406,
    "*/*": 200,
    "application/*": 200,
    "application/json;q=0.5": 200,
    "text/event-stream, application/json": 200,
}


@pytest.mark.parametrize("accept", ACCEPTED)
@pytest.mark.parametrize("era", ERAS)
async def test_a_client_has_to_take_json(shared, accept, era):
    agent = await shared.agent()
    assert (await agent.rpc("tools/list", era=era, Accept=accept)).status_code == ACCEPTED[accept]


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, gzip"])
async def test_a_compressed_body_is_not_taken(shared, encoding):
    agent = await shared.agent()
    answer = await agent.post(b"\x1f\x8b" + b"0" * 100, Content_Encoding=encoding)
    assert (answer.status_code, answer.json()["error"]["data"]["code"]) == (415, "unsupported_media_type")


async def parts(*contents):
    for content in contents:
        yield content


@pytest.mark.parametrize("era", ERAS)
async def test_a_body_over_the_limit_is_refused_with_and_without_its_length(shared, era):
    agent = await shared.agent()
    limit = shared.services.settings.body_max_bytes
    body, headers = message("tools/list", {"a": "x" * limit}, era=era)
    whole = await agent.post(body, **headers)
    sent = {**{name.replace("_", "-"): value for name, value in headers.items()}, "Accept": "*/*"}
    async with agent.http() as http:
        chunks = parts(b"x" * limit, b"x")
        chunked = await http.post(agent.url, content=chunks, headers={**sent, "Content-Type": "application/json"})
    for answer in (whole, chunked):
        assert (answer.status_code, answer.json()["error"]["data"]["code"]) == (413, "too_large")


VERSIONS = [("1999-01-01", 400, -32022), ("2026-07-29", 400, -32022), ("v1", 400, -32022)]


@pytest.mark.parametrize(("version", "status", "code"), VERSIONS)
async def test_an_unknown_version_is_answered_with_the_known_ones(shared, version, status, code):
    agent = await shared.agent()
    body, headers = message("tools/list", {})
    body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = version
    answer = await agent.post(body, **{**headers, "MCP_Protocol_Version": version})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["data"]["supported"]) == (status, code, [MODERN])


async def test_without_a_version_the_older_rules_hold(shared):
    agent = await shared.agent()
    body, _ = message("tools/list", {}, era=LEGACY)
    assert (await agent.post(body)).json()["result"]["tools"]


@pytest.mark.parametrize("method", ["ping", "initialize", "unheard/of", "logging/setLevel"])
async def test_a_method_that_the_new_revision_has_not_is_not_found(shared, method):
    agent = await shared.agent()
    answer = await agent.rpc(method)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, -32601)


MISMATCHED = {
    "another version": {"MCP_Protocol_Version": "2026-07-29"},
    "no method": {"Mcp_Method": None},
    "another method": {"Mcp_Method": "tools/list"},
    "method in other case": {"Mcp_Method": "Tools/Call"},
    "no name": {"Mcp_Name": None},
    "another name": {"Mcp_Name": "get_crm_contact"},
    "a broken sentinel": {"Mcp_Name": "=?base64?!!?="},
    "a sentinel of another name": {"Mcp_Name": "=?base64?eHg=?="},
}


@pytest.mark.parametrize("what", MISMATCHED)
async def test_headers_that_contradict_the_body_are_refused(shared, what):
    agent = await shared.agent()
    before = len(await shared.world.reached())
    answer = await agent.rpc("tools/call", {"name": "list_crm_contacts", "arguments": {}}, **MISMATCHED[what])
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)
    assert len(await shared.world.reached()) == before


VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", LEGACY, MODERN, "2026-07-29", "2099-01-01", "x", "", None, 5, {})
IN_A_HEADER = tuple(one for one in VERSIONS if isinstance(one, str) and one)


@pytest.mark.parametrize("header", IN_A_HEADER)
@pytest.mark.parametrize("method", ["tools/list", "tools/call", "initialize", "no/such"])
async def test_a_version_in_the_body_that_the_header_does_not_name_is_refused(shared, header, method):
    agent = await shared.agent()
    before = len(await shared.world.reached())
    params = {"name": "list_crm_contacts", "arguments": {}} if method == "tools/call" else {}
    body, headers = message(method, params, era=MODERN)
    for version in VERSIONS:
        body["params"]["_meta"][VERSION] = version
        answer = await agent.post(body, **{**headers, "MCP_Protocol_Version": header})
        told = answer.json().get("error", {}).get("code")
        if version is not None and version != header:
            assert (answer.status_code, told) == (400, -32020), (header, version)
        elif version == header:
            assert told != -32020
    if method != "tools/call":
        assert len(await shared.world.reached()) == before


async def test_a_handshake_for_a_revision_that_has_none_is_refused(shared):
    agent = await shared.agent()
    proposed = {"protocolVersion": MODERN, "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
    answer = await agent.rpc("initialize", proposed, era=LEGACY)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)


@pytest.mark.parametrize("others", [[LEGACY], [MODERN], [LEGACY, MODERN]])
@pytest.mark.parametrize("era", ERAS)
async def test_a_version_header_that_comes_more_than_once_is_refused(shared, era, others):
    agent = await shared.agent()
    body, headers = message("tools/list", {}, era=era)
    sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
    sent += [("MCP-Protocol-Version", one) for one in others]
    sent += [("Content-Type", "application/json"), ("Accept", "*/*")]
    async with agent.http() as http:
        answer = await http.post(agent.url, content=json.dumps(body).encode(), headers=sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)


async def test_a_header_that_comes_twice_is_refused(shared):
    agent = await shared.agent()
    body, headers = message("tools/list", {})
    lines = [(name.replace("_", "-"), value) for name, value in headers.items()]
    sent = [*lines, ("Mcp-Method", "tools/list"), ("Content-Type", "application/json"), ("Accept", "*/*")]
    async with agent.http() as http:
        answer = await http.post(agent.url, content=json.dumps(body).encode(), headers=sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)


@pytest.mark.parametrize("era", ERAS)
async def test_session_ids_mean_nothing_and_never_come_back(shared, era):
    agent = await shared.agent()
    answer = await agent.rpc("tools/list", era=era, Mcp_Session_Id="0123456789abcdef", Last_Event_ID="1_0")
    assert answer.json()["result"]["tools"]
    assert "mcp-session-id" not in answer.headers
    assert "0123456789abcdef" not in answer.text

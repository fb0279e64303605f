"""Who is let in (THREATS D1 to D6): names and origins first, then the token, then the key; nothing is read before."""

import msgspec
import pytest

from tests.keys import new_key
from tests.mcp.endpoint.conformance_server import add_server
from tests.mcp.endpoint.conftest import BASE, ERAS, message
from unified.service.access import mcp_authentication
from unified.service.access.api_keys import create_key, revoke_key
from unified.store import bearer_tokens, mcp_servers, tenants
from unified.vault.tokens import new_id, new_token

pytestmark = pytest.mark.asyncio(loop_scope="module")
RUBBISH = b"{not json"


def without_ids(answer):
    """What an answer says, without the ids that differ for every request."""
    told = answer.json()
    told["error"]["data"].pop("request_id")
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, told, headers


async def tokens(shared):
    """Texts that are no token of a server that can be used (D1, D3)."""
    services, tenant = shared.services, shared.world.tenant
    _, expired = await add_server(services, tenant, expires_at=services.database.clock())
    row, revoked = await add_server(services, tenant)
    await bearer_tokens.revoke(services.database, mcp_servers.SERVERS, tenant, row.id)
    row, rotated = await add_server(services, tenant)
    await mcp_servers.rotate(services.database, tenant, row.id, digest=b"x" * 32, last4="xxxx", version=row.version)
    _, good = await add_server(services, tenant)
    return {
        "unknown": new_token("um_"),
        "expired": expired,
        "revoked": revoked,
        "rotated": rotated,
        "broken checksum": good[:-1] + ("a" if good[-1] != "a" else "b"),
        "an API key": shared.world.admin_key,
        "a provider's token": "pat-na1-0123456789abcdef0123",
        "no prefix": good[3:],
        "10 kB": "um_" + "a" * 10_000,
        "not ASCII": "um_\u00e4",
    }


async def test_every_token_that_does_not_hold_is_answered_alike(shared):
    (agent,) = [await shared.agent()]
    answers = {}
    for what, token in (await tokens(shared)).items():
        for url in (f"{BASE}/mcp/{token}", f"{BASE}/mcp"):
            bearer = {"Authorization": f"Bearer {token}".encode()} if url.endswith("/mcp") else {}
            answers[what, url] = without_ids(await agent.post(RUBBISH, url=url, **bearer))
    answers["nothing", "/mcp"] = without_ids(await agent.post(RUBBISH, url=f"{BASE}/mcp"))
    answers["empty", "/mcp"] = without_ids(await agent.post(RUBBISH, url=f"{BASE}/mcp", Authorization="Bearer "))
    (status, told, _) = answers["unknown", f"{BASE}/mcp"]
    assert {str(one) for one in answers.values()} == {str(answers["unknown", f"{BASE}/mcp"])}
    assert (status, told["error"]["code"], told["error"]["message"]) == (404, -32000, mcp_authentication.UNKNOWN)


async def test_an_expired_token_is_refused_by_the_query_itself(shared):
    row, token = await add_server(shared.services, shared.world.tenant, expires_at=shared.services.database.clock())
    assert (
        await bearer_tokens.find_by_digest(shared.services.database, mcp_servers.SERVERS, shared.services.digest(token)) is None
    )
    assert (
        await bearer_tokens.find_former(shared.services.database, mcp_servers.SERVERS, shared.services.digest(token))
    ).id == row.id


async def keys(shared):
    """What does not stand beside a token (D2)."""
    services = shared.services
    other_tenant = (await tenants.add(services.database, new_id("ten_"), name="other")).id
    _, other = await create_key(services, other_tenant, new_key(name="k", role="admin"), maker=None)
    row, revoked = await create_key(services, shared.world.tenant, new_key(name="k", role="app"), maker=None)
    await revoke_key(services, shared.world.tenant, row.id, caller=None)
    return {
        "none": None,
        "wrong": new_token("uk_"),
        "another tenant's": other,
        "revoked": revoked,
        "only approves": await shared.world.key(role="approver"),
        "the token itself": (await shared.agent()).token,
    }


@pytest.mark.parametrize("era", ERAS)
async def test_without_a_key_that_holds_nothing_is_read_and_nothing_listed(shared, era):
    agent = await shared.agent(require_api_token_auth=True)
    good = await shared.world.key()
    body, headers = message("tools/list", {}, era=era)
    for what, key in (await keys(shared)).items():
        for content in (RUBBISH, body):
            shown = {"Authorization": f"Bearer {key}"} if key else {}
            in_path = await agent.post(content, **headers, **shown)
            beside = {"Authorization": f"Bearer {agent.token}", **({"X_Api_Key": key} if key else {})}
            in_header = await agent.post(content, url=f"{BASE}/mcp", **headers, **beside)
            in_query = await agent.post(content, url=f"{agent.url}?api_key={good}&key={good}", **headers)
            for answer in (in_path, in_header, in_query):
                assert answer.status_code == 401, what
                assert answer.headers["www-authenticate"].startswith("Bearer")
                assert answer.json()["error"]["data"]["code"] == "unauthenticated"


@pytest.mark.parametrize("step", ["server", "key", "use_server", "use_key"])
async def test_any_exception_of_authentication_denies(shared, monkeypatch, step):
    agent = await shared.agent(require_api_token_auth=True)
    agent.key = await shared.world.key()
    assert await agent.tools()

    async def broken(*_):
        raise RuntimeError("planted-detail")

    monkeypatch.setattr(type(shared.services.rows), step, broken)
    answer = await agent.rpc("tools/list")
    assert (answer.status_code, answer.json()["error"]["data"]["code"]) == (500, "internal")
    assert "planted-detail" not in answer.text


HOSTS = {
    "evil.test": (421, "host_refused"),
    "unified.evil.test": (421, "host_refused"),
    "127.0.0.1": (421, "host_refused"),
    "unified:81": (421, "host_refused"),
    "unified/x": (400, "malformed_request"),
    "unified?x": (400, "malformed_request"),
    "unified#x": (400, "malformed_request"),
    "evil.test@unified": (400, "malformed_request"),
    "": (400, "malformed_request"),
}
ORIGINS = [
    "https://evil.test",
    "null",
    "",
    "http://unified.evil.test",
    "https://unified",
    "http://unified:81",
    "http://UNIFIED",
]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("era", ERAS)
async def test_another_host_is_refused_before_anything_is_looked_up(shared, monkeypatch, host, era):
    agent = await shared.agent()
    monkeypatch.setattr("unified.mcp.gate.authenticate_agent", None)
    answer = await agent.rpc("tools/list", era=era, Host=host)
    told = answer.json()
    problem = told["error"]["data"] if "error" in told else told  # the framework refuses some of them even before
    assert (answer.status_code, problem["code"]) == HOSTS[host]
    assert host not in answer.text or not host


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("era", ERAS)
async def test_another_origin_is_refused_before_anything_is_looked_up(shared, monkeypatch, origin, era):
    agent = await shared.agent()
    monkeypatch.setattr("unified.mcp.gate.authenticate_agent", None)
    answer = await agent.rpc("tools/list", era=era, Origin=origin)
    assert (answer.status_code, answer.json()["error"]["data"]["code"]) == (403, "origin_refused")
    assert [name for name in answer.headers if name.startswith("access-control-")] == []


@pytest.mark.parametrize("host", ["unified", "unified:80", "UNIFIED"])
@pytest.mark.parametrize("era", ERAS)
async def test_own_names_and_origin_are_let_in(shared, host, era):
    agent = await shared.agent()
    assert (await agent.rpc("tools/list", era=era, Host=host, Origin="http://unified")).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
@pytest.mark.parametrize("bearer", [True, False])
async def test_only_post_is_taken(shared, method, bearer):
    agent = await shared.agent()
    sent = {"Accept": "text/event-stream", "MCP-Protocol-Version": "2025-11-25"}
    if bearer:
        sent["Authorization"] = f"Bearer {agent.token}"
    async with agent.http() as http:
        answer = await http.request(method, "/mcp" if bearer else agent.url, headers=sent)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_there_is_no_websocket(shared):
    agent = await shared.agent()
    said = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(told):
        said.append(told["type"])

    path = f"/mcp/{agent.token}"
    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "subprotocols": [],
    }
    await shared.app(scope, receive, send)
    assert "websocket.accept" not in said


PATHS = [
    "/mcp{token}",
    "/mcp/{token}/",
    "/mcp/{token}/x",
    "/mcp/{token}/mcp/{token}",
    "/mcp/{token}%2f",
    "/mcp%2f{token}",
    "//mcp/{token}",
    "/mcp//{token}",
    "/x/../mcp/{token}",
    "/mcp/x/../{token}",
    "/mcp/./{token}",
    "/mcp/..%2fmcp%2f{token}",
    "/MCP/{token}",
    "/mcp2/{token}",
    "/mcp/%75m_{rest}",
    "/mcp/{token};x",
    "/mcp/",
    "/mcp/ {token}",
]


@pytest.mark.parametrize("path", PATHS)
async def test_other_spellings_of_the_path_are_not_there(shared, path):
    agent = await shared.agent()
    raw = path.format(token=agent.token, rest=agent.token[3:])
    body, more = message("tools/list", {})
    sent = {"content-type": "application/json", "accept": "application/json", "host": "unified", **more}
    if path == "/mcp/":
        sent["authorization"] = f"Bearer {agent.token}"
    answer = []

    async def receive():
        return {"type": "http.request", "body": msgspec.json.encode(body), "more_body": False}

    async def send(told):
        answer.append(told)

    lines = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in sent.items()]
    scope = {"type": "http", "method": "POST", "path": raw, "raw_path": raw.encode(), "query_string": b"", "headers": lines}
    await shared.app({**scope, "http_version": "1.1", "scheme": "http", "client": None, "server": None}, receive, send)
    assert answer[0]["status"] in {401, 404} if path.startswith(("/x/", "/mcp2/", "/MCP/")) else answer[0]["status"] == 404
    assert b"tools" not in b"".join(one.get("body", b"") for one in answer)


async def test_the_sdk_never_sees_a_secret(shared, monkeypatch):
    agent = await shared.agent(require_api_token_auth=True)
    agent.key = await shared.world.key()
    seen = []
    assert await agent.tools()
    endpoint = shared.world.server.state.mcp

    async def handle(scope, receive, send):
        seen.append(scope)
        await send({"type": "http.response.start", "status": 202, "headers": []})

    monkeypatch.setattr(endpoint._manager, "handle_request", handle)
    await agent.rpc("server/discover", Cookie="a=b", X_Api_Key="x")
    told = repr({name: value for name, value in seen[0].items() if name != "state"})
    assert agent.token not in told
    assert agent.key not in told
    assert "cookie" not in told
    assert isinstance(seen[0]["headers"], list)


async def test_clients_that_add_mcp_to_the_url_find_the_same_server(shared):
    agent = await shared.agent()
    body, more = message("tools/list", {})
    sent = {"content-type": "application/json", "accept": "application/json", "host": "unified", **more}
    answers = [await shared.world.client.post(f"/mcp/{agent.token}{end}", json=body, headers=sent) for end in ("", "/mcp")]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json()["result"]["tools"] == answers[1].json()["result"]["tools"]

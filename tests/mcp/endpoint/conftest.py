"""The whole service with its endpoint in process, MCP servers made over REST, and two ways to call: the real client, and by hand."""

import json
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec
import pytest
import pytest_asyncio
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.inbound import encode_header_value

from tests.waiting import until
from tests.world import World, open_world
from unified.mcp.endpoint import Endpoint, get_endpoint
from unified.server.serving import Served, running
from unified.store import tenants
from unified.vault.tokens import new_id

LEGACY, MODERN = "2025-11-25", "2026-07-28"
ERAS = (LEGACY, MODERN)
VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
BASE = "http://unified"


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """Many of these tests repeat a call; what stops agents for that is tested in tests/mcp/loops."""
    return {"public_url": BASE, "stop_loops": False}


class Agent(msgspec.Struct, kw_only=True):
    """An MCP server's token, and how to call with it."""

    app: Any
    token: str
    id: str = ""
    key: str | None = None
    base: str = BASE

    @property
    def url(self) -> str:
        return f"{self.base}/mcp/{self.token}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def http(self) -> httpx2.AsyncClient:
        """In process; over the network when there is no app."""
        transport = httpx2.ASGITransport(self.app) if self.app is not None else None
        return httpx2.AsyncClient(transport=transport, base_url=self.base, headers=self.headers, timeout=60)

    def at(self, base: str) -> "Agent":
        """The same agent, at a server that listens."""
        return msgspec.structs.replace(self, app=None, base=base)

    @asynccontextmanager
    async def client(self, mode: str = "auto", **more: Any):
        """The official client."""
        async with self.http() as http, Client(streamable_http_client(self.url, http_client=http), mode=mode, **more) as one:
            yield one

    async def post(self, content: Any, *, url: str | None = None, **headers: str | None) -> httpx2.Response:
        """A body as it is, with the headers of a client; None leaves one out."""
        usual = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in {**usual, **given}.items() if value is not None}
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        async with self.http() as http:
            return await http.post(url or self.url, content=body, headers=sent)

    async def rpc(
        self, method: str, params: dict[str, Any] | None = None, *, era: str = MODERN, rpc_id: Any = 1, **more: Any
    ) -> httpx2.Response:
        """One request of an era."""
        body, headers = message(method, params or {}, era=era, rpc_id=rpc_id, capabilities=more.pop("capabilities", {}))
        return await self.post(body, **{**headers, **more})

    async def call(self, name: str, arguments: Any = msgspec.UNSET, **more: Any) -> dict[str, Any]:
        """What a call of a tool answers: its result, or its error."""
        given = {} if arguments is msgspec.UNSET else {"arguments": arguments}
        answer = (await self.rpc("tools/call", {"name": name, **given, **more.pop("params", {})}, **more)).json()
        return answer.get("result") or answer

    async def tools(self, **more: Any) -> list[str]:
        return [one["name"] for one in (await self.rpc("tools/list", **more)).json()["result"]["tools"]]


def message(method, params, *, era=MODERN, rpc_id=1, capabilities=None):
    """A request's body and the headers that go with it."""
    headers = {"MCP_Protocol_Version": era}
    if era == MODERN:
        params = {**params, "_meta": {**params.get("_meta", {}), VERSION: era, CAPABILITIES: capabilities or {}}}
        headers |= {"Mcp_Method": method, **({"Mcp_Name": encode_header_value(params["name"])} if "name" in params else {})}
    return {"jsonrpc": "2.0", "id": rpc_id, "method": method, "params": params}, headers


def request(token, era, name="list_crm_contacts", arguments=None):
    """The bytes of a call, to a server on this machine."""
    body, headers = message("tools/call", {"name": name, "arguments": arguments or {}}, era=era)
    content = msgspec.json.encode(body)
    lines = [
        f"POST /mcp/{token} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        "Accept: application/json",
        f"Content-Length: {len(content)}",
        *(f"{key.replace('_', '-')}: {value}" for key, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


class Place(msgspec.Struct, kw_only=True):
    """The service, and agents to let in."""

    world: World
    app: Any

    @property
    def services(self) -> Any:
        return self.world.services

    async def agent(self, *providers: str, name: str = "agent", expires_at: str | None = None, **config: Any) -> Agent:
        """An agent with a server made over REST, for accounts at these providers (HubSpot), without limits on writes."""
        asked = {
            "name": name,
            "account_ids": [self.world.accounts[one] for one in providers or ("hubspot",)],
            "config": {"require_api_token_auth": False, **config},
            "limits": {"writes": None, "deletes": None},
            **({"expires_at": expires_at} if expires_at else {}),
        }
        made = (await self.world.client.post("/mcp-servers", json=asked)).json()
        assert "token" in made, made
        return Agent(app=self.app, token=made["token"], id=made["id"])

    async def audit(self) -> list[dict[str, Any]]:
        """The rows of agents so far, oldest first."""
        await until(lambda: not self.services.audit.waiting)
        data = (await self.world.client.get("/audit", params={"limit": 500})).json()["data"][::-1]
        return [row for row in data if row["server"] is not None]

    def use(self, view: Any) -> None:
        """Put other tools behind the endpoint."""
        self.world.server.state.mcp = Endpoint(self.services.settings, view)


@pytest.fixture
async def place(world):
    yield Place(world=world, app=world.server)
    await get_endpoint(world.server, world.services).close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory):
    """One for all tests of a module, for those that leave nothing behind but agents."""
    async with open_world(tmp_path_factory.mktemp("home"), public_url=BASE) as world:
        yield Place(world=world, app=world.server)
        await get_endpoint(world.server, world.services).close()


@pytest.fixture
async def other_tenant(place):
    """A second tenant of the same service."""
    return (await tenants.add(place.services.database, new_id("ten_"), name="other")).id


@asynccontextmanager
async def on_a_socket(app, **more):
    """The service behind its real server; answers the address."""
    async with running(Served(app=app, host="127.0.0.1", port=0, named="--port", **more)) as url:
        yield url

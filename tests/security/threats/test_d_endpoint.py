"""D5, D21 and D23 at a real MCP endpoint: many calls at once, clients that go away, connections that stay open."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.mcp.conformance_server import add_server
from tests.mcp.conftest import ERAS, Agent, Place, message, more_settings, on_a_socket, other_tenant, place, world
from tests.mcp.views import Slow
from tests.resilience.test_disconnects import Hanging, answer_of, serving
from tests.security.fault_server import listening
from tests.waiting import until
from unified.app import ROUTE_TABLE
from unified.mcp.endpoint import serving_agents

__all__ = ["more_settings", "other_tenant", "place", "world"]

CALLS = 400
CLIENTS = int(os.environ.get("UNIFIED_TEST_DISCONNECTS", "200"))
"""Clients that go away; 1000 for the full length."""


@pytest.mark.parametrize("era", ERAS)
async def test_d21_of_400_calls_with_one_id_over_two_tenants_no_answer_crosses(
    place: Place, other_tenant: str, era: str
) -> None:
    place.use(Slow)
    agents = []
    for tenant in (place.world.tenant, other_tenant):
        for _ in range(2):
            row, token = await add_server(place.services, tenant)
            agents.append((tenant, Agent(app=place.app, token=token, id=row.id)))

    async def one(number: int) -> None:
        tenant, agent = agents[number % len(agents)]
        told = await agent.call("echo", {"number": number}, era=era, rpc_id=7)
        content = told["structuredContent"]
        assert (content["arguments"], content["owner"]) == ({"number": number}, [tenant, agent.id])

    await asyncio.gather(*(one(number) for number in range(CALLS)))


async def test_d5_a_connection_that_asks_for_a_stream_does_not_stay_open(place: Place) -> None:
    agent = await place.agent()
    async with on_a_socket(place) as url, httpx2.AsyncClient(timeout=5) as http:
        answer = await http.get(f"{url}/mcp/{agent.token}", headers={"Accept": "text/event-stream"})
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert "text/event-stream" not in answer.headers["content-type"]


@pytest.mark.parametrize("era", ERAS)
async def test_d23_calls_of_agents_that_went_away_end_and_nothing_is_left(tmp_path: Path, era: str) -> None:
    provider = Hanging()
    whole = {"routes": ROUTE_TABLE, "during": [serving_agents]}
    async with listening(provider) as upstream, serving(tmp_path, upstream.origin, **whole) as world:
        _, token = await add_server(world.services, world.tenant)
        asked = request(world.port, token, "tools/call", {"name": "list_crm_contacts", "arguments": {}}, era)
        head, _ = await answer_of(world, request(world.port, token, "tools/list", {}, era))
        assert head.startswith(b"HTTP/1.1 200 ")
        before = len(asyncio.all_tasks())
        writers = [(await asyncio.open_connection("127.0.0.1", world.port))[1] for _ in range(CLIENTS)]
        for writer in writers:
            writer.write(asked)
        bulkhead, slots = world.services.client.bulkhead, world.services.settings.account_concurrency
        await until(lambda: bulkhead.in_flight() == slots and bulkhead.waiting() == CLIENTS - slots)
        for writer in writers:
            writer.close()
        await until(lambda: provider.open == 0)
        await until(lambda: len(asyncio.all_tasks()) <= before)
        assert (bulkhead.in_flight(), bulkhead.waiting()) == (0, 0)
        assert len(world.services.client._http._transport._pool.connections) == 0
        assert provider.taken < CLIENTS
        head, _ = await answer_of(world, request(world.port, token, "tools/list", {}, era))
        assert head.startswith(b"HTTP/1.1 200 ")


def request(port: int, token: str, method: str, params: dict[str, Any], era: str) -> bytes:
    """A call as it stands on the wire."""
    body, headers = message(method, params, era=era)
    content = json.dumps(body).encode()
    lines = [
        f"POST /mcp/{token} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Accept: application/json",
        "Content-Type: application/json",
    ]
    lines += [f"Content-Length: {len(content)}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@pytest.mark.parametrize("era", ERAS)
async def test_d24_a_write_that_runs_while_its_token_is_revoked_is_done_once_and_nothing_follows(
    place: Place, era: str
) -> None:
    agent = await place.agent(methods=["read", "write"], writes="direct")
    fault = {"provider": "hubspot", "match": "POST /crm/*", "times": 1, "delay_ms": 300}
    await place.world.sandbox.post("/_sandbox/faults", json=fault)
    arguments = {"last_name": "Once", "emails": [{"email": "once@new.example"}]}
    running = asyncio.create_task(agent.call("create_crm_contact", arguments, era=era))
    await until(lambda: place.services.client.bulkhead.in_flight() == 1)
    assert (await place.world.client.delete(f"/mcp-servers/{agent.id}")).is_success
    later = await agent.rpc("tools/call", {"name": "create_crm_contact", "arguments": arguments}, era=era)
    assert later.status_code == 404
    await running
    writes = [one for one in await place.world.reached() if one["method"] == "POST"]
    assert len(writes) == 1

"""D5 and D24 at a real MCP endpoint: connections that would stay open, and a token that is revoked during a write."""

import asyncio

import httpx2
import pytest

from tests.mcp.endpoint.conftest import ERAS, Place, on_a_socket
from tests.waiting import until


async def test_d5_a_connection_that_asks_for_a_stream_does_not_stay_open(place: Place) -> None:
    agent = await place.agent()
    async with on_a_socket(place.app) as url, httpx2.AsyncClient(timeout=60) as http:
        answer = await http.get(f"{url}/mcp/{agent.token}", headers={"Accept": "text/event-stream"})
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert "text/event-stream" not in answer.headers["content-type"]


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
    posted = [one for one in await place.world.reached() if one["method"] == "POST"]
    writes = [one for one in posted if "/properties/" not in one["path"]]  # a read of definitions is no write
    assert len(writes) == 1

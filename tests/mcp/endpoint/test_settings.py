"""What the settings make of the endpoint: origins of pages that may call, how long a body is waited for."""

import asyncio

import pytest

from tests.mcp.endpoint.conftest import BASE


async def parts(*contents, then=0.0):
    for content in contents:
        yield content
        await asyncio.sleep(then)


class TestSlowBodies:
    @pytest.fixture
    def more_settings(self):
        return {"public_url": "http://unified", "client_timeout": 0.2}

    async def test_a_body_that_does_not_come_is_not_waited_for(self, place):
        agent = await place.agent()
        never = parts(b"{", b"}", then=60)
        async with agent.http() as http:
            sent = {"Content-Type": "application/json", "Accept": "*/*"}
            answer = await http.post(agent.url, content=never, headers=sent)
        assert (answer.status_code, answer.json()["error"]["data"]["code"]) == (408, "request_timeout")


class TestPagesOfAllowedOrigins:
    @pytest.fixture
    def more_settings(self):
        return {"public_url": BASE, "allowed_origins": ("https://chat.example",)}

    async def test_may_call_and_read_the_answer(self, place):
        agent = await place.agent()
        sent = {"Origin": "https://chat.example", "Access-Control-Request-Method": "POST"}
        async with agent.http() as http:
            asked = await http.options(agent.url, headers=sent)
            strange = await http.options(agent.url, headers={**sent, "Origin": BASE + ".evil.test"})
        assert asked.status_code == 204
        assert asked.headers["access-control-allow-origin"] == "https://chat.example"
        assert asked.headers["access-control-allow-methods"] == "POST"
        assert "mcp-protocol-version" in asked.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in asked.headers
        assert strange.status_code == 403
        assert [name for name in strange.headers if name.startswith("access-control-")] == []
        for token in (agent.token, "um_wrong"):
            answer = await agent.rpc("tools/list", url=f"{BASE}/mcp/{token}", Origin="https://chat.example")
            assert answer.headers["access-control-allow-origin"] == "https://chat.example"
            assert answer.headers["vary"] == "Origin, Accept-Encoding"

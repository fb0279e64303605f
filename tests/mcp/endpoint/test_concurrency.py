"""Many at once (THREATS D21, D23): no answer crosses, and of clients that go away nothing is left."""

import asyncio
import os
from contextlib import asynccontextmanager

import httpx2
import pytest

from tests.mcp.endpoint.conformance_server import add_server
from tests.mcp.endpoint.conftest import ERAS, MODERN, Agent, message, on_a_socket, request
from tests.mcp.endpoint.views import Slow
from tests.resilience.test_disconnects import Hanging
from tests.security.fault_server import listening
from tests.waiting import until
from tests.world import catalog
from unified.api.server import build_server
from unified.app.application import HANDLERS
from unified.app.assembly import assembled
from unified.mcp.endpoint import running_endpoint
from unified.service.accounts.accounts import NewAccount, create_account
from unified.settings.settings import Settings
from unified.store import tenants
from unified.vault.tokens import new_id

CALLS = 400
CLIENTS = int(os.environ.get("UNIFIED_TEST_DISCONNECTS", "100"))
"""Clients that go away; 1000 for the full length."""


@pytest.fixture
def more_settings():
    return {"stop_loops": False}  # the same calls are made hundreds of times


async def all_at_once(agents, name, arguments, *, base):
    """One call of each, all with the same id; answers in the order of the calls."""
    limits = httpx2.Limits(max_connections=64)
    async with httpx2.AsyncClient(base_url=base, limits=limits, timeout=120) as http:

        async def one(number, agent):
            era = ERAS[number % 2]
            body, headers = message(
                "tools/call", {"name": name(number), "arguments": arguments(number)}, era=era, rpc_id="same"
            )
            sent = {key.replace("_", "-"): value for key, value in headers.items()} | {"Accept": "application/json"}
            answer = await http.post(f"/mcp/{agent.token}", json=body, headers=sent)
            told = answer.json()
            assert told["id"] == "same"
            return told["result"]["structuredContent"]

        return await asyncio.gather(*(one(number, agent) for number, agent in enumerate(agents)))


async def test_no_answer_of_two_tenants_crosses(place, other_tenant):
    place.use(Slow)
    tenants_ = [place.world.tenant, other_tenant]
    made = [await add_server(place.services, one) for one in tenants_]
    agents = [Agent(app=None, token=made[number // 2 % 2][1]) for number in range(CALLS)]
    async with on_a_socket(place.app) as base:
        answers = await all_at_once(agents, lambda _: "echo", lambda number: {"canary": f"c{number}"}, base=base)
    for number, told in enumerate(answers):
        which = number // 2 % 2
        assert told == {"arguments": {"canary": f"c{number}"}, "owner": [tenants_[which], made[which][0].id]}


@pytest.mark.slow
async def test_no_answer_of_two_accounts_crosses(place):
    tools = {"hubspot": "list_crm_contacts", "zendesk": "list_ticketing_tickets"}
    pair = [await place.agent(one) for one in tools]
    providers = [[*tools][number // 2 % 2] for number in range(CALLS)]
    agents = [pair[number // 2 % 2] for number in range(CALLS)]
    async with on_a_socket(place.app) as base:
        answers = await all_at_once(agents, lambda number: tools[providers[number]], lambda _: {"limit": 1}, base=base)
    assert [told["source"] for told in answers] == providers


@pytest.fixture
async def gone(tmp_path):
    """A service in front of a provider that never answers."""
    provider = Hanging()
    async with listening(provider) as upstream:
        settings = Settings(
            home=tmp_path,
            provider_urls={"hubspot": upstream.origin},
            allow_loopback=True,
            request_deadline=60.0,
            stop_loops=False,
        )
        async with assembled(settings, catalog=catalog()) as services:
            tenant = (await tenants.add(services.database, new_id("ten_"), name="test")).id
            asked = NewAccount(provider="hubspot", name="a", credentials={"type": "bearer", "token": "bench-token-0000"})
            account = (await create_account(services, tenant, asked)).id
            scope = {"accounts": [account], "methods": ["read", "write"], "writes": "direct"}
            _, token = await add_server(services, tenant, scope=scope)

            @asynccontextmanager
            async def ready():
                yield services

            server = build_server(settings, ready, HANDLERS, during=[running_endpoint])
            yield services, server, token, provider


@pytest.mark.slow
@pytest.mark.parametrize("era", ERAS)
async def test_of_clients_that_go_away_nothing_is_left(gone, era):
    services, app, token, provider = gone
    slots = services.settings.account_concurrency
    bulkhead = services.client.bulkhead
    async with on_a_socket(app) as base:
        port = int(base.rpartition(":")[2])
        agent = Agent(app=None, token=token, base=base)
        assert await agent.tools(era=era)
        before = len(asyncio.all_tasks())
        left = CLIENTS
        while left:
            writers = [(await asyncio.open_connection("127.0.0.1", port))[1] for _ in range(min(left, 2 * slots))]
            left -= len(writers)
            for writer in writers:
                writer.write(request(token, era))
            busy = min(slots, len(writers))
            await until(lambda busy=busy: provider.open == busy == bulkhead.in_flight(), seconds=30)
            for writer in writers:
                writer.close()
            await until(lambda: provider.open == 0, seconds=30)
            await until(lambda: len(asyncio.all_tasks()) <= before + 1, seconds=30)
        pool = services.client.network
        await until(lambda: (bulkhead.in_flight(), bulkhead.waiting(), pool.open_connections()) == (0, 0, 0), seconds=30)
        assert await agent.tools(era=era), "the next call is answered"


@pytest.mark.parametrize("era", ERAS)
async def test_a_write_that_was_left_is_sent_once(gone, era):
    services, app, token, provider = gone
    async with on_a_socket(app) as base:
        _, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
        writer.write(request(token, era, "create_crm_contact", {"first_name": "Ada"}))
        await until(lambda: provider.open == 1)
        writer.close()
        await until(lambda: services.outcomes.left == 1)
        agent = Agent(app=None, token=token, base=base)
        assert await agent.tools(era=MODERN)
        told = await agent.call("create_crm_contact", {"first_name": "Ada"}, era=era)
        assert told["structuredContent"]["error"]["code"] == "idempotency_in_progress"
        assert (provider.open, provider.taken) == (1, 1)

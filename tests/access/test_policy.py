"""The installation's policy holds when a thing is made and when it is used, also for what was made before."""

from datetime import timedelta

import msgspec
import pytest

from tests.keys import CALLS, new_key
from unified.errors.access import ForbiddenByPolicy, Unauthenticated
from unified.errors.requests import NotFound
from unified.service.access.api_keys import create_key
from unified.service.access.mcp_authentication import authenticate_agent
from unified.service.access.permissions import ROLES
from unified.service.access.principals import authenticate
from unified.service.access.scope.scopes import write_policies
from unified.service.access.use.use_limits import UseLimits
from unified.service.mcp_servers.config import NewMcpServer, ServerConfig
from unified.service.mcp_servers.servers import create_server


def under(world, **settings):
    """The same service under other settings."""
    return msgspec.structs.replace(world.services, settings=msgspec.structs.replace(world.services.settings, **settings))


async def server(services, world, **config):
    accounts, limits = (world.accounts["zendesk"],), UseLimits(writes=None, deletes=None)
    asked = NewMcpServer(name="agents", account_ids=accounts, config=ServerConfig(**config), limits=limits)
    return await create_server(services, world.tenant, asked, maker=None)


async def test_servers_that_need_no_key_are_neither_made_nor_let_in(world):
    _, token, _ = await server(world.services, world, require_api_token_auth=False)
    assert (await authenticate_agent(world.services, token, None)).role == "agent"
    strict = under(world, policy=frozenset({"no_url_only_servers"}))
    with pytest.raises(ForbiddenByPolicy, match="an MCP server needs an API key with its token"):
        await server(strict, world, require_api_token_auth=False)
    with pytest.raises(Unauthenticated):
        await authenticate_agent(strict, token, None)
    assert (await authenticate_agent(strict, token, await world.key())).role == "agent"


async def test_agents_never_write_directly(world):
    direct = {"methods": ("read", "write"), "writes": "direct", "require_api_token_auth": False}
    _, token, _ = await server(world.services, world, **direct)
    strict = under(world, policy=frozenset({"no_direct_agent_writes"}))
    with pytest.raises(ForbiddenByPolicy, match="expected writes `deny` or `approve`"):
        await server(strict, world, **direct)
    assert write_policies((await authenticate_agent(world.services, token, None)).scopes) == {"direct"}
    assert write_policies((await authenticate_agent(strict, token, None)).scopes) == {"approve"}


async def test_the_pass_through_can_be_switched_off(world, more_settings):
    assert (await world.get("/proxy/crm/v3/objects/contacts")).status_code == 200
    world.server.state.services = under(world, policy=frozenset({"no_pass_through"}))
    answer = await world.get("/proxy/crm/v3/objects/contacts")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden_by_policy")


async def test_keys_end_with_the_longest_lifetime_whenever_they_were_made(world):
    strict = under(world, key_max_lifetime=3600)
    row, token = await create_key(strict, world.tenant, new_key(), maker=None)
    assert row.expires_at == row.created_at + timedelta(hours=1) or row.expires_at - row.created_at < timedelta(
        hours=1, seconds=2
    )
    old = await world.key()
    clock = world.services.database.clock
    world.services.database.clock = lambda: clock() + timedelta(hours=2)
    for key in (token, old):
        with pytest.raises(Unauthenticated):
            await authenticate(strict, f"Bearer {key}")


async def test_servers_end_with_the_longest_lifetime_whenever_they_were_made(world):
    _, token, _ = await server(world.services, world, require_api_token_auth=False)
    strict = under(world, mcp_max_lifetime=60)
    clock = world.services.database.clock
    world.services.database.clock = lambda: clock() + timedelta(minutes=2)
    with pytest.raises(NotFound):
        await authenticate_agent(strict, token, None)


async def test_a_key_that_can_connect_accounts_is_refused_with_a_token(world):
    _, token, _ = await server(world.services, world)
    for manage in ((), ("connect",)):
        key = await world.key(scope={**CALLS, "manage": list(manage)})
        if manage:
            with pytest.raises(Unauthenticated, match="may have no permission in `manage`"):
                await authenticate_agent(world.services, token, key)
        else:
            assert (await authenticate_agent(world.services, token, key)).api_key_id
    assert ROLES["agent"] == ()

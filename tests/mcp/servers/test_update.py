"""A change of an MCP server is checked as its making is, against who changes it and against the key that made it."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from tests.mcp.servers.conftest import patch
from unified.errors.access import EmptyScope, OutsideAccounts, ScopeExceedsParent
from unified.errors.requests import NotFound, ValidationFailed
from unified.errors.writes import Conflict
from unified.service.access.api_keys import revoke_key
from unified.service.access.mcp_authentication import principal_of_server
from unified.service.mcp_servers import servers
from unified.service.mcp_servers.servers import get_server, list_servers, revoke_server, rotate_token, update_server
from unified.settings.settings import Settings
from unified.store.mcp_servers import McpServerRow


async def change(world, row, caller=None, tenant="ten_1", **asked):
    return await update_server(world.services, tenant, row.id, patch(**asked), caller=caller)


@pytest.fixture
def voided(monkeypatch):
    """What was said to the approvals that wait."""
    said = []

    async def note(_services, tenant_id, server_id, reason):
        said.append((tenant_id, server_id, reason))

    monkeypatch.setattr(servers, "invalidate_approvals_of", note)
    return said


async def test_keys_of_the_config_that_are_given_replace_and_others_stay(world):
    config = {"methods": ["read", "create"], "tags": ["support"], "writes": "approve"}
    row, _, _ = await world.create(config=config)
    changed = await change(world, row, config={"tags": ["support", "crm"], "require_api_token_auth": False})
    assert changed.config == {"methods": ["read", "create"], "tags": ["support", "crm"], "writes": "approve"}
    assert principal_of_server(Settings(), changed).scope.tags == ("support", "crm")
    assert (changed.require_api_token_auth, changed.version) == (False, 2)
    again = await change(world, row, config={"methods": ["read"]})
    assert (again.require_api_token_auth, again.config["tags"]) == (False, ["support", "crm"])


async def test_a_name_alone_leaves_what_the_server_may_do(world, voided):
    row, _, _ = await world.create()
    changed = await change(world, row, name="renamed")
    assert changed == msgspec.structs.replace(row, name="renamed", version=2)
    assert voided == []


async def test_another_end_is_checked_as_at_the_making(world):
    row, _, _ = await world.create()
    changed = await change(world, row, expires_at=world.clock.text(days=90))
    assert changed.expires_at == world.clock.now + timedelta(days=90)
    for ahead in ({"days": -1}, {"seconds": 59}, {"days": 91}):
        with pytest.raises(ValidationFailed):
            await change(world, row, expires_at=world.clock.text(**ahead))
    short = await world.maker(expires_at=world.clock.text(hours=1))
    with pytest.raises(ScopeExceedsParent):
        await change(world, row, short, expires_at=world.clock.text(hours=2))
    assert (await get_server(world.services, "ten_1", row.id, caller=None)).expires_at == changed.expires_at


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"config": {"tags": ["crm"]}}, EmptyScope),
        ({"config": {"tags": []}}, EmptyScope),
        ({"account_ids": []}, EmptyScope),
        ({"account_ids": ["acc_nobody"]}, NotFound),
        ({"account_ids": ["acc_tickets_theirs"]}, NotFound),
        ({"config": {"methods": ["raed"]}}, ValidationFailed),
        ({"name": ""}, ValidationFailed),
    ],
)
async def test_a_failed_change_is_not_published(world, asked, error, voided):
    row, token, _ = await world.create(config={"require_api_token_auth": False})
    with pytest.raises(error):
        await change(world, row, **asked)
    assert await get_server(world.services, "ten_1", row.id, caller=None) == row
    assert await world.lets_in(token)
    assert voided == []


@pytest.mark.parametrize(
    "asked", [{"name": None}, {"account_ids": None}, {"config": None}, {"expires_at": None}, {"scope": {}}]
)
def test_null_and_unknown_keys_change_nothing(asked):
    with pytest.raises(ValidationFailed):
        patch(**asked)


async def test_nothing_beyond_the_key_that_made_it_also_after_its_end(world):
    maker = await world.maker(scope={"accounts": ["acc_tickets", "acc_crm"], "tags": ["support"]})
    row, _, _ = await world.create(maker)
    await revoke_key(world.services, "ten_1", maker.key_id, caller=None)
    anyone = await world.maker()
    beyond = [
        {"config": {"methods": ["read", "create"], "writes": "approve"}},
        {"config": {"tags": ["crm"]}},
        {"config": {"fields": {"classes": ["none", "personal", "sensitive"]}}},
        {"config": {"fields": {"show": ["hris.employees.date_of_birth"]}}},
        {"account_ids": ["acc_people"]},
    ]
    for caller in (None, anyone):
        for asked in beyond:
            with pytest.raises(ScopeExceedsParent):
                await change(world, row, caller, **asked)
    changed = await change(world, row, anyone, config={"models": ["ticketing.tickets"]}, account_ids=["acc_tickets", "acc_crm"])
    assert principal_of_server(Settings(), changed).scope.tags == ("support",)


async def test_nothing_beyond_who_changes_it(world):
    row, _, _ = await world.create(config={"methods": ["read", "create"], "writes": "direct"})
    reader = await world.maker(scope={"accounts": ["acc_tickets"]})
    for asked in ({"name": "n"}, {"expires_at": world.clock.text(days=2)}, {"config": {"tags": ["support"]}}):
        with pytest.raises(NotFound):  # it may do more than the caller, so it does not exist for it, not even to be narrowed
            await change(world, row, reader, **asked)
    narrowed = await change(world, row, None, config={"methods": ["read"], "writes": "deny"})
    with pytest.raises(OutsideAccounts):
        await change(world, narrowed, reader, account_ids=["acc_crm"])
    assert (await change(world, row, reader, name="n")).name == "n"


async def test_a_key_limited_to_accounts_sees_servers_for_no_other(world):
    mine, _, _ = await world.create(account_ids=["acc_tickets"])
    world.clock.forward(seconds=1)
    both, _, _ = await world.create(account_ids=["acc_tickets", "acc_crm"])
    caller = await world.maker(scope={"accounts": ["acc_tickets"]})
    page = await list_servers(world.services, "ten_1", limit=10, cursor=None, caller=caller)
    assert [row.id for row in page.items] == [mine.id]
    unseen = (
        get_server(world.services, "ten_1", both.id, caller=caller),
        change(world, both, caller, name="n"),
        rotate_token(world.services, "ten_1", both.id, caller=caller),
        revoke_server(world.services, "ten_1", both.id, caller=caller),
    )
    for asked in unseen:
        with pytest.raises(NotFound, match=r"^no such MCP server$"):
            await asked
    whole = await list_servers(world.services, "ten_1", limit=10, cursor=None, caller=None)
    assert [row.id for row in whole.items] == [mine.id, both.id]


async def test_another_tenant_changes_nothing(world):
    row, token, _ = await world.create(config={"require_api_token_auth": False})
    caller = await world.maker(tenant="ten_2")
    foreign = (
        get_server(world.services, "ten_2", row.id, caller=caller),
        change(world, row, caller, tenant="ten_2", name="theirs"),
        rotate_token(world.services, "ten_2", row.id, caller=caller),
        revoke_server(world.services, "ten_2", row.id, caller=caller),
    )
    for asked in foreign:
        with pytest.raises(NotFound, match=r"^no such MCP server$"):
            await asked
    assert await world.lets_in(token)


async def test_a_rotated_token_works_at_once_and_the_old_one_no_more(world):
    row, old, _ = await world.create(config={"require_api_token_auth": False})
    assert await world.lets_in(old)
    rotated, new = await rotate_token(world.services, "ten_1", row.id, caller=None)
    assert (rotated.id, rotated.last4, rotated.scope) == (row.id, new[-4:], row.scope)
    assert not await world.lets_in(old)
    assert await world.lets_in(new)


async def test_who_may_do_less_takes_no_token_that_may_do_more(world):
    row, token, _ = await world.create(config={"methods": ["create"], "writes": "direct", "require_api_token_auth": False})
    reader = await world.maker(scope={"accounts": ["acc_tickets"]})
    with pytest.raises(NotFound):
        await rotate_token(world.services, "ten_1", row.id, caller=reader)
    assert await world.lets_in(token)


async def test_a_revoked_server_is_refused_at_once(world):
    row, token, _ = await world.create(config={"require_api_token_auth": False})
    assert await world.lets_in(token)
    await revoke_server(world.services, "ten_1", row.id, caller=None)
    assert not await world.lets_in(token)
    with pytest.raises(NotFound):
        await revoke_server(world.services, "ten_1", row.id, caller=None)
    assert await world.count() == 1


async def test_approvals_are_void_when_what_a_server_may_do_changes(world, voided):
    row, _, _ = await world.create(config={"methods": ["read", "create"], "writes": "approve", "require_api_token_auth": False})
    await change(world, row, expires_at=world.clock.text(days=2))
    await change(world, row, config={"writes": "approve"})
    assert voided == []
    await change(world, row, config={"require_api_token_auth": True})
    await change(world, row, config={"methods": ["create"]})
    await change(world, row, account_ids=["acc_tickets", "acc_crm"])
    await rotate_token(world.services, "ten_1", row.id, caller=None)
    await revoke_server(world.services, "ten_1", row.id, caller=None)
    reasons = ["scope_changed"] * 3 + ["token_rotated", "requester_gone"]
    assert voided == [("ten_1", row.id, reason) for reason in reasons]


async def test_of_two_changes_at_once_one_is_asked_to_look_again(world):
    row, _, _ = await world.create()
    both = [change(world, row, name="one"), change(world, row, name="two")]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert {type(one) for one in outcomes} <= {McpServerRow, Conflict}
    assert any(isinstance(one, McpServerRow) for one in outcomes)

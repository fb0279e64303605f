"""A token becomes a principal only while it is valid, with the API key that it asks for; every failure denies, alike."""

import base64

import msgspec
import pytest
import sqlalchemy as sa

from tests.mcp.servers.conftest import patch
from unified.errors.access import Unauthenticated
from unified.errors.requests import NotFound
from unified.models import model
from unified.service.access.api_keys import revoke_key
from unified.service.access.mcp_authentication import KEY_REFUSED, UNKNOWN, authenticate_agent, former_server, requester_of
from unified.service.access.principals import authenticate
from unified.service.access.scope.field_rules import hidden_fields
from unified.service.access.scope.scopes import require_account, write_policies
from unified.service.mcp_servers.servers import revoke_server, rotate_token, update_server
from unified.store import mcp_servers
from unified.store.bearer_tokens import FormerToken
from unified.store.mcp_servers import McpServerChanges
from unified.vault.tokens import new_token

OPEN = {"require_api_token_auth": False}


async def refusal_of(world, token, api_key=None):
    with pytest.raises((NotFound, Unauthenticated)) as refused:
        await authenticate_agent(world.services, token, api_key)
    return type(refused.value), str(refused.value), refused.value.errors


async def key_id(world, token):
    return (await authenticate(world.services, f"Bearer {token}")).key_id


async def test_a_token_is_the_principal_of_its_server(world):
    row, token, _ = await world.create(config=OPEN)
    principal = await authenticate_agent(world.services, token, None)
    assert (principal.tenant_id, principal.key_id, principal.role) == ("ten_1", row.id, "agent")
    assert (principal.server, principal.extra_scopes, principal.api_key_id) == (row.id, (), None)
    assert principal.scope.accounts == ("acc_tickets",)


async def test_every_token_that_is_not_valid_is_refused_alike(world):
    _, expired, _ = await world.create(config=OPEN, expires_at=world.clock.text(seconds=60))
    revoked_row, revoked, _ = await world.create(config=OPEN)
    rotated_row, rotated, _ = await world.create(config=OPEN)
    _, valid, _ = await world.create(config=OPEN)
    key = await world.key()
    await revoke_server(world.services, "ten_1", revoked_row.id, caller=None)
    await rotate_token(world.services, "ten_1", rotated_row.id, caller=None)
    world.clock.forward(seconds=60)
    wrong = [
        None,
        "",
        " ",
        "um_",
        "x" * 10_000,
        f"um_{'x' * 10_000}",
        new_token("um_"),
        valid[:-1] + ("a" if valid[-1] != "a" else "b"),
        valid.upper(),
        f" {valid}",
        f"{valid} ",
        f"{valid}\n",
        f"Bearer {valid}",
        valid.removeprefix("um_"),
        key,
        f"um_{key[3:]}",
        "ya29.a0AfB_by-a-provider",
        "xoxb-1-2-3",
        base64.b64encode(valid.encode()).decode(),
        f"{valid[:20]}\ud800{valid[21:]}",
        f"{valid[:20]}\0{valid[21:]}",
        expired,
        revoked,
        rotated,
        rotated_row.id,
    ]
    found = {await refusal_of(world, token) for token in wrong}
    found |= {await refusal_of(world, token, key) for token in wrong}
    assert found == {(NotFound, UNKNOWN, ())}
    assert await world.lets_in(valid), "the control"


async def test_a_token_that_was_let_in_ends_with_its_time(world):
    """It is kept by then, so the query is not asked again: its end is looked at each time."""
    _, token, _ = await world.create(config=OPEN, expires_at=world.clock.text(seconds=60))
    world.clock.forward(seconds=59)
    assert await world.lets_in(token)
    world.clock.forward(seconds=1)
    assert not await world.lets_in(token)


async def test_a_server_requires_an_api_key_unless_configured_otherwise(world):
    _, token, _ = await world.create()
    expired = await world.key(expires_at=world.clock.text(seconds=60))
    revoked, valid = await world.key(), await world.key(role="app")
    await revoke_key(world.services, "ten_1", await key_id(world, revoked), caller=None)
    theirs, approver = await world.key("ten_2"), await world.key(role="approver")
    world.clock.forward(seconds=60)
    wrong = [None, "", "uk_", token, new_token("uk_"), f"Bearer {valid}", expired, revoked, theirs, approver, "x" * 10_000]
    assert {await refusal_of(world, token, key) for key in wrong} == {(Unauthenticated, KEY_REFUSED, ())}
    principal = await authenticate_agent(world.services, token, valid)
    assert principal.api_key_id == await key_id(world, valid)
    assert principal.credentials == {principal.key_id, principal.api_key_id}


async def test_a_key_that_was_not_asked_for_must_be_valid_too(world):
    _, token, _ = await world.create(config=OPEN)
    theirs, approver = await world.key("ten_2"), await world.key(role="approver")
    wrong = ["", "uk_x", new_token("uk_"), theirs, approver]
    assert {await refusal_of(world, token, key) for key in wrong} == {(Unauthenticated, KEY_REFUSED, ())}


@pytest.mark.parametrize("config", [{}, OPEN])
async def test_the_key_sent_with_a_token_narrows_it(world, config):
    _, token, _ = await world.create(
        account_ids=["acc_tickets", "acc_crm"], config={**config, "methods": ["create"], "writes": "direct"}
    )
    hide = {"fields": {"hide": ["ticketing.tickets.description"]}}
    key = await world.key(role="app", scope={"accounts": ["acc_crm"], "methods": ["write"], "writes": "approve", **hide})
    principal = await authenticate_agent(world.services, token, key)
    assert len(principal.scopes) == 2
    assert write_policies(principal.scopes) == {"approve"}
    assert "description" in hidden_fields(principal.scopes, model("ticketing.tickets"))
    require_account(principal.scopes, "acc_crm")
    with pytest.raises(Exception, match="does not include this account"):
        require_account(principal.scopes, "acc_tickets")


async def test_a_change_is_seen_at_once(world):
    row, token, _ = await world.create(config=OPEN)
    assert await world.lets_in(token)
    await update_server(world.services, "ten_1", row.id, patch(config={"models": ["ticketing.tickets"]}), caller=None)
    principal = await authenticate_agent(world.services, token, None)
    assert principal.scope.models == ("ticketing.tickets",)
    await update_server(world.services, "ten_1", row.id, patch(config={"require_api_token_auth": True}), caller=None)
    assert await refusal_of(world, token) == (Unauthenticated, KEY_REFUSED, ())


async def test_a_warm_token_asks_no_database(world):
    _, token, _ = await world.create()
    key = await world.key()
    await authenticate_agent(world.services, token, key)
    seen = []
    sa.event.listen(world.services.database._engine.sync_engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    for _ in range(20):
        await authenticate_agent(world.services, token, key)
    assert seen == []
    world.clock.forward(minutes=1)
    await authenticate_agent(world.services, token, key)
    assert [one.split()[:2] for one in seen if one.startswith("UPDATE")] == [["UPDATE", "api_keys"], ["UPDATE", "mcp_servers"]]


class Broken:
    """Stands in for the rows; one of the questions fails."""

    def __init__(self, rows, question, error):
        self._rows, self._question, self._error = rows, question, error

    def __getattr__(self, name):
        if name != self._question:
            return getattr(self._rows, name)

        async def fail(*_given):
            raise self._error

        return fail


@pytest.mark.parametrize("error", [RuntimeError("planted"), KeyError("planted"), OSError("planted"), TimeoutError("planted")])
@pytest.mark.parametrize("question", ["server", "key", "use_key", "use_server"])
async def test_a_fault_in_any_step_denies(world, question, error):
    _, token, _ = await world.create()
    key = await world.key()
    broken = msgspec.structs.replace(world.services, rows=Broken(world.services.rows, question, error))
    with pytest.raises(type(error)):
        await authenticate_agent(broken, token, key)
    assert await authenticate_agent(world.services, token, key), "the control"


async def test_a_stored_scope_that_cannot_be_read_denies(world):
    row, token, _ = await world.create(config=OPEN)
    strange = McpServerChanges(scope={"surprise": 1})
    await mcp_servers.update(world.services.database, "ten_1", row.id, strange, version=row.version)
    with pytest.raises(msgspec.ValidationError):
        await authenticate_agent(world.services, token, None)


async def test_whose_a_refused_token_was_is_known_for_the_audit(world):
    row, token, _ = await world.create()
    gone, revoked, _ = await world.create()
    await revoke_server(world.services, "ten_1", gone.id, caller=None)
    world.clock.forward(days=2)
    assert await former_server(world.services, token) == FormerToken(id=row.id, tenant_id="ten_1")
    assert await former_server(world.services, revoked) == FormerToken(id=gone.id, tenant_id="ten_1")
    for stranger in (None, "", "x" * 10_000, new_token("um_"), await world.key()):
        assert await former_server(world.services, stranger) is None


async def test_a_requester_is_as_the_limits_are_now(world):
    row, token, _ = await world.create()
    key = await world.key(role="app", scope={"accounts": ["acc_tickets"]})
    asked = await authenticate_agent(world.services, token, key)
    assert await requester_of(world.services, "ten_1", row.id, asked.api_key_id) == asked
    await update_server(world.services, "ten_1", row.id, patch(config={"models": ["ticketing.tickets"]}), caller=None)
    later = await requester_of(world.services, "ten_1", row.id, asked.api_key_id)
    assert (later.scope.models, later.extra_scopes) == (("ticketing.tickets",), asked.extra_scopes)


async def test_a_requester_by_api_key_is_that_key(world):
    caller = await world.maker(role="app", scope={"accounts": ["acc_tickets"]})
    assert await requester_of(world.services, "ten_1", caller.key_id, None) == caller
    assert await requester_of(world.services, "ten_1", caller.key_id, caller.key_id) == caller


async def test_a_requester_without_access_is_not_authenticated(world):
    row, _, _ = await world.create(expires_at=world.clock.text(days=2))
    free, _, _ = await world.create(config=OPEN, expires_at=world.clock.text(days=2))
    ends = await world.maker(role="app", expires_at=world.clock.text(days=1))
    stays, approver = await world.maker(role="app"), await world.maker(role="approver")
    theirs = await world.maker(tenant="ten_2", role="app")
    who = world.services, "ten_1"
    assert await requester_of(*who, row.id, ends.key_id) is not None
    assert await requester_of(*who, free.id, None) is not None
    for key in (None, theirs.key_id, approver.key_id, "key_nobody"):
        assert await requester_of(*who, row.id, key) is None
    for key in (theirs.key_id, approver.key_id, "key_nobody"):
        assert await requester_of(*who, free.id, key) is None
        assert await requester_of(*who, key, None) is None
        assert await requester_of(*who, stays.key_id, key) is None
    assert await requester_of(world.services, "ten_2", row.id, theirs.key_id) is None
    world.clock.forward(days=1)
    assert await requester_of(*who, row.id, ends.key_id) is None
    assert await requester_of(*who, ends.key_id, None) is None
    assert await requester_of(*who, row.id, stays.key_id) is not None
    world.clock.forward(days=1)
    assert await requester_of(*who, row.id, stays.key_id) is None
    assert await requester_of(*who, free.id, None) is None


async def test_a_revoked_server_or_key_asks_for_nothing_any_more(world):
    row, _, _ = await world.create(config=OPEN)
    key = await world.maker(role="app")
    await revoke_key(world.services, "ten_1", key.key_id, caller=None)
    assert await requester_of(world.services, "ten_1", row.id, key.key_id) is None
    assert await requester_of(world.services, "ten_1", key.key_id, None) is None
    await revoke_server(world.services, "ten_1", row.id, caller=None)
    assert await requester_of(world.services, "ten_1", row.id, None) is None

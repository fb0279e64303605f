"""Who made what decides who may approve, how long a key lives, and what ends with it: over random family trees."""

import random
from datetime import timedelta
from types import SimpleNamespace

import msgspec
import pytest

from tests.keys import CALLS, new_key
from tests.mcp.servers.conftest import world as world  # noqa: PLC0414 - the fixture
from tests.tokens import add_key
from unified.errors.access import EmptyScope, OutsideAccounts, ScopeExceedsParent
from unified.errors.requests import NotFound, ValidationFailed
from unified.service.access.api_keys import create_key, get_key, list_descendants, revoke_key
from unified.service.access.lineage import may_decide
from unified.service.access.principals import Principal, authenticate
from unified.service.access.scope.scopes import stored_scope
from unified.service.mcp_servers.config import NewMcpServer, ServerConfig
from unified.service.mcp_servers.servers import create_server, get_server
from unified.store import api_keys, bearer_tokens

TENANT = "ten_1"
POLICIES = ("direct", "approve", "deny")


async def key(world, maker=None, **asked):
    row, token = await create_key(world.services, TENANT, new_key(**asked), maker=maker)
    return row, token


def principal(row):
    return Principal(tenant_id=row.tenant_id, key_id=row.id, role=row.role, scope=stored_scope(row.scope))


def admin(writes, **more):
    return {"role": "admin", "scope": {**CALLS, "writes": writes, "manage": ["keys", "servers", "approvals"], **more}}


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(one, marks=pytest.mark.slow) for one in range(2, 6))])
async def test_no_key_decides_within_the_lineage_of_a_key_that_needs_approval(world, seed):
    """Trees planted by `store`, so that the rule holds whatever once made the keys; the rule is written apart here."""
    pick = random.Random(seed)
    parents, policy = {}, {}
    for number in range(14):
        name = f"key_{number:022d}"
        parents[name] = pick.choice([None, *parents])
        policy[name] = pick.choice(POLICIES)
        await add_key(
            world.services.database,
            TENANT,
            name,
            name=name,
            role="admin",
            scope={"methods": ["write"], "writes": policy[name]},
            made_by=parents[name],
            digest=name.encode().ljust(32)[:32],
            last4="0000",
            expires_at=None,
        )
        if pick.random() < 0.2:
            await bearer_tokens.revoke(world.services.database, api_keys.KEYS, TENANT, name)

    def line(name):
        return [] if name is None else [name, *line(parents[name])]

    for asker in parents:
        blocked = {asker} | {one for one in line(asker) if policy[one] != "direct"}
        for approver in parents:
            expected = not blocked & set(line(approver))
            assert await may_decide(world.services, TENANT, approver, [asker, None]) == expected, (asker, approver)


async def test_a_key_that_may_not_write_directly_makes_no_key_that_decides(world):
    for writes in ("approve", "deny"):
        row, _ = await key(world, **admin(writes))
        for asked in ({"role": "approver"}, {"role": "approver", "scope": None}, admin(writes)):
            with pytest.raises(ScopeExceedsParent, match=r"scope\.manage|scope\.|unlimited"):
                await key(world, maker=principal(row), **asked)
    row, _ = await key(world, **admin("direct"))
    made, _ = await key(world, maker=principal(row), role="approver", scope=None)
    assert (made.made_by, made.scope["manage"], made.scope["writes"]) == (row.id, ["approvals"], "deny")


async def test_a_child_ends_no_later_than_its_maker(world):
    now = world.services.database.clock()
    row, _ = await key(world, expires_at=(now + timedelta(days=2)).isoformat(), **admin("direct"))
    child, _ = await key(world, maker=principal(row), role="app")
    assert child.expires_at == row.expires_at
    later = (now + timedelta(days=3)).isoformat()
    with pytest.raises(ScopeExceedsParent, match="later than the end of the key that makes it"):
        await key(world, maker=principal(row), role="app", expires_at=later)
    sooner = (now + timedelta(days=1)).isoformat()
    assert (await key(world, maker=principal(row), role="app", expires_at=sooner))[0].expires_at < row.expires_at


async def test_revoking_shows_and_ends_all_that_a_key_made(world):
    root, _ = await key(world, **admin("direct"))
    child, child_token = await key(world, maker=principal(root), **admin("direct"))
    grandchild, _ = await key(world, maker=principal(child), role="app")
    asked = NewMcpServer(name="agents", account_ids=("acc_crm",), config=ServerConfig())
    server, _, _ = await create_server(world.services, TENANT, asked, maker=principal(child))
    other, other_token = await key(world, **admin("direct"))
    made = await list_descendants(world.services, TENANT, root.id, caller=None)
    assert {one.id for one in made} == {child.id, grandchild.id, server.id}
    await revoke_key(world.services, TENANT, child.id, caller=None)
    assert {one.id for one in await list_descendants(world.services, TENANT, root.id, caller=None)} == {
        grandchild.id,
        server.id,
    }
    ended = await revoke_key(world.services, TENANT, root.id, caller=None, descendants=True)
    assert {one.id for one in ended} == {grandchild.id, server.id}
    with pytest.raises(NotFound):
        await get_key(world.services, TENANT, grandchild.id, caller=None)
    with pytest.raises(NotFound):
        await get_server(world.services, TENANT, server.id, caller=None)
    assert await list_descendants(world.services, TENANT, root.id, caller=None) == (), "a revoked key can be asked about"
    assert (await authenticate(world.services, f"Bearer {other_token}")).key_id == other.id
    with pytest.raises(Exception, match="expected a valid API key"):
        await authenticate(world.services, f"Bearer {child_token}")


async def test_a_key_without_a_scope_reads_and_manages_nothing(world):
    for role in ("admin", "app"):
        row, _ = await key(world, role=role, scope=None)
        assert (row.scope["methods"], row.scope["writes"], row.scope["manage"]) == (["read"], "deny", [])
        assert "classes" not in row.scope["fields"] or set(row.scope["fields"]["classes"]) <= {"none", "personal"}
    approver, _ = await key(world, role="approver", scope=None)
    assert (approver.scope["manage"], approver.scope["writes"]) == (["approvals"], "deny")


async def test_unlimited_is_asked_for_by_name_and_only_an_unlimited_key_gives_it(world):
    root, _ = await key(world, role="admin", scope="unlimited")
    assert (await key(world, maker=principal(root), role="admin", scope="unlimited"))[0].scope["manage"]
    narrow, _ = await key(world, **admin("direct"))
    with pytest.raises(ScopeExceedsParent):
        await key(world, maker=principal(narrow), role="admin", scope="unlimited")


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"scope": {"accounts": ["acc_unknown"]}}, ValidationFailed, "scope.accounts: expected ids of accounts of this tenant"),
        ({"scope": {"models": ["crm.contacts"], "tags": ["payroll"]}}, EmptyScope, "no operation of any model meets"),
        ({"scope": {"models": ["crm.contacts"], "methods": ["cancel"]}}, EmptyScope, "no operation of any model meets"),
        ({"role": "app", "scope": {"manage": ["keys"]}}, ValidationFailed, "a key of role app can have connect"),
        ({"role": "approver", "scope": {"manage": ["audit"]}}, ValidationFailed, "a key of role approver can have approvals"),
        ({"scope": {"manage": ["everything"]}}, ValidationFailed, "expected one of accounts, approvals, apps, audit"),
    ],
)
async def test_a_scope_that_allows_nothing_or_something_unknown_is_refused(world, asked, error, message):
    with pytest.raises(error, match=message):
        await key(world, **asked)


async def test_a_child_names_only_accounts_of_its_maker(world):
    row, _ = await key(world, **admin("direct", accounts=["acc_crm"]))
    with pytest.raises((OutsideAccounts, ScopeExceedsParent)):
        await key(world, maker=principal(row), role="app", scope={"accounts": ["acc_tickets"]})


async def test_rows_of_version_one_are_still_read(world):
    """A row without a scope was made unlimited; one with a scope says nothing of `manage`, so it manages nothing."""
    scope = stored_scope(None)
    assert (scope.manage, scope.writes) == (stored_scope(None).manage, "direct")
    old = principal(SimpleNamespace(tenant_id=TENANT, id="key_x", role="admin", scope={"methods": ["read"]}))
    assert old.scope.manage is msgspec.UNSET

"""Whoever can write to the database gains nothing: a row that the service did not write does not exist."""

import os
import random

import pytest
import sqlalchemy as sa

from tests.databases import KINDS
from tests.keys import new_key
from tests.security.rows.intruder import Intruder, other_value
from tests.security.world import open_world
from tests.waiting import until
from unified.app.assembly import assembled
from unified.service.access.api_keys import create_key
from unified.service.access.sessions import resume, sign_in
from unified.service.maintenance.key_rotation import count_unmarked
from unified.service.maintenance.row_guards import FORGED, METHOD
from unified.store import audit
from unified.store.accounts import AccountRow
from unified.store.api_keys import ApiKeyRow
from unified.store.approvals import ApprovalRow
from unified.store.connect_links import ConnectLinkRow
from unified.store.deliveries import DeliveryRow
from unified.store.engine.tables import API_KEYS, METADATA, SESSIONS, TENANTS
from unified.store.integrity.guarded import GUARDED, fetch_one
from unified.store.mcp_servers import McpServerRow
from unified.store.oauth_apps import OAuthAppRow
from unified.store.sessions import SessionRow
from unified.store.tenant_logos import LogoRow
from unified.store.tenants import TenantRow
from unified.store.webhooks import WebhookRow
from unified.vault.tokens import new_id, new_token

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("UNIFIED_TEST_ROW_EDITS", "3"))
"""Random edits of each column; the full length is 200."""
ROWS = {
    "tenants": TenantRow,
    "tenant_logos": LogoRow,
    "api_keys": ApiKeyRow,
    "accounts": AccountRow,
    "mcp_servers": McpServerRow,
    "approvals": ApprovalRow,
    "oauth_apps": OAuthAppRow,
    "connect_links": ConnectLinkRow,
    "sessions": SessionRow,
    "webhooks": WebhookRow,
    "deliveries": DeliveryRow,
}
UNGUARDED = {
    "audit": "chained by hashes; decides nothing",
    "audit_heads": "the ends of those chains",
    "deleted_tenants": "what the operator deleted and when; decides nothing",
    "idempotency": "marks of writes that were done; every use of one is checked like a first request",
    "oauth_app_states": "whether a provider refuses an app; an edit delays calls or lets one be tried, and gives no access",
    "service_keys": "sealed for its row, so that nobody can make another",
    "use_counts": "counters of limits, which change with every call; an edit gives more calls within the same scope, and no access",
}


@pytest.fixture(params=KINDS)
async def world(request, tmp_path):
    async with open_world(request.param, tmp_path) as opened:
        yield opened


def _seen(world):
    """The rows that the guard told of."""
    return set(world.services.database.guard._reported)


def _forget(world):
    world.services.database.guard._reported.clear()
    for kept in (world.services.rows._keys, world.services.rows._servers, world.services.rows._accounts):
        kept.drop_matching(lambda _: True)


async def _found(world, guarded, row):
    query = sa.select(guarded.table).where(guarded.is_row(row))
    async with world.services.database.read() as connection:
        return await fetch_one(connection, query, guarded.table, ROWS[guarded.table.name])


def test_every_table_is_guarded_or_known_to_decide_nothing():
    assert {one.table.name for one in GUARDED} | set(UNGUARDED) == set(METADATA.tables)
    assert set(ROWS) == {one.table.name for one in GUARDED}


@pytest.mark.parametrize(
    ("table", "decides"),
    [
        ("api_keys", {"id", "tenant_id", "role", "scope", "made_by", "digest", "expires_at", "revoked_at"}),
        ("mcp_servers", {"id", "tenant_id", "scope", "limits", "config", "made_by", "digest", "expires_at", "revoked_at"}),
        *((one, {"paused", "use_limits"}) for one in ("api_keys", "mcp_servers")),
        ("mcp_servers", {"require_api_token_auth"}),
        ("sessions", {"id", "tenant_id", "key_id", "digest", "expires_at"}),
        ("accounts", {"id", "tenant_id", "provider", "settings", "resources", "status", "external_id", "connections"}),
        ("accounts", {"credentials_type"}),
        ("tenants", {"id", "name", "return_origins", "suspended_at", "agents_paused", "writes_paused"}),
        ("connect_links", {"id", "tenant_id", "digest", "provider", "reconnects", "status", "return_url", "expires_at"}),
        ("connect_links", {"browser", "state", "account_id", "attempt_expires_at"}),
        ("approvals", {"id", "tenant_id", "account_id", "connections", "requested_by", "key_id", "status", "decided_by"}),
        ("approvals", {"digest", "plan_digest", "scope_digest", "mapping_digest", "summary", "expires_at"}),
        ("oauth_apps", {"tenant_id", "provider", "scopes"}),
        ("webhooks", {"id", "tenant_id", "url", "events", "status"}),
        ("deliveries", {"id", "tenant_id", "webhook_id", "event", "payload"}),
    ],
)
def test_deciding_columns_are_covered_by_the_mac(table, decides):
    covered = next(one.covered for one in GUARDED if one.table.name == table)
    assert decides <= set(covered)


async def test_an_edit_of_any_covered_column_makes_the_row_unknown(world):
    intruder, rng = Intruder(world.services), random.Random(1)
    tried = 0
    for guarded in GUARDED:
        row = (await intruder.rows(guarded.table))[0]
        assert await _found(world, guarded, row) is not None, guarded.table.name
        for column in guarded.covered:
            for _ in range(ROUNDS):
                value = other_value(rng, guarded.table.c[column], row[column])
                if value == row[column]:
                    continue
                _forget(world)
                edited = await intruder.edit(guarded.table, row, column, value)
                assert await _found(world, guarded, edited) is None, f"{guarded.table.name}.{column} = {value!r}"
                assert (guarded.table.name, str(edited[guarded.id])) in _seen(world)
                await intruder.edit(guarded.table, edited, column, row[column])
                tried += 1
        assert await _found(world, guarded, row) is not None, "the row as it was holds again"
    assert tried > 100


async def test_no_mark_fits_another_row_or_none(world):
    """Marks of other rows, of other tables, of the same row before, cut ones and none."""
    intruder = Intruder(world.services)
    everything = {one.table.name: await intruder.rows(one.table) for one in GUARDED}
    marks = [row["mac"] for rows in everything.values() for row in rows]
    assert len(set(marks)) == len(marks) > 12
    for guarded in GUARDED:
        row = everything[guarded.table.name][0]
        version, kid, mac = row["mac"].split(".")
        others = [one for one in marks if one != row["mac"]]
        broken = (
            None,
            "",
            "m1",
            f"{version}.{kid}.",
            f"{version}..{mac}",
            f"{version}.k0.{mac}",
            f"{version}.{kid}.{mac[:-1]}é",
        )
        for wrong in (*others, *broken):
            await intruder.edit(guarded.table, row, "mac", wrong)
            assert await _found(world, guarded, row) is None
        await intruder.edit(guarded.table, row, "mac", row["mac"])
        assert await _found(world, guarded, row) is not None


async def test_the_content_of_one_row_under_the_mark_of_another_is_not_found(world):
    intruder = Intruder(world.services)
    for guarded in GUARDED:
        first, *more = await intruder.rows(guarded.table)
        for second in more[:2]:
            for column in guarded.covered:
                if column not in {one.name for one in guarded.table.primary_key.columns} and not guarded.table.c[column].unique:
                    await intruder.edit(guarded.table, first, column, second[column])
            await intruder.edit(guarded.table, first, "mac", second["mac"])
            assert await _found(world, guarded, first) is None


def _plain(answer):
    kept = {name: value for name, value in answer.headers.items() if name not in {"x-request-id", "date"}}
    return answer.status_code, kept, answer.content


async def _asked(world, token):
    headers = {"Authorization": f"Bearer {token}", "X-Request-Id": "same"}
    return _plain(await world.client.get("/accounts", headers=headers))


async def test_a_forged_key_is_answered_as_an_unknown_one_and_audited_once(world):
    services, intruder, tenant = world.services, Intruder(world.services), world.ours.id
    unknown = await _asked(world, new_token("uk_"))
    row, token = await create_key(services, tenant, new_key(name="k", role="app"), maker=None)
    assert (await _asked(world, token))[0] == 200
    whole = next(one for one in await intruder.rows(API_KEYS) if one["id"] == row.id)
    edits = {
        "role": "admin",
        "scope": {"writes": "direct"},
        "made_by": world.ours.rows["api_keys"]["id"],
        "tenant_id": world.theirs.id,
    }
    for column, value in edits.items():
        _forget(world)
        edited = await intruder.edit(API_KEYS, whole, column, value)
        for _ in range(5):
            assert await _asked(world, token) == unknown, column
        await intruder.edit(API_KEYS, edited, column, whole[column])
        await until(lambda: services.audit.waiting == 0)
        owner = value if column == "tenant_id" else tenant
        trail = (await audit.list_page(services.database, owner, limit=50)).items
        told = [one for one in trail if one.reason == FORGED and one.target == row.id]
        assert {(one.kind, one.decision, one.actor, one.method) for one in told} == {("refusal", "denied", "service", METHOD)}
        assert len(told) == (1 if column == "tenant_id" else 1 + [*edits].index(column))


async def test_lifting_a_revocation_or_an_expiry_gives_nothing_back(world):
    services, intruder, tenant = world.services, Intruder(world.services), world.ours.id
    row, token = await create_key(services, tenant, new_key(name="k", role="admin"), maker=None)
    signed_in = await sign_in(services, token)
    unknown = await _asked(world, new_token("uk_"))
    revoked = await world.client.delete(f"/api-keys/{row.id}", headers={"Authorization": f"Bearer {world.ours.keys['admin']}"})
    assert revoked.status_code == 204
    whole = next(one for one in await intruder.rows(API_KEYS) if one["id"] == row.id)
    await intruder.edit(API_KEYS, whole, "revoked_at", None)
    _forget(world)
    assert await _asked(world, token) == unknown
    with pytest.raises(Exception, match="not signed in"):
        await resume(services, signed_in)


async def test_planted_keys_and_sessions_are_unknown(world):
    """A digest of a token that the intruder knows, a copy of a row that works, a session for an admin key."""
    services, intruder = world.services, Intruder(world.services)
    theirs = await intruder.rows(API_KEYS)
    admin = next(one for one in theirs if one["tenant_id"] == world.ours.id and one["role"] == "admin")
    for row in (admin, {**admin, "mac": None}, {**admin, "mac": "m1"}):
        token = new_token("uk_")
        planted = {**row, "id": new_id("key_"), "digest": services.digest(token), "last_used_at": None}
        async with services.database.write() as connection:
            await connection.execute(sa.insert(API_KEYS).values(planted))
        assert (await _asked(world, token))[0] == 401
    token = new_token("us_")
    session = {
        **(await intruder.rows(SESSIONS))[0],
        "id": new_id("ses_"),
        "key_id": admin["id"],
        "tenant_id": admin["tenant_id"],
    }
    async with services.database.write() as connection:
        await connection.execute(sa.insert(SESSIONS).values({**session, "digest": services.digest(token)}))
    with pytest.raises(Exception, match="not signed in"):
        await resume(services, token)


async def test_no_row_becomes_good_by_a_change_of_the_service_or_by_a_new_start(world):
    """An edited row that the service is asked to change, and one without a mark, stay unknown; so after another start."""
    intruder = Intruder(world.services)
    admin = {"Authorization": f"Bearer {world.ours.keys['admin']}"}
    account = world.ours.rows["accounts"]
    accounts = next(one for one in GUARDED if one.table.name == "accounts")
    whole = next(one for one in await intruder.rows(accounts.table) if one["id"] == account["id"])
    await intruder.edit(accounts.table, whole, "settings", {"subdomain": "evil"})
    _forget(world)
    for method, path, body in (
        ("PATCH", "", {"name": "new"}),
        ("PUT", "/resources", {}),
        ("POST", "/check", None),
        ("POST", "/refresh", None),
        ("DELETE", "", None),
        ("GET", "", None),
    ):
        answer = await world.client.request(method, f"/accounts/{account['id']}{path}", json=body, headers=admin)
        assert answer.status_code == 404, method
    assert account["id"] not in (await world.client.get("/accounts", headers=admin)).text
    await intruder.edit(TENANTS, {"id": world.theirs.id}, "mac", None)
    async with assembled(world.settings) as again:
        found = await count_unmarked(again.database)
    assert {table: by_key.total() for table, by_key in found.items()} == {"accounts": 1, "tenants": 1}

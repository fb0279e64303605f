"""What no mark covers decides nothing: free columns, older values and texts of other rows open no door and move no secret."""

import contextlib
import itertools
import random
from datetime import timedelta

import msgspec
import pytest

from tests.acme import PROVIDER, open_acme
from tests.cases import each
from tests.keys import new_key
from tests.security.rows.intruder import Intruder, other_value
from unified.errors.error import UnifiedError
from unified.service.access.api_keys import create_key
from unified.service.access.mcp_authentication import authenticate_agent
from unified.service.access.principals import authenticate
from unified.service.accounts.account_changes import AccountPatch, update_account
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.accounts.oauth_apps import NewApp, app_for, set_app
from unified.service.mcp_servers.config import NewMcpServer, ServerConfig
from unified.service.mcp_servers.servers import create_server
from unified.service.webhooks.endpoints import NewWebhook, create_webhook, rotate_secret
from unified.store import connect_links, webhooks
from unified.store.engine.tables import ACCOUNTS, API_KEYS, CONNECT_LINKS, MCP_SERVERS, OAUTH_APPS, WEBHOOKS
from unified.store.integrity.guarded import GUARDED, guarded_table

SITES = PROVIDER.replace("https://acme.example.com\n", "https://{company}.example.com\n", 2).replace(
    "settings: {company: {title: Company, example: c1, required: false}}",
    "settings: {company: {title: Company, example: c1}, note: {title: Note, example: n, required: false}}",
)
MAPPING = '{record: "{\\"id\\": id}", get: {request: "GET /people/{id}"}}'
ROUNDS = 8


class Site:
    """An account that was at one address, and is at another with other credentials; who writes to the database kept all."""

    def __init__(self, acme, sent):
        self.acme, self.sent, self.intruder = acme, sent, Intruder(acme.services)

    async def row(self):
        return next(one for one in await self.intruder.rows(ACCOUNTS) if one["id"] == self.acme.account)

    async def patch(self, **values):
        tenant = self.acme.principal.tenant_id
        return await update_account(self.acme.services, tenant, self.acme.account, AccountPatch(**values))

    async def move(self, company, token):
        await self.patch(settings={"company": company}, credentials={"type": "bearer", "token": token})
        return await self.row()

    async def put(self, row, **values):
        for name, value in values.items():
            await self.intruder.edit(ACCOUNTS, row, name, value)
        self.acme.services.rows._drop_account(self.acme.principal.tenant_id, self.acme.account)

    async def tokens_sent(self):
        """The credentials that one call sends."""
        self.sent.clear()
        with contextlib.suppress(UnifiedError):
            await self.acme.get("7")
        return {one.headers["authorization"].removeprefix("Bearer ") for one in self.sent}


@pytest.fixture
async def site(tmp_path):
    sent = []

    def answer(request):
        sent.append(request)
        return {"id": "7"}

    asked = {"settings": {"company": "victim"}, "credentials": {"type": "bearer", "token": "old-secret"}}
    async with open_acme(tmp_path, MAPPING, answer, provider=SITES, **asked) as acme:
        yield Site(acme, sent)


FREE = guarded_table(ACCOUNTS).free


async def test_an_older_secret_is_sent_to_no_newer_address(site):
    """Each set of free columns as it was before the account moved, and of a row replayed as a whole and moved again."""
    first = await site.row()
    assert await site.tokens_sent() == {"old-secret"}
    second = await site.move("attacker", "new-secret")
    assert await site.tokens_sent() == {"new-secret"}
    for count in (1, 2, len(FREE)):
        for names in itertools.combinations(FREE, count):
            await site.put(second, **{name: first[name] for name in names})
            assert "old-secret" not in await site.tokens_sent(), names
            await site.put(second, **{name: second[name] for name in (*FREE, "status", "mac")})
    await site.put(second, **{name: value for name, value in first.items() if name != "id"})
    assert await site.tokens_sent() == {"old-secret"}, "a whole row is replayed at its own address"
    other = await site.move("elsewhere", "third-secret")
    assert other["connections"] == second["connections"], "the count alone would be the same"
    for older in (first, second):
        await site.put(other, credentials=older["credentials"])
        assert await site.tokens_sent() == set()
        await site.put(other, **{name: other[name] for name in (*FREE, "status", "mac", "version", "updated_at")})


async def test_credentials_of_another_account_or_connection_do_not_open(site):
    first = await site.row()
    asked = NewAccount(
        provider="acme", name="b", settings={"company": "victim"}, credentials={"type": "bearer", "token": "other-secret"}
    )
    other = await create_account(site.acme.services, site.acme.principal.tenant_id, asked)
    await site.put(first, credentials=other.credentials)
    assert await site.tokens_sent() == set()
    await site.put(first, **first)
    again = await site.move("victim", "newer-secret")
    await site.put(again, credentials=first["credentials"])
    assert await site.tokens_sent() == set(), "the same address, and another connection"


async def test_credentials_stay_readable_while_other_settings_change(site):
    for note in ("a", "b"):
        await site.patch(settings={"company": "victim", "note": note})
        assert await site.tokens_sent() == {"old-secret"}
    before = await site.row()
    await site.patch(name="renamed")
    assert (await site.row())["credentials"] == before["credentials"]
    await site.patch(settings={"company": "victim", "note": "c"})
    await site.put(await site.row(), credentials=before["credentials"])
    assert await site.tokens_sent() == set()


@pytest.fixture
async def refused(world):
    """What is refused now: an ended server, a revoked and an expired key, each with its row."""
    services, tenant = world.services, world.tenant
    config = ServerConfig(require_api_token_auth=False)
    asked = NewMcpServer(name="a", account_ids=(world.accounts["zendesk"],), config=config)
    server, token, _ = await create_server(services, tenant, asked, maker=None)
    key, shown = await create_key(services, tenant, new_key(name="k"), maker=None)
    settings = msgspec.structs.replace(services.settings, mcp_max_lifetime=60, key_max_lifetime=60)
    clock = services.database.clock
    services.database.clock = lambda: clock() + timedelta(minutes=2)
    strict = msgspec.structs.replace(services, settings=settings)

    async def by_server():
        await authenticate_agent(strict, token, None)

    async def by_key():
        await authenticate(strict, f"Bearer {shown}")

    return {"mcp_servers": (MCP_SERVERS, server.id, by_server), "api_keys": (API_KEYS, key.id, by_key)}


@pytest.mark.parametrize("table", ["mcp_servers", "api_keys"])
async def test_no_value_of_any_column_brings_back_what_the_policy_ended(world, refused, table):
    intruder, rng = Intruder(world.services), random.Random(3)
    columns, row_id, call = refused[table]
    row = next(one for one in await intruder.rows(columns) if one["id"] == row_id)
    for column in (one for one in columns.columns if not one.primary_key):
        for _ in range(ROUNDS if column.name in guarded_table(columns).free or column.name.endswith("_at") else 1):
            await intruder.edit(columns, row, column.name, other_value(rng, column, row[column.name]))
            for kept in (world.services.rows._keys, world.services.rows._servers):
                kept.drop_matching(lambda _: True)
            with pytest.raises(UnifiedError):
                await call()
            await intruder.edit(columns, row, column.name, row[column.name])


async def test_an_older_client_of_an_oauth_app_and_an_older_signing_secret_are_not_used(world):
    services, tenant, intruder = world.services, world.tenant, Intruder(world.services)
    await set_app(services, tenant, "hubspot", NewApp(client_id="a", client_secret="old-client"))
    (app,) = await intruder.rows(OAUTH_APPS)
    await set_app(services, tenant, "hubspot", NewApp(client_id="a", client_secret="new-client"))
    await intruder.edit(OAUTH_APPS, app, "client", app["client"])
    assert (await app_for(services, tenant, "hubspot")).client_secret.reveal() != "old-client"
    hook, _ = await create_webhook(services, tenant, NewWebhook(url="https://hooks.test/x", events=["account.connected"]))
    (row,) = await intruder.rows(WEBHOOKS)
    await rotate_secret(services, tenant, hook.id)
    for name in ("secret", "previous_until"):
        (now,) = await intruder.rows(WEBHOOKS)
        older = row["secret"] if name == "secret" else now["previous_until"] + timedelta(days=9)
        await intruder.edit(WEBHOOKS, now, name, older)
        assert await webhooks.get(services.database, tenant, hook.id) is None, name
        await intruder.edit(WEBHOOKS, now, name, now[name])
    assert await webhooks.get(services.database, tenant, hook.id) is not None


async def test_tries_of_a_link_cannot_be_taken_back(world):
    made = (await world.client.post("/connect", json={"provider": "zendesk"})).json()
    database, intruder = world.services.database, Intruder(world.services)
    for number in (1, 2):
        assert await connect_links.begin_try(database, world.tenant, made["id"], most=2) == number
    assert await connect_links.begin_try(database, world.tenant, made["id"], most=2) is None
    (row,) = await intruder.rows(CONNECT_LINKS)
    await intruder.edit(CONNECT_LINKS, row, "tries", 0)
    assert await connect_links.begin_try(database, world.tenant, made["id"], most=2) is None


@each("guarded", GUARDED, ids=lambda one: one.table.name)
def test_free_columns_are_known_to_decide_nothing(guarded):
    harmless = {
        "status_reason": "shown to people",
        "last_used_at": "shown to people",
        "end_announced_at": "whether the end of a key was announced",
        "refresh_lease": "who refreshes now",
        "refresh_lease_until": "when another may refresh",
        "refresh_unfinished": "which reason a refused refresh has",
        "refresh_not_before": "when a refresh is tried again",
        "failures": "how many failures of a link are reported",
        "failing_since": "when a webhook is disabled by itself",
        "attempt": "names the digest of its state, which is covered",
        "payload": "sealed for its row, written once",
        "credentials": "sealed for the settings and the connection, which are covered",
        "content": "its digest is covered",
    }
    shown = {"tenant_logos": {"updated_at"}, "webhooks": {"updated_at"}}
    sent = {"deliveries": {"status", "attempts", "next_attempt_at", "lease_until", "last_status", "last_error", "delivered_at"}}
    known = harmless.keys() | shown.get(guarded.table.name, set()) | sent.get(guarded.table.name, set())
    assert set(guarded.free) - known == set()

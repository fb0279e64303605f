"""A key or password that the provider refuses: confirmed by its check request, told once, and asked about no more than needed."""

import asyncio
import time
from datetime import timedelta

import pytest

from tests.accounts.conftest import approval, asked_for, demo_credentials, patched, shown, told
from tests.databases import KINDS, fresh_url
from tests.waiting import until
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.accounts.check_request import check_request
from unified.service.runtime.credential_refusals import CHECK_COOLDOWN, Refusals
from unified.service.runtime.row_cache import RowCache
from unified.store import accounts, tenants
from unified.store.accounts import SealedCredentials
from unified.store.engine.engine import migrate, open_database, utc_now
from unified_sandbox.registry import discover

pytestmark = pytest.mark.slow

READS = {
    "hubspot": "/crm/contacts",
    "salesforce": "/crm/contacts",
    "bamboohr": "/hris/employees",
    "hibob": "/hris/employees",
    "zendesk": "/ticketing/tickets",
    "jira": "/ticketing/tickets",
}
GIVEN = [
    (provider, {name: text for name, text in one.items() if name != "refresh_token"})
    for provider in READS
    for one in discover()[provider].demo_credentials
    if one["type"] != "client_credentials" and not one.get("username", "").endswith("/token")
]
"""Every kind of credentials that a stand-in takes and that nobody can refresh."""
STATIC = pytest.mark.parametrize(("provider", "credentials"), GIVEN, ids=[f"{name}-{one['type']}" for name, one in GIVEN])
NO_MORE = "the account is needs_reauth (credentials_refused); connect it again"


async def connect(world, provider, credentials):
    """In place of the account that is there, one with these credentials."""
    settings = dict(discover()[provider].demo_settings) | ({"cloud_id": "demo"} if provider == "jira" else {})
    asked = NewAccount(provider=provider, name="static", credentials=credentials, settings=settings)
    world.accounts[provider] = (await create_account(world.services, world.tenant, asked)).id


async def revoke(world, provider):
    assert (await world.sandbox.post("/_sandbox/tokens", json={"provider": provider, "revoke": True})).status_code == 200


async def restore(world):
    assert (await world.sandbox.post("/_sandbox/reset")).status_code == 204


async def fault(world, provider, **fault):
    answer = await world.sandbox.post("/_sandbox/faults", json={"provider": provider, **fault})
    assert answer.status_code == 201, answer.text


def check_of(world, provider):
    """The path of the provider's check request, as it arrives."""
    known = world.services.catalog.provider(provider)
    base = known.base_url.partition("//")[2].partition("/")[2]
    path = check_request(known, {}).path
    return f"/{base}{path}" if base else path


@pytest.fixture
def checks(world, monkeypatch):
    """The accounts about which the provider was asked, one for each time."""
    ask, asked = world.services.refusals._ask, []

    async def counted(row):
        asked.append(row.id)
        return await ask(row)

    monkeypatch.setattr(world.services.refusals, "_ask", counted)
    return asked


async def events(world):
    return [(one["type"], one["data"]["account_id"], one["data"]["status_reason"]) for one in await told(world.services)]


@STATIC
async def test_a_confirmed_401_is_reported_once_and_later_calls_send_nothing(world, checks, provider, credentials):
    await connect(world, provider, credentials)
    before = await told(world.services)
    assert (await world.get(READS[provider], provider)).status_code == 200
    await revoke(world, provider)
    answers = await asyncio.gather(*(world.get(READS[provider], provider) for _ in range(20)))
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(424, "connection_unauthorized")}
    account = await shown(world, provider)
    assert (account["status"], account["status_reason"]) == ("needs_reauth", "credentials_refused")
    assert len(checks) == 1
    reached = len(await world.reached(provider))
    for path in (READS[provider], "/proxy/anything"):
        later = await world.get(path, provider)
        assert (later.status_code, later.json()["detail"]) == (424, NO_MORE)
    assert len(await world.reached(provider)) == reached
    new = (await events(world))[len(before) :]
    assert new == [("account.needs_reauth", world.accounts[provider], "credentials_refused")]
    await until(lambda: world.services.audit.waiting == 0)
    (row,) = (await world.client.get("/audit", params={"actor": "service"})).json()["data"]
    assert (row["method"], row["reason"]) == ("account.needs_reauth", "credentials_refused")


@STATIC
async def test_new_credentials_bring_it_back(world, provider, credentials):
    await connect(world, provider, credentials)
    await revoke(world, provider)
    assert (await world.get(READS[provider], provider)).status_code == 424
    await restore(world)
    answer = await patched(world, provider, credentials=credentials)
    assert (answer.json()["status"], answer.json()["status_reason"]) == ("active", None)
    assert (await world.get(READS[provider], provider)).status_code == 200
    assert [one["type"] for one in await told(world.services)][-2:] == ["account.needs_reauth", "account.reactivated"]


@STATIC
async def test_one_refusal_that_the_check_does_not_confirm_changes_nothing(world, checks, provider, credentials):
    """A 401 once, and a 403 as often as it comes, say nothing about the credentials."""
    for status, times in ((403, 9), (400, 9), (500, 9), (401, 1)):
        await connect(world, provider, credentials)
        before = await events(world)
        await fault(world, provider, match="*", status=status, times=times, body={})
        await world.get(READS[provider], provider)
        assert (await shown(world, provider))["status"] == "active", status
        assert len(checks) == (status == 401)
        await restore(world)
        assert (await world.get(READS[provider], provider)).status_code == 200
        assert await events(world) == before


@pytest.mark.parametrize("answer", [{"status": 403}, {"status": 429}, {"status": 503}, {"drop": True}, {"status": 302}])
async def test_a_check_that_does_not_say_401_confirms_nothing(world, answer):
    await connect(world, "jira", demo_credentials("jira", "basic"))
    await fault(world, "jira", match=f"GET {check_of(world, 'jira')}", times=9, **answer)
    await fault(world, "jira", match="GET /rest/api/3/search*", status=401, times=9, body={})
    assert (await world.get("/ticketing/tickets", "jira")).status_code == 424
    assert (await shown(world, "jira"))["status"] == "active"


async def test_a_provider_that_answers_401_to_one_request_is_asked_once_in_a_while(world, checks):
    await connect(world, "jira", demo_credentials("jira", "basic"))
    await fault(world, "jira", match="GET /rest/api/3/search*", status=401, times=99, body={})
    for _ in range(10):
        assert (await world.get("/ticketing/tickets", "jira")).status_code == 424
    assert len(checks) == 1
    world.services.database.clock = lambda: utc_now() + CHECK_COOLDOWN + timedelta(seconds=1)
    await asyncio.gather(*(world.get("/ticketing/tickets", "jira") for _ in range(10)))
    assert len(checks) == 2
    assert (await shown(world, "jira"))["status"] == "active"


async def test_the_proxy_and_writes_find_it_too(world):
    for number, (method, path) in enumerate((("GET", "/proxy/rest/api/3/myself"), ("POST", "/ticketing/tickets"))):
        await restore(world)
        await connect(world, "jira", demo_credentials("jira", "basic"))
        await revoke(world, "jira")
        body = {"name": "n", "collection_ids": ["10000"]} if method == "POST" else None
        await world.send(method, path, body, "jira")
        assert (await shown(world, "jira"))["status"] == "needs_reauth", (number, path)


@STATIC
async def test_the_check_of_an_operator_finds_it_and_finds_it_well_again(world, provider, credentials):
    await connect(world, provider, credentials)
    await revoke(world, provider)
    place = f"/accounts/{world.accounts[provider]}/check"
    found = (await world.client.post(place)).json()
    assert (found["ok"], found["detail"].partition(":")[0]) == (False, "connection_unauthorized")
    assert (await shown(world, provider))["status"] == "needs_reauth"
    assert (await world.client.post(place)).json()["ok"] is False
    await restore(world)
    assert (await world.client.post(place)).json()["ok"] is True
    account = await shown(world, provider)
    assert (account["status"], account["status_reason"]) == ("active", None)
    assert (await world.get(READS[provider], provider)).status_code == 200
    assert [one["type"] for one in await told(world.services)][-2:] == ["account.needs_reauth", "account.reactivated"]


async def test_an_account_that_came_back_and_is_refused_again_is_lost_at_once(world):
    await connect(world, "jira", demo_credentials("jira", "basic"))
    for _ in range(3):
        await revoke(world, "jira")
        assert (await world.get("/ticketing/tickets", "jira")).status_code == 424
        assert (await shown(world, "jira"))["status"] == "needs_reauth"
        await restore(world)
        assert (await world.client.post(f"/accounts/{world.accounts['jira']}/check")).json()["ok"] is True
        assert (await shown(world, "jira"))["status"] == "active"


async def test_one_401_of_an_operators_check_changes_nothing(world):
    await connect(world, "jira", demo_credentials("jira", "basic"))
    await fault(world, "jira", match="*", status=401, times=1, body={})
    place = f"/accounts/{world.accounts['jira']}/check"
    assert (await world.client.post(place)).json()["ok"] is False
    assert (await shown(world, "jira"))["status"] == "active"


async def test_a_check_that_works_does_not_enable_what_was_lost_for_another_reason_or_disabled(world):
    await connect(world, "jira", demo_credentials("jira", "basic"))
    place = f"/accounts/{world.accounts['jira']}"
    assert (await patched(world, "jira", status="disabled")).status_code == 200
    assert (await world.client.post(f"{place}/check")).json()["ok"] is True
    assert (await shown(world, "jira"))["status"] == "disabled"


@pytest.mark.parametrize("provider", ["jira", "bamboohr"])
async def test_a_disabled_account_is_not_reached_by_the_pass_through(world, provider):
    """Whatever its credentials; only those that can be refreshed were looked at before."""
    kind = {"jira": "basic", "bamboohr": "api_key"}[provider]
    await connect(world, provider, demo_credentials(provider, kind))
    await patched(world, provider, status="disabled")
    answer = await world.get("/proxy/anything", provider)
    assert (answer.status_code, answer.json()["code"]) == (424, "connection_unauthorized")
    assert await world.reached(provider) == []


async def test_waiting_writes_of_the_account_are_void(world):
    await connect(world, "jira", demo_credentials("jira", "basic"))
    waiting = await asked_for(
        world, "jira", "/ticketing/tickets", {"name": "n", "description": "d", "collection_ids": ["10000"]}
    )
    await revoke(world, "jira")
    assert (await world.get("/ticketing/tickets", "jira")).status_code == 424
    row = await approval(world, waiting)
    assert (row["status"], row["status_reason"], row["payload"]) == ("void", "account_inactive", None)


async def test_an_old_key_that_is_refused_says_nothing_about_the_new_one(world):
    """A worker may send the credentials of two seconds ago: the newer ones are taken, and the account stays."""
    good = demo_credentials("jira", "basic")
    await connect(world, "jira", good | {"password": "old"})
    stale = await accounts.get(world.services.database, world.tenant, world.accounts["jira"])
    await patched(world, "jira", credentials=good)
    world.services.rows._accounts.put((world.tenant, stale.id), stale, time.monotonic())
    assert (await world.get("/ticketing/tickets", "jira")).status_code == 200
    assert (await shown(world, "jira"))["status"] == "active"


@pytest.mark.parametrize("kind", KINDS)
async def test_many_workers_tell_it_once(kind, tmp_path):
    """Each worker asks the provider once; one of them changes the account and writes the event."""
    async with fresh_url(kind, tmp_path) as url:
        await migrate(url)
        database = await open_database(url)
        try:
            tenant = (await tenants.add(database, "ten_1", name="t")).id
            sealed = SealedCredentials(sealed="s", type="basic", masked="…")
            row = await accounts.add(database, tenant, "acc_1", provider="jira", name="n", credentials=sealed)
            asked, followed = [], []
            all_ask = asyncio.Barrier(5)

            async def refused(one):
                asked.append(one.id)
                await all_ask.wait()
                return True

            async def follow(one):
                followed.append(one.status)

            workers = [Refusals(database, RowCache(database), refused, follow) for _ in range(5)]
            await asyncio.gather(*(workers[number % 5].confirm(row) for number in range(100)))
            assert len(asked) == 5
            assert followed == ["needs_reauth"]
            now = await accounts.get(database, tenant, row.id)
            assert (now.status, now.status_reason, now.version) == ("needs_reauth", "credentials_refused", 2)
            await asyncio.gather(*(one.confirm(row, at_once=True) for one in workers))
            assert len(asked) == 5
        finally:
            await database.close()


async def test_a_check_that_cannot_be_made_keeps_the_account(world, monkeypatch):
    await connect(world, "jira", demo_credentials("jira", "basic"))
    await revoke(world, "jira")

    async def broken(_row):
        raise RuntimeError

    monkeypatch.setattr(world.services.refusals, "_ask", broken)
    answer = await world.get("/ticketing/tickets", "jira")
    assert answer.status_code == 424
    assert (await shown(world, "jira"))["status"] == "active"


async def test_oauth_tokens_that_are_refused_right_after_a_refresh_are_confirmed_likewise(world, checks):
    """The grant is good, and yet the product refuses every token: nobody can use the account until it is connected again."""
    await fault(world, "hubspot", match="GET /crm/*", status=401, times=99, body={})
    await fault(world, "hubspot", match=f"GET {check_of(world, 'hubspot')}", status=401, times=99, body={})
    answers = [await world.get("/crm/contacts") for _ in range(5)]
    assert {one.status_code for one in answers} == {424}
    account = await shown(world, "hubspot")
    assert (account["status"], account["status_reason"]) == ("needs_reauth", "credentials_refused")
    tokens = [one["path"] for one in await world.reached()].count("/oauth/v1/token")
    assert (tokens, len(checks)) == (1, 1)

"""An OAuth app whose secret is refused: one fault, one event, one repair; no account is blamed for it."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx2
import pytest

from tests.accounts.conftest import demo_credentials, listen, shown, told
from tests.connect.conftest import running
from tests.databases import KINDS, fresh_url
from tests.waiting import until
from tests.world import catalog
from unified.api.requests.access import SESSION_COOKIE
from unified.app.assembly import assembled
from unified.errors.requests import ConnectFailed
from unified.secret import Secret
from unified.service.access.sessions import sign_in
from unified.service.accounts import oauth_apps
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.accounts.oauth_apps import NewApp, set_app
from unified.service.accounts.refused_apps import BACKOFF, MAX_BACKOFF, QUIET, TokenPlace, refresh_as, state_of
from unified.service.connect import complete_callback, new_browser_secret
from unified.settings.provider_values import OAuthApps
from unified.settings.settings import Settings
from unified.store import accounts, app_states, refreshes, tenants
from unified.store.engine.engine import utc_now
from unified.transport.oauth import OAuthApp
from unified.transport.token_answer import TokenAnswer, TokenRefused
from unified.vault.tokens import new_id
from unified_sandbox.app import create_sandbox
from unified_sandbox.registry import discover

pytestmark = pytest.mark.slow

TOKEN_CALL = "/oauth/v1/token"
RIGHT = {"client_id": "demo-client", "client_secret": "demo-secret"}
WRONG = {"client_id": "demo-client", "client_secret": "rotated-at-the-provider"}
MANY = 50
APP = OAuthApp(client_id=Secret("i"), client_secret=Secret("s"))
ANSWER = TokenAnswer(access_token=Secret("t"), refresh_token=None, expires_at=None, scopes=None)


async def put(world, app):
    answer = await world.client.put("/oauth-apps/hubspot", json=app)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def app_shown(world):
    return (await world.client.get("/oauth-apps/hubspot")).json()


async def account(world, *, left):
    """An account whose token ends in so many seconds, and can be refreshed."""
    expires_at = world.services.database.clock() + timedelta(seconds=left)
    given = demo_credentials("hubspot", "oauth2") | {"expires_at": expires_at.isoformat()}
    asked = NewAccount(provider="hubspot", name="n", credentials=given)
    return (await create_account(world.services, world.tenant, asked)).id


async def call(world, account_id):
    return await world.client.get("/crm/contacts", params={"account_id": account_id, "limit": 1})


async def calls(world, ids):
    answers = await asyncio.gather(*(call(world, one) for one in ids))
    return {(one.status_code, one.json().get("code")) for one in answers}


async def token_calls(world):
    return [one["status"] for one in await world.reached() if one["path"] == TOKEN_CALL]


async def statuses(world, ids):
    rows = [await accounts.get(world.services.database, world.tenant, one) for one in ids]
    return {(row.status, row.status_reason) for row in rows}


def hubspot(tenant):
    return TokenPlace(tenant_id=tenant, provider="hubspot")


def forward(world, by):
    world.services.database.clock = lambda: utc_now() + by


async def test_many_accounts_of_one_app_with_a_rotated_secret(world):
    await put(world, WRONG)
    ids = [await account(world, left=-1) for _ in range(MANY)]
    before = len(await told(world.services))
    assert await calls(world, ids) == {(503, "oauth_app_invalid")}
    tried = await token_calls(world)
    assert set(tried) == {400}
    assert len(tried) <= MANY
    assert await calls(world, ids) == {(503, "oauth_app_invalid")}
    assert await token_calls(world) == tried, "the provider was asked again at once"
    assert await statuses(world, ids) == {("active", None)}
    (event,) = (await told(world.services))[before:]
    state = await app_states.get(world.services.database, world.tenant, "hubspot")
    assert (event["type"], event["data"]) == (
        "oauth_app.invalid",
        {"provider": "hubspot", "owner": "tenant", "status": "invalid_client", "invalid_since": event["timestamp"]},
    )
    seen = await app_shown(world)
    assert (seen["owner"], seen["status"]) == ("tenant", "invalid_client")
    assert seen["invalid_since"] is not None
    assert "rotated" not in str((event, seen, state))
    assert (await put(world, RIGHT))["status"] == "active"
    assert await calls(world, ids) == {(200, None)}
    assert await statuses(world, ids) == {("active", None)}
    assert ((await app_shown(world))["status"], (await app_shown(world))["invalid_since"]) == ("active", None)
    assert len(await told(world.services)) == before + 1
    await until(lambda: world.services.audit.waiting == 0)
    (row,) = (await world.client.get("/audit", params={"actor": "service"})).json()["data"]
    assert (row["method"], row["reason"], row["target"]) == ("oauth_app.invalid", "invalid_client", "hubspot")


async def test_the_answer_says_who_must_do_what_and_when_it_is_worth_a_retry(world):
    await put(world, WRONG)
    refused = await call(world, await account(world, left=-1))
    problem = refused.json()
    assert (problem["code"], problem["retryable"], problem["title"]) == (
        "oauth_app_invalid",
        True,
        "OAuth app refused by the provider",
    )
    assert problem["detail"] == (
        "HubSpot refuses the OAuth app through which this account was connected (invalid_client): its operator must set the "
        "right client secret (PUT /oauth-apps/hubspot; UNIFIED_OAUTH_APPS for the installation's app). The account then works "
        "again by itself; it need not be connected again"
    )
    assert 1 <= problem["retry_after"] <= BACKOFF.total_seconds()
    assert 1 <= int(refused.headers["retry-after"]) <= BACKOFF.total_seconds()


async def test_a_token_that_lives_is_used_meanwhile(world):
    await put(world, WRONG)
    dead, living = await account(world, left=-1), await account(world, left=30)
    assert await calls(world, [dead]) == {(503, "oauth_app_invalid")}
    for _ in range(5):
        assert await calls(world, [living]) == {(200, None)}
    await world.services.refresher.close()
    assert await token_calls(world) == [400]


async def test_one_call_at_a_time_finds_out_at_growing_distances(world):
    await put(world, WRONG)
    ids = [await account(world, left=-1) for _ in range(10)]
    await calls(world, ids[:1])
    gone, waits = timedelta(), []
    for number in range(2, 9):
        state = await app_states.get(world.services.database, world.tenant, "hubspot")
        gone += state.not_before - world.services.database.clock() + timedelta(milliseconds=10)
        forward(world, gone)
        await calls(world, ids)
        assert len(await token_calls(world)) == number
        state = await app_states.get(world.services.database, world.tenant, "hubspot")
        waits.append((state.not_before - world.services.database.clock()).total_seconds())
    expected = [30, 60, 120, 240, 300, 300, 300]
    assert all(one - 10 < wait <= one for one, wait in zip(expected, waits, strict=True)), waits
    assert MAX_BACKOFF.total_seconds() == 300
    assert await statuses(world, ids) == {("active", None)}


async def test_a_call_that_works_ends_it_for_all(world):
    """The provider's fault is over, and nobody had to say so."""
    fault = {"provider": "hubspot", "match": f"POST {TOKEN_CALL}", "status": 401, "body": {"error": "invalid_client"}}
    await world.sandbox.post("/_sandbox/faults", json={**fault, "times": 1})
    ids = [await account(world, left=-1) for _ in range(5)]
    assert await calls(world, ids[:1]) == {(503, "oauth_app_invalid")}
    assert await calls(world, ids) == {(503, "oauth_app_invalid")}
    forward(world, BACKOFF + timedelta(seconds=1))
    await calls(world, ids[:1])
    assert await calls(world, ids) == {(200, None)}
    assert await state_of(world.services, world.tenant, "hubspot") is None


async def test_an_app_that_comes_and_goes_is_reported_once_in_a_while(world):
    """Such as when one odd account was connected as another app."""
    for minutes, events in ((0, 1), (10, 1), (QUIET.total_seconds() / 60 + 20, 2)):
        forward(world, timedelta(minutes=minutes))

        async def refused():
            raise TokenRefused("invalid_client", status=401, definite=True)

        async def taken():
            return ANSWER

        app = await oauth_apps.app_for(world.services, world.tenant, "hubspot")
        with pytest.raises(TokenRefused, match="oauth_app_invalid"):
            await refresh_as(world.services, hubspot(world.tenant), app, refused)
        assert await state_of(world.services, world.tenant, "hubspot") is not None
        forward(world, timedelta(minutes=minutes) + BACKOFF)
        await refresh_as(world.services, hubspot(world.tenant), app, taken)
        assert await state_of(world.services, world.tenant, "hubspot") is None
        assert len(await told(world.services, "oauth_app.invalid")) == events, minutes


async def test_a_late_refusal_of_the_old_secret_does_not_count_against_the_new_one(world):
    await put(world, WRONG)
    old = await oauth_apps.app_for(world.services, world.tenant, "hubspot")

    async def refused_late():
        await put(world, RIGHT)
        raise TokenRefused("invalid_client", status=401, definite=True)

    with pytest.raises(TokenRefused, match="oauth_app_invalid"):
        await refresh_as(world.services, hubspot(world.tenant), old, refused_late)
    assert (await app_shown(world))["status"] == "active"
    assert await told(world.services, "oauth_app.invalid") == []
    assert await calls(world, [await account(world, left=-1)]) == {(200, None)}


async def test_other_refusals_say_nothing_about_the_app(world):
    """`unauthorized_client` neither: some products answer it to a refresh token that is gone."""
    for code, status in (("invalid_grant", "needs_reauth"), ("unauthorized_client", "needs_reauth"), ("x", "active")):
        one = await account(world, left=-1)
        fault = {"provider": "hubspot", "match": f"POST {TOKEN_CALL}", "status": 400, "body": {"error": code}}
        await world.sandbox.post("/_sandbox/faults", json=fault)
        await call(world, one)
        assert (await accounts.get(world.services.database, world.tenant, one)).status == status
        assert await app_states.list_all(world.services.database, world.tenant) == ()


async def test_a_refresh_that_is_asked_for_waits_too_and_says_why(world):
    await put(world, WRONG)
    one = await account(world, left=-1)
    for _ in range(3):
        found = (await world.client.post(f"/accounts/{one}/refresh")).json()
        assert found["ok"] is False
        assert found["detail"].startswith("oauth_app_invalid: HubSpot refuses the OAuth app")
    assert await token_calls(world) == [400]


async def test_the_keeper_passes_over_accounts_that_wait_for_their_app(world):
    await put(world, WRONG)
    waiting = await account(world, left=5)
    await world.services.refresher.force(await accounts.get(world.services.database, world.tenant, waiting))
    due = await refreshes.list_due(world.services.database, within=timedelta(minutes=3), limit=10)
    assert waiting not in {row.id for row in due}
    await put(world, RIGHT)
    due = await refreshes.list_due(world.services.database, within=timedelta(minutes=3), limit=10)
    assert waiting in {row.id for row in due}


async def test_an_accounts_own_client_is_the_accounts_fault(world):
    """Client credentials belong to one account, so a refused client is its own."""
    given = {"type": "client_credentials", "client_id": "demo-client", "client_secret": "demo-secret"}
    asked = NewAccount(
        provider="salesforce", name="n", credentials=given, settings=dict(discover()["salesforce"].demo_settings)
    )
    row = await create_account(world.services, world.tenant, asked)
    fault = {"provider": "salesforce", "match": "POST *", "status": 401, "body": {"error": "invalid_client"}}
    await world.sandbox.post("/_sandbox/faults", json=fault)
    attempt = await world.services.refresher.force(row)
    assert (attempt.row.status, attempt.problem) == ("needs_reauth", "client_refused")
    assert await app_states.list_all(world.services.database, world.tenant) == ()


class TestTheInstallationsApp:
    """From settings, for tenants without their own."""

    @pytest.fixture
    def more_settings(self):
        return {"oauth_apps": OAuthApps({"hubspot": (WRONG["client_id"], WRONG["client_secret"])})}

    async def test_it_is_shown_while_it_is_refused_and_a_new_one_works_at_once(self, world, monkeypatch):
        ids = [await account(world, left=-1) for _ in range(5)]
        assert (await world.client.get("/oauth-apps/hubspot")).status_code == 404
        assert await calls(world, ids) == {(503, "oauth_app_invalid")}
        seen = await app_shown(world)
        assert (seen["owner"], seen["status"], seen["client_id"], seen["client_secret"]) == (
            "installation",
            "invalid_client",
            "…",
            "…",
        )
        assert (await world.client.get("/oauth-apps")).json()["data"] == [seen]
        (event,) = await told(world.services, "oauth_app.invalid")
        assert event["data"]["owner"] == "installation"
        assert (await world.client.delete("/oauth-apps/hubspot")).status_code == 404
        monkeypatch.setattr(OAuthApps, "get", lambda _apps, _name: (RIGHT["client_id"], RIGHT["client_secret"]))
        assert (await world.client.get("/oauth-apps/hubspot")).status_code == 404
        assert await calls(world, ids) == {(200, None)}

    async def test_a_tenant_may_repair_it_for_itself(self, world):
        ids = [await account(world, left=-1) for _ in range(3)]
        assert await calls(world, ids) == {(503, "oauth_app_invalid")}
        await put(world, RIGHT)
        assert await calls(world, ids) == {(200, None)}

    async def test_each_tenant_learns_of_it_by_itself(self, world):
        other = (await tenants.add(world.services.database, new_id("ten_"), name="o")).id
        await listen(world.services, other)
        assert await calls(world, [await account(world, left=-1)]) == {(503, "oauth_app_invalid")}
        assert await state_of(world.services, other, "hubspot") is None
        assert len(await told(world.services, "oauth_app.invalid")) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_workers_report_it_once_and_try_one_at_a_time(kind, tmp_path):
    async with fresh_url(kind, tmp_path) as url, AsyncExitStack() as closing:
        settings = Settings(home=tmp_path, database_url=url, allow_loopback=True)
        transport = httpx2.ASGITransport(create_sandbox({}))
        opened = [assembled(settings, catalog=catalog(), transport=transport) for _ in range(3)]
        workers = [await closing.enter_async_context(one) for one in opened]
        tenant = (await tenants.add(workers[0].database, new_id("ten_"), name="t")).id
        await listen(workers[0], tenant)
        await set_app(workers[0], tenant, "hubspot", NewApp(client_id="i", client_secret="s"))
        asked = []

        async def refused():
            asked.append(1)
            await asyncio.sleep(0.02)
            raise TokenRefused("invalid_client", status=401, definite=True)

        async def ask(number):
            with pytest.raises(TokenRefused, match="oauth_app_invalid"):
                await refresh_as(workers[number % 3], hubspot(tenant), APP, refused)

        await asyncio.gather(*(ask(number) for number in range(12)))
        assert len(await told(workers[0], "oauth_app.invalid")) == 1
        for one in workers:
            one.database.clock = lambda: utc_now() + BACKOFF + timedelta(seconds=1)
        asked.clear()
        await asyncio.gather(*(ask(number) for number in range(12)))
        assert len(asked) == 1
        assert len(await told(workers[0], "oauth_app.invalid")) == 1


async def test_the_exchange_of_a_code_says_nothing_about_the_app(tmp_path):
    async with running(tmp_path) as world:
        await listen(world.services, world.tenant)
        await world.api.put("/oauth-apps/hubspot", json=RIGHT)
        link, browser = await world.link(provider="hubspot"), new_browser_secret()
        back = await world.approve(await world.begun(link, "hubspot", browser))
        await world.api.put("/oauth-apps/hubspot", json=WRONG)
        with pytest.raises(ConnectFailed) as caught:
            await complete_callback(world.services, "hubspot", back, browser)
        assert caught.value.reason == "client_refused"
        assert (await world.api.get("/oauth-apps/hubspot")).json()["status"] == "active"
        assert "oauth_app.invalid" not in await world.events()


async def test_the_account_says_nothing_of_it(world):
    """It is active as before: what is wrong is shown at the app and told by the calls."""
    await put(world, WRONG)
    one = await account(world, left=-1)
    await call(world, one)
    world.accounts["hubspot"] = one
    assert ((await shown(world, "hubspot"))["status"], (await shown(world, "hubspot"))["status_reason"]) == ("active", None)


async def test_the_accounts_page_says_which_accounts_wait_for_their_app(world):
    await put(world, WRONG)
    dead, living = await account(world, left=-1), await account(world, left=600)
    await call(world, dead)
    session = await sign_in(world.services, world.admin_key)
    headers = {"Authorization": "", "Cookie": f"{SESSION_COOKIE}={session}"}
    page = (await world.client.get("/ui/accounts", params={"provider": "hubspot"}, headers=headers)).text
    cards = {one: page.partition(f'data-account="{one}"')[2].partition("</tr>")[0] for one in (dead, living)}
    assert '<span class="status needs_reauth">Waiting for its OAuth app</span>' in cards[dead]
    assert '<span class="status active">Working</span>' in cards[living]
    for one in cards.values():
        assert "The product rejects the OAuth app used for this connection." in one

"""Links: made by programs within their tenant, opened by whoever holds the token, dead after use or time."""

import asyncio
from contextlib import asynccontextmanager
from copy import copy
from urllib.parse import parse_qsl, urlsplit

import httpx2
import msgspec
import pytest
from litestar import Response

from tests.connect.conftest import PUBLIC, SETTINGS, both_databases, running
from tests.keys import new_key
from tests.world import PROVIDERS, catalog
from unified.api.controllers.connect import get_connect_link
from unified.api.requests.declarations import DECLARED
from unified.api.routes import ROUTES
from unified.api.server import build_server
from unified.errors.requests import NotFound
from unified.service.access.api_keys import create_key
from unified.service.connect import ConnectChoice, begin_authorization, complete_callback, new_browser_secret, open_link
from unified.store import connect_links, tenants
from unified.store.engine.tables import ACCOUNTS, CONNECT_LINKS
from unified.transport.auth import name_of
from unified.vault.tokens import has_valid_checksum, new_id, new_token

GONE = "this link is not known, has expired or was used already; ask for a new one"


async def other_key(world, **asked):
    tenant = (await tenants.add(world.services.database, new_id("ten_"), name="Other")).id
    _, key = await create_key(world.services, tenant, new_key(**({"name": "admin", "role": "admin"} | asked)), maker=None)
    return {"Authorization": f"Bearer {key}"}


@both_databases
async def test_a_link_is_made_and_shown_once(world):
    made = await world.api.post("/connect", json={"provider": "zendesk", "expires_in": 60})
    body = made.json()
    assert made.status_code == 201
    assert set(body) == {"id", "url", "expires_at"}
    parts = urlsplit(body["url"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{PUBLIC}/connect/{body['id']}"
    token = dict(parse_qsl(parts.query))["token"]
    assert has_valid_checksum(token, "uc_")
    row = await world.link_row()
    assert (row["digest"], token in str(row)) == (world.services.digest(token), False)
    shown = (await world.api.get(made.headers["location"])).json()
    assert shown == {"status": "open", "account_id": None, "reason": None, "expires_at": body["expires_at"]}


async def test_app_keys_make_links_and_approvers_do_not(world):
    for role, status in (("app", 201), ("approver", 403)):
        _, key = await create_key(world.services, world.tenant, new_key(name="k", role=role, scope="unlimited"), maker=None)
        made = await world.api.post("/connect", json={}, headers={"Authorization": f"Bearer {key}"})
        assert made.status_code == status, role


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"provider": "zendesc"}, 422, "/provider"),
        ({"expires_in": 59}, 422, "/expires_in"),
        ({"expires_in": 604_801}, 422, "/expires_in"),
        ({"expires_in": "60"}, 422, "/expires_in"),
        ({"return_url": "https://evil.test/"}, 422, "/return_url"),
        ({"return_url": "javascript:alert(1)"}, 422, "/return_url"),
        ({"external_id": ""}, 422, "/external_id"),
        ({"external_id": "a\x00"}, 422, "/external_id"),
        ({"name": "a\nb"}, 422, None),
        ({"colour": 1}, 422, "/colour"),
        ({"account_id": "acc_unknown"}, 404, None),
    ],
)
async def test_what_cannot_be_asked_for(world, body, status, pointer):
    made = await world.api.post("/connect", json=body)
    assert made.status_code == status
    if pointer:
        assert made.json()["errors"][0]["pointer"] == pointer
    assert await world.rows(CONNECT_LINKS) == []


@both_databases
async def test_return_urls_of_listed_origins(world):
    changed = await world.api.patch("/tenant", json={"return_origins": ["https://App.example.com/"]})
    assert changed.json()["return_origins"] == ["https://app.example.com"]
    made = await world.api.post("/connect", json={"return_url": "https://app.example.com/done"})
    assert made.status_code == 201
    refused = await world.api.post("/connect", json={"return_url": "https://app.example.com.evil.test/"})
    assert refused.json()["errors"][0]["message"].endswith("Listed: https://app.example.com")


async def test_an_account_is_connected_again_at_its_own_provider(world):
    done = await world.connected("zendesk")
    wrong = await world.api.post("/connect", json={"account_id": done.account_id, "provider": "jira"})
    assert wrong.json()["errors"][0]["message"] == (
        "the account is one at zendesk; leave `provider` out, or make a new account"
    )
    await world.api.patch(f"/accounts/{done.account_id}", json={"status": "disabled"})
    refused = await world.api.post("/connect", json={"account_id": done.account_id})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


async def test_a_key_for_some_accounts_connects_only_these_again(world):
    done = await world.connected("zendesk")
    other = await world.connected("jira")
    scope = {"accounts": [other.account_id], "manage": ["connect"]}
    _, key = await create_key(world.services, world.tenant, new_key(name="k", role="app", scope=scope), maker=None)
    asked = {"json": {"account_id": done.account_id}, "headers": {"Authorization": f"Bearer {key}"}}
    assert (await world.api.post("/connect", **asked)).json()["code"] == "outside_accounts"


@both_databases
async def test_another_tenants_links_and_accounts_are_unknown(world):
    link, done = await world.link(), await world.connected("zendesk")
    headers = await other_key(world)
    theirs = await world.api.get(f"/connect/{link.id}", headers=headers)
    unknown = await world.api.get("/connect/con_unknown", headers=headers)
    assert (theirs.status_code, theirs.json()["detail"]) == (404, unknown.json()["detail"])
    again = await world.api.post("/connect", json={"account_id": done.account_id}, headers=headers)
    unknown = await world.api.post("/connect", json={"account_id": "acc_unknown"}, headers=headers)
    assert (again.status_code, again.json()["detail"]) == (404, unknown.json()["detail"])


async def test_the_page_sees_who_asks_and_what_for(world):
    link = await world.link(name="Sales", return_url="http://localhost:1/x")
    assert (link.tenant_name, link.name, link.account) == ("Acme", "Sales", None)
    with_keys = {
        one for one in catalog().providers() if any(name_of(kind) != "oauth2" for kind in catalog().provider(one).auth)
    }
    assert {one.name for one in link.providers} == with_keys | set(PROVIDERS)  # which alone have an OAuth app here
    zendesk = next(one for one in link.providers if one.name == "zendesk")
    assert [(one.kind, one.fields, one.settings) for one in zendesk.kinds] == [
        ("oauth2", (), ("subdomain",)),
        ("basic", ("username", "password"), ("subdomain",)),
    ]
    jira = next(one for one in link.providers if one.name == "jira")
    assert {one.kind: one.settings for one in jira.kinds} == {
        "oauth2": (),
        "basic": ("site",),
        "bearer": ("site",),
    }
    salesforce = next(one for one in link.providers if one.name == "salesforce")
    assert {one.kind: one.fields for one in salesforce.kinds}["client_credentials"] == ("client_id", "client_secret")
    tickets = next(one for one in zendesk.models if one.model == "ticketing.tickets")
    assert (tickets.title, tickets.classes) == ("tickets", ("read",))


async def test_opening_does_not_spend_a_link(world):
    row_url = (await world.api.post("/connect", json={})).json()["url"]
    assert (await world.opened(row_url)).id == (await world.opened(row_url)).id


@both_databases
@pytest.mark.parametrize("way", ["unknown", "wrong token", "broken token", "expired", "completed", "account deleted"])
async def test_a_link_that_cannot_be_used_has_one_answer(world, way):
    done = await world.connected("zendesk")
    made = (await world.api.post("/connect", json={"account_id": done.account_id})).json()
    link_id, token = made["id"], dict(parse_qsl(urlsplit(made["url"]).query))["token"]
    if way == "expired":
        world.clock.forward(seconds=3601)
    elif way == "completed":
        await world.connected("zendesk", await world.opened(made["url"]))
    elif way == "account deleted":
        await world.api.delete(f"/accounts/{done.account_id}")
    given = {"unknown": ("con_unknown", token), "wrong token": (link_id, new_token("uc_")), "broken token": (link_id, "uc_x")}
    with pytest.raises(NotFound) as caught:
        await open_link(world.services, *given.get(way, (link_id, token)))
    assert caught.value.detail == GONE


async def test_consent_is_offered_only_with_an_app(tmp_path):
    async with running(tmp_path, provider_urls={}) as world:
        link = await world.link()
        assert {kind.kind for one in link.providers for kind in one.kinds} == {
            "basic",
            "bearer",
            "api_key",
            "client_credentials",
            "jwt_bearer",
        }
        await world.api.put("/oauth-apps/hibob", json={"client_id": "our-client", "client_secret": "our-secret"})
        hibob = next(one for one in (await world.link()).providers if one.name == "hibob")
        assert {one.kind for one in hibob.kinds} == {"basic", "oauth2"}


@both_databases
async def test_two_tries_at_once_make_one_account(world):
    """Both consents are good; the second finds the link used, and nothing of it is left."""
    link = await world.link(provider="zendesk")
    key = ConnectChoice(
        provider="zendesk",
        kind="basic",
        settings=SETTINGS["zendesk"],
        credentials={"username": "agent@demo.example", "password": "demo-zendesk-token"},
    )
    browser = new_browser_secret()
    back = await world.approve(await world.begun(link, "zendesk", browser))
    outcomes = await asyncio.gather(
        complete_callback(world.services, "zendesk", back, browser),
        begin_authorization(world.services, link, key, new_browser_secret()),
        complete_callback(world.services, "zendesk", back, browser),
        begin_authorization(world.services, link, key, new_browser_secret()),
        return_exceptions=True,
    )
    problems = [one for one in outcomes if isinstance(one, Exception)]
    assert len(outcomes) - len(problems) == 1
    assert {getattr(one, "reason", "unusable") for one in problems} <= {"unknown_state", "link_used", "unusable"}
    assert len(await world.rows(ACCOUNTS)) == 1
    assert await world.events() == ["account.connected"]


@both_databases
async def test_links_are_kept_for_a_day_after_they_expired(world):
    await world.link(expires_in=60)
    await world.link(expires_in=604_800)
    world.clock.forward(hours=24)
    assert await connect_links.purge_expired(world.services.database) == 0
    world.clock.forward(minutes=2)
    assert await connect_links.purge_expired(world.services.database) == 1
    assert len(await world.rows(CONNECT_LINKS)) == 1


async def test_a_shortfall_of_scopes_is_shown(world):
    link, browser = await world.link(provider="hubspot"), new_browser_secret()
    back = await world.approve((await world.begun(link, "hubspot", browser)).replace("sales-email-read", ""))
    done = await complete_callback(world.services, "hubspot", back, browser)
    assert done.missing_scopes == ("sales-email-read",)
    account = (await world.api.get(f"/accounts/{done.account_id}")).json()
    assert (account["status"], account["status_reason"]) == ("active", "missing_scopes: sales-email-read")


async def test_a_token_that_ends_and_cannot_be_refreshed_is_said(world):
    world.upstream.instead["/zendesk/oauth/tokens"] = {"status_code": 200, "json": {"access_token": "x", "expires_in": 60}}
    world.upstream.instead["/zendesk/api/v2/users/me"] = {"status_code": 200, "json": {}}
    done = await world.connected("zendesk")
    account = (await world.api.get(f"/accounts/{done.account_id}")).json()
    assert (account["status"], account["status_reason"]) == ("active", "no_refresh_token")


async def test_a_tenants_own_app_and_scopes_are_used(tmp_path):
    async with running(tmp_path) as world:
        app = {"client_id": "acme-client", "client_secret": "acme-secret", "scopes": ["read"]}
        await world.api.put("/oauth-apps/zendesk", json=app)
        address = await world.begun(await world.link(), "zendesk", new_browser_secret())
        asked = dict(parse_qsl(urlsplit(address).query))
        assert (asked["client_id"], asked["scope"]) == ("acme-client", "read")


async def test_a_page_may_be_where_programs_ask(world):
    """With a key the status, without one the page: so one address serves both."""

    async def page(context):
        assert context.caller is None
        return Response({"page": context.path("id")})

    @asynccontextmanager
    async def ready():
        yield world.services

    shared = copy(get_connect_link)
    shared.opt = {DECLARED: msgspec.structs.replace(shared.opt[DECLARED], page=page)}
    routes = [shared if one is get_connect_link else one for one in ROUTES]
    server = build_server(world.services.settings, ready, routes)
    server.state.services = world.services
    link = await world.link()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(server), base_url="http://unified") as client:
        assert (await client.get(f"/connect/{link.id}", headers={"Accept": "text/html"})).json() == {"page": link.id}
        assert (await client.get(f"/connect/{link.id}")).status_code == 401
        with_key = await client.get(f"/connect/{link.id}", headers=dict(world.api.headers))
        assert with_key.json()["status"] == "open"
        wrong = await client.get(f"/connect/{link.id}", headers={"Authorization": "Bearer uk_wrong"})
        assert wrong.status_code == 401

"""Connecting with a key: checked with the provider before there is an account."""

import pytest

from tests.connect.conftest import PROVIDERS, SETTINGS, both_databases
from tests.keys import unlimited
from unified.errors.requests import ConnectFailed, NotFound, ValidationFailed
from unified.service.accounts.accounts import get_account
from unified.service.accounts.checking import check_account
from unified.service.connect import ConnectChoice, Connected, begin_authorization, link_status, new_browser_secret
from unified.store.engine.tables import ACCOUNTS
from unified_sandbox.registry import discover

DEMO = [
    (name, next(one for one in discover()[name].demo_credentials if one["type"] == kind))
    for name in PROVIDERS
    for kind in ("basic", "bearer", "api_key")
    if kind in {one["type"] for one in discover()[name].demo_credentials}
]


async def with_key(world, link, provider, credentials, **settings):
    given = {name: value for name, value in credentials.items() if name != "type"}
    choice = ConnectChoice(
        provider=provider, kind=credentials["type"], settings=SETTINGS[provider] | settings, credentials=given
    )
    return await begin_authorization(world.services, link, choice, new_browser_secret())


@pytest.mark.parametrize(("provider", "credentials"), DEMO, ids=[f"{name}-{one['type']}" for name, one in DEMO])
async def test_an_account_is_connected_with_a_key(world, provider, credentials):
    link = await world.link(name="By key", external_id="cust-1")
    done = await with_key(world, link, provider, credentials)
    assert isinstance(done, Connected)
    row = await get_account(world.services, world.tenant, done.account_id)
    assert (row.name, row.external_id, row.status, row.credentials_type) == ("By key", "cust-1", "active", credentials["type"])
    assert (await check_account(world.services, world.tenant, row.id)).ok
    assert (await link_status(world.services, unlimited(world.tenant), link.id)).account_id == row.id
    assert await world.events() == ["account.connected"]


@both_databases
async def test_a_key_that_the_provider_does_not_accept(world):
    link = await world.link(provider="zendesk")
    wrong = {"type": "basic", "username": "ada@example.com", "password": "wrong-secret"}
    with pytest.raises(ConnectFailed) as caught:
        await with_key(world, link, "zendesk", wrong)
    assert caught.value.reason == "credentials_refused"
    assert caught.value.detail == "Zendesk does not accept these credentials. Check them, and enter them again."
    assert await world.rows(ACCOUNTS) == []
    status = await link_status(world.services, unlimited(world.tenant), link.id)
    assert (status.status, status.reason, status.account_id) == ("failed", "credentials_refused", None)
    good = next(credentials for name, credentials in DEMO if name == "zendesk")
    assert (await with_key(world, link, "zendesk", good)).account_id
    assert (await link_status(world.services, unlimited(world.tenant), link.id)).status == "completed"


async def test_spaces_of_pasted_text_and_empty_fields_are_left_out(world):
    good = next(credentials for name, credentials in DEMO if name == "zendesk")
    pasted = {name: value if name == "type" else f" {value}\n" for name, value in good.items()}
    done = await with_key(world, await world.link(), "zendesk", pasted, subdomain=" demo ")
    assert (await get_account(world.services, world.tenant, done.account_id)).settings == {"subdomain": "demo"}
    key = {"type": "bearer", "token": "pat-demo-hubspot"}
    done = await with_key(world, await world.link(), "hubspot", key, portal_id="", custom_properties=" ")
    assert (await get_account(world.services, world.tenant, done.account_id)).settings == {}


@pytest.mark.parametrize(
    ("provider", "credentials", "settings", "pointer"),
    [
        (
            "zendesk",
            {"type": "basic", "username": "a", "password": "b"},
            {"subdomain": "acme.evil.test/"},
            "/settings/subdomain",
        ),
        ("zendesk", {"type": "basic", "username": "a", "password": "b"}, {"subdomain": ""}, "/settings/subdomain"),
        ("zendesk", {"type": "basic", "username": "a", "password": "b"}, {"colour": "x"}, "/settings/colour"),
        ("zendesk", {"type": "basic", "username": "a"}, {}, "/credentials/password"),
        ("zendesk", {"type": "basic", "username": "a", "password": "b", "x": "y"}, {}, "/credentials/x"),
        ("zendesk", {"type": "bearer", "token": "abc"}, {}, "/kind"),
        ("hubspot", {"type": "bearer", "token": "a\x00b"}, {}, "/credentials/token"),
    ],
)
async def test_what_does_not_fit_is_named_and_nothing_is_asked(world, provider, credentials, settings, pointer):
    link = await world.link()
    base = SETTINGS[provider] | settings
    choice = ConnectChoice(
        provider=provider,
        kind=credentials["type"],
        settings={name: value for name, value in base.items() if value},
        credentials={name: value for name, value in credentials.items() if name != "type"},
    )
    with pytest.raises(ValidationFailed) as caught:
        await begin_authorization(world.services, link, choice, new_browser_secret())
    assert caught.value.errors[0].pointer == pointer
    assert world.upstream.asked == []


async def test_only_what_the_link_offers_can_be_chosen(world):
    link = await world.link(provider="zendesk")
    with pytest.raises(ValidationFailed, match="/provider: expected one of zendesk"):
        await with_key(world, link, "hubspot", {"type": "bearer", "token": "pat-demo-hubspot"})


@both_databases
async def test_a_reconnected_account_keeps_its_settings_unless_new_ones_come(world):
    good = next(credentials for name, credentials in DEMO if name == "zendesk")
    first = await with_key(world, await world.link(), "zendesk", good)
    link = await world.link(account_id=first.account_id)
    again = await begin_authorization(
        world.services,
        link,
        ConnectChoice(
            provider="zendesk", kind="basic", credentials={name: value for name, value in good.items() if name != "type"}
        ),
        new_browser_secret(),
    )
    assert again.account_id == first.account_id
    assert (await get_account(world.services, world.tenant, first.account_id)).settings == {"subdomain": "demo"}


@both_databases
async def test_an_expired_link_begins_nothing(world):
    link = await world.link(provider="hubspot", expires_in=60)
    world.clock.forward(seconds=61)
    with pytest.raises(NotFound, match="this link is not known, has expired or was used already; ask for a new one"):
        await with_key(world, link, "hubspot", {"type": "bearer", "token": "pat-demo-hubspot"})
    assert world.upstream.asked == []
    assert (await link_status(world.services, unlimited(world.tenant), link.id)).status == "expired"


async def test_client_credentials_are_exchanged_for_a_token(world):
    client = {"type": "client_credentials", "client_id": "demo-client", "client_secret": "demo-secret"}
    done = await with_key(world, await world.link(provider="salesforce"), "salesforce", client)
    row = await get_account(world.services, world.tenant, done.account_id)
    assert (row.credentials_type, row.status) == ("client_credentials", "active")
    assert (await check_account(world.services, world.tenant, row.id)).ok


async def test_client_credentials_that_are_refused(world):
    client = {"type": "client_credentials", "client_id": "demo-client", "client_secret": "wrong"}
    with pytest.raises(ConnectFailed) as caught:
        await with_key(world, await world.link(provider="salesforce"), "salesforce", client)
    assert caught.value.reason == "credentials_refused"


async def test_accounts_take_client_credentials_by_api_too(world):
    credentials = {"type": "client_credentials", "client_id": "demo-client", "client_secret": "demo-secret"}
    body = {"provider": "salesforce", "name": "Org", "settings": {"instance": "demo"}, "credentials": credentials}
    made = await world.api.post("/accounts", json=body)
    assert (made.status_code, made.json()["credentials"]["type"]) == (201, "client_credentials")
    assert "demo-secret" not in made.text
    assert (await world.api.post(f"{made.headers['location']}/check")).json()["ok"] is True
    changed = await world.api.patch(made.headers["location"], json={"credentials": credentials})
    assert changed.json()["credentials"]["masked"] != ""
    assert (await world.api.post(f"{made.headers['location']}/check")).json()["ok"] is True


@pytest.mark.parametrize(
    ("answer", "status", "code", "detail"),
    [
        (None, 422, "validation_failed", "Salesforce gives no token for this client (invalid_client)"),
        (
            {"status_code": 500},
            502,
            "provider_error",
            "Salesforce could not be asked for a token (server_error); try again later",
        ),
        (
            {"status_code": 429},
            429,
            "provider_rate_limited",
            "Salesforce could not be asked for a token (rate_limited); try again later",
        ),
    ],
)
async def test_client_credentials_without_a_token_make_no_account(world, answer, status, code, detail):
    if answer:
        world.upstream.instead["/services/oauth2/token"] = answer
    credentials = {"type": "client_credentials", "client_id": "demo-client", "client_secret": "wrong"}
    body = {"provider": "salesforce", "name": "Org", "settings": {"instance": "demo"}, "credentials": credentials}
    made = await world.api.post("/accounts", json=body)
    assert (made.status_code, made.json()["code"], made.json()["detail"]) == (status, code, detail)
    assert await world.rows(ACCOUNTS) == []


async def test_client_credentials_only_where_the_provider_has_them(world):
    credentials = {"type": "client_credentials", "client_id": "a", "client_secret": "b"}
    made = await world.api.post("/accounts", json={"provider": "hubspot", "name": "x", "credentials": credentials})
    assert made.status_code == 422
    assert made.json()["detail"] == "credentials: HubSpot accepts bearer, oauth2"

"""OAuth apps: a tenant's own before the installation's; sealed, masked, unknown to other tenants."""

import pytest
import sqlalchemy as sa

from tests.connect.conftest import PUBLIC, both_databases, running
from tests.connect.test_links import other_key
from tests.filled_rows import put
from tests.keys import new_key
from unified.errors.requests import ValidationFailed
from unified.service.access.api_keys import create_key
from unified.service.accounts.oauth_apps import DEMO_APP, app_for
from unified.settings.provider_values import OAuthApps
from unified.store.engine.tables import OAUTH_APPS
from unified.vault.errors import SealBroken
from unified_sandbox.registry import discover

APP = {"client_id": "acme-client-0123456789", "client_secret": "acme-secret-0123456789"}


@both_databases
async def test_an_app_is_set_shown_masked_changed_and_deleted(world):
    made = await world.api.put("/oauth-apps/zendesk", json=APP | {"scopes": ["read"]})
    shown = made.json()
    assert made.status_code == 200
    assert {name: shown[name] for name in ("provider", "client_id", "client_secret", "scopes", "redirect_uri")} == {
        "provider": "zendesk",
        "client_id": "…6789",
        "client_secret": "…6789",
        "scopes": ["read"],
        "redirect_uri": f"{PUBLIC}/oauth/callback/zendesk",
    }
    assert (await world.api.get("/oauth-apps/zendesk")).json() == shown
    assert (await world.api.get("/oauth-apps")).json() == {"data": [shown], "next_cursor": None}
    assert "acme-" not in (made.text + str(await world.rows(OAUTH_APPS)))
    used = await app_for(world.services, world.tenant, "zendesk")
    assert (used.client_id.reveal(), used.client_secret.reveal(), used.scopes) == (*APP.values(), ("read",))
    changed = await world.api.put("/oauth-apps/zendesk", json=APP | {"client_secret": "another-secret-abcd"})
    assert (changed.json()["client_secret"], changed.json()["scopes"]) == ("…abcd", None)
    assert changed.json()["created_at"] == shown["created_at"]
    assert (await world.api.delete("/oauth-apps/zendesk")).status_code == 204
    assert (await world.api.delete("/oauth-apps/zendesk")).status_code == 404
    assert (await world.api.get("/oauth-apps/zendesk")).status_code == 404


@both_databases
async def test_another_tenants_app_is_unknown_and_not_used(world):
    await world.api.put("/oauth-apps/zendesk", json=APP)
    headers = await other_key(world)
    theirs = await world.api.get("/oauth-apps/zendesk", headers=headers)
    unknown = await world.api.get("/oauth-apps/jira", headers=headers)
    assert (theirs.status_code, theirs.json()["detail"]) == (unknown.status_code, unknown.json()["detail"])
    assert (await world.api.get("/oauth-apps", headers=headers)).json()["data"] == []
    assert (await world.api.delete("/oauth-apps/zendesk", headers=headers)).status_code == 404


async def test_an_app_moved_to_another_provider_does_not_open(world):
    await world.api.put("/oauth-apps/zendesk", json=APP)
    async with world.services.database.write() as connection:
        row = (await connection.execute(sa.select(OAUTH_APPS))).mappings().one()
        await connection.execute(sa.delete(OAUTH_APPS))
        await put(connection, OAUTH_APPS, {**row, "provider": "jira"})
    with pytest.raises(SealBroken):
        await app_for(world.services, world.tenant, "jira")


async def test_an_app_that_someone_edited_is_unknown_and_can_be_set_again(world):
    await world.api.put("/oauth-apps/zendesk", json=APP)
    async with world.services.database.write() as connection:
        await connection.execute(sa.update(OAUTH_APPS).values(scopes=["admin"]))
    assert (await world.api.get("/oauth-apps/zendesk")).status_code == 404
    assert (await world.api.put("/oauth-apps/zendesk", json=APP)).status_code == 200
    assert (await world.api.get("/oauth-apps/zendesk")).json()["scopes"] is None


@pytest.mark.parametrize(
    ("provider", "body", "pointer"),
    [
        ("nowhere", APP, "/provider"),
        ("zendesk", {"client_id": "a"}, "/"),
        ("zendesk", APP | {"client_id": ""}, "/client_id"),
        ("zendesk", APP | {"client_secret": "a\nb"}, "/client_secret"),
        ("zendesk", APP | {"client_secret": " a"}, "/client_secret"),
        ("zendesk", APP | {"scopes": ["a b"]}, "/scopes/0"),
        ("zendesk", APP | {"scopes": ["a"] * 201}, "/scopes"),
        ("zendesk", APP | {"colour": 1}, "/colour"),
    ],
)
async def test_apps_that_cannot_be_set(world, provider, body, pointer):
    refused = await world.api.put(f"/oauth-apps/{provider}", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    assert "acme-" not in refused.text


async def test_app_keys_see_no_apps(world):
    _, key = await create_key(world.services, world.tenant, new_key(name="k", role="app"), maker=None)
    for method, path in (("GET", "/oauth-apps"), ("PUT", "/oauth-apps/zendesk"), ("GET", "/tenant"), ("PATCH", "/tenant")):
        answer = await world.api.request(method, path, json={}, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 403, path


async def test_the_installations_app_is_for_tenants_without_their_own(tmp_path):
    apps = OAuthApps({"zendesk": ("house-client", "house-secret")})
    async with running(tmp_path, oauth_apps=apps) as world:
        assert (await app_for(world.services, world.tenant, "zendesk")).client_id.reveal() == "house-client"
        await world.api.put("/oauth-apps/zendesk", json=APP)
        assert (await app_for(world.services, world.tenant, "zendesk")).client_id.reveal() == APP["client_id"]


@pytest.mark.parametrize(
    ("urls", "allow", "is_demo"),
    [
        ({"zendesk": "http://127.0.0.1:9/zendesk"}, True, True),
        ({"zendesk": "http://localhost:9/zendesk"}, True, True),
        ({"zendesk": "http://127.0.0.1:9/zendesk"}, False, False),
        ({"zendesk": "https://stand-in.example/zendesk"}, True, False),
        ({}, True, False),
    ],
)
async def test_the_sandboxs_app_only_for_stand_ins_on_this_machine(tmp_path, urls, allow, is_demo):
    async with running(tmp_path, provider_urls=urls, allow_loopback=allow) as world:
        if is_demo:
            app = await app_for(world.services, world.tenant, "zendesk")
            assert (app.client_id.reveal(), app.client_secret.reveal()) == DEMO_APP
            return
        with pytest.raises(ValidationFailed) as caught:
            await app_for(world.services, world.tenant, "zendesk")
        assert caught.value.detail == (
            "Zendesk has no OAuth app yet: set one with PUT /oauth-apps/zendesk, `unified oauth-apps set zendesk` "
            "or UNIFIED_OAUTH_APPS"
        )


def test_the_demo_app_is_the_one_that_stand_ins_know():
    known = {(one.oauth.client_id, one.oauth.client_secret) for one in discover().values() if one.oauth}
    assert known == {DEMO_APP}


@both_databases
async def test_the_tenant_is_shown_and_changed(world):
    shown = (await world.api.get("/tenant")).json()
    assert (shown["id"], shown["name"], shown["return_origins"]) == (world.tenant, "Acme", [])
    changed = await world.api.patch("/tenant", json={"name": "Acme Ltd"})
    assert (changed.json()["name"], changed.json()["return_origins"]) == ("Acme Ltd", [])
    origins = ["https://a.example", "http://localhost:3000", "https://a.example"]
    changed = await world.api.patch("/tenant", json={"return_origins": origins})
    assert changed.json()["return_origins"] == origins[:2]
    assert (await world.api.patch("/tenant", json={})).json() == changed.json()
    for bad in (["https://a.example/x"], ["http://a.example"], ["https://a.example"] * 51, "https://a.example"):
        refused = await world.api.patch("/tenant", json={"return_origins": bad})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"].startswith("/return_origins")
    assert (await world.api.patch("/tenant", json={"return_origins": []})).json()["return_origins"] == []

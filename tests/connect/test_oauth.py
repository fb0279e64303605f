"""The whole way of OAuth at every provider: consent, PKCE, exchange, check, account, event."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec
import pytest

from tests.connect.conftest import PUBLIC, SETTINGS, both_databases
from tests.keys import unlimited
from tests.world import SIGN_IN
from unified.service.access.consent import LinkScope
from unified.service.accounts.accounts import get_account
from unified.service.accounts.checking import check_account
from unified.service.connect import complete_callback, link_status, new_browser_secret
from unified.store.engine.tables import DELIVERIES

EVERYTHING = LinkScope(methods=("read", "write", "custom"))

pytestmark = both_databases


@pytest.mark.parametrize("provider", SIGN_IN)
async def test_an_account_is_connected_by_consent(world, provider):
    done = await world.connected(provider)
    row = await get_account(world.services, world.tenant, done.account_id)
    assert (row.status, row.status_reason, row.credentials_type) == ("active", None, "oauth2")
    learned = {name for name, one in world.services.catalog.provider(provider).settings.items() if one.learned}
    assert row.settings.keys() >= learned
    assert {name: row.settings[name] for name in row.settings.keys() - learned} == {
        name: one for name, one in SETTINGS[provider].items() if name not in learned
    }
    assert (row.name, row.credentials_version) == (world.services.catalog.provider(provider).title, 1)
    assert (await check_account(world.services, world.tenant, row.id)).ok
    assert await world.events() == ["account.connected"]
    payload = msgspec.json.decode((await world.rows(DELIVERIES))[0]["payload"])
    assert payload["data"]["account_id"] == done.account_id
    assert payload["data"]["status"] == "active"


@pytest.mark.parametrize("provider", SIGN_IN)
async def test_the_consent_page_is_asked_as_the_provider_file_says(world, provider):
    link = await world.link(provider=provider, scope=EVERYTHING)
    asked = parse_qs(urlsplit(url := await world.begun(link, provider, new_browser_secret())).query)
    rules = next(one for one in world.services.catalog.provider(provider).auth if one.__struct_config__.tag == "oauth2")

    def filled(text):
        return re.sub(r"\{(\w+)\}", lambda found: SETTINGS[provider].get(found[1], found[0]), text)

    assert url.startswith(f"http://127.0.0.1:9/{provider}{urlsplit(filled(rules.authorize_url)).path}?")
    assert asked["redirect_uri"] == [f"{PUBLIC}/oauth/callback/{provider}"]
    assert (asked["response_type"], asked["client_id"]) == (["code"], ["demo-client"])
    assert len(asked["state"][0]) == 43
    assert {name: asked[name] for name in rules.authorize_parameters} == {
        name: [value] for name, value in rules.authorize_parameters.items()
    }
    assert (asked.get("code_challenge_method") == ["S256"]) is rules.pkce
    scopes = {filled(one) for texts in rules.scopes.values() for one in texts}
    assert set(asked["scope"][0].split(rules.scope_separator) if "scope" in asked else ()) == scopes


async def test_scopes_of_models_without_mapping_are_not_asked_for(world):
    url = await world.begun(await world.link(scope=EVERYTHING), "zendesk", new_browser_secret())
    assert parse_qs(urlsplit(url).query)["scope"] == ["read write"]


async def test_a_link_without_a_scope_asks_for_reading_only(world):
    url = await world.begun(await world.link(), "zendesk", new_browser_secret())
    assert parse_qs(urlsplit(url).query)["scope"] == ["read"]


async def test_state_and_verifier_are_stored_closed(world):
    url = await world.begun(await world.link(), "zendesk", new_browser_secret())
    state = dict(parse_qsl(urlsplit(url).query))["state"]
    row = await world.link_row()
    assert row["state"] == world.services.digest(state)
    assert row["attempt"].startswith("v1.")
    assert state not in str(row)
    assert row["attempt_expires_at"] - world.clock() < timedelta(minutes=10)


async def test_tokens_are_sealed_and_their_life_is_known(world):
    done = await world.connected("zendesk")
    row = await get_account(world.services, world.tenant, done.account_id)
    assert abs(row.credentials_expires_at - world.clock() - timedelta(seconds=1800)) < timedelta(seconds=5)
    assert row.credentials.startswith("v1.")
    shown = (await world.api.get(f"/accounts/{row.id}")).text
    assert "at-zendesk" not in shown
    assert "rt-zendesk" not in shown


async def test_a_link_is_dead_once_an_account_came_of_it(world):
    link = await world.link(provider="zendesk")
    browser = new_browser_secret()
    first = await world.approve(await world.begun(link, "zendesk", browser))
    done = await complete_callback(world.services, "zendesk", first, browser)
    status = await link_status(world.services, unlimited(world.tenant), link.id)
    assert (status.status, status.account_id) == ("completed", done.account_id)
    with pytest.raises(Exception, match="this link is not known, has expired or was used already"):
        await world.begun(link, "zendesk", browser)


async def test_the_browser_goes_back_with_the_accounts_id(world):
    back = "http://localhost:3000/done?step=2"
    done = await world.connected("hubspot", await world.link(provider="hubspot", return_url=back, name="Acme CRM"))
    assert done.return_url == f"{back}&account_id={done.account_id}"
    assert (await get_account(world.services, world.tenant, done.account_id)).name == "Acme CRM"


async def test_reconnecting_keeps_the_id_and_tells_of_it(world):
    done = await world.connected("zendesk")
    await world.api.patch(f"/accounts/{done.account_id}", json={"status": "needs_reauth"})
    before = await get_account(world.services, world.tenant, done.account_id)
    link = await world.link(account_id=done.account_id)
    assert [one.name for one in link.providers] == ["zendesk"]
    again = await world.connected("zendesk", link)
    after = await get_account(world.services, world.tenant, done.account_id)
    assert again.account_id == done.account_id
    assert (after.status, after.credentials_version) == ("active", before.credentials_version + 1)
    assert after.credentials != before.credentials
    assert await world.events() == ["account.connected", "account.needs_reauth", "account.reactivated"]


async def test_an_account_that_was_well_is_connected_again(world):
    done = await world.connected("zendesk")
    await world.connected("zendesk", await world.link(account_id=done.account_id))
    assert await world.events() == ["account.connected", "account.connected"]

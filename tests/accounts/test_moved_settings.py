"""Stored credentials go only where they were given for: a setting of a provider's address changes with new credentials only."""

import asyncio
import itertools
import re

import msgspec
import pytest

from tests.accounts.conftest import approval, asked_for, demo_credentials, patched, shown
from tests.connect.conftest import running
from tests.world import PROVIDERS as STAND_INS
from tests.world import SIGN_IN, catalog, open_world
from unified.catalog.load import installed_folder
from unified.errors.requests import ValidationFailed
from unified.errors.writes import Conflict
from unified.service.accounts import account_changes as service
from unified.service.accounts.account_changes import AccountPatch, update_account
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.accounts.credentials import open_credentials
from unified.service.connect import ConnectChoice, begin_authorization, new_browser_secret
from unified.store import accounts
from unified.store.accounts import AccountChanges
from unified.transport.connection import moved_settings, url_settings, url_templates
from unified.transport.http1.failures import ConnectError

PROVIDERS = sorted(catalog().providers())
OTHER = "elsewhere"
VALUES = {"timezone": "Europe/Berlin", "currency": "EUR", "portal_id": "1", "custom_properties": "vat_number"}
OTHERS = {"timezone": "America/Denver", "currency": "MULTI", "portal_id": "2", "custom_properties": "loyalty_tier"}


def fitting(rule, *values):
    """The first of some values that a setting takes; else its example with another first part."""
    pattern = rule.pattern or ".*"
    made = re.sub(
        r"[A-Za-z0-9]+", lambda found: found[0] if found.start() else "f" * len(found[0]), rule.example or "", count=1
    )
    return next((one for one in (*values, made) if re.fullmatch(pattern, one)), values[0])


def settings_of(provider):
    rules = catalog().provider(provider).settings
    return {name: VALUES.get(name) or fitting(rule, "demo", rule.example or "") for name, rule in rules.items()}


def changes_of(provider):
    """The settings with one changed, or one left out that may be."""
    rules = catalog().provider(provider).settings
    for name, rule in rules.items():
        yield name, settings_of(provider) | {name: OTHERS.get(name) or fitting(rule, OTHER)}
        if not rule.required:
            yield name, {other: value for other, value in settings_of(provider).items() if other != name}


CHANGES = [(provider, name, after) for provider in PROVIDERS for name, after in changes_of(provider)]


def expansions(provider, settings):
    """Every URL of a provider as text, with a place that has no value left as it is."""
    return [re.sub(r"\{(\w+)\}", lambda one: settings.get(one[1], one[0]), text) for text in url_templates(provider)]


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_url_template_of_a_provider_file_is_overlooked(name):
    """Whatever of the file's text has the place of a setting is one of the templates."""
    provider = catalog().provider(name)
    text = (installed_folder() / "providers" / f"{name}.yaml").read_text()
    places = {one for one in re.findall(r"\{(\w+)\}", text) if one in provider.settings}
    assert places == url_settings(provider)


@pytest.mark.parametrize(("provider", "name", "after"), CHANGES)
def test_a_setting_is_reported_as_moved_when_an_address_changes_and_only_then(provider, name, after):
    rules, before = catalog().provider(provider), settings_of(provider)
    changed = expansions(rules, before) != expansions(rules, after)
    assert moved_settings(rules, before, after) == ((name,) if changed else ())


async def account_of(world, provider, kind="bearer"):
    """An account with all settings, whose credentials nobody checks."""
    given = {
        "bearer": {"type": "bearer", "token": "t"},
        "basic": {"type": "basic", "username": "u", "password": "p"},
        "api_key": {"type": "api_key", "key": "k"},
        "oauth2": {"type": "oauth2", "access_token": "a", "refresh_token": "r"},
    }[kind]
    asked = NewAccount(provider=provider, name="n", credentials=given, settings=settings_of(provider))
    return await create_account(world.services, world.tenant, asked)


@pytest.mark.slow
async def test_every_setting_of_every_provider_and_kind_needs_new_credentials_when_an_address_changes(world):
    kinds = {"bearer", "basic", "api_key", "oauth2"}
    for (provider, name, after), kind in itertools.product(CHANGES, sorted(kinds)):
        rules = catalog().provider(provider)
        if kind not in {one.__struct_config__.tag for one in rules.auth}:
            continue
        if kind == "oauth2" and name not in after and name in url_settings(rules):
            continue  # refused for another reason: OAuth needs the setting
        if name not in after and rules.settings[name].learned is not None:
            continue  # the provider would be asked for it
        before = await account_of(world, provider, kind)
        place = f"/accounts/{before.id}"
        alone = await world.client.patch(place, json={"settings": after})
        row = await accounts.get(world.services.database, world.tenant, before.id)
        if name in url_settings(rules):
            assert alone.status_code == 422, (provider, name, kind)
            problems = [(one["pointer"], one["code"]) for one in alone.json()["errors"]]
            assert problems == [(f"/settings/{name}", "credentials_required")]
            assert row == before, "something was written"
            assert OTHER not in alone.text
        else:
            assert (alone.status_code, row.settings) == (200, after), (provider, name, kind)
        given = {"type": "oauth2", "access_token": "n", "refresh_token": "m"} if kind == "oauth2" else None
        given = given or {"bearer": {"type": "bearer", "token": "n"}}.get(kind)
        given = given or {"basic": {"type": "basic", "username": "u", "password": "n"}}.get(kind)
        given = given or {"type": "api_key", "key": "n"}
        both = await world.client.patch(place, json={"settings": after, "credentials": given})
        assert (both.status_code, both.json()["settings"]) == (200, after), (provider, name, kind)


async def test_the_refusal_says_what_to_send(world):
    refused = (await patched(world, "zendesk", settings={"subdomain": OTHER})).json()
    assert refused["detail"] == "Zendesk: new credentials are needed to change Subdomain"
    assert refused["errors"] == [
        {
            "pointer": "/settings/subdomain",
            "code": "credentials_required",
            "message": "this setting is part of where the stored credentials are sent, or as whom; send new `credentials` "
            "in the same request, or connect the account again with a link (POST /connect with its account_id)",
        }
    ]


async def test_the_same_settings_are_not_a_change(world):
    before = await shown(world, "zendesk")
    waiting = await asked_for(world, "zendesk", "/ticketing/tickets", {"name": "n", "description": "d"})
    again = await patched(world, "zendesk", settings=before["settings"], name="renamed")
    assert (again.status_code, again.json()["name"]) == (200, "renamed")
    assert (await approval(world, waiting))["status"] == "pending"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"settings": {"company": "demo", "timezone": "Europe/Berlin"}}, "settings_changed"),
        ({"credentials": demo_credentials("bamboohr", "api_key")}, "account_reconnected"),
        ({"settings": {"company": OTHER}, "credentials": demo_credentials("bamboohr", "api_key")}, "account_reconnected"),
    ],
)
async def test_waiting_writes_are_void_after_any_change_of_settings_or_credentials(world, changes, reason):
    await patched(world, "bamboohr", settings={"company": "demo"}, credentials=demo_credentials("bamboohr", "api_key"))
    waiting = await asked_for(world, "bamboohr", "/hris/employees", {"first_name": "Ada", "last_name": "Lovelace"})
    changed = await patched(world, "bamboohr", **changes)
    assert changed.status_code == 200, changed.text
    row = await approval(world, waiting)
    assert (row["status"], row["status_reason"], row["payload"]) == ("void", reason, None)


async def test_a_change_of_settings_elsewhere_voids_too(world):
    """Without a word to this process: the approval looks for itself."""
    waiting = await asked_for(world, "bamboohr", "/hris/employees", {"first_name": "Ada", "last_name": "Lovelace"})
    changes = AccountChanges(settings={"company": "demo", "timezone": "Europe/Berlin"})
    await accounts.update(world.services.database, world.tenant, world.accounts["bamboohr"], changes)
    seen = await world.client.get(f"/approvals/{waiting}")
    assert (seen.json()["status"], seen.json()["status_reason"]) == ("void", "account_reconnected")


async def test_a_reconnection_between_reading_and_writing_keeps_new_credentials_from_older_settings(world, monkeypatch):
    """Credentials for one site never meet the settings of another that somebody else writes at the same time."""
    account, given = world.accounts["zendesk"], demo_credentials("zendesk", "basic")
    read = service.get_account

    async def read_then_others_write(*asked):
        row = await read(*asked)
        monkeypatch.setattr(service, "get_account", read)
        others = AccountPatch(settings={"subdomain": OTHER}, credentials=given | {"password": "theirs"})
        await update_account(world.services, world.tenant, account, others)
        return row

    monkeypatch.setattr(service, "get_account", read_then_others_write)
    with pytest.raises(Conflict, match="changed by someone else"):
        await update_account(world.services, world.tenant, account, AccountPatch(credentials=given))
    row = await accounts.get(world.services.database, world.tenant, account)
    opened = open_credentials(world.services, row)
    assert (row.settings, opened["password"]) == ({"subdomain": OTHER}, "theirs")


async def test_racing_changes_never_mix_settings_of_one_with_credentials_of_another(world):
    account, given = world.accounts["zendesk"], demo_credentials("zendesk", "basic")

    async def change(number):
        patch = AccountPatch(settings={"subdomain": f"site{number}"}, credentials=given | {"password": f"of-site{number}"})
        await update_account(world.services, world.tenant, account, patch)

    await asyncio.gather(*(change(number) for number in range(10)), return_exceptions=True)
    row = await accounts.get(world.services.database, world.tenant, account)
    opened = open_credentials(world.services, row)
    assert opened["password"] == f"of-{row.settings['subdomain']}"


async def test_an_account_without_credentials_may_move(world):
    row = await accounts.add(
        world.services.database, world.tenant, "acc_new", provider="zendesk", name="n", status="connecting", settings={}
    )
    changed = await update_account(world.services, world.tenant, row.id, AccountPatch(settings={"subdomain": OTHER}))
    assert changed.settings == {"subdomain": OTHER}


@pytest.fixture
async def every_provider(tmp_path):
    async with open_world(tmp_path, providers=STAND_INS) as opened:
        yield opened


async def test_a_refresh_token_is_never_sent_to_a_host_of_changed_settings(every_provider, monkeypatch):
    """Every provider with OAuth, every setting of its addresses: what a refresh asks stays at the host of the connection."""
    asked: list[str] = []

    async def answer(url, _headers, _content, *, max_bytes, certificate):
        assert max_bytes
        assert certificate is None
        asked.append(url)
        raise ConnectError("nobody")

    monkeypatch.setattr(every_provider.services.client, "post", answer)
    for provider in SIGN_IN:
        rules = catalog().provider(provider)
        app = {"client_id": "own-client-1234", "client_secret": "own-secret-1234"}
        assert (await every_provider.client.put(f"/oauth-apps/{provider}", json=app)).status_code == 200
        row = await account_of(every_provider, provider, "oauth2")
        monkeypatch.delitem(every_provider.services.settings.provider_urls, provider)
        for name in sorted(url_settings(rules)):
            patch = AccountPatch(settings=settings_of(provider) | {name: fitting(rules.settings[name], OTHER)})
            with pytest.raises(ValidationFailed):
                await update_account(every_provider.services, every_provider.tenant, row.id, patch)
        await every_provider.services.refresher.force(row)
    assert len(asked) == len(SIGN_IN)
    assert not [one for one in asked if OTHER in one]


async def test_a_link_may_move_an_account_since_it_brings_new_credentials(tmp_path):
    """And without credentials it moves nothing."""
    async with running(tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'unified.sqlite'}") as opened:
        given = demo_credentials("zendesk", "basic")
        asked = NewAccount(provider="zendesk", name="n", credentials=given, settings={"subdomain": "demo"})
        before = await create_account(opened.services, opened.tenant, asked)
        link = await opened.link(account_id=before.id)
        choice = ConnectChoice(provider="zendesk", kind="basic", settings={"subdomain": OTHER}, credentials={})
        with pytest.raises(ValidationFailed, match="/credentials/"):
            await begin_authorization(opened.services, link, choice, new_browser_secret())
        assert await accounts.get(opened.services.database, opened.tenant, before.id) == before
        full = msgspec.structs.replace(choice, credentials={name: given[name] for name in ("username", "password")})
        await begin_authorization(opened.services, link, full, new_browser_secret())
        after = await accounts.get(opened.services.database, opened.tenant, before.id)
        assert (after.settings, after.connections) == ({"subdomain": OTHER}, before.connections + 1)
        assert after.credentials != before.credentials

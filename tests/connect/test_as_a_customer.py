"""Connecting as a customer would, with only what the product's own screens show: nothing is asked that the provider tells."""

import pytest
import sqlalchemy as sa

from tests.connect.conftest import SETTINGS
from tests.world import SIGN_IN, catalog
from unified.errors.requests import ConnectFailed, NotFound, ValidationFailed
from unified.service.access.consent import LinkScope
from unified.service.accounts.accounts import NewAccount, create_account, get_account
from unified.service.accounts.checking import check_account
from unified.service.connect import (
    Choosing,
    ConnectChoice,
    Connected,
    begin_authorization,
    callback,
    choose_covered,
    complete_callback,
    new_browser_secret,
    open_choice,
)
from unified.store import connect_links
from unified.store.engine.tables import ACCOUNTS, CONNECT_LINKS
from unified.transport.account_settings import asked_settings, is_learned, settings_of_consent
from unified.transport.auth import name_of
from unified_sandbox.registry import discover

OWN = {"id": "11223344-a1b2-3b33-c444-def123456789", "url": "https://demo.atlassian.net", "name": "Demo"}
OTHER = {"id": "99223344-a1b2-3b33-c444-def123456789", "url": "https://other.atlassian.net", "name": "Other <b>site</b>"}
KINDS = [
    (name, name_of(rules))
    for name in catalog().providers()
    for rules in catalog().provider(name).auth
    if name_of(rules) != "oauth2"
]


def entered(offer, kind):
    """The settings that the form asks for, as a person has them from the address of the product."""
    asked = next(one for one in offer.kinds if one.kind == kind)
    shown = {
        **discover()[offer.name].demo_settings,
        **{name: one for name, one in SETTINGS[offer.name].items() if name != "cloud_id"},
    }
    return {name: shown[name] for name in asked.settings}


@pytest.mark.parametrize("provider", SIGN_IN)
async def test_signing_in_asks_for_nothing_that_the_provider_tells(world, provider):
    link, browser = await world.link(provider=provider), new_browser_secret()
    (offer,) = link.providers
    choice = ConnectChoice(provider=provider, kind="oauth2", settings=entered(offer, "oauth2"))
    url = (await begin_authorization(world.services, link, choice, browser)).url
    done = await complete_callback(world.services, provider, await world.approve(url), browser)
    assert isinstance(done, Connected)
    row = await get_account(world.services, world.tenant, done.account_id)
    assert (await check_account(world.services, world.tenant, row.id)).ok
    rules = catalog().provider(provider).settings
    assert {name for name, one in rules.items() if one.required} <= row.settings.keys()
    assert not {name for name, one in rules.items() if is_learned(one, "oauth2")} & choice.settings.keys()


@pytest.mark.parametrize(("provider", "kind"), KINDS)
def test_no_form_asks_for_what_the_provider_tells_or_nothing_uses(provider, kind):
    found = catalog().provider(provider)
    asked = asked_settings(found, kind)
    assert not [name for name, rule in asked.items() if is_learned(rule, kind)]
    assert all(rule.title and (rule.description or rule.example or rule.choices) for rule in asked.values())
    assert "cloud_id" not in asked


async def begun_at_jira(world, *sites, **asked):
    """A consent that covers these sites, and what came of it."""
    world.upstream.instead["accessible-resources"] = {"json": list(sites), "status_code": 200}
    link, browser = await world.link(provider="jira", scope=LinkScope(methods=("read",)), **asked), new_browser_secret()
    choice = ConnectChoice(provider="jira", kind="oauth2")
    url = (await begin_authorization(world.services, link, choice, browser)).url
    return link, browser, await complete_callback(world.services, "jira", await world.approve(url), browser)


async def test_of_several_sites_the_customer_chooses_one(world):
    link, browser, choosing = await begun_at_jira(world, OTHER, OWN)
    assert isinstance(choosing, Choosing)
    assert [(one.title, one.detail) for one in choosing.covered] == [(one["name"], one["url"]) for one in (OTHER, OWN)]
    assert await world.rows(ACCOUNTS) == []
    done = await choose_covered(world.services, link.id, browser, "1")
    row = await get_account(world.services, world.tenant, done.account_id)
    assert (row.settings["cloud_id"], row.settings["site"]) == (OWN["id"], "demo")
    with pytest.raises(NotFound):
        await choose_covered(world.services, link.id, browser, "0")
    assert len(await world.rows(ACCOUNTS)) == 1, "a consent connects one account"


async def test_only_the_browser_that_consented_chooses_and_only_in_time(world):
    link, browser, _ = await begun_at_jira(world, OTHER, OWN)
    for other in (None, "", new_browser_secret()):
        with pytest.raises(NotFound):
            await open_choice(world.services, link.id, other)
        with pytest.raises(NotFound):
            await choose_covered(world.services, link.id, other, "1")
    for number in ("", "2", "-1", "x", "01"):
        with pytest.raises(ValidationFailed):
            await choose_covered(world.services, link.id, browser, number)
    world.clock.forward(seconds=601)
    with pytest.raises(NotFound):
        await choose_covered(world.services, link.id, browser, "1")
    assert await world.rows(ACCOUNTS) == []


async def test_no_browser_chooses_from_the_consent_of_another_one_whose_exchange_was_still_going_on(world, monkeypatch):
    world.upstream.instead["accessible-resources"] = {"json": [OTHER, OWN], "status_code": 200}
    link, first, second = await world.link(provider="jira"), new_browser_secret(), new_browser_secret()
    choice, exchange = ConnectChoice(provider="jira", kind="oauth2"), callback._exchanged
    back = await world.approve((await begin_authorization(world.services, link, choice, first)).url)

    async def slow(*args):
        answer = await exchange(*args)
        other = await world.approve((await begin_authorization(world.services, link, choice, second)).url)
        assert await connect_links.spend_state(world.services.database, world.services.digest(dict(other)["state"]))
        return answer

    monkeypatch.setattr(callback, "_exchanged", slow)
    with pytest.raises(ConnectFailed):
        await complete_callback(world.services, "jira", back, first)
    for browser in (first, second):
        with pytest.raises(NotFound):
            await choose_covered(world.services, link.id, browser, "1")
    assert await world.rows(ACCOUNTS) == []


async def test_what_a_consent_gave_opens_for_its_own_browser_only_though_put_back_into_the_database(world):
    link, _, _ = await begun_at_jira(world, OTHER, OWN)
    held = (await world.link_row())["attempt"]
    second = new_browser_secret()
    url = (await begin_authorization(world.services, link, ConnectChoice(provider="jira", kind="oauth2"), second)).url

    async def put_back():
        async with world.services.database.write() as connection:
            await connection.execute(sa.update(CONNECT_LINKS).values(attempt=held))

    await put_back()
    with pytest.raises(ConnectFailed):  # it is no attempt at the consent page
        await complete_callback(world.services, "jira", await world.approve(url), second)
    await put_back()
    with pytest.raises(NotFound):
        await choose_covered(world.services, link.id, second, "1")
    assert await world.rows(ACCOUNTS) == []


async def test_a_withdrawn_link_has_nothing_to_choose(world):
    link, browser, _ = await begun_at_jira(world, OTHER, OWN)
    await world.api.delete(f"/connect/{link.id}")
    with pytest.raises(NotFound):
        await choose_covered(world.services, link.id, browser, "1")
    assert (await world.link_row())["attempt"] is None, "and what the consent gave is gone"


async def test_the_tokens_of_a_consent_are_stored_sealed(world):
    await begun_at_jira(world, OTHER, OWN)
    row = await world.link_row()
    assert row["attempt"].startswith("v1.")
    assert OWN["id"] not in str(row)
    assert "demo-jira" not in str(row)


@pytest.mark.parametrize("sites", [[], [{"id": OWN["id"]}], [{"id": "../x", "url": OWN["url"]}], {"message": "no"}, [None, 1]])
async def test_a_consent_that_covers_nothing_usable_connects_nothing(world, sites):
    world.upstream.instead["accessible-resources"] = {"json": sites, "status_code": 200}
    link, browser = await world.link(provider="jira"), new_browser_secret()
    url = (await begin_authorization(world.services, link, ConnectChoice(provider="jira", kind="oauth2"), browser)).url
    with pytest.raises(ConnectFailed) as failed:
        await complete_callback(world.services, "jira", await world.approve(url), browser)
    assert failed.value.reason == "setting_unknown"


async def test_connecting_again_keeps_the_site_and_never_changes_it_silently(world):
    _, _, done = await begun_at_jira(world, OWN)
    _, _, again = await begun_at_jira(world, OTHER, OWN, account_id=done.account_id)
    assert isinstance(again, Connected)
    assert (await get_account(world.services, world.tenant, done.account_id)).settings["cloud_id"] == OWN["id"]
    _, _, elsewhere = await begun_at_jira(world, OTHER, account_id=done.account_id)
    assert isinstance(elsewhere, Choosing), "the only site is another one: the customer says whether it is meant"


async def test_the_token_is_sent_only_to_the_host_of_the_provider_file(world):
    await begun_at_jira(world, OWN)
    (asked,) = [one for one in world.upstream.asked if "accessible-resources" in one.url.path]
    assert (asked.method, asked.content, asked.url.query) == ("GET", b"", b"")
    assert asked.url.path.endswith("/oauth/token/accessible-resources")
    assert asked.headers["authorization"].startswith("Bearer ")


async def test_programs_are_told_which_sites_their_tokens_reach(world):
    world.upstream.instead["accessible-resources"] = {"json": [OTHER, OWN], "status_code": 200}
    tokens = {"type": "oauth2", "access_token": "demo-jira-access"}
    with pytest.raises(ValidationFailed) as refused:
        await create_account(world.services, world.tenant, NewAccount(provider="jira", name="J", credentials=tokens))
    assert refused.value.detail == f"/settings/cloud_id: the consent covers several; expected one of {OWN['id']}, {OTHER['id']}"
    named = NewAccount(provider="jira", name="J", credentials=tokens, settings={"cloud_id": OWN["id"]})
    assert (await create_account(world.services, world.tenant, named)).settings == {"cloud_id": OWN["id"], "site": "demo"}
    assert settings_of_consent(catalog().provider("jira")) == {"site", "cloud_id"}

"""Whoever holds a link changes nothing for the tenant's other accounts, whatever they try, and tries a bounded number of times."""

import random

import pytest

from tests.connect.conftest import SETTINGS, TOKEN_PATHS, both_databases
from unified.errors.error import UnifiedError
from unified.errors.requests import ConnectFailed, NotFound
from unified.service.access.principals import authenticate
from unified.service.connect import ConnectChoice, begin_authorization, complete_callback, link_status, new_browser_secret
from unified.service.connect.offers import TOO_MANY_TRIES
from unified.service.connect.tries import MAX_TRIES
from unified.store import accounts

WITH_OAUTH = ("zendesk", "hubspot", "salesforce")
ANSWERS = {
    "client": {"status_code": 401, "json": {"error": "invalid_client"}},
    "code": {"status_code": 400, "json": {"error": "invalid_grant"}},
    "fault": {"status_code": 500},
    "odd": {"status_code": 200, "content": b"<html>"},
    "as asked": None,
}


async def try_oauth(world, link, provider, answer, **settings):
    """One try, with an answer of the token endpoint; returns the reason of its failure."""
    browser = new_browser_secret()
    back = await world.approve(await world.begun(link, provider, browser, **settings))
    world.upstream.instead = {} if answer is None else dict.fromkeys(TOKEN_PATHS, answer)
    try:
        await complete_callback(world.services, provider, back, browser)
    except ConnectFailed as failed:
        return failed.reason
    finally:
        world.upstream.instead = {}


async def refreshed(world, row):
    """What hinders a refresh of an account now; None if nothing does."""
    return (await world.services.refresher.force(await accounts.get(world.services.database, row.tenant_id, row.id))).problem


async def a_random_try(world, draw):
    provider = draw.choice(WITH_OAUTH)
    link = await world.link(provider=provider)
    mine = {
        name: f"{value}{draw.randrange(3)}" for name, value in SETTINGS[provider].items() if name in {"subdomain", "instance"}
    }
    try:
        if draw.random() < 0.8:
            await try_oauth(world, link, provider, ANSWERS[draw.choice(list(ANSWERS))], **mine)
        else:
            wrong = {"username": "ada@example.com", "password": "wrong"}
            choice = ConnectChoice(provider=provider, kind="basic", settings=SETTINGS[provider], credentials=wrong)
            await begin_authorization(world.services, link, choice, new_browser_secret(), "192.0.2.1")
    except UnifiedError:
        pass


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
async def test_no_sequence_of_tries_changes_what_calls_of_others_come_to(world, seed):
    draw = random.Random(seed)
    made = [await world.connected(provider) for provider in WITH_OAUTH]
    rows = [await accounts.get(world.services.database, world.tenant, one.account_id) for one in made]
    for _ in range(8):
        await a_random_try(world, draw)
        row = draw.choice(rows)
        assert await refreshed(world, row) is None
        assert (await world.api.get("/oauth-apps")).json()["data"] == []
    assert "oauth_app.invalid" not in await world.events()


async def test_a_refused_app_is_refused_at_one_address_only(world):
    """An account at an address where the app is unknown, such as one of the visitor's own, says nothing about the others."""
    own, shared = {"subdomain": "mine"}, {"subdomain": "demo"}
    rows = {}
    for name, settings in (("mine", own), ("theirs", shared)):
        link, browser = await world.link(provider="zendesk"), new_browser_secret()
        back = await world.approve(await world.begun(link, "zendesk", browser, **settings))
        made = await complete_callback(world.services, "zendesk", back, browser)
        rows[name] = await accounts.get(world.services.database, world.tenant, made.account_id)
    world.upstream.instead = dict.fromkeys(TOKEN_PATHS, ANSWERS["client"])
    assert await refreshed(world, rows["mine"]) == "oauth_app_invalid"
    world.upstream.instead = {}
    assert (await world.services.refresher.force(rows["theirs"])).problem is None
    assert (await world.services.refresher.force(rows["mine"])).problem == "oauth_app_invalid"


@both_databases
@pytest.mark.parametrize("answer", ["client", "code"])
async def test_refused_tries_by_oauth_end_the_link_as_keys_do(world, answer):
    link = await world.link(provider="zendesk")
    reasons = [await try_oauth(world, link, "zendesk", ANSWERS[answer]) for _ in range(MAX_TRIES)]
    assert reasons[:-1] == [{"client": "client_refused", "code": "code_refused"}[answer]] * (MAX_TRIES - 1)
    assert reasons[-1] == TOO_MANY_TRIES
    before = world.token_calls()
    with pytest.raises(NotFound):
        await world.begun(link, "zendesk", new_browser_secret())
    assert world.token_calls() == before == MAX_TRIES
    status = await link_status(world.services, await authenticate(world.services, f"Bearer {world.admin_key}"), link.id)
    assert (status.status, status.reason) == ("expired", TOO_MANY_TRIES)
    assert (await world.events()).count("account.connect_failed") <= MAX_TRIES


async def test_attempts_that_the_token_endpoint_did_not_refuse_do_not_count(world):
    link = await world.link(provider="zendesk")
    for _ in range(MAX_TRIES + 1):
        assert await try_oauth(world, link, "zendesk", ANSWERS["fault"]) == "token_unreachable"
    assert await try_oauth(world, link, "zendesk", None) is None

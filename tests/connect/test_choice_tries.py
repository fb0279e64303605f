"""A choice among what a consent covers asks the provider each time, so its refused tries are those of the link."""

import asyncio

import pytest

from tests.connect.conftest import both_databases
from unified.errors.requests import ConnectFailed, NotFound, ValidationFailed
from unified.errors.service import RateLimited
from unified.service.connect import (
    Choosing,
    ConnectChoice,
    begin_authorization,
    choose_covered,
    complete_callback,
    link_status,
    new_browser_secret,
)
from unified.service.connect.tries import MAX_TRIES
from unified.service.runtime.failed_attempts import MAX_PASSWORD_FAILURES
from unified.store.engine.tables import ACCOUNTS

OTHER = {"id": "99223344-a1b2-3b33-c444-def123456789", "url": "https://other.atlassian.net", "name": "Other"}
REFUSALS = {
    "credentials_refused": {"/myself": {"status_code": 401, "json": {}}},
    "setting_unknown": {"/accessible-resources": {"status_code": 200, "json": []}},
}
OUTAGES = {"check_failed": {"/myself": {"status_code": 503}}}
ADDRESS = "192.0.2.1"


async def choosing(world, refused: int = 0):
    """A consent at Jira that covers two sites; the link has this many refused tries behind it already."""
    planted = await world.provider.put(f"/_sandbox/jira/sites/{OTHER['id']}", json=OTHER)
    assert planted.status_code < 300, planted.text
    link = await world.link(provider="jira")
    for _ in range(refused):
        browser = new_browser_secret()
        back = await world.approve(await begun(world, link, browser))
        world.upstream.instead = {"/oauth/token": {"status_code": 400, "json": {"error": "invalid_grant"}}}
        with pytest.raises(ConnectFailed):
            await complete_callback(world.services, "jira", back, browser)
        world.upstream.instead = {}
    browser = new_browser_secret()
    back = await world.approve(await begun(world, link, browser))
    assert isinstance(await complete_callback(world.services, "jira", back, browser), Choosing)
    return link, browser


async def begun(world, link, browser: str) -> str:
    return (await begin_authorization(world.services, link, ConnectChoice(provider="jira", kind="oauth2"), browser)).url


async def choose(world, link, browser, address=None):
    return await choose_covered(world.services, link.id, browser, "0", address)


@both_databases
@pytest.mark.parametrize("reason", REFUSALS)
@pytest.mark.parametrize("before", [0, 2])
async def test_refused_choices_end_the_link_as_other_tries_do(world, reason, before):
    link, browser = await choosing(world, before)
    world.upstream.instead = REFUSALS[reason]
    for _ in range(MAX_TRIES - before - 1):
        with pytest.raises(ConnectFailed) as failed:
            await choose(world, link, browser)
        assert failed.value.reason == reason
    with pytest.raises(NotFound):
        await choose(world, link, browser)
    world.upstream.instead, asked = {}, len(world.upstream.asked)
    with pytest.raises(NotFound):
        await choose(world, link, browser)
    assert len(world.upstream.asked) == asked
    status = await link_status(world.services, await world.principal(), link.id)
    assert (status.status, status.reason) == ("expired", "too_many_tries")
    assert await world.rows(ACCOUNTS) == []


@both_databases
async def test_many_at_once_ask_the_provider_no_more_often(world):
    link, browser = await choosing(world)
    world.upstream.instead, before = REFUSALS["credentials_refused"], len(world.upstream.asked)
    done = await asyncio.gather(*(choose(world, link, browser) for _ in range(30)), return_exceptions=True)
    assert all(isinstance(one, ConnectFailed | NotFound) for one in done), done
    checks = [one for one in world.upstream.asked[before:] if one.url.path.endswith("/myself")]
    assert len(checks) <= MAX_TRIES


async def test_attempts_that_the_provider_did_not_refuse_do_not_count(world):
    link, browser = await choosing(world, MAX_TRIES - 1)
    for _ in range(MAX_TRIES):
        world.upstream.instead = OUTAGES["check_failed"]
        with pytest.raises(ConnectFailed, match="Jira"):
            await choose(world, link, browser)
        with pytest.raises(ValidationFailed):
            await choose_covered(world.services, link.id, browser, "7")
    world.upstream.instead = {}
    assert (await choose(world, link, browser)).account_id


async def test_refused_choices_count_for_the_address_too(world):
    for _ in range(MAX_PASSWORD_FAILURES):
        world.services.attempts.passwords.failed(ADDRESS)
    link, browser = await choosing(world)
    world.upstream.instead = REFUSALS["credentials_refused"]
    with pytest.raises(RateLimited):
        await choose(world, link, browser, ADDRESS)
    world.upstream.instead = {}
    assert (await choose(world, link, browser, ADDRESS)).account_id

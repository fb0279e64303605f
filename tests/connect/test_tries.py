"""Guessing passwords over a connect page: bounded by link and by address, and nothing that is right is held up."""

import asyncio

import pytest

from tests.connect.conftest import both_databases
from tests.connect.test_credentials import DEMO, with_key
from tests.keys import unlimited
from unified.errors.requests import ConnectFailed, NotFound, ValidationFailed
from unified.errors.service import RateLimited
from unified.service.connect import ConnectChoice, begin_authorization, link_status, new_browser_secret
from unified.service.connect.failure_messages import connect_failed
from unified.service.connect.offers import USED_UP
from unified.service.connect.tries import MAX_TRIES, limited_try
from unified.service.runtime.failed_attempts import MAX_PASSWORD_FAILURES
from unified.store import connect_links
from unified.store.engine.tables import ACCOUNTS

WRONG = {"type": "basic", "username": "ada@example.com", "password": "wrong-secret"}
GOOD = next(credentials for name, credentials in DEMO if name == "zendesk")


def asked(world) -> int:
    return len(world.upstream.asked)


@both_databases
async def test_the_last_refused_try_ends_the_link(world):
    row = await world.link(provider="zendesk")
    for _ in range(MAX_TRIES - 1):
        with pytest.raises(ConnectFailed):
            await with_key(world, row, "zendesk", WRONG)
    with pytest.raises(NotFound, match=USED_UP):
        await with_key(world, row, "zendesk", WRONG)
    status = await link_status(world.services, unlimited(world.tenant), row.id)
    assert (status.status, status.reason) == ("expired", "too_many_tries")
    before = asked(world)
    for credentials in (WRONG, GOOD):
        with pytest.raises(NotFound):
            await with_key(world, row, "zendesk", credentials)
    assert asked(world) == before == MAX_TRIES
    assert await world.rows(ACCOUNTS) == []


@both_databases
async def test_many_at_once_reach_the_provider_no_more_often(world):
    row = await world.link(provider="zendesk")
    done = await asyncio.gather(*(with_key(world, row, "zendesk", WRONG) for _ in range(40)), return_exceptions=True)
    assert all(isinstance(one, ConnectFailed | NotFound) for one in done)
    assert asked(world) <= MAX_TRIES


async def test_the_right_password_connects_with_the_last_try(world):
    row = await world.link(provider="zendesk")
    for _ in range(MAX_TRIES - 1):
        with pytest.raises(ConnectFailed):
            await with_key(world, row, "zendesk", WRONG)
    assert (await with_key(world, row, "zendesk", GOOD)).account_id


async def test_a_refusal_that_arrives_after_a_right_password_says_that_the_link_was_used(world):
    row, provider = await world.link(provider="zendesk"), world.services.catalog.provider("zendesk")
    for _ in range(MAX_TRIES - 1):
        with pytest.raises(ConnectFailed):
            await with_key(world, row, "zendesk", WRONG)
    kept = await connect_links.get(world.services.database, world.tenant, row.id)

    async def refused_late():
        async with limited_try(world.services, kept, provider, None):
            await connect_links.forgive_try(world.services.database, world.tenant, row.id)
            await with_key(world, row, "zendesk", GOOD)
            raise connect_failed("credentials_refused")

    with pytest.raises(ConnectFailed) as late:
        await refused_late()
    assert late.value.reason == "link_used"
    status = await link_status(world.services, unlimited(world.tenant), row.id)
    assert (status.status, [status.account_id]) == ("completed", [one["id"] for one in await world.rows(ACCOUNTS)])


async def test_attempts_that_the_provider_did_not_refuse_do_not_count(world):
    row = await world.link(provider="zendesk")
    for _ in range(MAX_TRIES + 2):
        world.upstream.instead = {"/": {"status_code": 500}}
        with pytest.raises(ConnectFailed):
            await with_key(world, row, "zendesk", GOOD)
        with pytest.raises(ValidationFailed):
            await with_key(world, row, "zendesk", {"type": "basic", "username": "a"})
    world.upstream.instead = {}
    assert (await with_key(world, row, "zendesk", GOOD)).account_id


@pytest.mark.slow
async def test_an_address_may_fail_so_often_over_all_links(world):
    async def guess(address, credentials=WRONG):
        row = await world.link(provider="zendesk")
        given = {name: value for name, value in credentials.items() if name != "type"}
        choice = ConnectChoice(provider="zendesk", kind="basic", settings={"subdomain": "demo"}, credentials=given)
        return await begin_authorization(world.services, row, choice, new_browser_secret(), address)

    for _ in range(MAX_PASSWORD_FAILURES + 5):
        assert (await guess("192.0.2.1", GOOD)).account_id
    for _ in range(MAX_PASSWORD_FAILURES):
        with pytest.raises(ConnectFailed):
            await guess("192.0.2.1")
    with pytest.raises(RateLimited, match="still connect") as caught:
        await guess("192.0.2.1")
    assert 0 < caught.value.retry_after <= 600
    for address in ("192.0.2.1", "192.0.2.2"):
        assert (await guess(address, GOOD)).account_id, "what is right connects, whoever else has this address"

"""Idempotency marks: exactly one caller starts, outcomes are written once, expired marks are absent."""

import asyncio
from datetime import timedelta

import pytest

from unified.errors.requests import NotFound
from unified.store import accounts, idempotency

KEY = b"k" * 32


@pytest.fixture(autouse=True)
async def account(database):
    for tenant, account_id in (("ten_1", "acc_1"), ("ten_1", "acc_2"), ("ten_2", "acc_3")):
        await accounts.add(database, tenant, account_id, provider="hubspot", name="Acme")


async def _begin(database, tenant="ten_1", account_id="acc_1", request=b"r" * 32):
    return await idempotency.begin(
        database,
        tenant,
        account_id,
        KEY,
        request_digest=request,
        model="crm.contacts",
        operation="create",
        expires_at=database.clock() + timedelta(hours=1),
    )


async def test_the_first_starts_and_the_next_gets_the_mark(database, clock):
    assert await _begin(database) == "started"
    assert await _begin(database, request=b"x" * 32) == idempotency.IdempotencyRow(
        tenant_id="ten_1",
        account_id="acc_1",
        key_digest=KEY,
        request_digest=b"r" * 32,
        model="crm.contacts",
        operation="create",
        status="in_progress",
        http_status=None,
        remote_id=None,
        created_at=clock.now,
        expires_at=clock.now + timedelta(hours=1),
    )


async def test_of_many_at_once_exactly_one_starts(database):
    answers = await asyncio.gather(*(_begin(database) for _ in range(20)))
    assert answers.count("started") == 1
    assert {answer.status for answer in answers if answer != "started"} == {"in_progress"}


async def test_a_mark_that_is_forgotten_meanwhile_is_set_again(database, monkeypatch):
    """The write of another caller was refused between this one's attempt and its look: the account is there all the same."""
    get, gone = idempotency.get, 0

    async def get_too_late(*place):
        nonlocal gone
        gone += await idempotency.forget(*place)
        return await get(*place)

    assert await _begin(database) == "started"
    monkeypatch.setattr(idempotency, "get", get_too_late)
    assert (await _begin(database), gone) == ("started", 1)


@pytest.mark.parametrize("status", ["done", "unknown"])
async def test_an_outcome_is_written_once(database, status):
    await _begin(database)
    assert await idempotency.finish(database, "ten_1", "acc_1", KEY, status=status, http_status=201, remote_id="7")
    assert not await idempotency.finish(database, "ten_1", "acc_1", KEY, status="done", remote_id="8")
    mark = await _begin(database)
    assert (mark.status, mark.http_status, mark.remote_id) == (status, 201, "7")


async def test_a_forgotten_mark_may_start_again(database):
    await _begin(database)
    assert await idempotency.forget(database, "ten_1", "acc_1", KEY)
    assert not await idempotency.forget(database, "ten_1", "acc_1", KEY)
    assert await _begin(database) == "started"


async def test_an_expired_mark_is_absent(database, clock):
    await _begin(database)
    clock.forward(minutes=59, seconds=59)
    assert await idempotency.get(database, "ten_1", "acc_1", KEY) is not None
    clock.forward(seconds=1)
    assert await idempotency.get(database, "ten_1", "acc_1", KEY) is None
    assert await _begin(database) == "started"


async def test_purging_takes_the_expired_of_all_tenants_only(database, clock):
    await _begin(database)
    await _begin(database, "ten_2", "acc_3")
    clock.forward(minutes=30)
    await _begin(database, account_id="acc_2")
    clock.forward(minutes=30)
    assert await idempotency.purge_expired(database) == 2
    assert await idempotency.get(database, "ten_1", "acc_2", KEY) is not None


async def test_the_same_key_of_another_account_or_tenant_is_another_mark(database):
    assert await _begin(database) == "started"
    assert await _begin(database, account_id="acc_2") == "started"
    assert await _begin(database, "ten_2", "acc_3") == "started"
    assert not await idempotency.finish(database, "ten_2", "acc_1", KEY, status="done")
    assert not await idempotency.forget(database, "ten_2", "acc_1", KEY)
    assert (await _begin(database)).status == "in_progress"


@pytest.mark.parametrize(("tenant", "account_id"), [("ten_1", "acc_9"), ("ten_2", "acc_1")])
async def test_an_account_that_is_not_the_tenants_is_not_found(database, tenant, account_id):
    with pytest.raises(NotFound) as refused:
        await _begin(database, tenant, account_id)
    assert refused.value.detail == f"No account with the id '{account_id}'."

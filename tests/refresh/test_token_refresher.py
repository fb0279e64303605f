"""Tokens are refreshed once, in time, and never over a newer one; only a refused grant asks for the account's owner."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from tests.waiting import until
from unified.errors.providers import ConnectionUnauthorized, ProviderError
from unified.errors.requests import NotFound
from unified.service.runtime.refreshes import leased_refresh, refresh_times
from unified.service.runtime.refreshes.refresh_times import margin
from unified.service.runtime.refreshes.token_refresher import Refresher
from unified.service.runtime.row_cache import RowCache
from unified.store import accounts, refreshes
from unified.store.accounts import AccountChanges, SealedCredentials
from unified.store.engine.tables import ACCOUNTS, DELIVERIES, WEBHOOKS
from unified.transport.token_answer import TokenRefused

pytestmark = pytest.mark.slow


class Provider:
    """A token endpoint: counts its calls, waits, and answers or refuses as told."""

    def __init__(self, clock, *, lifetime=3600.0, delay=0.0):
        self.clock, self.lifetime, self.delay = clock, lifetime, delay
        self.calls, self.refusals = 0, []
        self.held = asyncio.Event()
        self.held.set()

    def hold(self):
        """Let no call end before the event that is returned."""
        self.held.clear()
        return self.held

    async def __call__(self, row):
        self.calls += 1
        number = self.calls
        await asyncio.sleep(self.delay)
        await self.held.wait()
        if self.refusals:
            raise self.refusals.pop(0)
        expires_at = None if self.lifetime is None else self.clock() + timedelta(seconds=self.lifetime)
        return SealedCredentials(sealed=f"new-{number}", type="oauth2", masked="…", expires_at=expires_at, refreshable=True)


@pytest.fixture
def provider(clock):
    return Provider(clock)


def refresher_of(database, provider):
    return Refresher(database, RowCache(database), provider)


@pytest.fixture
def refresher(database, provider):
    rows = RowCache(database)
    database.subscribe(rows.invalidate)
    return Refresher(database, rows, provider)


async def account(database, clock, *, left, name="acc_1", refreshable=True, status="active"):
    """An account whose token lives `left` seconds more of an hour; None for one that is not told."""
    expires_at = None if left is None else clock() + timedelta(seconds=left)
    sealed = SealedCredentials(sealed="old", type="oauth2", masked="…", expires_at=expires_at, refreshable=refreshable)
    await accounts.add(database, "ten_1", name, provider="hubspot", name="n", credentials=sealed, status=status)
    issued = (clock() - timedelta(seconds=3600 - (left or 0))) if left is not None else clock()
    async with database.write() as connection:
        await connection.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.id == name).values(credentials_issued_at=issued))
    return await accounts.get(database, "ten_1", name)


async def listen(database):
    now = database.clock()
    events = ["account.needs_reauth", "account.reactivated"]
    values = {"id": "whk_1", "tenant_id": "ten_1", "url": "https://e.test", "events": events, "status": "active"}
    async with database.write() as connection:
        await connection.execute(
            sa.insert(WEBHOOKS).values(**values, secret="s", secret_masked="…", created_at=now, updated_at=now)
        )


async def told(database):
    async with database.read() as connection:
        rows = (await connection.execute(sa.select(DELIVERIES.c.event, DELIVERIES.c.payload))).all()
    return [(event, msgspec.json.decode(payload)["data"]["status_reason"]) for event, payload in rows]


async def test_a_token_with_time_left_is_used_as_it_is(database, clock, provider, refresher):
    row = await account(database, clock, left=600)
    assert await refresher.fresh(row) == row
    assert provider.calls == 0


async def test_a_dead_token_is_waited_for_by_all_and_asked_for_once(database, clock, provider, refresher):
    provider.delay = 0.05
    row = await account(database, clock, left=-1)
    rows = await asyncio.gather(*(refresher.fresh(row) for _ in range(200)))
    assert provider.calls == 1
    assert {one.credentials for one in rows} == {"new-1"}
    assert {one.credentials_version for one in rows} == {2}


async def test_a_token_near_its_end_is_used_while_it_is_refreshed_behind(database, clock, provider, refresher):
    provider.delay = 0.05
    row = await account(database, clock, left=59)
    assert (await refresher.fresh(row)).credentials == "old"
    await refresher.close()
    assert provider.calls == 1
    assert (await refresher.fresh(row)).credentials == "new-1"


@pytest.mark.parametrize("changes", [0, 1, 3])
async def test_a_new_token_is_sealed_for_the_settings_that_the_account_has_by_then(database, clock, provider, changes):
    """Settings that change while a token is fetched do not lose it: another refresh token may be valid no more."""
    left = list(range(changes))

    async def move(name):
        settings = {"note": str(name)}
        await accounts.update(database, "ten_1", "acc_1", AccountChanges(settings=settings, resealed="old"))

    async def ask(row):
        sealed = await provider(row)
        if left:
            await move(left.pop())
        return msgspec.structs.replace(sealed, sealed=f"of {row.connections}")

    def bind(before, now, sealed):
        assert sealed.sealed == f"of {before.connections}"
        return msgspec.structs.replace(sealed, sealed=f"of {now.connections}")

    row = await account(database, clock, left=-1)
    newest = await Refresher(database, RowCache(database), ask, bind=bind).fresh(row)
    assert newest.credentials == f"of {newest.connections}"
    assert newest.connections == row.connections + min(changes, 1)
    assert (provider.calls, newest.credentials_version) == (1, 2)


@pytest.mark.parametrize("count", [400])
async def test_accounts_are_refreshed_at_their_own_times_between_60_and_180_s_before_the_end(database, clock, count):
    row = await account(database, clock, left=3600)
    margins = [margin(msgspec.structs.replace(row, id=f"acc_{number}")).total_seconds() for number in range(count)]
    assert all(60 <= one <= 180 for one in margins)
    assert max(margins) > 170
    assert min(margins) < 70
    assert len(set(margins)) > count * 0.99


async def test_a_short_lived_token_is_refreshed_at_half_its_life(database, clock, provider, refresher):
    provider.lifetime = 20
    row = await refresher.fresh(await account(database, clock, left=-1))
    for _ in range(5):
        row = await refresher.fresh(row)
    await refresher.close()
    assert provider.calls == 1
    clock.forward(seconds=11)
    assert (await refresher.fresh(row)).credentials == "new-2"


async def test_a_token_without_an_end_is_refreshed_only_when_refused(database, clock, provider, refresher):
    row = await account(database, clock, left=None)
    assert (await refresher.fresh(row)).credentials == "old"
    assert (await refresher.renew(row, 1)).credentials == "new-1"


async def test_a_token_that_cannot_be_refreshed_is_sent_as_it_is(database, clock, provider, refresher):
    row = await account(database, clock, left=-1, refreshable=False)
    assert (await refresher.fresh(row)).credentials == "old"
    assert await refresher.renew(row, 1) is None
    assert provider.calls == 0


async def test_two_processes_make_one_call_and_both_get_the_token(database, clock, provider):
    provider.delay = 0.2
    row = await account(database, clock, left=-1)
    processes = [refresher_of(database, provider) for _ in range(2)]
    rows = await asyncio.gather(*(processes[number % 2].fresh(row) for number in range(100)))
    assert provider.calls == 1
    assert {one.credentials for one in rows} == {"new-1"}


async def test_after_a_401_one_refresh_is_forced_for_all_callers_of_that_token(database, clock, provider, refresher):
    row = await account(database, clock, left=600)
    rows = await asyncio.gather(*(refresher.renew(row, 1) for _ in range(20)))
    assert {one.credentials for one in rows} == {"new-1"}
    assert (await refresher.renew(row, 1)).credentials == "new-1"
    assert provider.calls == 1


async def test_a_fresh_token_that_is_refused_too_makes_no_loop(database, clock, provider, refresher):
    row = await account(database, clock, left=600)
    for _ in range(10):
        newer = await refresher.renew(row, 1)
        if newer is not None:
            row = newer
            assert await refresher.renew(row, 2) is None
    assert provider.calls == 1
    clock.forward(seconds=61)
    assert (await refresher.renew(row, 1)).credentials == "new-2"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("invalid_grant", "invalid_grant"),
        ("invalid_client", "client_refused"),
        ("unauthorized_client", "client_refused"),
    ],
)
async def test_a_refused_grant_asks_for_the_owner_and_is_reported_once(database, clock, provider, refresher, code, reason):
    await listen(database)
    row = await account(database, clock, left=-1)
    provider.refusals = [TokenRefused(code, status=400, definite=True)] * 3
    attempts = await asyncio.gather(*(refresher.fresh(row) for _ in range(20)), return_exceptions=True)
    assert {str(one) for one in attempts} == {f"the account is needs_reauth ({reason}); connect it again"}
    assert {type(one) for one in attempts} == {ConnectionUnauthorized}
    with pytest.raises(ConnectionUnauthorized):
        await refresher.fresh(row)
    assert provider.calls == 1
    now = await accounts.get(database, "ten_1", "acc_1")
    assert (now.status, now.status_reason, now.credentials) == ("needs_reauth", reason, "old")
    assert await told(database) == [("account.needs_reauth", reason)]


@pytest.mark.parametrize("code", ["invalid_request", "server_error", "rate_limited", "timeout", "malformed", "unauthorized"])
async def test_every_other_refusal_keeps_the_account_and_backs_off(database, clock, provider, refresher, code):
    await listen(database)
    row = await account(database, clock, left=30)
    provider.refusals = [TokenRefused(code, definite=code != "timeout")]
    assert (await refresher.fresh(row)).credentials == "old"
    await refresher.close()
    for _ in range(20):
        assert (await refresher.fresh(row)).credentials == "old"
    await refresher.close()
    assert provider.calls == 1
    clock.forward(seconds=3)
    await refresher.fresh(row)
    await refresher.close()
    assert provider.calls == 2
    assert (await accounts.get(database, "ten_1", "acc_1")).credentials == "new-2"
    assert await told(database) == []


async def test_a_dead_token_and_a_failing_endpoint_give_an_error_worth_a_retry(database, clock, provider, refresher):
    row = await account(database, clock, left=-1)
    provider.refusals = [TokenRefused("server_error", definite=True)]
    for _ in range(3):
        with pytest.raises(ProviderError) as refused:
            await refresher.fresh(row)
        assert refused.value.retryable
        assert 1 <= refused.value.retry_after <= 2
    assert provider.calls == 1
    assert "the account's token has expired, and the provider gives no other one now" in str(refused.value)
    assert (await accounts.get(database, "ten_1", "acc_1")).status == "active"


async def test_a_long_wait_that_the_endpoint_asks_for_is_kept(database, clock, provider, refresher):
    row = await account(database, clock, left=-1)
    provider.refusals = [TokenRefused("rate_limited", definite=True, retry_after=120)]
    with pytest.raises(ProviderError) as refused:
        await refresher.fresh(row)
    assert 118 <= refused.value.retry_after <= 120


async def test_the_back_off_grows_and_ends_with_a_success(database, clock, provider, refresher):
    row = await account(database, clock, left=-1)
    provider.refusals = [TokenRefused("server_error", definite=True) for _ in range(4)]
    waits = []
    for _ in range(4):
        with pytest.raises(ProviderError) as refused:
            await refresher.fresh(row)
        waits.append(refused.value.retry_after)
        clock.forward(seconds=refused.value.retry_after)
    assert waits == [2, 4, 8, 16]
    assert (await refresher.fresh(row)).credentials == "new-5"
    clock.forward(hours=2)
    provider.refusals = [TokenRefused("server_error", definite=True)]
    with pytest.raises(ProviderError) as refused:
        await refresher.fresh(row)
    assert refused.value.retry_after == 2


async def test_a_grant_lost_between_rotation_and_writing_has_its_own_reason(database, clock, provider):
    await listen(database)
    row = await account(database, clock, left=-1)
    assert await refreshes.begin(database, row, holder="ref_killed", lease=timedelta(seconds=0.1)) is not None
    await asyncio.sleep(0.15)
    provider.refusals = [TokenRefused("invalid_grant", definite=True)]
    with pytest.raises(ConnectionUnauthorized, match="refresh_interrupted"):
        await refresher_of(database, provider).fresh(row)
    assert await told(database) == [("account.needs_reauth", "refresh_interrupted")]


@pytest.mark.parametrize(("definite", "reason"), [(True, "invalid_grant"), (False, "refresh_interrupted")])
async def test_a_call_without_an_answer_may_have_rotated(database, clock, provider, refresher, definite, reason):
    row = await account(database, clock, left=-1)
    provider.refusals = [TokenRefused("timeout", definite=definite), TokenRefused("invalid_grant", definite=True)]
    with pytest.raises(ProviderError):
        await refresher.fresh(row)
    clock.forward(seconds=3)
    with pytest.raises(ConnectionUnauthorized, match=reason):
        await refresher.fresh(row)


async def test_others_continue_when_the_holder_died(database, clock, provider, refresher):
    row = await account(database, clock, left=-1)
    await refreshes.begin(database, row, holder="ref_killed", lease=timedelta(seconds=0.3))
    assert (await refresher.fresh(row)).credentials == "new-1"
    assert provider.calls == 1


async def test_a_holder_slower_than_its_lease_does_not_write_over_a_newer_token(database, clock, provider):
    row = await account(database, clock, left=-1)
    slow = await refreshes.begin(database, row, holder="ref_slow", lease=timedelta(seconds=0))
    newer = await refresher_of(database, provider).fresh(row)
    late = SealedCredentials(sealed="late", type="oauth2", masked="…", refreshable=True)
    assert await refreshes.finish(database, slow, late) is None
    assert await refreshes.refuse(database, slow, reason="invalid_grant", event_of=lambda _: None) is None
    assert await accounts.get(database, "ten_1", "acc_1") == newer


async def test_credentials_given_again_win_over_a_running_refresh(database, clock, provider, refresher):
    answers = provider.hold()
    row = await account(database, clock, left=-1)
    running = asyncio.create_task(refresher.fresh(row))
    await until(lambda: provider.calls == 1)
    given = SealedCredentials(sealed="given", type="oauth2", masked="…", refreshable=True)
    await accounts.update(database, "ten_1", "acc_1", AccountChanges(credentials=given))
    answers.set()
    assert (await running).credentials == "given"
    assert (await accounts.get(database, "ten_1", "acc_1")).credentials == "given"


async def test_nothing_is_written_for_an_account_deleted_meanwhile(database, clock, provider, refresher):
    answers = provider.hold()
    row = await account(database, clock, left=-1)
    running = asyncio.create_task(refresher.fresh(row))
    await until(lambda: provider.calls == 1)
    assert await accounts.delete(database, "ten_1", "acc_1")
    answers.set()
    with pytest.raises(NotFound):
        await running
    assert await accounts.get(database, "ten_1", "acc_1") is None


async def test_a_caller_that_goes_away_does_not_end_the_refresh(database, clock, provider, refresher):
    provider.delay = 0.1
    row = await account(database, clock, left=-1)
    caller = asyncio.create_task(refresher.fresh(row))
    await until(lambda: provider.calls == 1)  # a busy machine takes its time until then
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    await refresher.close()
    assert (await accounts.get(database, "ten_1", "acc_1")).credentials == "new-1"


async def test_an_account_that_waits_for_its_owner_recovers_when_a_refresh_works_again(database, clock, provider, refresher):
    await listen(database)
    row = await account(database, clock, left=-1)
    provider.refusals = [TokenRefused("invalid_client", definite=True)]
    with pytest.raises(ConnectionUnauthorized):
        await refresher.fresh(row)
    attempt = await refresher.force(await accounts.get(database, "ten_1", "acc_1"))
    assert (attempt.row.status, attempt.problem) == ("active", None)
    assert [event for event, _ in await told(database)] == ["account.needs_reauth", "account.reactivated"]


async def test_a_storm_of_expiries_is_bounded(database, clock, provider):
    provider.delay = 0.02
    running, most = 0, 0
    original = provider.__call__

    async def counted(row):
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await original(row)
        finally:
            running -= 1

    refresher = Refresher(database, RowCache(database), counted, max_concurrency=8)
    rows = [await account(database, clock, left=-1, name=f"acc_{number}") for number in range(60)]
    await asyncio.gather(*(refresher.fresh(row) for row in rows))
    assert provider.calls == 60
    assert 1 < most <= 8


async def test_an_unexpected_fault_frees_the_account(database, clock):
    async def broken(_row):
        raise LookupError

    row = await account(database, clock, left=-1)
    with pytest.raises(LookupError):
        await refresher_of(database, broken).fresh(row)
    now = await accounts.get(database, "ten_1", "acc_1")
    assert now.status == "active"
    assert now.refresh_not_before is not None
    assert now.refresh_unfinished == 1


async def test_due_accounts_are_listed_for_the_keeper(database, clock):
    await account(database, clock, left=100, name="acc_due")
    await account(database, clock, left=-5, name="acc_dead")
    await account(database, clock, left=300, name="acc_later")
    await account(database, clock, left=100, name="acc_fixed", refreshable=False)
    await account(database, clock, left=100, name="acc_waiting", status="needs_reauth")
    row = await account(database, clock, left=100, name="acc_leased")
    await refreshes.begin(database, row, holder="h", lease=leased_refresh.LEASE)
    found = await refreshes.list_due(database, within=refresh_times.EARLIEST, limit=10)
    assert [one.id for one in found] == ["acc_dead", "acc_due"]


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=3650)], ids=str)
async def test_pauses_written_while_a_clock_was_ahead_delay_no_account(database, clock, refresher, provider, ahead):
    """A refresh that failed then, one that was killed then, and a new token that was refused then."""
    failed, killed, refused = [
        await account(database, clock, left=None, name=f"acc_{name}") for name in ("failed", "killed", "refused")
    ]
    clock.ahead += ahead
    provider.refusals = [TokenRefused("timeout", definite=False)]
    await refresher.force(failed)
    assert await refreshes.begin(database, killed, holder="ref_killed", lease=leased_refresh.LEASE) is not None
    await refresher.renew(refused, 2)
    clock.ahead -= ahead
    for row in (failed, killed, refused):
        async with asyncio.timeout(10):
            assert (await refresher.renew(row, 1)).credentials.startswith("new-"), row.id
    soon = await account(database, clock, left=5, name="acc_soon")
    clock.ahead += ahead
    await refreshes.begin(database, soon, holder="ref_killed", lease=leased_refresh.LEASE)
    clock.ahead -= ahead
    assert [one.id for one in await refreshes.list_due(database, within=refresh_times.EARLIEST, limit=9)] == ["acc_soon"]

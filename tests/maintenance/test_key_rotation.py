"""Rotating the master keys, on both databases: everything opens all the time, and in the end only the new key is needed."""

import asyncio
import os
import secrets
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa

from tests.databases import WITH_SLOW_POSTGRESQL, fresh_url
from tests.filled_rows import put, sealed_row
from unified.errors.configuration import ConfigurationError
from unified.service.maintenance.key_rotation import count_sealed, count_unmarked, give_up_key, refuse_missing_keys, rotate
from unified.service.maintenance.row_guards import RowGuard
from unified.settings.master_keys import MasterKey
from unified.store import accounts, refreshes, tenants
from unified.store.accounts import SealedCredentials
from unified.store.engine.engine import migrate, open_database
from unified.store.engine.tables import ACCOUNTS, API_KEYS, DELIVERIES, METADATA, TENANTS, WEBHOOKS
from unified.store.integrity.guarded import GUARDED, is_covered
from unified.store.integrity.sealed import CREDENTIALS, SEALED
from unified.vault.keys import KeyRing
from unified.vault.seal import Vault

pytestmark = pytest.mark.slow

OLD, NEW = MasterKey("old", b"o" * 32), MasterKey("new", b"n" * 32)
BEFORE, BOTH, AFTER = Vault(KeyRing((OLD,))), Vault(KeyRing((NEW, OLD))), Vault(KeyRing((NEW,)))
ROWS = int(os.environ.get("UNIFIED_TEST_ROTATION_ROWS", "40"))
"""Accounts that are rotated beside writers; the full length is 5,000."""


@pytest.fixture(params=WITH_SLOW_POSTGRESQL)
async def url(request, tmp_path):
    async with fresh_url(request.param, tmp_path) as url:
        await migrate(url)
        yield url


@pytest.fixture
async def database(url):
    opened = await open_database(url)
    for name in ("ten_1", "ten_2"):
        await tenants.add(opened, name, name=name)
    yield opened
    await opened.close()


async def _account(database, number, vault=BEFORE, tenant="ten_1", secret=b"planted"):
    account_id = f"acc_{number}"
    sealed = vault.seal(secret, context=CREDENTIALS.context(tenant, account_id, settings={}, connections=1))
    credentials = SealedCredentials(sealed=sealed, type="bearer", masked="…")
    return await accounts.add(database, tenant, account_id, provider="hubspot", name="a", credentials=credentials)


async def _one_of_everything(database, vault=BEFORE):
    """A row with sealed text for every sealed column; what has no meaning here is filled by its type."""
    await _account(database, 1, vault)
    tables = [table for table in METADATA.sorted_tables if table in {column.table for column in SEALED} - {ACCOUNTS}]
    async with database.write() as connection:
        for table in tables:
            await put(connection, table, sealed_row(table, vault, "ten_1", b"planted"))


async def _texts(database):
    found = {}
    async with database.read() as connection:
        for column in SEALED:
            bound = [column.table.c[name] for name in column.bound]
            query = sa.select(column.tenant, column.table.c[column.id], column.text, *bound).where(column.text.is_not(None))
            for tenant, row_id, text, *values in await connection.execute(query):
                context = column.context(tenant, row_id, **dict(zip(column.bound, values, strict=True)))
                found[column.name, tenant, row_id] = (text, context)
    return found


def _ignore(_column, _count):
    pass


async def test_everything_is_sealed_again_and_the_old_key_is_not_needed_any_more(database):
    await _one_of_everything(database)
    assert {(one.key, one.state) for one in await count_sealed(database, BOTH)} == {("old", "old")}
    seen = []
    done = await rotate(database, BOTH, lambda column, count: seen.append((column, count)))
    assert (done.resealed, done.changed, done.unreadable) == (len(SEALED), 0, 0)
    assert seen == [(column.name, 1) for column in SEALED]
    texts = await _texts(database)
    assert len(texts) == len(SEALED)
    assert {AFTER.open(text, context=context) for text, context in texts.values()} == {b"planted"}
    assert [(one.column, one.key, one.state, one.rows) for one in await count_sealed(database, AFTER)] == [
        (column.name, "new", "current", 1) for column in SEALED
    ]
    await refuse_missing_keys(database, AFTER)


async def test_a_second_run_has_nothing_to_do(database):
    await _account(database, 1)
    await rotate(database, BOTH, _ignore)
    before = await _texts(database)
    assert (await rotate(database, BOTH, _ignore)).resealed == 0
    assert await _texts(database) == before


async def test_a_run_that_was_cut_off_is_gone_on_with(database):
    for number in range(5):
        await _account(database, number)

    def cut_off(_column, _count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await rotate(database, BOTH, cut_off, batch=2)
    counts = await count_sealed(database, BOTH)
    assert [(one.key, one.rows) for one in counts] == [("new", 2), ("old", 3)]
    assert (await rotate(database, BOTH, _ignore, batch=2)).resealed == 3


async def test_text_that_does_not_open_is_counted_and_does_not_stop_the_rest(database):
    await _account(database, 1)
    moved = (await accounts.get(database, "ten_1", "acc_1")).credentials
    for number, text in ((2, moved), (3, "junk"), (0, "v1.old.n.c")):
        credentials = SealedCredentials(sealed=text, type="bearer", masked="…")
        await accounts.add(database, "ten_1", f"acc_{number}", provider="hubspot", name="a", credentials=credentials)
    done = await rotate(database, BOTH, _ignore, batch=1)
    assert (done.resealed, done.unreadable) == (1, 3)
    counts = {(one.key, one.state, one.rows) for one in await count_sealed(database, BOTH)}
    assert counts == {("new", "current", 1), ("old", "old", 2), ("", "unreadable", 1)}


async def test_refreshes_and_calls_continue_while_keys_are_rotated(database):
    """Writers replace credentials, as refreshes do, and readers open them; no write is lost and every text opens."""
    for number in range(ROWS):
        await _account(database, number)
    written, stop = {}, asyncio.Event()

    async def refresh(seed):
        number = seed
        while not stop.is_set():
            number = (number + 7) % ROWS
            account_id, secret = f"acc_{number}", secrets.token_bytes(12)
            vault = BOTH if number % 2 else BEFORE
            context = CREDENTIALS.context("ten_1", account_id, settings={}, connections=1)
            before = await accounts.get(database, "ten_1", account_id)
            BOTH.open(before.credentials, context=context)
            credentials = SealedCredentials(sealed=vault.seal(secret, context=context), type="bearer", masked="…")
            after = await refreshes.finish(database, before, credentials)
            if after is not None:
                written[account_id] = max(written.get(account_id, (0, b"")), (after.credentials_version, secret))
            await asyncio.sleep(0.001)

    writers = [asyncio.create_task(refresh(seed)) for seed in range(3)]
    first = await rotate(database, BOTH, _ignore, batch=5)
    stop.set()
    await asyncio.gather(*writers)
    last = await rotate(database, BOTH, _ignore, batch=5)
    assert first.unreadable == last.unreadable == 0
    assert written
    for number in range(ROWS):
        row = await accounts.get(database, "ten_1", f"acc_{number}")
        version, secret = written.get(row.id, (1, b"planted"))
        assert row.credentials_version == version
        assert AFTER.open(row.credentials, context=CREDENTIALS.context("ten_1", row.id, settings={}, connections=1)) == secret


async def test_two_runs_at_once_agree(database):
    for number in range(20):
        await _account(database, number)
    done = await asyncio.gather(*(rotate(database, BOTH, _ignore, batch=3) for _ in range(2)))
    assert sum(one.resealed for one in done) == 20
    assert [(one.key, one.rows) for one in await count_sealed(database, BOTH)] == [("new", 20)]


async def test_a_key_that_is_needed_and_missing_is_named(database):
    await _account(database, 1)
    for act in (refuse_missing_keys(database, AFTER), rotate(database, AFTER, _ignore)):
        with pytest.raises(ConfigurationError) as refused:
            await act
        assert str(refused.value) == (
            "accounts.credentials holds text that was sealed with the master key 'old', and the keys here are new. "
            "Add that key to UNIFIED_MASTER_KEYS or the key file; `unified keys rotate --check` counts what needs it. "
            "If it is lost: unified keys give-up old"
        )
    assert [(one.key, one.state) for one in await count_sealed(database, AFTER)] == [("old", "missing")]


async def test_text_of_no_known_form_does_not_stop_a_start(database):
    credentials = SealedCredentials(sealed="junk", type="bearer", masked="…")
    await accounts.add(database, "ten_1", "acc_1", provider="hubspot", name="a", credentials=credentials)
    await refuse_missing_keys(database, AFTER)


async def test_a_lost_key_is_given_up_with_an_event_for_each_account(database):
    await _one_of_everything(database)
    await _account(database, 2, AFTER)
    async with database.write() as connection:
        await put(connection, WEBHOOKS, sealed_row(WEBHOOKS, AFTER, "ten_1", b"s", id="whk_2"))
    dropped = await give_up_key(database, AFTER, "old")
    sealed = {column.name: int(column.column != "previous_secret") for column in SEALED}
    assert dropped == sealed | {one.name: 0 for one in GUARDED}
    row = await accounts.get(database, "ten_1", "acc_1")
    assert (row.status, row.status_reason, row.credentials, row.credentials_masked) == (
        "needs_reauth",
        "credentials_unreadable",
        None,
        None,
    )
    assert (await accounts.get(database, "ten_1", "acc_2")).status == "active"
    async with database.read() as connection:
        told = (await connection.execute(sa.select(DELIVERIES.c.webhook_id, DELIVERIES.c.event))).all()
    assert [tuple(one) for one in told] == [("whk_2", "account.needs_reauth")]
    await refuse_missing_keys(database, AFTER)


@asynccontextmanager
async def guarded_by(url, vault):
    opened = await open_database(url, guard=RowGuard(vault))
    yield opened
    await opened.close()


async def _one_marked_row_each(url):
    async with guarded_by(url, BEFORE) as database:
        await tenants.add(database, "ten_3", name="three")
        await _account(database, 3, tenant="ten_3")
        async with database.write() as connection:
            known = {"tenant_id": "ten_3", "key_id": "key_3", "webhook_id": "whk_3"}
            ids = {API_KEYS: "key_3", WEBHOOKS: "whk_3"}
            for one in GUARDED:
                if one.table not in {TENANTS, ACCOUNTS}:
                    row = sealed_row(one.table, BEFORE, **({"secret": b"s"} | _known(one.table, known, ids)))
                    await put(connection, one.table, row)
        async with database.write() as connection:
            await connection.execute(sa.delete(TENANTS).where(TENANTS.c.id.in_(["ten_1", "ten_2"])))
        assert await count_unmarked(database) == {}


def _known(table, known, ids):
    found = {name: value for name, value in known.items() if name in table.c}
    return found | ({"id": ids[table]} if table in ids else {})


async def test_rows_are_marked_again_and_the_old_key_is_not_needed_any_more(database, url):
    await _one_marked_row_each(url)
    async with guarded_by(url, AFTER) as late:
        with pytest.raises(
            ConfigurationError, match=r"accounts\.credentials holds text that was sealed with the master key 'old'"
        ):
            await refuse_missing_keys(late, AFTER)
        assert await count_unmarked(late) == {one.table.name: {"old": 1} for one in GUARDED}
    async with guarded_by(url, BOTH) as both:
        async with both.write() as connection:
            await connection.execute(sa.update(API_KEYS).values(role="admin"))
        seen = []
        done = await rotate(both, BOTH, lambda column, count: seen.append((column, count)))
        sealed_too = {one.table.name for one in SEALED if is_covered(one.text)}  # marked when their text was sealed again
        marked = [one for one in GUARDED if one.table.name not in sealed_too]
        assert (done.marked, done.changed, done.unreadable) == (len(marked) - 1, 0, 1)
        assert {(one.name, 1) for one in marked} <= set(seen)
        assert (await rotate(both, BOTH, _ignore)).marked == 0
    async with guarded_by(url, AFTER) as after:
        assert await count_unmarked(after) == {"api_keys": {"old": 1}}, "rotation makes no forged row good"
        with pytest.raises(ConfigurationError, match=r"api_keys\.mac holds text that was made with the master key 'old'"):
            await refuse_missing_keys(after, AFTER)


async def test_rows_that_a_lost_key_marked_are_deleted_or_taken_over_without_what_could_do_harm(database, url):
    await _one_marked_row_each(url)
    async with guarded_by(url, AFTER) as after:
        dropped = await give_up_key(after, AFTER, "old")
        assert dropped["api_keys.mac"] == dropped["tenants.mac"] == dropped["mcp_servers.mac"] == 1
        assert await count_unmarked(after) == {}
        await refuse_missing_keys(after, AFTER)
        assert (await tenants.get(after, "ten_3")).return_origins is None
        row = await accounts.get(after, "ten_3", "acc_3")
        assert (row.status, row.credentials) == ("needs_reauth", None)
        async with after.read() as connection:
            assert (await connection.execute(sa.select(API_KEYS.c.id))).all() == []


async def test_a_key_that_is_here_is_not_given_up(database):
    with pytest.raises(ConfigurationError) as refused:
        await give_up_key(database, BOTH, "old")
    assert str(refused.value) == ("The master key 'old' is here, and what it sealed opens; to replace it: unified keys rotate")

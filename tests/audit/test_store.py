"""Rows of the trail: added at the end of one chain by any number of writers, read newest first, by one tenant only."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from unified.errors.requests import InvalidCursor
from unified.service.audit.verification import verify_chain
from unified.store import audit
from unified.store.audit import AuditFilter, UnknownTenant
from unified.store.audit_chain import Head

ROOT = Path(__file__).parents[2]


async def rows(database, tenant="ten_1"):
    return [row async for row in audit.read_chain(database, tenant)]


async def test_entries_come_back_as_they_were_told(database, entry):
    told = entry(tool="t", account_id="acc_1", target="acc_2", reason="r", digest="d", created_at=datetime.now(UTC))
    await audit.append(database, {"ten_1": [told]})
    (row,) = await rows(database)
    assert {name: getattr(row, name) for name in told.__struct_fields__} == {
        name: getattr(told, name) for name in told.__struct_fields__
    }
    assert (row.tenant_id, row.seq) == ("ten_1", 1)
    assert await audit.head(database, "ten_1") == Head(seq=1, hash=row.hash)


async def test_each_tenant_has_its_own_chain(database, entry):
    await audit.append(database, {"ten_1": [entry(), entry()]})
    await audit.append(database, {"ten_2": [entry()]})
    await audit.append(database, {"ten_1": [entry()]})
    assert [row.seq for row in await rows(database)] == [1, 2, 3]
    assert [row.seq for row in await rows(database, "ten_2")] == [1]
    assert await audit.head(database, "ten_none") == Head()


async def test_many_writers_at_once_keep_one_chain(database, entry):
    await asyncio.gather(*(audit.append(database, {"ten_1": [entry(), entry()]}) for _ in range(12)))
    verdict = await verify_chain(database, "ten_1")
    assert (verdict.rows, verdict.fault) == (24, None)


async def test_writers_of_the_same_tenants_never_wait_for_each_other(database, entry):
    orders = [("ten_1", "ten_2"), ("ten_2", "ten_1")] * 10
    async with asyncio.timeout(30):
        await asyncio.gather(*(audit.append(database, {name: [entry()] for name in order}) for order in orders))
    assert [(await verify_chain(database, name)).rows for name in ("ten_1", "ten_2")] == [20, 20]


async def test_two_processes_at_once_keep_one_chain(database, url):
    command = [sys.executable, "-m", "tests.audit.appender", url]
    running = [await asyncio.create_subprocess_exec(*command, name, "40", cwd=ROOT) for name in ("one", "two")]
    assert [await one.wait() for one in running] == [0, 0]
    verdict = await verify_chain(database, "ten_1")
    assert (verdict.rows, verdict.fault) == (240, None)
    actors = [row.actor for row in await rows(database)]
    assert {name: actors.count(name) for name in ("one", "two")} == {"one": 120, "two": 120}


async def test_appending_lets_others_refer_to_the_tenant(database, entry):
    """The lock on the tenant's row must not make every insert into another table wait."""
    async with database.read() as probe:
        if probe.dialect.name == "sqlite":
            pytest.skip("SQLite lets one writer in at a time, whatever it writes")
    async with database.write() as holder:
        await holder.execute(text("SELECT id FROM tenants WHERE id = 'ten_1' FOR NO KEY UPDATE"))
        insert = text(
            "INSERT INTO api_keys (id, tenant_id, name, role, digest, last4, created_at) "
            "VALUES ('key_1', 'ten_1', 'k', 'app', '\\x00', 'abcd', 0)"
        )
        async with asyncio.timeout(5), database.write() as other:
            await other.execute(insert)
        waits = asyncio.create_task(audit.append(database, {"ten_1": [entry()]}))
        assert await asyncio.wait({waits}, timeout=0.2) == (set(), {waits})
    await waits


async def test_an_uncertain_try_is_not_written_twice(database, entry):
    first, second = entry(), entry()
    await audit.append(database, {"ten_1": [first]})
    await audit.append(database, {"ten_1": [first, second]}, again=True)
    await audit.append(database, {"ten_1": [first, second]}, again=True)
    assert [row.id for row in await rows(database)] == [first.id, second.id]
    assert (await verify_chain(database, "ten_1")).fault is None


async def test_a_batch_is_kept_whole_or_not_at_all(database, entry):
    double = entry()
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        await audit.append(database, {"ten_1": [entry(), double, double]})
    assert await rows(database) == []
    assert await audit.head(database, "ten_1") == Head()


async def test_rows_of_no_tenant_are_refused(database, entry):
    with pytest.raises(UnknownTenant, match="ten_none"):
        await audit.append(database, {"ten_1": [entry()], "ten_none": [entry()]})
    assert await rows(database) == []
    with pytest.raises(UnknownTenant, match="ten_none"):
        await audit.append(database, {"ten_none": [entry()]})


async def test_pages_are_newest_first_and_complete(database, entry):
    await audit.append(database, {"ten_1": [entry() for _ in range(7)]})
    await audit.append(database, {"ten_2": [entry()]})
    seen, cursor = [], None
    while True:
        page = await audit.list_page(database, "ten_1", limit=3, cursor=cursor)
        seen += [row.seq for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
        await audit.append(database, {"ten_1": [entry()]})  # rows that come meanwhile disturb nothing
    assert seen == [7, 6, 5, 4, 3, 2, 1]


async def test_rows_are_found_by_what_they_tell(database, entry):
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    told = [
        entry(account_id="acc_1", created_at=noon),
        entry(actor="cli", kind="management", created_at=noon + timedelta(hours=1)),
        entry(decision="denied", kind="refusal", created_at=noon + timedelta(hours=2), server="mcp_1"),
    ]
    await audit.append(database, {"ten_1": told})

    async def found(**asked):
        page = await audit.list_page(database, "ten_1", AuditFilter(**asked))
        return [row.seq for row in page.items]

    assert await found() == [3, 2, 1]
    assert await found(account_id="acc_1") == [1]
    assert await found(actor="cli") == [2]
    assert await found(decision="denied") == [3]
    assert await found(kind="management") == [2]
    assert await found(server="mcp_1") == [3]
    assert await found(since=noon + timedelta(hours=1)) == [3, 2]
    assert await found(until=noon + timedelta(hours=1)) == [1]
    assert await found(kind="call", actor="cli") == []


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1.5", "٣", "9" * 19])
async def test_an_invalid_cursor_is_refused(database, cursor):
    with pytest.raises(InvalidCursor) as refused:
        await audit.list_page(database, "ten_1", cursor=cursor)
    assert str(refused.value) == (
        "The cursor cannot be read: expected the next_cursor of the previous page, unchanged. Start again without a cursor."
    )


@pytest.mark.parametrize("limit", [0, 501])
async def test_a_page_has_bounds(database, limit):
    with pytest.raises(ValueError, match=f"expected a limit from 1 to 500, got {limit}"):
        await audit.list_page(database, "ten_1", limit=limit)

"""A row that is read again unchanged is the row that was checked; whatever else the database gives is checked anew."""

import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa

from unified.store import accounts, tenants
from unified.store.accounts import AccountChanges
from unified.store.engine.engine import migrate, open_database
from unified.store.engine.known_rows import KnownRows
from unified.store.engine.tables import ACCOUNTS


class Marks:
    """A guard that counts its checks, and marks a row by its content itself."""

    def __init__(self):
        self.checks = 0
        self.refused = []

    def mark(self, _place, content):
        return f"m1.k.{content.hex()}"

    def fits(self, place, content, mac):
        self.checks += 1
        return mac == self.mark(place, content)

    def refuse(self, *row):
        self.refused.append(row)


@pytest.fixture
async def opened(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path / 'unified.sqlite'}"
    guard = Marks()
    await migrate(url, guard=guard)
    database = await open_database(url, guard=guard)
    await tenants.add(database, "ten_1", name="one")
    await accounts.add(database, "ten_1", "acc_1", provider="hubspot", name="one", settings={"portal_id": "7"})
    yield database, guard, tmp_path / "unified.sqlite"
    await database.close()


async def test_a_row_that_stays_the_same_is_checked_once_and_read_without_the_slow_way(opened):
    database, guard, _ = opened
    sent = []
    sa.event.listen(database._engine.sync_engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    first = await accounts.get(database, "ten_1", "acc_1")
    checks = guard.checks
    assert all([await accounts.get(database, "ten_1", "acc_1") is first for _ in range(20)])
    assert (guard.checks, sent) == (checks, [])


READ = [one.name for one in ACCOUNTS.columns if one.name not in {"id", "tenant_id", "refresh_lease"}]
"""The columns of a row: its lease is read by whoever takes it only."""


@pytest.mark.parametrize("column", READ)
async def test_whoever_edits_a_kept_row_gains_nothing_in_any_column(opened, column):
    """Every column: what is covered makes the row invalid, what is free is read as it is now, and the row as it was returns."""
    database, guard, file = opened
    before = await accounts.get(database, "ten_1", "acc_1")
    kind = ACCOUNTS.c[column].type
    edit = f"UPDATE accounts SET {column} = ?"
    with closing(sqlite3.connect(file)) as connection:
        (stored,) = connection.execute(f"SELECT {column} FROM accounts").fetchone()
        connection.execute(edit, ('{"x": ["y"]}' if isinstance(kind, sa.JSON) else 4 if isinstance(stored, int) else "edited",))
        connection.commit()
        edited = await accounts.get(database, "ten_1", "acc_1")
        database.known = KnownRows()
        assert edited == await accounts.get(database, "ten_1", "acc_1")
        assert edited != before
        connection.execute(edit, (stored,))
        connection.commit()
    assert await accounts.get(database, "ten_1", "acc_1") == before
    assert len(guard.refused) == (2 if edited is None else 0)


async def test_a_row_is_seen_as_soon_as_it_changes_and_not_once_it_is_gone(opened):
    database, _, file = opened
    for number in range(20):
        await accounts.update(database, "ten_1", "acc_1", AccountChanges(name=f"name {number}"))
        assert (await accounts.get(database, "ten_1", "acc_1")).name == f"name {number}"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DELETE FROM accounts")
        connection.commit()
    assert await accounts.get(database, "ten_1", "acc_1") is None
    assert await accounts.get(database, "ten_2", "acc_1") is None


async def test_what_the_quick_reader_cannot_read_is_read_in_the_usual_way(opened, monkeypatch):
    """It never waits for a lock; the usual way does, and reports failures in its own words."""
    database, _, _ = opened

    async def locked(*_given):
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(database._reader, "first", locked)
    assert (await accounts.get(database, "ten_1", "acc_1")).name == "one"
    assert await accounts.get(database, "ten_1", "acc_2") is None


def test_few_rows_are_kept_and_those_read_last_stay():
    rows = KnownRows(max_rows=3)
    for number in range(5):
        rows.keep(("accounts", number), (number,), object())
        rows.find(("accounts", 0), (0,))
    assert [number for number in range(5) if rows.find(("accounts", number), (number,)) is not None] == [0, 3, 4]
    assert rows.find(("accounts", 4), (5,)) is None

"""Opening and migrating: the tables are those of the code, files are private, writers wait for each other."""

import asyncio
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import unified.store
from unified.errors.configuration import ConfigurationError
from unified.store import tenants
from unified.store.engine import engine
from unified.store.engine.engine import migrate, newest_version, open_database
from unified.store.engine.failures import failure_reason
from unified.store.engine.tables import INSTALLATION, METADATA, TENANTS
from unified.store.engine.upgrade import migration_config

sqlite_only = pytest.mark.parametrize("kind", ["sqlite"])


async def _difference(database):
    async with database.read() as connection:
        return await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts={"compare_type": True}), METADATA)
        )


async def _schema(database):
    """Table → its columns and indexes, as the database itself tells them."""

    def read(sync):
        found = sa.inspect(sync)
        names = found.get_table_names()
        return {
            name: (
                [(one["name"], str(one["type"]), one["nullable"]) for one in found.get_columns(name)],
                sorted((one["name"], *one["column_names"]) for one in found.get_indexes(name)),
            )
            for name in names
        }

    async with database.read() as connection:
        return await connection.run_sync(read)


async def test_migrations_give_the_tables_of_the_code(database):
    assert await _difference(database) == []


async def test_a_difference_would_be_seen(database):
    async with database.write() as connection:
        await connection.execute(sa.text("ALTER TABLE tenants ADD COLUMN extra TEXT"))
    assert [change[0] for change in await _difference(database)] == ["remove_column"]


async def test_migrating_again_changes_nothing(database, url):
    before = await _schema(database)
    await migrate(url)
    assert await _schema(database) == before
    assert await tenants.get(database, "ten_1") is not None


async def test_the_newest_version_is_the_one_that_alembic_knows(database):
    async with database.read() as connection:
        config = await connection.run_sync(migration_config)
    assert newest_version() == ScriptDirectory.from_config(config).get_current_head()


async def test_many_workers_may_migrate_at_once(empty_url):
    await asyncio.gather(*(migrate(empty_url) for _ in range(4)))
    database = await open_database(empty_url)
    assert await _difference(database) == []
    await database.close()


async def test_a_migration_that_fails_leaves_nothing(empty_url, monkeypatch):
    monkeypatch.setattr("alembic.op.create_index", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await migrate(empty_url)
    database = await open_database(empty_url)
    assert await _schema(database) == {}
    await database.close()


async def test_the_steps_can_be_undone(database):
    async with database.write() as connection:
        await connection.run_sync(lambda sync: command.downgrade(migration_config(sync), "base"))
    assert list(await _schema(database)) == ["alembic_version"]


@sqlite_only
async def test_the_files_are_private(database, tmp_path):
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "home").iterdir()}
    assert modes == {"unified.sqlite": 0o600, "unified.sqlite-wal": 0o600, "unified.sqlite-shm": 0o600}
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


@sqlite_only
async def test_each_connection_is_set_up(database):
    async with database.read() as connection:
        found = [
            (await connection.execute(sa.text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        ]
    assert found == ["wal", 1, 5000, 1]


@sqlite_only
async def test_writers_that_read_first_wait_for_each_other(database):
    async def rename(suffix):
        async with database.write() as connection:
            name = (await connection.execute(sa.text("SELECT name FROM tenants WHERE id = 'ten_1'"))).scalar()
            await asyncio.sleep(0.01)
            await connection.execute(sa.text("UPDATE tenants SET name = :name WHERE id = 'ten_1'"), {"name": name + suffix})

    await asyncio.gather(*(rename(letter) for letter in "abcdefgh"))
    found = await tenants.get(database, "ten_1")
    assert sorted(found.name.removeprefix("ten_1")) == list("abcdefgh")


@sqlite_only
async def test_writers_get_their_turn_in_the_order_in_which_they_came(database):
    """SQLite itself lets them try again and again: under load, some fail as busy while others come later and are let in."""
    done = []

    async def write(number):
        async with database.write() as connection:
            await connection.execute(sa.text("UPDATE tenants SET name = :name WHERE id = 'ten_1'"), {"name": str(number)})
            await asyncio.sleep(0.002)
        done.append(number)

    await asyncio.gather(*(write(number) for number in range(40)))
    assert done == list(range(40))


@sqlite_only
async def test_a_writer_does_not_wait_for_ever_and_holds_up_no_one(database, monkeypatch):
    monkeypatch.setattr(engine, "_TURN_SECONDS", 0.05)
    entered, leave = asyncio.Event(), asyncio.Event()

    async def hold():
        async with database.write():
            entered.set()
            await leave.wait()

    holding = asyncio.create_task(hold())
    await entered.wait()
    with pytest.raises(TimeoutError) as late:
        await tenants.add(database, "ten_late", name="late")
    assert failure_reason(late.value) == "no answer in time"
    cancelled = asyncio.create_task(tenants.add(database, "ten_cancelled", name="cancelled"))
    await asyncio.sleep(0)
    cancelled.cancel()
    leave.set()
    await asyncio.gather(holding, cancelled, return_exceptions=True)
    assert (await tenants.add(database, "ten_next", name="next")).name == "next"
    assert await tenants.get(database, "ten_late") is None


async def test_a_failed_block_is_undone(database):
    async def fail_after_deleting():
        async with database.write() as connection:
            await connection.execute(sa.text("DELETE FROM tenants"))
            raise LookupError

    with pytest.raises(LookupError):
        await fail_after_deleting()
    assert await tenants.get(database, "ten_1") is not None


async def test_values_are_not_in_error_messages(database):
    with pytest.raises(sa.exc.IntegrityError) as refused:
        await tenants.add(database, "ten_1", name="planted-name")
    assert "planted-name" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "UNIFIED_DATABASE_URL: expected a database URL, got another text."),
        ("mysql://u:pw@h/d", "UNIFIED_DATABASE_URL: expected sqlite or postgresql, got 'mysql'."),
        (
            "sqlite+aiosqlite://",
            "UNIFIED_DATABASE_URL: expected a file, got a database in memory, of which each connection would see its own copy.",
        ),
    ],
)
async def test_a_url_that_cannot_work_is_refused(url, message):
    with pytest.raises(ConfigurationError) as refused:
        await open_database(url)
    assert str(refused.value) == message


async def test_the_tables_of_a_newer_version_are_refused(database, url):
    async with database.write() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError) as refused:
        await migrate(url)
    assert str(refused.value) == (
        "UNIFIED_DATABASE_URL: the tables have the version '9999', made by a newer version of Unified: install that version, or "
        "restore a backup from before"
    )


async def test_the_tables_of_another_program_are_refused(empty_url):
    database = await open_database(empty_url)
    async with database.write() as connection:
        for name in ("tenants", "accounts", "orders"):
            await connection.execute(sa.text(f"CREATE TABLE {name} (id TEXT)"))
    with pytest.raises(ConfigurationError) as refused:
        await migrate(empty_url)
    assert str(refused.value) == (
        "UNIFIED_DATABASE_URL: the database has tables that are not Unified's (accounts, tenants): name an empty one"
    )
    assert set(await _schema(database)) == {"accounts", "orders", "tenants"}
    await database.close()


async def test_other_tables_are_left_alone(empty_url):
    database = await open_database(empty_url)
    async with database.write() as connection:
        await connection.execute(sa.text("CREATE TABLE orders (id TEXT)"))
    await migrate(empty_url)
    assert "orders" in await _schema(database)
    await database.close()


async def test_the_driver_may_be_left_out(tmp_path):
    database = await open_database(f"sqlite:///{tmp_path / 'short.sqlite'}")
    await database.close()
    assert (tmp_path / "short.sqlite").exists()


def test_every_table_but_tenants_and_those_of_the_installation_has_the_tenant():
    without = {table for table in METADATA.sorted_tables if "tenant_id" not in table.c}
    assert without == {TENANTS, *INSTALLATION}


def test_only_the_engine_knows_the_database():
    package = Path(unified.store.__file__).parent
    files = [
        path
        for path in package.rglob("*.py")
        if path.name not in {"engine.py", "failures.py", "postgresql.py", "sqlite.py", "database_urls.py"}
    ]  # those tell databases apart
    assert len(files) > 6
    for path in files:
        assert not {"sqlite", "postgresql", "pragma"} & set(path.read_text().lower().split()), path.name
        assert "dialects" not in path.read_text(), path.name

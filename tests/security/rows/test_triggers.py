"""A trigger of somebody else changes what is written while it is written: its change is never marked, and the act fails."""

import os
import random

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from tests.databases import KINDS
from tests.keys import new_key
from tests.security.rows.intruder import Intruder, other_value, stored
from tests.security.rows.test_marks import ROWS
from tests.security.world import open_world
from tests.waiting import until
from unified.app.assembly import assembled
from unified.errors.configuration import ConfigurationError
from unified.service.access.api_keys import create_key
from unified.service.maintenance.row_guards import FORGED
from unified.store import audit
from unified.store.engine.tables import ACCOUNTS, API_KEYS
from unified.store.integrity.guarded import GUARDED, RowChanged, fetch_one, insert, overwrite, raw_columns, raw_rows, update
from unified.store.integrity.marks import remark
from unified.vault.tokens import new_id

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("UNIFIED_TEST_TRIGGERS", "1"))
"""Random triggers of each table, time and act."""


@pytest.fixture(params=KINDS)
async def world(request, tmp_path):
    async with open_world(request.param, tmp_path) as opened:
        opened.services.database.guard._reported.clear()
        yield opened


def _literal(kind, column, value):
    value = stored(column, value)
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'" if kind == "sqlite" else f"decode('{value.hex()}', 'hex')"
    if isinstance(value, bool):
        return str(value).lower() if kind == "postgresql" else str(int(value))
    if isinstance(value, int):
        return str(value)
    quoted = "'" + value.replace("'", "''") + "'"
    return f"{quoted}::json" if kind == "postgresql" and isinstance(column.type, sa.JSON) else quoted


class Triggers:
    """Triggers that set one column of the row that is written."""

    def __init__(self, world):
        self.kind = sa.make_url(world.settings.database_url).get_backend_name()
        self._run = Intruder(world.services).run

    async def arm(self, when, act, column, value, condition="1 = 1"):
        table, new = column.table, _literal(self.kind, column, value)
        own = " AND ".join(f"{one.name} = NEW.{one.name}" for one in table.primary_key.columns)
        change = f"UPDATE {table.name} SET {column.name} = {new} WHERE {own}"
        if self.kind == "sqlite":
            await self._run(f"CREATE TRIGGER evil {when} {act} ON {table.name} WHEN {condition} BEGIN {change}; END", {})
            return
        body = f"NEW.{column.name} := {new};" if when == "BEFORE" else f"{change};"
        function = f"CREATE FUNCTION evil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$"
        await self._run(function, {})
        first = f"pg_trigger_depth() = 0 AND {condition}"
        made = f"CREATE TRIGGER evil {when} {act} ON {table.name} FOR EACH ROW WHEN ({first}) EXECUTE FUNCTION evil()"
        await self._run(made, {})

    async def drop(self, table):
        if self.kind == "sqlite":
            await self._run("DROP TRIGGER evil", {})
        else:
            await self._run(f"DROP TRIGGER evil ON {table.name}", {})
            await self._run("DROP FUNCTION evil()", {})


def _takes_any(column):
    """Whether it is neither a key nor a mark."""
    return not (column.primary_key or column.foreign_keys or column.name in {"webhook_id", "mac"})


def _another(rng, guarded, row, but):
    """A column that may be changed by itself, with a new value."""
    name = rng.choice([one.name for one in guarded.table.columns if _takes_any(one) and one.name != but])
    return name, other_value(rng, guarded.table.c[name], row[name])


def _copy(rng, guarded, row):
    """A row as another one that can stand beside it."""
    new = {name: value for name, value in row.items() if name != "mac"}
    for one in guarded.table.columns:
        if isinstance(one.type, sa.LargeBinary) and row[one.name] is not None:
            new[one.name] = rng.randbytes(32)
    new["provider" if guarded.table.name == "oauth_apps" else "id"] = new_id("new_")
    return new


async def _insert(database, guarded, row, evil, rng):
    new = _copy(rng, guarded, row)
    async with database.write() as connection:
        await insert(connection, guarded.table, new)
    return new


async def _update(database, guarded, row, evil, rng):
    name, value = _another(rng, guarded, row, evil)
    async with database.write() as connection:
        await update(connection, guarded.table, guarded.is_row(row), {name: value}, ROWS[guarded.table.name])
    return row


async def _overwrite(database, guarded, row, evil, rng):
    """As rows are taken over that nobody can check."""
    async with database.write() as connection:
        (raw,) = await raw_rows(connection, sa.select(*raw_columns(guarded)).where(guarded.is_row(row)))
        await overwrite(connection, guarded, raw, {})
    return row


async def _remark(database, guarded, row, evil, rng):
    """As rotation marks rows of another key: here all of them."""
    await remark(database, guarded, current="none", after=None, limit=100)
    return row


ACTS = {"INSERT": (_insert,), "UPDATE": (_update, _overwrite, _remark)}


async def _marked(database, guarded, column):
    """The values of a column in rows that hold."""
    async with database.read() as connection:
        rows = await raw_rows(connection, sa.select(*raw_columns(guarded)))
        held = [
            await fetch_one(
                connection, sa.select(guarded.table).where(guarded.is_row(row)), guarded.table, ROWS[guarded.table.name]
            )
            for row in rows
        ]
        return [row[column] for row, one in zip(rows, held, strict=True) if one is not None]


@pytest.mark.parametrize("guarded", GUARDED, ids=lambda one: one.table.name)
async def test_a_triggers_changes_are_never_marked(world, guarded):
    database, intruder, triggers = world.services.database, Intruder(world.services), Triggers(world)
    rng, refused = random.Random(f"triggers of {guarded.table.name}"), 0
    for when in ("BEFORE", "AFTER"):
        for event, acts in ACTS.items():
            for act in acts * ROUNDS:
                rows = await intruder.rows(guarded.table)
                row, evil = rows[0], rng.choice([one for one in guarded.covered if _takes_any(guarded.table.c[one])])
                value = other_value(rng, guarded.table.c[evil], row[evil])
                before = await _marked(database, guarded, evil)
                await triggers.arm(when, event, guarded.table.c[evil], value)
                try:
                    await act(database, guarded, row, evil, rng)
                except (RowChanged, DBAPIError) as problem:
                    refused += isinstance(problem, RowChanged)
                finally:
                    await triggers.drop(guarded.table)
                changed = stored(guarded.table.c[evil], value)
                after = await _marked(database, guarded, evil)
                assert after.count(changed) <= before.count(changed), f"{when} {event} {act.__name__}: {evil} = {value!r}"
                for one in rows:  # what `remark` left under a mark that does not fit
                    await intruder.edit(guarded.table, one, evil, one[evil])
    assert refused >= 2


async def _asked(world, verb, path, body=None):
    headers = {"Authorization": f"Bearer {world.ours.keys['admin']}"}
    return await world.client.request(verb, path, json=body, headers=headers)


async def test_a_changed_account_is_refused_told_of_and_stays_as_it_was(world):
    """The example of the attack: a rename that took other settings with it."""
    triggers, account = Triggers(world), world.ours.rows["accounts"]["id"]
    before = await _asked(world, "GET", f"/accounts/{account}")
    for when in ("BEFORE", "AFTER"):
        await triggers.arm(when, "UPDATE", ACCOUNTS.c.settings, {"site": "evil"}, f"NEW.id = '{account}'")
        for body in ({"name": "renamed"}, {"status": "disabled"}):
            answer = await _asked(world, "PATCH", f"/accounts/{account}", body)
            assert (answer.status_code, answer.json()["code"]) == (500, "internal")
        await triggers.drop(ACCOUNTS)
    after = await _asked(world, "GET", f"/accounts/{account}")
    assert after.json() == before.json()
    await until(lambda: world.services.audit.waiting == 0)
    trail = (await audit.list_page(world.services.database, world.ours.id, limit=50)).items
    assert [one.target for one in trail if one.reason == FORGED] == [account]


async def test_a_key_is_not_made_as_another_one(world):
    """The example of the attack: the key of an app that was stored as an administrator's."""
    triggers = Triggers(world)
    await triggers.arm("AFTER", "INSERT", API_KEYS.c.role, "admin", "NEW.name = 'ro'")
    with pytest.raises(RowChanged, match="api_keys: the database stored another row than was written"):
        await create_key(world.services, world.ours.id, new_key(name="ro", role="app"), maker=None)
    await triggers.drop(API_KEYS)
    assert "ro" not in {one["name"] for one in await Intruder(world.services).rows(API_KEYS)}


async def test_a_statement_that_is_swallowed_is_an_error_and_no_success(world):
    triggers, intruder = Triggers(world), Intruder(world.services)
    key = world.ours.rows["api_keys"]["id"]
    if triggers.kind == "sqlite":
        await intruder.run("CREATE TRIGGER evil BEFORE UPDATE ON api_keys BEGIN SELECT RAISE(IGNORE); END", {})
    else:
        await intruder.run("CREATE RULE evil AS ON UPDATE TO api_keys DO INSTEAD NOTHING", {})
    answer = await _asked(world, "DELETE", f"/api-keys/{key}")
    assert answer.status_code == 500, "a key that was not revoked is not said to be"


async def test_the_service_does_not_start_with_a_trigger_or_a_rule(world):
    triggers, intruder = Triggers(world), Intruder(world.services)
    async with assembled(world.settings):
        pass
    await triggers.arm("BEFORE", "UPDATE", ACCOUNTS.c.name, "evil")
    with pytest.raises(
        ConfigurationError, match=r"^the table accounts has the trigger 'evil'\. This service creates no triggers"
    ):
        async with assembled(world.settings):
            pass
    async with assembled(world.settings, check_keys=False):
        pass
    await triggers.drop(ACCOUNTS)
    if triggers.kind == "postgresql":
        await intruder.run("CREATE RULE evil AS ON DELETE TO sessions DO INSTEAD NOTHING", {})
        with pytest.raises(ConfigurationError, match="the table sessions has the rule 'evil'"):
            async with assembled(world.settings):
                pass

"""A world made from templates is as fresh as one made from nothing, whatever was done in the world before it."""

import asyncpg
import pytest
import sqlalchemy as sa

from tests.databases import WITH_SLOW_POSTGRESQL
from tests.world import fresh_home, lend_server, open_services, open_world
from unified.app.assembly import assembled
from unified.settings.settings import Settings
from unified.store import tenants
from unified.store.engine.tables import METADATA, SERVICE_KEYS


async def counts(services):
    async with services.database.read() as connection:
        return {
            table.name: (await connection.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()
            for table in METADATA.sorted_tables
        }


def settings(home, url):
    return Settings(home=home, database_url=url)


@pytest.mark.parametrize("kind", WITH_SLOW_POSTGRESQL)
async def test_nothing_of_one_world_is_in_the_next(kind, tmp_path):
    async with assembled(Settings(home=tmp_path / "from_nothing")) as services:
        from_nothing = await counts(services)
    assert from_nothing == {table.name: int(table is SERVICE_KEYS) for table in METADATA.sorted_tables}
    for number in range(3):
        home = tmp_path / str(number)
        async with fresh_home(home, kind) as url, open_services(settings(home, url)) as services:
            assert await counts(services) == from_nothing
            await tenants.add(services.database, "ten_1", name="one")
            assert (await counts(services))["tenants"] == 1


async def test_a_database_whose_tables_a_test_changed_is_not_used_again(tmp_path):
    async with fresh_home(tmp_path / "a", "postgresql") as changed:
        connection = await asyncpg.connect(changed)
        await connection.execute("ALTER TABLE tenants ADD COLUMN extra TEXT")
        await connection.close()
    async with fresh_home(tmp_path / "b", "postgresql") as url:
        assert url != changed


async def test_data_of_a_stand_in_that_was_changed_is_whole_in_the_next_world(tmp_path):
    totals = []
    for number in range(2):
        async with open_world(tmp_path / str(number), providers=("zendesk",)) as world:
            listed = (await world.get("/ticketing/tickets", "zendesk", limit=100)).json()["data"]
            totals.append(sorted(one["id"] for one in listed))
            assert (await world.send("DELETE", f"/ticketing/tickets/{listed[0]['id']}", None, "zendesk")).status_code == 204
    assert totals[0] == totals[1]


async def test_a_lent_application_serves_the_parts_of_the_world_that_has_it(tmp_path):
    seen = []
    for number in range(2):
        home = tmp_path / str(number)
        async with fresh_home(home) as url, open_services(settings(home, url)) as services, lend_server(services) as server:
            assert server.state.services is services
            seen.append(server)
    assert seen[0] is seen[1]
    assert seen[0].state.dict() == {}

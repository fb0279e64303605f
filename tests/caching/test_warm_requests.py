"""A warm request asks the database nothing: what it needs is kept, and its audit row is written behind it."""

import sqlalchemy as sa

from tests.waiting import until
from unified.service.runtime import row_cache


async def test_a_warm_request_sends_no_sql_but_that_of_the_audit(world, monkeypatch):
    seen = []
    first = world.services.database.first

    async def noted(query, values):
        seen.append(str(query))
        return await first(query, values)

    monkeypatch.setattr(row_cache, "TTL_SECONDS", 60.0)  # or on a slow machine the rows would have to be read again
    monkeypatch.setattr(world.services.database, "first", noted)
    engine = world.services.database._engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    for _ in range(2):
        assert (await world.get("/crm/contacts", limit=1)).status_code == 200
    await until(lambda: world.services.audit.waiting == 0)
    cold = len(seen)
    for _ in range(20):
        assert (await world.get("/crm/contacts", limit=1)).status_code == 200
    await until(lambda: world.services.audit.waiting == 0)
    of_audit = ("BEGIN", "SELECT tenants.id")  # the writer's transaction, and the lock that it takes
    warm = [one for one in seen[cold:] if "audit" not in one and not one.startswith(of_audit)]
    assert any("accounts" in one for one in seen[:cold]), "the control: the account is read at first"
    assert warm == []
    assert any("INSERT INTO audit" in one for one in seen[cold:]), "the control: what is sent is seen"

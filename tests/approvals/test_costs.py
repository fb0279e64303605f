"""What an approval costs, counted: database reads of the page and of the decision, and how often a write is worked out."""

import sys
from collections import Counter
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

import pytest
import sqlalchemy as sa

from tests.approvals.test_page_forms import Person
from tests.waiting import until
from unified.service.access.sessions import sign_in
from unified.service.approvals import authority
from unified.service.records.writing import write
from unified.service.runtime import row_cache
from unified.transform import prepared_write
from unified.transform.mapping import Mapping
from unified.transform.writes.write import common_body

MOST_READS = {"page": 8, "decide": 6}
IN_WRITE: ContextVar[bool] = ContextVar("in_write", default=False)


@pytest.fixture
def reads(world, monkeypatch):
    """The SELECTs that are sent, but for those of a transaction that writes."""
    sent: list[str] = []
    database = world.services.database
    opened = database.write

    @asynccontextmanager
    async def write(within=None):
        token = IN_WRITE.set(True)
        try:
            async with opened(within) as connection:
                yield connection
        finally:
            IN_WRITE.reset(token)

    def note(_connection, _cursor, statement, *_rest):
        if statement.startswith("SELECT") and not IN_WRITE.get():
            sent.append(statement)

    monkeypatch.setattr(database, "write", write)
    sa.event.listen(database._engine.sync_engine, "before_cursor_execute", note)
    return sent


@contextmanager
def calls(*functions):
    """How often each of these functions is really called meanwhile, by its name."""
    names = {one.__code__: one.__name__ for one in functions}
    made: Counter[str] = Counter()
    frames = set()  # a coroutine has one, however often it goes on

    def note(frame, event, _given):
        if event == "call" and frame.f_code in names and frame not in frames:
            frames.add(frame)
            made[names[frame.f_code]] += 1

    sys.setprofile(note)
    try:
        yield made
    finally:
        sys.setprofile(None)


async def settled(world, reads):
    """Count from here: the audit of what came before is written."""
    await until(lambda: world.services.audit.waiting == 0)
    reads.clear()


async def test_an_approval_is_authorized_once_for_a_page_and_once_for_its_decision(world, reads, monkeypatch):
    monkeypatch.setattr(row_cache, "TTL_SECONDS", 60.0)
    ticket = await world.record("/ticketing/tickets", provider="jira")
    person = Person(world, await sign_in(world.services, world.keys["approver"]))
    approval = await world.ask("PATCH", f"/ticketing/tickets/{ticket['id']}", {"name": "Asked"})
    path = f"/ui/approvals/{approval['id']}"
    await person.get(path)
    await settled(world, reads)
    with calls(authority.can_see, authority.reachable_approval) as made:
        page = await person.get(path)
    assert page.status_code == 200
    assert made == {"can_see": 1, "reachable_approval": 1}
    assert 0 < len(reads) <= MOST_READS["page"], "\n".join(reads)
    await settled(world, reads)
    with calls(authority.can_see, authority.reachable_approval) as made:
        done = await person.send(page, "Approve and update")
    assert done.status_code == 303
    assert made == {"can_see": 1, "reachable_approval": 1}
    assert 0 < len(reads) <= MOST_READS["decide"], "\n".join(reads)
    assert (await world.show(approval))["status"] == "executed"


WORKED_OUT = (common_body, write.path_of, Mapping.id_values, Mapping.chosen, prepared_write.prepare_write)


async def test_a_write_is_worked_out_once_whether_it_is_sent_or_waits(world):
    """The id is taken apart once more for the record that is read, to show what changes."""
    await world.key("writer", scope={"methods": ["read", "write"], "writes": "direct"})
    ticket = await world.record("/ticketing/tickets", provider="jira")
    path, once = f"/ticketing/tickets/{ticket['id']}", {one.__name__: 1 for one in WORKED_OUT}
    await world.ask("PATCH", path, {"name": "Warm"})
    with calls(*WORKED_OUT) as made:
        await world.ask("PATCH", path, {"name": "Asked"})
    assert made == once | {"id_values": 2}
    with calls(*WORKED_OUT) as made:
        answer = await world.call("PATCH", path, {"name": "Sent"}, by="writer", account_id=world.accounts["jira"])
    assert answer.status_code == 200
    assert made == once | {"id_values": 2}

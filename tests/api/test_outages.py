"""A database that is away, at any moment of a write: what surely was not sent is 503, and what was done is not forgotten."""

import asyncio
import socket
import sys
import textwrap
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager

import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from tests.waiting import until
from tests.world import open_world
from unified.server.serving import Served, bound
from unified.server.workers import FIRST_PAUSE_S, LAST_PAUSE_S, Workers
from unified.service.runtime import kept_outcomes
from unified.store import idempotency
from unified.store.engine.engine import Database

WAYS = ("route", "keyed", "batch", "tool")
RECORDS = "/crm/v3/objects/contacts"


@pytest.fixture
async def world(tmp_path, monkeypatch):
    monkeypatch.setattr(kept_outcomes, "PAUSES", (0.01, 0.01))
    monkeypatch.setattr(kept_outcomes, "MAX_PAUSE", 0.2)
    async with open_world(tmp_path, providers=("hubspot",)) as made:
        yield made


class Outage:
    """A database that works for some uses, and then is away until the test ends it; or once, as its commit is lost."""

    def __init__(self, monkeypatch, *, uses: int, times: int = 10**6, is_commit_lost: bool = False) -> None:
        self.uses, self.times, self.is_commit_lost = uses, times, is_commit_lost
        self.failed = 0
        for name in ("read", "write"):
            monkeypatch.setattr(Database, name, self._failing(getattr(Database, name), is_write=name == "write"))

    def _failing(self, work, *, is_write: bool):
        @asynccontextmanager
        async def use(database, *given):
            self.uses -= 1
            is_away = self.uses < 0 and self.failed < self.times
            self.failed += is_away
            if is_away and not (self.is_commit_lost and is_write):
                raise OperationalError("planted-secret", {}, ConnectionRefusedError("planted-secret"))
            async with work(database, *given) as connection:
                yield connection
            if is_away:
                raise OperationalError("planted-secret", {}, ConnectionResetError("planted-secret"))

        return use


async def write(world, way: str, number: int, key: str = ""):
    data = {"last_name": "Once", "emails": [{"email": f"once{number}@new.example"}]}
    path, body = {
        "batch": ("/crm/contacts/batch", {"items": [{"op": "create", "data": data}]}),
        "tool": ("/tools/create_crm_contact", {"arguments": data}),
    }.get(way, ("/crm/contacts", data))
    headers = {} if way == "route" else {"Idempotency-Key": key or f"k-{number}"}
    return await world.client.post(path, params={"account_id": world.accounts["hubspot"]}, json=body, headers=headers)


def outcome(answer) -> dict:
    shown = answer.json()
    found = shown["results"][0].get("error", {}) if "results" in shown else shown.get("error", shown)
    return found if "code" in found else {"code": "", "retryable": None}


async def created(world) -> int:
    return len([one for one in await world.reached() if one["method"] == "POST" and one["path"] == RECORDS])


@pytest.mark.parametrize("times", [1, pytest.param(10**6, marks=pytest.mark.slow)], ids=["for a moment", "for good"])
@pytest.mark.parametrize("is_commit_lost", [False, True], ids=["refused", "commit lost"])
@pytest.mark.parametrize("way", WAYS)
async def test_an_unsent_write_can_be_repeated_and_is_never_an_internal_error(world, way, is_commit_lost, times):
    """For each use that the write makes of the database, in turn, the database is away from there on."""
    audit = world.services.audit
    audit._timing = msgspec.structs.replace(audit._timing, wait_timeout=0.05, max_retry_interval=0.1)
    reached = 0
    for uses in range(12):
        with pytest.MonkeyPatch.context() as patch:
            outage = Outage(patch, uses=uses, times=times, is_commit_lost=is_commit_lost)
            answer = await write(world, way, 100 + uses)
        sent, reached = await created(world) > reached, await created(world)
        found = outcome(answer)
        if not sent:
            assert (found["code"], found["retryable"]) == ("overloaded", True), (uses, answer.text)
            assert "nothing was done" in found["detail"] or "audit" in found["detail"]
        elif outage.failed and found["code"]:
            assert found["retryable"] is False, (uses, answer.text)
        assert "planted-secret" not in answer.text
        if not outage.failed:
            assert found["code"] == ""
            return
    raise AssertionError("the write uses the database more often than this test looks")


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("way", ["keyed", "batch", "tool"])
async def test_a_moments_outage_after_a_write_changes_nothing(world, monkeypatch, way, times):
    finish, tries = idempotency.finish, []

    async def fail(*place, **told):
        tries.append(told)
        if len(tries) <= times:
            raise OperationalError("UPDATE", {}, ConnectionResetError())
        return await finish(*place, **told)

    monkeypatch.setattr(idempotency, "finish", fail)
    first, again = await write(world, way, 1, "k"), await write(world, way, 1, "k")
    assert (outcome(first)["code"], outcome(again)["code"]) == ("", "")
    assert (len(tries), await created(world)) == (times + 1, 1)


async def test_an_outcome_that_the_database_cannot_take_is_kept_until_it_can(world, monkeypatch):
    finish, is_away = idempotency.finish, True

    async def fail(*place, **told):
        if is_away:
            raise OperationalError("UPDATE", {}, ConnectionResetError())
        return await finish(*place, **told)

    monkeypatch.setattr(idempotency, "finish", fail)
    assert outcome(await write(world, "keyed", 1, "k"))["code"] == "internal"
    assert outcome(await write(world, "keyed", 1, "k"))["code"] == "idempotency_in_progress"
    assert world.services.outcomes.waiting == 1
    is_away = False
    await until(lambda: world.services.outcomes.waiting == 0)
    again = await write(world, "keyed", 1, "k")
    assert (again.status_code, again.json()["emails"][0]["email"]) == (201, "once1@new.example")
    assert await created(world) == 1


async def test_a_mark_that_was_set_as_the_connection_was_lost_is_taken_back(world, monkeypatch):
    begin, lost = idempotency.begin, []

    async def fail(*place, **told):
        started = await begin(*place, **told)
        if not lost:
            lost.append(started)
            raise OperationalError("INSERT", {}, ConnectionResetError())
        return started

    monkeypatch.setattr(idempotency, "begin", fail)
    first = await write(world, "keyed", 1, "k")
    assert (first.status_code, outcome(first)["retryable"], lost) == (503, True, ["started"])
    assert (await write(world, "keyed", 1, "k")).status_code == 201
    assert await created(world) == 1


async def test_removing_a_mark_keeps_that_of_a_repetition(world, monkeypatch):
    """The first mark is taken back late, when a repetition has set its own and is under way: nothing is sent twice."""
    begin, forget, forgets = idempotency.begin, idempotency.forget, []

    async def late(*place, **told):
        forgets.append((place, told))
        raise OperationalError("DELETE", {}, ConnectionResetError())

    async def never_set(*_place, **_told):
        raise OperationalError("INSERT", {}, ConnectionResetError())

    monkeypatch.setattr(idempotency, "forget", late)
    monkeypatch.setattr(idempotency, "begin", never_set)
    assert (await write(world, "keyed", 1, "k")).status_code == 503
    monkeypatch.setattr(idempotency, "begin", begin)
    assert (await write(world, "keyed", 1, "k")).status_code == 201
    place, told = forgets[0]
    assert not await forget(*place, **told)
    assert (await write(world, "keyed", 1, "k")).status_code == 201
    assert await created(world) == 1


WORKER = """
import socket, sys, time
listener = socket.socket(fileno=int(sys.argv[1]))
time.sleep(float(sys.argv[2]))
listener.listen(5)
print("ready", flush=True)
while True:
    connection, _ = listener.accept()
    connection.sendall(b"here")
    connection.close()
"""


class QuickWorkers(Workers):
    """Workers that are ready at once, and of which a test knows the processes."""

    delay = 0.0

    async def _start(self):
        descriptor = self._listener.fileno()
        command = (sys.executable, "-c", textwrap.dedent(WORKER), str(descriptor), str(self.delay))
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, pass_fds=(descriptor,))
        self.processes = [*getattr(self, "processes", []), process]
        return process


def ask(port: int) -> str:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=3) as connection:
            return connection.recv(10).decode() or "closed"
    except OSError as problem:
        return type(problem).__name__


@pytest.mark.parametrize("count", [1, 3])
async def test_without_a_ready_worker_connections_are_refused_at_once_and_soon_taken_again(count):
    """Also when workers are killed before they are ready, again and again."""
    listener = bound(Served(app=None, host="127.0.0.1", port=0, named="x"))
    port = listener.getsockname()[1]
    workers, stop, started = QuickWorkers(listener, {}, grace=1, ended=lambda _pid: None), asyncio.Event(), asyncio.Event()

    async def announce():
        started.set()

    assert ask(port) == "ConnectionRefusedError"
    running = asyncio.create_task(workers.run(count, announce, stop))
    async with asyncio.timeout(30):
        await started.wait()
        for _ in range(2):
            assert await asyncio.to_thread(ask, port) == "here"
            workers.delay = 1.0
            for process in [one for one in workers.processes if one.returncode is None]:
                process.kill()
            await until(lambda: not workers._ready)
            assert await asyncio.to_thread(ask, port) == "ConnectionRefusedError"
            for process in [one for one in workers.processes if one.returncode is None]:
                process.kill()  # before it is ready
            workers.delay = 0.0
            await until(lambda: workers._ready == count)
        stop.set()
        await running


def test_the_pauses_of_workers_that_are_killed_as_they_start_stay_short():
    assert FIRST_PAUSE_S < LAST_PAUSE_S <= 5, "with a start of three seconds, the service is back within ten"

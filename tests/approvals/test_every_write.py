"""What is approved is exactly what was shown: for every write of every mapping, the very requests or none at all."""

import itertools

import pytest
import pytest_asyncio
import time_machine

from tests.approvals.conftest import ASKS, CLASSES, DECIDES
from tests.approvals.wire import Wire, replaced, shown
from tests.cases import QUICK
from tests.cassettes.connect import CLOCK
from tests.conformance.subjects import Subject, mapping, scenario, subjects
from tests.conformance.world import _path, opened
from tests.filled_rows import change
from tests.keys import new_key
from unified.errors.access import FieldHidden
from unified.errors.requests import Unprocessable
from unified.errors.writes import ApprovalStale, Conflict
from unified.models import BODIES, MAKING, MODELS, UPSERT
from unified.service.access.api_keys import create_key
from unified.service.access.principals import authenticate
from unified.service.approvals import Approve, Write, approve, details_of, reachable_approval, write_or_ask
from unified.service.records.opening import open_call
from unified.store.engine.tables import ACCOUNTS

pytestmark = pytest.mark.asyncio(loop_scope="session")
READS = ("list", "get", "fields")
WRITES = [
    (one, method)
    for one in subjects()
    for method in mapping(one).methods
    if method not in READS and (method not in BODIES or method in scenario(one))
]
FEW = {(one.provider, method): (one, method) for one, method in reversed(WRITES) if one.provider in QUICK}.values()
"""One write of each kind for the quick providers: `make test-slow` tries all."""
UNCHANGEABLE = {
    # no field of it is a text, or the provider's words for them are other ones
    "bamboohr/hris.time_off_requests",
    "hibob/hris.time_off_requests",
    "hubspot/crm.associations",
    "hubspot/ticketing.comments",
}


SERIAL = itertools.count(1)


def fresh(body, name=""):
    """The body with names and addresses that no record has yet."""
    if isinstance(body, dict):
        return {key: fresh(one, key) for key, one in body.items()}
    if isinstance(body, list):
        return [fresh(one) for one in body]
    if isinstance(body, str) and "@" in body and "<" not in body:
        return f"n{next(SERIAL)}.{body}"
    return f"{body} {next(SERIAL)}" if isinstance(body, str) and name in {"name", "last_name", "website"} else body


def edits(body):
    """Other arguments in place of a body: one key fewer, at the top or below, or another text."""
    for name, value in reversed(body.items()):
        if len(body) > 1:
            yield {key: one for key, one in body.items() if key != name}
        if isinstance(value, dict) and len(value) > 1:
            yield {**body, name: dict(list(value.items())[1:])}
        if isinstance(value, str):
            yield {**body, name: f"{value} edited"}


class Desk:
    """Somebody who asks and somebody who decides, in front of all stand-ins."""

    def __init__(self, world, wire):
        self.world, self.wire, self.targets = world, wire, {}

    async def principal(self, **asked):
        tenant = self.world.principal.tenant_id
        _, token = await create_key(self.world.services, tenant, new_key(**{"name": "x", **asked}), maker=None)
        return await authenticate(self.world.services, f"Bearer {token}")

    async def begin(self):
        self.asker = await self.principal(role="app", scope={**ASKS, "fields": {"classes": CLASSES}})
        self.approver = await self.principal(role="approver", scope=DECIDES)

    async def write(self, subject, method):
        """A write as the scenario has it, of a record made for it where that can be."""
        body = dict(scenario(subject).get(method, {})) if method in BODIES else {}
        if method in MAKING:
            by = body.pop("by") if method == UPSERT else None
            return Write(method=method, by=by, body=fresh(body), path=_path(subject))
        return Write(method=method, body=body, record_id=await self.target(subject), path=_path(subject))

    async def target(self, subject):
        if "create" in mapping(subject).methods and {"delete", "cancel"} & {*mapping(subject).methods}:
            return (await self.world.create(subject, fresh(scenario(subject)["create"])))["id"]
        return next(iter(await self.world.whole(subject)))

    async def ask(self, subject, write):
        services, account = self.world.services, self.world.accounts[subject.provider]
        call = await open_call(services, self.asker, account, subject.model, write.method)
        return (await write_or_ask(call, write)).approval

    async def show(self, row):
        return await details_of(self.world.services, await self.approval(row))

    async def approval(self, row, approver=None):
        return await reachable_approval(self.world.services, approver or self.approver, row.id)

    async def approve(self, row, digest, **more):
        return await approve(self.world.services, await self.approval(row), Approve(digest=digest, **more))

    async def account(self, subject, **values):
        async with self.world.services.database.write() as connection:
            mine = ACCOUNTS.c.id == self.world.accounts[subject.provider]
            await change(connection, ACCOUNTS, mine, **values)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desk():
    wires = []

    def through(inner):
        wires.append(Wire(inner))
        return wires[0]

    async with opened(through) as world:
        made = Desk(world, wires[0])
        await made.begin()
        yield made


@pytest.fixture(autouse=True)
def _stand_ins_day(desk):
    with time_machine.travel(CLOCK, tick=True):
        yield
    desk.wire.tamper = None


def each_write(*methods):
    """The writes of all mappings, or those of these methods; most of them only in the slow tests."""
    rows = [(one, method, (one, method) in FEW) for one, method in WRITES if not methods or method in methods]
    return pytest.mark.parametrize(
        ("subject", "method"),
        [
            pytest.param(one, method, id=f"{one}/{method}", marks=() if quick else pytest.mark.slow)
            for one, method, quick in rows
        ],
    )


@each_write()
async def test_the_requests_that_were_shown_arrive_and_no_others(desk, subject, method):
    write = await desk.write(subject, method)
    wire = desk.wire.passed
    start = len(wire)
    row = await desk.ask(subject, write)
    asked = wire[start:]
    start = len(wire)
    seen = await desk.show(row)
    looked = wire[start:]
    assert seen.digest == row.digest, "shown is what was asked for, while nothing changed"
    assert looked[: len(asked)] == asked, "asking reads what showing reads, and sends no more"
    names = {one.name for one in MODELS[subject.model].fields if one.reference in MODELS}
    assert len(looked) == len(asked) or names & set(seen.fixed), "showing reads besides what names the target of a new record"
    start = len(wire)
    done = await desk.approve(row, seen.digest)
    assert done.status in {"executed", "failed"}, done
    expected = [shown(one, f"/{subject.provider}") for one in seen.requests]
    arrived = wire[start:]
    assert arrived[: len(asked)] == asked
    sent = arrived[len(asked) :]
    assert sent == expected if done.status == "executed" else sent == expected[: len(sent)]
    assert done.status == "failed" or sent or not expected


@each_write(*{method for _, method in WRITES} - MAKING)
async def test_a_record_that_changed_since_it_was_shown_is_not_written(desk, subject, method):
    row = await desk.ask(subject, await desk.write(subject, method))
    seen = await desk.show(row)
    held = [one.before for one in seen.difference if isinstance(one.before, str)]
    name = seen.record.name or ""
    words = {one: f"{one} changed" for one in (*held, name, *name.split()) if one}
    desk.wire.tamper = lambda answer: replaced(answer, words)
    again = await desk.show(row)
    changed = again.problem is not None or (again.record, again.difference) != (seen.record, seen.difference)
    assert changed or str(subject) in UNCHANGEABLE or not words
    start = len(desk.wire.passed)
    if again.problem is None and changed:
        with pytest.raises(ApprovalStale) as stale:
            await desk.approve(row, seen.digest)
        assert stale.value.details == again
        assert again.digest != seen.digest
        written = [shown(one, f"/{subject.provider}") for one in seen.requests]
        assert not any(one in written for one in desk.wire.passed[start:])


@each_write()
async def test_with_other_settings_it_is_void(desk, subject, method):
    row = await desk.ask(subject, await desk.write(subject, method))
    seen = await desk.show(row)
    account = await desk.world.services.rows.account(row.tenant_id, row.account_id)
    start = len(desk.wire.passed)
    try:
        await desk.account(subject, settings={**account.settings, "country": "SE"})
        with pytest.raises(Conflict, match="settings_changed"):
            await desk.approve(row, seen.digest)
    finally:
        await desk.account(subject, settings=account.settings)
    assert desk.wire.passed[start:] == []


@each_write(*BODIES)
async def test_other_arguments_are_shown_before_they_are_sent(desk, subject, method):
    write = await desk.write(subject, method)
    row = await desk.ask(subject, write)
    seen = await desk.show(row)
    free = {name: one for name, one in write.body.items() if name not in seen.fixed}
    for changed in edits(free):
        edited = {**{name: write.body[name] for name in seen.fixed}, **changed}
        try:
            await desk.approve(row, "sha256:to-be-reviewed", arguments=edited)
        except ApprovalStale as stale:
            again = stale.details
            break
        except Unprocessable:
            continue
    else:
        pytest.skip("nothing that can be left out")
    assert again.body == edited != seen.body
    with pytest.raises(ApprovalStale):
        await desk.approve(row, again.digest)
    start = len(desk.wire.passed)
    await desk.approve(row, again.digest, arguments=edited)
    expected = [shown(one, f"/{subject.provider}") for one in again.requests]
    sent = [one for one in desk.wire.passed[start:] if one in expected]
    assert sent == expected[: len(sent)]
    assert sent or not expected


async def test_an_edit_of_what_is_shown_now_is_sent_in_one_step(desk):
    subject, method = next(one for one in WRITES if str(one[0]) == "hubspot/crm.contacts" and one[1] == "update")
    row = await desk.ask(subject, await desk.write(subject, method))
    seen = await desk.show(row)
    edited = {**seen.body, "first_name": "Edited"}
    done = await desk.approve(row, seen.digest, arguments=edited)
    assert done.status == "executed"
    assert done.digest != seen.digest, "the row tells what was sent"


HOURS = [
    ("hubspot", "crm.notes", "create"),
    ("hibob", "hris.employees", "update"),
    ("bamboohr", "hris.timesheet_entries", "create"),
]


@pytest.mark.parametrize(("provider", "model", "method"), HOURS)
async def test_time_that_passes_changes_nothing(desk, provider, model, method):
    """`$now()` is when it was asked for: the day may end between looking and approving."""
    subject = Subject(provider=provider, model=model)
    with time_machine.travel(CLOCK.replace(hour=23, minute=59, second=0), tick=False) as clock:
        row = await desk.ask(subject, await desk.write(subject, method))
        seen = await desk.show(row)
        clock.shift(300)
        assert (await desk.show(row)).requests == seen.requests
        start = len(desk.wire.passed)
        done = await desk.approve(row, seen.digest)
    expected = [shown(one, f"/{provider}") for one in seen.requests]
    sent = [one for one in desk.wire.passed[start:] if one in expected]
    assert sent == expected if done.status == "executed" else sent == expected[: len(sent)]
    assert sent


async def stale(desk, subject, record, body, change):
    """An update of a record; what changes it between looking and approving makes it stale, and nothing is sent."""
    row = await desk.ask(subject, Write(method="update", record_id=record, body=body))
    seen = await desk.show(row)
    await desk.world.update(subject, record, change)
    start = len(desk.wire.passed)
    with pytest.raises(ApprovalStale) as found:
        await desk.approve(row, seen.digest)
    written = [shown(one, f"/{subject.provider}") for one in seen.requests]
    assert not any(one in written for one in desk.wire.passed[start:])
    return seen, found.value.details


async def test_a_value_that_a_request_repeats_is_part_of_what_was_shown(desk):
    """HiBob: a new title is a row that repeats the department as it is."""
    subject = Subject(provider="hibob", model="hris.employees")
    *others, last = (await desk.world.whole(subject)).values()
    department = next(one["department_id"] for one in others if one["department_id"] not in {None, last["department_id"]})
    seen, now = await stale(desk, subject, last["id"], {"job_title": "Archivist"}, {"department_id": department})
    assert seen.difference == now.difference
    assert seen.requests != now.requests


async def test_a_step_that_depends_on_the_record_is_part_of_what_was_shown(desk):
    """Jira: which transition leads to a status depends on the one that it is in."""
    subject = Subject(provider="jira", model="ticketing.tickets")
    record = next(iter((await desk.world.whole(subject)).values()))
    now, then = ("open", "in_progress") if record["status"] != "in_progress" else ("open", "closed")
    await desk.world.update(subject, record["id"], {"status": now})
    seen, found = await stale(desk, subject, record["id"], {"status": then}, {"status": then})
    assert (len(seen.requests), len(found.requests)) == (1, 0)


async def test_a_field_that_a_request_repeats_must_be_seen_by_who_decides(desk):
    """HiBob: a new title repeats the department, so who does not see departments does not decide about titles."""
    subject = Subject(provider="hibob", model="hris.employees")
    record = next(iter(await desk.world.whole(subject)))
    row = await desk.ask(subject, Write(method="update", record_id=record, body={"job_title": "Archivist"}))
    usual = await desk.principal(role="approver", scope={"methods": ["read", "write"], "writes": "deny"})
    narrow = await desk.principal(role="approver", scope={**DECIDES, "fields": {"classes": CLASSES, "hide": ["department_id"]}})
    assert (await details_of(desk.world.services, await desk.approval(row, usual))).requests
    with pytest.raises(FieldHidden, match="department_id"):
        await details_of(desk.world.services, await desk.approval(row, narrow))
    with pytest.raises(FieldHidden, match="department_id"):
        await approve(desk.world.services, await desk.approval(row, narrow), Approve(digest=row.digest))

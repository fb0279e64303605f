"""What a write would write is in the database as sealed text only, gone once it is decided, and nowhere else at all."""

import asyncio
import io
import json
import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa
import structlog

from tests.databases import WITH_SLOW_POSTGRESQL
from tests.security.forms import found_in
from unified.service.maintenance.housekeeping import sweep
from unified.service.runtime import approval_invalidation
from unified.service.webhooks.endpoints import NewWebhook, create_webhook
from unified.store.engine.tables import METADATA

CANARY = "canary-of-a-customer-7f3e"
RECORD = "4711-canary-record-id-88"
BEFORE = "canary-as-it-is-now-51ab"
PLANTS = (CANARY, RECORD, BEFORE)


@pytest.fixture(params=WITH_SLOW_POSTGRESQL)
def kind(request):
    return request.param


@pytest.fixture
def logs():
    """All that is logged, as text."""
    kept = io.StringIO()
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(kept), cache_logger_on_first_use=False)
    yield kept
    structlog.configure(**before)


async def stored(world) -> str:
    """Every value of every table."""
    async with world.services.database.read() as connection:
        rows = [(await connection.execute(sa.select(table))).all() for table in METADATA.sorted_tables]
    return json.dumps(rows, default=str)


def on_disk(world, tmp_path) -> bytes:
    """The database's files as they are, log and index too; then once more with the log written back."""
    files = sorted((tmp_path / "home").glob("unified.sqlite*"))
    before = b"".join(one.read_bytes() for one in files)
    with closing(sqlite3.connect(tmp_path / "home" / "unified.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return before + b"".join(one.read_bytes() for one in files)


async def ask(world):
    body = {"last_name": CANARY, "remote_fields": {"properties": {"hs_canary_key": CANARY}}}
    held = {"id": RECORD, "properties": {"firstname": BEFORE, "lastname": BEFORE}}
    await world.fault(match=f"GET */contacts/{RECORD}", status=200, body=held, times=50)
    return await world.ask("PATCH", f"/crm/contacts/{RECORD}", body)


async def approved(world, approval):
    await world.fault(match="PATCH *", status=422, body={"message": CANARY})
    assert (await world.approve(approval)).json()["status"] == "failed"


async def edited(world, approval):
    await world.fault(match="PATCH *", status=422, body={"message": CANARY})
    assert (await world.edit_and_approve(approval, {"last_name": CANARY})).json()["status"] == "failed"


async def gone_away(world, approval):
    await world.fault(match="PATCH *", delay_ms=60_000)
    deciding = asyncio.create_task(world.approve(approval))
    while any(one.match == "PATCH *" for one in world.faults.planned):  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0.01)
    deciding.cancel()
    await asyncio.wait([deciding])


async def declined(world, approval):
    await world.decline(approval, reason=CANARY)


async def expired(world, _approval):
    world.forward(minutes=61)
    await sweep(world.services.database)


async def made_void(world, _approval):
    await approval_invalidation.invalidate_approvals_of(
        world.services, world.tenant, world.ids["asker"], approval_invalidation.SCOPE_CHANGED
    )


@pytest.mark.parametrize("end", [approved, edited, gone_away, declined, expired, made_void])
async def test_a_waiting_write_is_nowhere_in_plain_text_and_is_erased(world, tmp_path, kind, logs, end):
    events = ["approval.requested", "approval.decided"]
    await create_webhook(world.services, world.tenant, NewWebhook(url="https://hooks.example.com/x", events=events))
    approval = await ask(world)
    sealed = (await world.row(approval))["payload"]
    assert sealed.startswith("v1.")
    assert BEFORE in json.dumps(await world.show(approval))
    await end(world, approval)
    await world.trail()
    row = await world.row(approval)
    assert (row["payload"], row["status"] == "pending") == (None, False)
    seen = await stored(world)
    assert sealed not in seen
    for plant in PLANTS:
        assert found_in(seen.encode(), plant) == []
        assert found_in(logs.getvalue().encode(), plant) == []
        assert kind != "sqlite" or found_in(on_disk(world, tmp_path), plant) == []
    assert approval["id"] in seen, "the search looked at nothing"


async def test_while_it_waits_it_is_sealed(world, tmp_path, kind):
    approval = await ask(world)
    seen = (await stored(world)).encode() + (on_disk(world, tmp_path) if kind == "sqlite" else b"")
    assert [one for plant in PLANTS for one in found_in(seen, plant)] == []
    shown = await world.show(approval)
    assert CANARY in json.dumps(shown["difference"] or shown["requests"] or CANARY)


class TestErased:
    """SQLite alone: what was erased is not left in the file's free space."""

    @pytest.fixture
    def kind(self):
        return "sqlite"

    async def test_the_sealed_text_itself_is_gone_from_the_file(self, world, tmp_path):
        approval = await ask(world)
        sealed = (await world.row(approval))["payload"].encode()
        assert sealed[:40] in on_disk(world, tmp_path)
        await world.decline(approval)
        on_disk(world, tmp_path)
        left = (tmp_path / "home" / "unified.sqlite").read_bytes()
        pieces = [sealed[start : start + 24] for start in range(8, len(sealed) - 24, 24)]
        assert [one for one in pieces if one in left] == []

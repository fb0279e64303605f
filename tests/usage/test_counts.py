"""Counting the trail: in ranges that lose no row, without what others caused, and over rows of older versions."""

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import sqlalchemy as sa

from tests.audit.conftest import database, entry, kind, url
from unified.service.audit.verification import verify_chain
from unified.store import audit, audit_usage
from unified.store.audit import AuditFilter
from unified.store.audit_chain import START, asked_names, link
from unified.store.audit_usage import usage_counts
from unified.store.engine.stored_times import to_microseconds
from unified.store.engine.tables import AUDIT

__all__ = ["database", "entry", "kind", "url"]
OLD_FIELDS = ("id", "created_at", "actor", "kind", "tool", "method", "model", "account_id", "target", "decision", "reason")
OLD_FIELDS += ("status", "digest", "server", "count", "request_id")


async def counted(database, **wanted):
    """The counts of all ranges together, by method and reason."""
    found = {}
    async for counts in usage_counts(database, "ten_1", AuditFilter(**wanted)):
        for one in (each for each in counts if not each.decides):
            key = (one.method, one.decision, one.reason, one.fields)
            found[key] = found.get(key, 0) + one.count
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
async def test_every_row_is_counted_once_whatever_the_ranges(database, entry, monkeypatch, size):
    monkeypatch.setattr(audit_usage, "ROWS_AT_A_TIME", size)
    rows = [entry(server="mcp_1", method=method) for method in ("list", "get", "list", "get", "list", "get", "list")]
    others = [entry(server="mcp_2"), entry()]
    await audit.append(database, {"ten_1": [*rows, *others], "ten_2": [entry(server="mcp_1")]})
    assert await counted(database, server="mcp_1") == {("list", "allowed", None, None): 4, ("get", "allowed", None, None): 3}


async def test_a_period_begins_where_it_is_asked_to(database, entry):
    now = datetime.now(UTC)
    ages = [timedelta(days=days) for days in (90, 40, 31, 30, 29, 1)]
    await audit.append(database, {"ten_1": [entry(created_at=now - age) for age in ages]})
    since = now - timedelta(days=30)
    assert await counted(database, actor="key_1", since=since) == {("list", "allowed", None, None): 3}


async def test_decisions_about_writes_and_what_they_sent_are_not_the_requester_s(database, entry):
    waits = entry(
        server="mcp_1", kind="management", method="create", target="apr_1", reason="approval_required", digest="sha256:1"
    )
    decided = entry(server="mcp_1", actor="key_2", kind="management", method="POST /approvals/{id}/approve", target="apr_1")
    refused = msgspec.structs.replace(decided, id="aud_x", kind="refusal", decision="denied", reason="conflict")
    sent = entry(server="mcp_1", actor="key_2", method="create", digest="sha256:1")
    own = entry(server="mcp_1", method="create", digest="hmac-sha256:k:1")
    await audit.append(database, {"ten_1": [waits, decided, refused, sent, own]})
    assert await counted(database, server="mcp_1") == {
        ("create", "allowed", "approval_required", None): 1,
        ("create", "allowed", None, None): 1,
    }


async def test_a_refusal_counts_as_often_as_it_was_repeated_and_names_no_account(database, entry):
    refusals = [
        entry(decision="denied", kind="refusal", reason="outside_accounts", account_id=f"acc_{one}") for one in range(5)
    ]
    repeated = entry(decision="denied", kind="refusal", reason="unauthenticated", method=None, count=40)
    await audit.append(database, {"ten_1": [*refusals, repeated]})
    found = [one async for counts in usage_counts(database, "ten_1", AuditFilter(actor="key_1")) for one in counts]
    assert sorted((one.reason, one.count, one.account_id) for one in found) == [
        ("outside_accounts", 5, None),
        ("unauthenticated", 40, None),
    ]


def old_hash(previous: bytes, entry) -> bytes:
    """The hash of a row as the version before `fields` made it, written down again."""

    def part(content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + content

    values = [getattr(entry, name) for name in OLD_FIELDS]
    while values[-1] is None and len(values) > 13:
        values.pop()
    texts = [to_microseconds(one) if isinstance(one, datetime) else one for one in values]
    parts = [part(b"unified audit row 1"), part(previous), part(b"ten_1"), part(b"1")]
    parts += [part(b"\x00") if one is None else part(b"\x01" + str(one).encode()) for one in texts]
    return hashlib.sha256(b"".join(parts)).digest()


@pytest.mark.parametrize("more", [{}, {"server": "mcp_1"}, {"count": 3}, {"request_id": "req_1", "server": "mcp_1"}])
def test_the_hash_of_a_row_without_fields_is_that_of_the_version_before(entry, more):
    row = entry(**more)
    assert link(START, "ten_1", 1, row) == old_hash(START, row)
    assert link(START, "ten_1", 1, msgspec.structs.replace(row, fields="")) != old_hash(START, row)


async def test_a_chain_of_old_and_new_rows_verifies_and_an_edit_of_the_fields_is_found(database, entry):
    rows = [entry(), entry(fields="emails,id"), entry(fields=""), entry(request_id="req_1"), entry(fields="*")]
    await audit.append(database, {"ten_1": rows})
    assert (await verify_chain(database, "ten_1")).fault is None
    for seq, fields in ((1, "emails"), (2, "id"), (2, None), (3, None), (5, "")):
        before = rows[seq - 1].fields
        await _edit(database, seq, fields)
        fault = (await verify_chain(database, "ten_1")).fault
        assert fault is not None
        assert fault.seq == seq
        await _edit(database, seq, before)
    assert (await verify_chain(database, "ten_1")).fault is None


async def _edit(database, seq, fields):
    async with database.write() as connection:
        await connection.execute(sa.update(AUDIT).where(AUDIT.c.tenant_id == "ten_1", AUDIT.c.seq == seq).values(fields=fields))


def test_no_names_are_not_the_same_as_none_recorded():
    assert [asked_names(one) for one in (None, "", "a,b")] == [None, (), ("a", "b")]

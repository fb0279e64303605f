"""Whatever is done to stored rows is found, and the first bad row is named.

The random rounds are few here; `UNIFIED_TEST_AUDIT_ROUNDS` sets their number.
"""

import os
import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, insert, select, update

from unified.service.audit import verification
from unified.service.audit.verification import verify_chain, verify_newest
from unified.store import audit, tenants
from unified.store.audit_chain import START, AuditEntry, Head, link
from unified.store.engine.tables import AUDIT, AUDIT_HEADS

ROUNDS = int(os.environ.get("UNIFIED_TEST_AUDIT_ROUNDS", "50"))
FAR = 1_000
TEXTS = ("id", "actor", "kind", "tool", "method", "model", "account_id", "target", "decision", "reason", "digest")
BROKEN_TIME = 10**18
"""Microseconds; no year that a time can have."""


class Chain:
    """A stored chain, broken by hand as somebody with the database could."""

    def __init__(self, database, tenant, length):
        self.database = database
        self.tenant = tenant
        self.length = length

    async def run(self, *statements):
        async with self.database.write() as connection:
            for one in statements:
                await connection.execute(one)

    def at(self, seq):
        return (AUDIT.c.tenant_id == self.tenant) & (AUDIT.c.seq == seq)

    def edit(self, which, /, **values):
        return update(AUDIT).where(self.at(which)).values(values)

    def head(self, **values):
        return update(AUDIT_HEADS).where(AUDIT_HEADS.c.tenant_id == self.tenant).values(values)

    def shift(self, first, last, by):
        """Number rows anew, by way of numbers that are far off, since two rows cannot have one."""
        mine = AUDIT.c.tenant_id == self.tenant
        away = update(AUDIT).where(mine, AUDIT.c.seq.between(first, last)).values(seq=AUDIT.c.seq + FAR)
        back = update(AUDIT).where(mine, AUDIT.c.seq.between(first + FAR, last + FAR)).values(seq=AUDIT.c.seq - FAR + by)
        return away, back

    async def row(self, seq):
        return await anext(audit.read_chain(self.database, self.tenant, seq - 1))

    async def hash_before(self, seq):
        return START if seq == 1 else (await self.row(seq - 1)).hash

    async def verdict(self, **more):
        return await verify_chain(self.database, self.tenant, **more)


@pytest.fixture
def chain(database):
    made = 0

    async def make(length=8):
        nonlocal made
        made += 1
        tenant = f"ten_chain{made}"
        await tenants.add(database, tenant, name=tenant)
        entries = [_entry(f"aud_{made}_{number}", number) for number in range(1, length + 1)]
        await audit.append(database, {tenant: entries})
        return Chain(database, tenant, length)

    return make


def _entry(name, number):
    return AuditEntry(
        id=name,
        created_at=datetime(2026, 1, 1, 12, 0, number, tzinfo=UTC),
        actor="key_1",
        kind="call",
        tool="t",
        method="list",
        model="crm.contacts",
        account_id="acc_1",
        target="x",
        decision="allowed",
        reason="r",
        status=200,
        digest="d",
    )


def told(verdict):
    return (verdict.fault.what, verdict.fault.seq, verdict.fault.id)


async def test_untouched_rows_hold(chain):
    made = await chain(5)
    verdict = await made.verdict()
    assert (verdict.rows, verdict.fault) == (5, None)
    assert (await verify_chain(made.database, "ten_2")).rows == 0


@pytest.mark.parametrize("name", TEXTS)
async def test_an_edited_text_is_found(chain, name):
    made = await chain()
    await made.run(made.edit(4, **{name: "edited"}))
    verdict = await made.verdict()
    row = await made.row(4)
    assert told(verdict) == ("edited", 4, row.id)
    assert verdict.rows == 3
    assert verdict.fault.message == f"row 4 ({row.id}) is edited: its hash does not follow from its content and the row before"


@pytest.mark.parametrize("values", [{"status": 201}, {"status": None}, {"tool": None}, {"hash": b"\x01" * 32}])
async def test_an_edited_value_is_found(chain, values):
    made = await chain()
    await made.run(made.edit(1, **values))
    assert told(await made.verdict())[:2] == ("edited", 1)


@pytest.mark.parametrize("moment", [0, BROKEN_TIME, -BROKEN_TIME])
async def test_an_edited_time_is_found_even_when_it_is_none(chain, moment):
    made = await chain()
    async with made.database.write() as connection:
        statement = f"UPDATE audit SET created_at = {moment} WHERE tenant_id = '{made.tenant}' AND seq = 8"
        await connection.exec_driver_sql(statement)
    assert told(await made.verdict())[:2] == ("edited", 8)


async def test_a_deleted_row_is_named_as_missing(chain):
    made = await chain()
    await made.run(delete(AUDIT).where(made.at(3)), delete(AUDIT).where(made.at(4)))
    verdict = await made.verdict()
    assert told(verdict) == ("missing", 3, None)
    assert verdict.fault.message == f"rows 3 to 4 are missing: the next is row 5 ({(await made.row(5)).id})"


async def test_rows_cut_off_at_the_end_are_missed_by_the_head(chain):
    made = await chain()
    await made.run(delete(AUDIT).where(made.at(8)))
    verdict = await made.verdict()
    assert told(verdict) == ("missing", 8, None)
    assert verdict.fault.message == "row 8 is missing: the head records 8 rows, there are 7"


async def test_all_rows_deleted_are_missed_by_the_head(chain):
    made = await chain()
    await made.run(delete(AUDIT).where(AUDIT.c.tenant_id == made.tenant))
    assert told(await made.verdict()) == ("missing", 1, None)


async def test_a_deleted_row_is_found_when_the_others_are_numbered_again(chain):
    made = await chain()
    await made.run(delete(AUDIT).where(made.at(3)), *made.shift(4, 8, -1), made.head(seq=7))
    verdict = await made.verdict()
    assert told(verdict) == ("missing", 3, None)
    assert verdict.fault.message == f"row 3 is missing: the rows from {(await made.row(3)).id} on were renumbered"


async def _insert(made, seq, *, valid):
    new = _entry("aud_new", 1)
    own = link(await made.hash_before(seq), made.tenant, seq, new) if valid else b"\x02" * 32
    values = {name: getattr(new, name) for name in AuditEntry.__struct_fields__}
    await made.run(
        *made.shift(seq, made.length, 1),
        insert(AUDIT).values(**values, tenant_id=made.tenant, seq=seq, hash=own),
        made.head(seq=made.length + 1),
    )


@pytest.mark.parametrize("valid", [True, False])
@pytest.mark.parametrize("seq", [1, 4, 8])
async def test_an_inserted_row_is_named(chain, seq, valid):
    made = await chain()
    await _insert(made, seq, valid=valid)
    verdict = await made.verdict()
    assert told(verdict) == ("inserted", seq, "aud_new")
    assert verdict.fault.message == f"row {seq} (aud_new) is inserted: the rows around it were written without it"


async def test_a_row_put_before_the_first_is_named(chain):
    made = await chain()
    await made.run(made.edit(8, seq=0))
    assert told(await made.verdict())[:2] == ("inserted", 0)


@pytest.mark.parametrize("pair", [(1, 2), (3, 4), (2, 7), (1, 8), (7, 8)])
async def test_swapped_rows_are_named(chain, pair):
    made = await chain()
    first, second = pair
    came_from = (await made.row(second)).id
    await made.run(made.edit(first, seq=FAR), made.edit(second, seq=first), made.edit(FAR, seq=second))
    verdict = await made.verdict()
    assert told(verdict) == ("reordered", first, came_from)
    assert verdict.fault.message == f"row {first} ({came_from}) is reordered: it was written as row {second}"


async def _move(made, seq, to):
    first, last, by = (to, seq - 1, 1) if to < seq else (seq + 1, to, -1)
    await made.run(made.edit(seq, seq=10 * FAR), *made.shift(first, last, by), made.edit(10 * FAR, seq=to))


@pytest.mark.parametrize(("seq", "to", "what"), [(6, 2, "reordered"), (2, 6, "missing"), (8, 1, "reordered")])
async def test_a_moved_row_is_found(chain, seq, to, what):
    made = await chain()
    await _move(made, seq, to)
    assert told(await made.verdict())[:2] == (what, min(seq, to))


async def test_a_row_moved_to_another_tenant_is_missed_here_and_found_there(chain):
    made, other = await chain(5), await chain(3)
    moved = (await made.row(5)).id
    await made.run(update(AUDIT).where(made.at(5)).values(tenant_id=other.tenant, seq=4), other.head(seq=4))
    assert told(await made.verdict()) == ("missing", 5, None)
    assert told(await other.verdict()) == ("edited", 4, moved)


async def test_a_row_edited_with_its_hash_breaks_the_next(chain):
    made = await chain()
    row = await made.row(4)
    edited = AuditEntry(**{name: getattr(row, name) for name in AuditEntry.__struct_fields__} | {"decision": "denied"})
    await made.run(made.edit(4, decision="denied", hash=link(await made.hash_before(4), made.tenant, 4, edited)))
    assert told(await made.verdict())[:2] == ("edited", 5)


@pytest.mark.parametrize(
    ("values", "expected", "message"),
    [
        ({"seq": 9}, ("missing", 9), "row 9 is missing: the head records 9 rows, there are 8"),
        ({"seq": 7}, ("head mismatch", 8), "row 8 (aud_1_8) is after the end: the head records 7 rows, there are 8"),
        (
            {"hash": b"\x03" * 32},
            ("head mismatch", 8),
            "row 8 (aud_1_8) is the last, but its hash is not that of the head: one of them was edited",
        ),
    ],
)
async def test_an_edited_head_is_found(chain, values, expected, message):
    made = await chain()
    await made.run(made.head(**values))
    verdict = await made.verdict()
    assert told(verdict)[:2] == expected
    assert verdict.fault.message == message


async def test_a_deleted_head_is_found(chain):
    made = await chain()
    await made.run(delete(AUDIT_HEADS).where(AUDIT_HEADS.c.tenant_id == made.tenant))
    assert told(await made.verdict())[:2] == ("head mismatch", 1)


async def test_an_anchor_finds_what_the_chain_itself_cannot(chain):
    """Somebody who can write everything cuts the end off, head included, or writes the chain anew."""
    made = await chain()
    noted = await audit.head(made.database, made.tenant)
    assert (await made.verdict(anchor=noted)).fault is None
    await audit.append(made.database, {made.tenant: [_entry("aud_later", 1)]})
    assert (await made.verdict(anchor=noted)).fault is None

    await made.run(delete(AUDIT).where(AUDIT.c.tenant_id == made.tenant, AUDIT.c.seq > 6))
    await made.run(made.head(seq=6, hash=(await made.row(6)).hash))
    assert (await made.verdict()).fault is None
    verdict = await made.verdict(anchor=noted)
    assert told(verdict) == ("missing", 7, None)
    assert verdict.fault.message == "rows 7 to 8 are missing: the anchor records 8 rows, there are 6"

    await audit.append(made.database, {made.tenant: [_entry("aud_forged7", 1), _entry("aud_forged8", 2)]})
    assert (await made.verdict()).fault is None
    verdict = await made.verdict(anchor=noted)
    assert told(verdict) == ("anchor mismatch", 8, "aud_forged8")
    assert verdict.fault.message == (
        "row 8 (aud_forged8) is not the row of the anchor: the chain was rewritten, up to here or before"
    )


async def test_an_anchor_of_an_empty_chain_holds(database):
    assert (await verify_chain(database, "ten_1", anchor=Head())).fault is None


async def test_a_changed_anchor_of_an_empty_chain_is_no_anchor(chain):
    verdict = await (await chain()).verdict(anchor=Head(seq=0, hash=bytes([7]) * 32))
    assert told(verdict) == ("anchor mismatch", 1, None)
    assert verdict.fault.message == "the anchor is of a chain without rows, and its hash is not that of one: it was changed"


async def test_progress_is_reported(chain, monkeypatch):
    made, seen = await chain(7), []
    monkeypatch.setattr(verification, "PROGRESS_ROWS", 3)
    await made.verdict(progress=seen.append)
    assert seen == [3, 6]


async def _random_break(made, rng):
    """Break a chain somehow; answers the number that must be named."""
    n = made.length
    how, seq = rng.choice(("edit", "delete", "renumber", "insert", "swap", "move")), rng.randint(1, n)
    if how == "edit":
        name = rng.choice((*TEXTS, "status", "hash"))
        await made.run(made.edit(seq, **{name: {"status": 1, "hash": rng.randbytes(32)}.get(name, f"e{rng.random()}")}))
        return how, seq
    if how == "delete":
        await made.run(delete(AUDIT).where(made.at(seq)))
        return how, seq
    if how == "renumber":
        await made.run(delete(AUDIT).where(made.at(seq)), *made.shift(seq + 1, n, -1), made.head(seq=n - 1))
        return how, min(seq, n - 1)
    if how == "insert":
        await _insert(made, seq, valid=rng.random() < 0.5)
        return how, seq
    other = rng.choice([one for one in range(1, n + 1) if one != seq])
    if how == "swap":
        await made.run(made.edit(seq, seq=FAR), made.edit(other, seq=seq), made.edit(FAR, seq=other))
    else:
        await _move(made, seq, other)
    return how, min(seq, other)


async def test_random_edits_are_found_at_the_first_changed_row(chain):
    rng = random.Random(8400)
    for number in range(ROUNDS):
        made = await chain(rng.randint(2, 9))
        how, expected = await _random_break(made, rng)
        verdict = await made.verdict()
        assert verdict.fault is not None, (number, how)
        assert verdict.fault.seq == expected, (number, how, made.length, verdict)
        assert verdict.rows == expected - 1
        async with made.database.write() as connection:  # ids are the same from round to round
            await connection.execute(delete(AUDIT).where(AUDIT.c.id == "aud_new"))
            left = (await connection.execute(select(AUDIT.c.id).where(AUDIT.c.tenant_id == made.tenant))).all()
        assert left


async def test_the_newest_rows_are_verified_by_themselves(chain):
    made = await chain(8)
    verdict = await verify_newest(made.database, made.tenant, 3)
    assert (verdict.since, verdict.rows, verdict.fault) == (5, 8, None)
    await made.run(made.edit(2, actor="other"))
    assert (await verify_newest(made.database, made.tenant, 3)).fault is None
    assert told(await verify_newest(made.database, made.tenant, 8))[:2] == ("edited", 2)
    await made.run(made.edit(7, actor="other"))
    verdict = await verify_newest(made.database, made.tenant, 3)
    assert (told(verdict)[:2], verdict.since, verdict.rows) == (("edited", 7), 5, 6)


async def test_newest_rows_that_are_missing_are_found(chain):
    for gone in ((5,), (5, 6), (6,), (8,)):
        made = await chain(8)
        await made.run(*(delete(AUDIT).where(made.at(seq)) for seq in gone))
        assert told(await verify_newest(made.database, made.tenant, 3))[:2] == ("missing", gone[0])


async def test_a_head_that_was_set_back_does_not_hide_the_newest_rows(chain):
    made = await chain(8)
    await made.run(made.head(seq=1))
    assert told(await verify_newest(made.database, made.tenant, 3))[:2] == ("head mismatch", 2)

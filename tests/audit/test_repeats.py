"""Refusals that repeat: the first at once, the others as one counted row a minute, and the chain holds over them."""

import random
from collections import defaultdict

import msgspec
import pytest

from tests.clock import Clock
from unified.service.runtime.audit_repeats import Repeats, counting
from unified.store import audit
from unified.store.audit_chain import Head, chained, fits, link


class Trail(defaultdict[str, list]):
    def put(self, tenant_id, entries):
        self[tenant_id].extend(entries)


@pytest.fixture
def time() -> Clock:
    return Clock(0.0)


@pytest.fixture
def trail() -> Trail:
    return Trail(list)


@pytest.fixture
def refusal(entry):
    def make(**given):
        return entry(**{"kind": "refusal", "decision": "denied", "reason": "unauthenticated", "status": None, **given})

    return make


def test_the_first_stands_at_once_and_the_others_at_the_end_of_the_minute(time, trail, refusal) -> None:
    repeats = Repeats(trail.put, clock=time)
    for _ in range(1000):
        repeats.add("ten_1", refusal())
    assert [one.count for one in trail["ten_1"]] == [None]
    time.now = 59.9
    repeats.write_due()
    assert len(trail["ten_1"]) == 1
    time.now = 60.0
    repeats.write_due()
    assert [one.count for one in trail["ten_1"]] == [None, 999]
    assert len({one.id for one in trail["ten_1"]}) == 2


def test_continued_refusals_add_one_row_a_minute_and_none_is_lost(time, trail, refusal) -> None:
    repeats = Repeats(trail.put, clock=time)
    chance, made = random.Random(5), 0
    while time.now < 600:
        time.now += chance.expovariate(20)
        repeats.write_due()
        repeats.add("ten_1", refusal())
        made += 1
    repeats.write_all()
    assert sum(one.count or 1 for one in trail["ten_1"]) == made > 10_000
    assert len(trail["ten_1"]) <= 12
    assert repeats.open() == 0


def test_a_caller_who_stopped_is_forgotten_and_begins_again(time, trail, refusal) -> None:
    repeats = Repeats(trail.put, clock=time)
    repeats.add("ten_1", refusal())
    time.now = 60.0
    repeats.write_due()
    assert (repeats.open(), len(trail["ten_1"])) == (0, 1)
    repeats.add("ten_1", refusal())
    assert len(trail["ten_1"]) == 2


@pytest.mark.parametrize("other", [{"actor": "key_2"}, {"reason": "rate_limited"}, {"server": "mcp_1"}])
def test_others_are_counted_apart(time, trail, refusal, other) -> None:
    repeats = Repeats(trail.put, clock=time)
    repeats.add("ten_1", refusal())
    repeats.add("ten_1", refusal(**other))
    repeats.add("ten_2", refusal())
    assert {name: len(rows) for name, rows in trail.items()} == {"ten_1": 2, "ten_2": 1}


def test_memory_is_bounded_and_overflowing_rows_are_written(time, trail, refusal) -> None:
    repeats = Repeats(trail.put, clock=time, max_counts=10)
    for number in range(100):
        for _ in range(3):
            repeats.add("ten_1", refusal(actor=f"key_{number}"))
        assert repeats.open() <= 10
    repeats.write_all()
    assert sum(one.count or 1 for one in trail["ten_1"]) == 300


async def test_at_the_end_of_the_process_the_counts_are_written(trail, refusal) -> None:
    async with counting(trail.put) as repeats:
        for _ in range(5):
            repeats.add("ten_1", refusal())
    assert [one.count for one in trail["ten_1"]] == [None, 4]


def test_a_count_is_part_of_the_hash_and_rows_without_one_have_the_hash_that_they_had(refusal) -> None:
    hashes = set()
    for server in (None, "mcp_1", "5"):
        for count in (None, 5, 50):
            hashes.add(link(Head().hash, "ten_1", 1, refusal(server=server, count=count)))
    assert len(hashes) == 9
    (row,) = chained("ten_1", Head(), (refusal(count=5),))
    assert fits(row, Head().hash, 1)
    for changed in (None, 4, 50):
        assert not fits(msgspec.structs.replace(row, count=changed), Head().hash, 1)


async def test_counted_rows_are_kept_and_verify(database, refusal) -> None:
    await audit.append(database, {"ten_1": [refusal(), refusal(count=17), refusal(server="mcp_1", count=2)]})
    rows = [row async for row in audit.read_chain(database, "ten_1")]
    assert [row.count for row in rows] == [None, 17, 2]
    previous = Head().hash
    for row in rows:
        assert fits(row, previous, row.seq)
        previous = row.hash

"""One who floods costs the others a bounded wait: turns, thresholds and shares, for random numbers of tenants and floods."""

import random
from collections import Counter

from tests.sizes import examples
from unified.fair_queue import SHARE, FairQueue, even_shares, may_take, room_for


def owners(draw: random.Random) -> list[tuple[str, str]]:
    return [(f"t{draw.randrange(4)}", f"a{draw.randrange(3)}") for _ in range(draw.randrange(1, 60))]


def test_a_newcomer_waits_for_at_most_one_turn_of_each_other_tenant() -> None:
    draw = random.Random(1)
    for _ in range(examples(300)):
        queue: FairQueue[int] = FairQueue()
        flood = owners(draw)
        for number, owner in enumerate(flood):
            queue.add(owner, number)
        queue.add(("late", "a"), -1)
        turns = [queue.take() for _ in range(len({tenant for tenant, _ in flood}) + 1)]
        assert -1 in turns


def test_within_a_tenant_its_accounts_take_turns_and_each_is_served_in_order() -> None:
    draw = random.Random(2)
    for _ in range(examples(300)):
        queue: FairQueue[int] = FairQueue()
        waiting = owners(draw)
        for number, owner in enumerate(waiting):
            queue.add(owner, number)
        served = [waiting[number] for number in (queue.take() for _ in waiting) if number is not None]
        assert len(served) == len(waiting)
        assert (queue.take(), len(queue)) == (None, 0)
        for tenant in {tenant for tenant, _ in waiting}:
            turns = [account for name, account in served if name == tenant]
            accounts = set(turns)
            least = min(Counter(turns).values())
            assert all(set(turns[n * len(accounts) : (n + 1) * len(accounts)]) == accounts for n in range(least))


def test_what_leaves_the_line_is_never_served_and_nothing_else_is_lost() -> None:
    draw = random.Random(3)
    for _ in range(examples(300)):
        queue: FairQueue[int] = FairQueue()
        waiting = dict(enumerate(owners(draw)))
        for number, owner in waiting.items():
            queue.add(owner, number)
        gone = {number for number in waiting if draw.random() < 0.5}
        assert all(queue.discard(waiting[number], number) for number in gone)
        assert not any(queue.discard(waiting[number], number) for number in gone)
        assert {queue.take() for _ in range(len(queue))} == waiting.keys() - gone
        assert len(queue) == 0


def test_who_may_not_is_passed_over_and_keeps_the_place() -> None:
    queue: FairQueue[str] = FairQueue()
    for item in ("a1", "a2", "b1"):
        queue.add((item[0],), item)
    assert queue.take(lambda name: name != "a") == "b1"
    assert queue.take(lambda name: name != "a") is None
    assert (queue.take(), queue.take(), queue.take()) == ("a1", "a2", None)


def test_however_many_flood_one_who_comes_finds_something() -> None:
    for total in range(1, 300):
        for floods in range(1, 6):
            held = [0] * floods
            moved = True
            while moved:
                moved = False
                for number in range(floods):
                    if may_take(held[number], total - sum(held)):
                        held[number] += 1
                        moved = True
            free = total - sum(held)
            assert free >= (total - SHARE * floods) / (SHARE * floods + 1)
            if free:
                assert may_take(0, free)


def test_room_in_a_row_is_what_one_by_one_comes_to() -> None:
    for held in range(30):
        for free in range(30):
            room = room_for(held, free)
            assert all(may_take(held + n, free - n) for n in range(room))
            assert not may_take(held + room, free - room)


def test_shares_are_even_and_whatever_one_leaves_goes_to_the_others() -> None:
    draw = random.Random(4)
    for _ in range(examples(300)):
        wanted = {f"t{n}": draw.randrange(1, 50) for n in range(draw.randrange(1, 12))}
        room = draw.randrange(len(wanted), 200)
        shares = even_shares(wanted, room)
        assert sum(shares.values()) <= max(room, len(wanted))
        assert all(1 <= shares[name] <= wanted[name] for name in wanted)
        short = [name for name in wanted if shares[name] < wanted[name]]
        assert not short or sum(shares.values()) > room - len(wanted)
        assert not short or max(shares.values()) - min(shares[name] for name in short) <= 1

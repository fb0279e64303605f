"""Lists that never end: circles of any length, and empty pages without end."""

from collections.abc import Iterable
from typing import Any

import pytest

from unified.errors.providers import ProviderMalformed
from unified.service.records.calls.cursors import MAX_EMPTY, Position, advance_position


def walk(tokens: Iterable[Any], *, count: int) -> Position:
    """Follow a list through these positions."""
    position = Position()
    for token in tokens:
        position = advance_position(position, token, count=count)
    return position


@pytest.mark.parametrize("before", [0, 1, 5, 100])
@pytest.mark.parametrize("length", [2, 3, 7, 64, 1000])
def test_a_circle_is_found_wherever_it_begins(before: int, length: int) -> None:
    steps = range(4 * (before + length) + 8)
    tokens = [f"t{step}" if step < before else f"c{(step - before) % length}" for step in steps]
    with pytest.raises(ProviderMalformed) as caught:
        walk(tokens, count=10)
    assert caught.value.detail == "pagination: the provider returned a position that this list had before; the list was stopped"


def test_a_long_list_without_a_circle_continues() -> None:
    position = Position(call=2, part=1, skip=3)
    for step in range(20_000):
        position = advance_position(position, {"page": step}, count=step % 2)
    assert (position.call, position.part, position.skip, position.seen) == (2, 1, 0, 10_000)


def test_empty_pages_without_end_are_stopped() -> None:
    assert walk(range(MAX_EMPTY - 1), count=0).empty == MAX_EMPTY - 1
    with pytest.raises(ProviderMalformed) as caught:
        walk(range(MAX_EMPTY), count=0)
    assert caught.value.detail == "pagination: 100 pages in a row had no record and named a next page; the list was stopped"


def test_a_record_between_empty_pages_begins_the_count_again() -> None:
    position = Position()
    for step in range(10 * MAX_EMPTY):
        position = advance_position(position, step, count=1 if step % MAX_EMPTY == 0 else 0)
    assert position.seen == 10

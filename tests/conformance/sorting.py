"""Whether a list is in order, as providers order."""

import re
from collections.abc import Callable
from typing import Any


def in_order(values: list[Any], kind: str, *, descending: bool) -> bool:
    """Text by letter, whatever its case, or with numbers in it as numbers; an enum's words each in one run or by its word."""
    listed = list(reversed(values)) if descending else values
    if kind == "enum":
        runs = [one for i, one in enumerate(listed) if i == 0 or one != listed[i - 1]]
        return len(runs) == len(set(runs))
    keys: tuple[Callable[[Any], Any], ...] = (lambda one: one,)
    if all(isinstance(one, str) for one in listed):
        keys = (lambda one: one, str.casefold, _with_numbers)
    return any(listed == sorted(listed, key=key) for key in keys)


def _with_numbers(text: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text) if part]

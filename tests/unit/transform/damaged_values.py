"""Objects of providers damaged at random: what is null, missing, of another type, nested, long or there twice."""

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

WORDS: list[Any] = [
    None,
    "",
    " ",
    "other",
    "2024-01-31T10:00:00.000Z",
    "x" * 12_000,
    "a;b,c\nd",
    "+44 20 7946 0000",
    0,
    12,
    -1.5,
    10**400,
    True,
    False,
    [],
    {},
    [[]],
    [None],
    [None, None],
    ["a", None],
    [["a"], ["b", ["c"]]],
    [{"id": 1}],
    [{"id": 1}, {"id": 1}, {"id": "1"}],
    [{"id": {"id": [1, 2]}}, "a"],
    {"id": "x", "value": "y"},
    {"id": ["x", "y"], "name": {"name": None}},
]
"""Values that take the place of others."""
MAY_CHANGE: list[Callable[[Any], Any]] = [
    lambda value: [value],
    lambda value: [value, value],
    lambda value: [value, None, value],
    lambda value: [[value]],
    lambda value: {"id": value},
    lambda value: value * 2 if isinstance(value, list | str) else value,
    lambda value: value * 60 if isinstance(value, list) else value,
    lambda value: value[:1] if isinstance(value, list | str) else value,
    lambda value: value[0] if isinstance(value, list) and value else value,
    lambda value: [*value.values()] if isinstance(value, dict) else value,
    lambda value: str(value) if isinstance(value, int | float) else value,
    lambda value: int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 30 else value,
]
"""Changes of a value to one that is like it."""


def damaged(value: Any, chance: random.Random) -> Any:
    """A copy of a value with one place in it changed, sometimes two or three."""
    value = copy.deepcopy(value)
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        _damage(value, chance)
    return value


def _damage(value: Any, chance: random.Random) -> None:
    places = list(_places(value))
    if not places:
        return
    holder, key = chance.choice(places)
    how = chance.random()
    if how < 0.2 and isinstance(holder, dict):
        del holder[key]
    elif how < 0.6:
        holder[key] = copy.deepcopy(chance.choice(WORDS))
    else:
        holder[key] = copy.deepcopy(chance.choice(MAY_CHANGE)(holder[key]))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])

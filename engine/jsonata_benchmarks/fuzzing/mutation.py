"""Documents made wrong in the ways that providers make them wrong: missing, null, of another type, empty, single, nested."""

import copy
import random
from typing import Any, Final

PALETTE: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    0,
    -1,
    7,
    1.5,
    -0.25,
    1e21,
    1e-7,
    2**53 + 1,
    12345678901234567890,
    "",
    " ",
    "x",
    "0",
    "12",
    "true",
    "null",
    "a;b; c",
    "Zoë 😀 e\u0301",
    "2024-02-29",
    "2024-13-45",
    "2024-03-01T10:20:30+0200",
    "2024-03-01T10:20:30.123Z",
    "100 EUR",
    [],
    {},
    [None],
    [[]],
    [[1, 2], [3]],
    ["x", "y"],
    [{"name": "x"}, None, 3],
    {"name": "x", "id": 1},
    {"type": "text", "text": "deep"},
)
Place = tuple[Any, str | int]
"""A container and the key or position in it."""


def mutated(document: Any, rng: random.Random) -> Any:
    """A copy of a document with one to five changes."""
    changed = copy.deepcopy(document)
    for _ in range(rng.randint(1, 5)):
        places = _places(changed)
        if not places:
            return changed
        _change(*rng.choice(places), rng)
    return changed


def fewer_records(document: Any, rng: random.Random) -> Any:
    """A copy of a page with one to four of the records of each long list at its top."""
    if not isinstance(document, dict):
        return copy.deepcopy(document)
    return {key: _some(value, rng) if isinstance(value, list) else copy.deepcopy(value) for key, value in document.items()}


def _some(records: list[Any], rng: random.Random) -> list[Any]:
    few = 4
    return copy.deepcopy(rng.sample(records, rng.randint(1, few)) if len(records) > few else records)


def _places(value: Any) -> list[Place]:
    """Every place of a document, the document itself left out."""
    found: list[Place] = []
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        inner = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for key, item in inner:
            found.append((holder, key))
            if isinstance(item, (dict, list)):
                waiting.append(item)
    return found


def _change(holder: Any, key: Any, rng: random.Random) -> None:
    kind = rng.randrange(10)
    value = holder[key]
    if kind <= 4:
        holder[key] = copy.deepcopy(rng.choice(PALETTE))
    elif kind <= 6:
        del holder[key]
    elif kind == 7:
        holder[key] = rng.choice([[value], [[value]], [value, None], [copy.deepcopy(value), value]])
    elif isinstance(value, list) and value:
        holder[key] = rng.choice([[], value[0], value[:1], [value], [*value, None], value + copy.deepcopy(value)])
    elif isinstance(value, str):
        holder[key] = rng.choice([value + " ", value.upper(), f"{value};{value}", value[:3], "é" + value, value * 3])
    else:
        holder[key] = {"value": value}

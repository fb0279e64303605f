"""The program that maps and converts in one gives what the plain expression and `conform` give, or leaves it to them.

Over every mapping with the objects of its golden cases, as they are and damaged at random, whole and narrowed.
"""

import copy
import random
from pathlib import Path

import pytest

from tests.cases import each
from tests.world import catalog
from unified.authoring.golden_files import cases_of, golden_paths
from unified.catalog.source import read_source
from unified.errors.providers import MappingFailed
from unified.jsonata import JsonataError
from unified.models import ModelShape, Target, conform
from unified.transform.query import Query

FOLDER = Path(__file__).parents[3]
DAMAGES = 12
"""Damaged copies of each object."""
WORDS = [
    None,
    "",
    "other",
    "2024-01-31T10:00:00.000Z",
    0,
    12,
    1.5,
    True,
    [],
    {},
    ["a", None],
    [{"id": 1}],
    {"id": "x", "value": "y"},
    10**400,
]


def _objects():
    for path in golden_paths(FOLDER):
        provider, model = path.parent.name, path.name.removesuffix(".test.yaml")
        cases = [one for one in cases_of(read_source(path, name=path.name)) if isinstance(getattr(one, "record", None), dict)]
        if cases:
            yield pytest.param(provider, model, cases, id=f"{provider}/{model}")


def damaged(value, chance: random.Random):
    """A copy of a value with one place in it replaced."""
    value = copy.deepcopy(value)
    places = list(_places(value))
    if not places:
        return value
    holder, key = chance.choice(places)
    if isinstance(holder, dict) and chance.random() < 0.3:
        del holder[key]
    else:
        holder[key] = copy.deepcopy(chance.choice([*WORDS, [holder[key], holder[key]]]))
    return value


def _places(value):
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])


def plainly(mapper, bindings, item, country, absent):
    """The record, or None where it is refused."""
    try:
        mapped = mapper.expression.evaluate(item, bindings)
        return (
            conform(mapper.model, mapped, keep=mapper.keep, country=country, optional=absent)
            if isinstance(mapped, dict)
            else None
        )
    except (JsonataError, MappingFailed):
        return None


@each(("provider", "model", "cases"), list(_objects()), by=lambda case: case[0])
def test_one_program_gives_what_two_steps_give(provider, model, cases) -> None:
    mapping, chance = catalog().compiled(provider, model), random.Random(f"{provider}/{model}")
    operation = next(iter(mapping.operations.values()))
    fields = [field.name for field in mapping.model.fields]
    quickly = 0
    for case in cases:
        bindings = {"query": {}, "account": case.account or {"settings": {}}, "headers": {}}
        narrowed = Query(fields=tuple(chance.sample(fields, 4)))
        for query, country in ((Query(), None), (Query(), "GB"), (narrowed, None)):
            mapper = mapping.shape(operation, query)
            absent = mapper.from_request
            shape = ModelShape(target=Target(struct=mapper.model.struct, region=country, keep=mapper.keep, optional=absent))
            quick = mapper.expression.shaped(shape, bindings)
            assert quick is not None, "the record expression has a program of its own"
            for item in (case.record, *(damaged(case.record, chance) for _ in range(DAMAGES))):
                given = copy.deepcopy(item)
                expected = plainly(mapper, bindings, item, country, absent)
                try:
                    found = quick([item])[0]
                except Exception:  # noqa: BLE001 - left to the two steps
                    found = expected
                else:
                    quickly += 1
                assert found == expected
                assert list(found or {}) == list(expected or {})
                assert item == given, "the provider's object is not changed"
                assert mapper.mapper(bindings, country=country)([item]) == [expected] if expected is not None else True
    assert quickly >= len(cases), "the usual objects are not left to the two steps"

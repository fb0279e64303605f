"""The program that maps and converts in one gives what the plain expression and `conform` give, or leaves it to them.

Over every mapping with the objects of its golden cases, as they are and damaged at random, whole and narrowed, alone and in
pages.
"""

import copy
import json
import os
import random
from pathlib import Path

import pytest

from tests.cases import each
from tests.sizes import FULL_SIZE, RANDOM
from tests.unit.transform.damaged_values import damaged
from tests.world import catalog
from unified.authoring.golden.golden_files import cases_of, golden_paths
from unified.catalog.files.source import read_source
from unified.errors.providers import MappingFailed
from unified.models import ModelShape, Target, conform
from unified.transform.queries.query import Query
from unified_jsonata import JsonataError

FOLDER = Path(__file__).parents[3]
DAMAGES = 300 if FULL_SIZE else 12
"""Damaged copies of each object."""
SEED = os.urandom(8).hex() if RANDOM else ""


def _objects():
    for path in golden_paths(FOLDER):
        provider, model = path.parent.name, path.name.removesuffix(".test.yaml")
        cases = [one for one in cases_of(read_source(path, name=path.name)) if isinstance(getattr(one, "record", None), dict)]
        if cases:
            yield pytest.param(provider, model, cases, id=f"{provider}/{model}")


class Left(Exception):
    """What the quick program does not do."""


def left(_):
    raise Left


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


def written(record):
    """A record as text: the order of keys counts, and true is not 1."""
    return json.dumps(record)


@pytest.mark.hypothesis
@each(("provider", "model", "cases"), list(_objects()), by=lambda case: case[0])
def test_one_program_gives_what_two_steps_give(provider, model, cases) -> None:
    mapping, chance = catalog().compiled(provider, model), random.Random(f"{provider}/{model}{SEED}")
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
            mapped = []
            for item in (case.record, *(damaged(case.record, chance) for _ in range(DAMAGES))):
                given = copy.deepcopy(item)
                expected = plainly(mapper, bindings, item, country, absent)
                try:
                    found = quick([item], left)[0]
                except Left:
                    found = expected
                    assert item is not case.record or expected is None, "the usual object is not left to the two steps"
                else:
                    quickly += 1
                assert written(found) == written(expected), f"seed {SEED}"
                assert written(item) == written(given), "the provider's object is not changed"
                mapped += [(item, expected)] if expected is not None else []
            page = mapper.mapper(bindings, country=country)([item for item, _ in mapped])
            assert written(page) == written([expected for _, expected in mapped]), "in a page as alone"
    assert quickly > 0, "something is tried"

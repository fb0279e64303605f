"""A law of bodies, over all mappings: a misspelt field is refused with the field that was meant."""

import random

import pytest

from tests.cases import each
from tests.world import catalog
from unified.errors.requests import UnsupportedField

WRITERS = [name for name in catalog().mappings() if "create" in catalog().compiled(*name).methods]
SHORTEST = 5


@each("name", WRITERS, ids=" ".join)
def test_a_misspelt_field_is_refused_with_the_one_that_was_meant(name) -> None:
    mapping, draw = catalog().compiled(*name), random.Random(1)
    fields = {one.name for one in mapping.model.fields}
    for field in sorted(mapping.write_calls.writable("create") & fields):
        place = draw.randrange(1, len(field))
        spelt = field[:place] + field[place + 1 :]
        if len(field) < SHORTEST or spelt in fields:
            continue
        with pytest.raises(UnsupportedField) as refused:
            catalog().mapping(*name).write({spelt: "a"}, "create", account={"settings": {}})
        assert f"`{spelt}` cannot be written for this account. Did you mean '{field}'? Writable: " in refused.value.detail

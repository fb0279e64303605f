"""How `remote_fields` are added to a payload: nothing that common fields fill is lost, and no key is there twice."""

import random

import pytest

from unified.errors.requests import UnsupportedField
from unified.transform.writes.write import merged

NAMES = ("name", "Name", "NAME", "owner", "Owner", "straße", "STRASSE")


def grown(rng, depth=0):
    if depth == 3 or rng.random() < 0.3:
        return rng.choice([1, None, "x", [], [1], {}])
    return {rng.choice(NAMES): grown(rng, depth + 1) for _ in range(rng.randrange(1, 3))}


def objects(value, place=()):
    """The places of the objects in a value."""
    if isinstance(value, dict):
        yield place
        for name, one in value.items():
            yield from objects(one, (*place, name))


def spelt_twice(value):
    if not isinstance(value, dict):
        return False
    return len({name.casefold() for name in value}) < len(value) or any(map(spelt_twice, value.values()))


def test_objects_of_a_payload_stay_and_no_key_is_added_in_another_spelling():
    rng, taken, refused = random.Random(7), 0, 0
    while taken < 500 or refused < 500:
        below, above = grown(rng), grown(rng)
        if not isinstance(below, dict) or not isinstance(above, dict) or spelt_twice(below) or spelt_twice(above):
            continue
        try:
            whole = merged(below, above)
        except UnsupportedField:
            refused += 1
            continue
        taken += 1
        assert set(objects(below)) <= set(objects(whole))
        assert not spelt_twice(whole)


@pytest.mark.parametrize(
    ("above", "pointer"),
    [
        ({"category": "x"}, "/remote_fields/category"),
        ({"category": None}, "/remote_fields/category"),
        ({"Category": {"other": 1}}, "/remote_fields/Category"),
        ({"category": {"FIELD": 1}}, "/remote_fields/category/FIELD"),
    ],
)
def test_a_place_that_common_fields_fill_is_refused_by_its_pointer(above, pointer):
    with pytest.raises(UnsupportedField) as caught:
        merged({"category": {"field": "Gold"}}, above)
    assert [one.pointer for one in caught.value.errors] == [pointer]

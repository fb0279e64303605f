"""Laws of writing lists, over all mappings: null and [] mean the same, and a list stays a list however many entries it has."""

import pytest

from tests.unit.transform.laws.bodies import fields_of_method, value_of
from tests.unit.transform.laws.writes import base_of, each_write, leaves, tried


@each_write()
def test_null_and_an_empty_list_send_the_same(mapping, method):
    base = base_of(mapping, method)
    for field in fields_of_method(mapping, method):
        if field.is_list and field.name not in base:
            null, empty = ({**base, field.name: one} for one in (None, []))
            assert tried(mapping, method, null) == tried(mapping, method, empty), field.name


@each_write()
def test_null_never_becomes_an_entry(mapping, method):
    base = base_of(mapping, method)
    for field in fields_of_method(mapping, method):
        if field.is_list and field.name not in base:
            for _, path, body in tried(mapping, method, {**base, field.name: None}) or ():
                named = [place for place, value in leaves(body) if value is None and place[-1:] in {("id",), ("name",)}]
                assert not named, f"{field.name}: {path} {body}"


@each_write()
def test_a_list_of_one_entry_is_sent_as_a_list(mapping, method):
    base = base_of(mapping, method)
    for field in fields_of_method(mapping, method):
        if not field.is_list:
            continue
        many = value_of(field) + value_of(field, 1)
        one, two = (tried(mapping, method, {**base, field.name: entries}) for entries in (many[:1], many))
        if one is not None and two is not None:
            assert lists_in([body for _, _, body in one]) == lists_in([body for _, _, body in two]), field.name


def lists_in(bodies):
    """Return the places of all lists, without what is inside their entries beyond the first."""
    places = [place for place, _ in leaves(bodies) if not any(isinstance(step, int) and step for step in place[1:])]
    return {place[:end] for place in places for end, step in enumerate(place) if step == 0}


def test_the_laws_find_what_they_are_for():
    with pytest.raises(AssertionError):
        assert lists_in([{"tags": "a"}]) == lists_in([{"tags": ["a", "b"]}])

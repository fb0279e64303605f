"""Laws of writing lists, over all mappings: null and [] mean the same, and a list stays a list however many entries it has."""

import itertools

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


@each_write()
def test_entries_are_written_in_every_order_and_with_every_flag(mapping, method):
    base = base_of(mapping, method)
    for field in fields_of_method(mapping, method):
        flags = [one.name for one in field.nested if one.kind == "boolean" and one.access != "ro"] if field.is_list else []
        for flag, count in itertools.product(flags, (1, 2, 3)):
            for words in itertools.product((True, False, None), repeat=count):
                entries = [flagged(value_of(field, turn)[0], flag, word) for turn, word in enumerate(words)]
                for one in itertools.permutations(entries):
                    tried(mapping, method, {**base, field.name: list(one)})


def flagged(entry, flag, word):
    """Return an entry with a flag, or without it for None."""
    return {name: one for name, one in entry.items() if name != flag} | ({} if word is None else {flag: word})


def lists_in(bodies):
    """Return the places of all lists, without what is inside their entries beyond the first."""
    found = [one for one in leaves(bodies) if not any(isinstance(step, int) and step for step in one[0][1:])]
    empty = {place for place, value in found if value == []}
    return empty | {place[:end] for place, _ in found for end, step in enumerate(place) if step == 0}


def test_the_laws_find_what_they_are_for():
    with pytest.raises(AssertionError):
        assert lists_in([{"tags": "a"}]) == lists_in([{"tags": ["a", "b"]}])

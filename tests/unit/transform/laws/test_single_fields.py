"""Laws of writing one field, over all mappings: it is sent, null clears it, and nothing else is touched."""

import pytest

from tests.unit.transform.laws.bodies import fields_of_method, value_of
from tests.unit.transform.laws.writes import base_of, each_write, leaves, objects, path_of, sent, settings_of, tried
from unified.errors.requests import ValidationFailed
from unified.transform.embedded_mapping import EmbeddedMapping

REFERRING = frozenset({"id", "name", "accountId"})
"""Keys of an object that refers to another one: with null in them it refers to nothing."""


def places(requests):
    """Return the places of all values in the bodies of requests, each with its call."""
    return {(method, path, *place): value for method, path, body in requests for place, value in leaves(body)}


@each_write("update")
def test_a_field_clears_nothing_that_belongs_to_another(mapping, method):
    fields = list(fields_of_method(mapping, method))
    alone = {one.name: places(tried(mapping, method, {one.name: value_of(one)}) or ()) for one in fields}
    for name, own in alone.items():
        cleared = {place for place, value in own.items() if value in (None, mapping.provider.nulls)}
        others = {other: set(found) for other, found in alone.items() if not read_together(mapping, name, other)}
        assert not [(place, other) for other, found in others.items() for place in cleared & found], name


@each_write("update")
def test_null_clears_a_field_or_is_refused(mapping, method):
    for field in fields_of_method(mapping, method):
        if field.required:
            continue
        requests = tried(mapping, method, {field.name: None})
        if requests is None:
            continue
        unread = requests != sent(mapping, method, {}) or reads_before(mapping, method, field.name)
        assert unread, f"{field.name}: nothing is sent for null"
        found = refers_to_nothing(mapping, method, {}, requests)
        assert not [one for one in found if field.name not in one], f"{field.name}: {found}"


@each_write()
def test_a_value_never_becomes_a_reference_to_nothing(mapping, method):
    base = base_of(mapping, method)
    for field in fields_of_method(mapping, method):
        words = field.enum if not field.is_list and field.enum else (value_of(field),)
        for word in words:
            found = refers_to_nothing(mapping, method, base, tried(mapping, method, {**base, field.name: word}) or ())
            assert not found, f"{field.name}: {word}: {found}"


def read_together(mapping, name, other):
    """Return whether two fields are read from the same place, so that one is part of the other; each is so of itself."""
    reads = {write.key: {read.path for read in write.reads} for write in mapping.record.analysis.writes}
    return name == other or bool(reads.get(name, set()) & reads.get(other, set()))


def reads_before(mapping, method, name):
    """Return whether a field is written by calls that first read what is there, such as links that a list replaces."""
    operation = mapping.operation(method)
    known = {name for one in (operation, *operation.after) for name in one.before}
    steps = [one for step in operation.after for one in (step.when, step.body) if one is not None]
    reading = [one for one in steps if known & {use.name for use in one.analysis.variables}]
    return any(read.path[:1] == (name,) for one in reading for read in one.analysis.reads) or any(
        step.before and name in names_read(step) for step in operation.after
    )


def names_read(step):
    """Return the fields that the `when` of a step reads."""
    return {read.path[0] for read in step.when.analysis.reads if read.path} if step.when is not None else set()


def refers_to_nothing(mapping, method, base, requests):
    """Return the objects inside bodies that hold nothing but null, or nothing at all, where the smallest write has none."""
    usual = inner_objects(sent(mapping, method, base))
    null = (None, mapping.provider.nulls)
    around = [one for place in mapping.custom_keys.natives.envelopes for one in at_place(requests, place)]
    small = [one for one in inner_objects(requests) if set(one) <= REFERRING and one not in usual and one not in around]
    found = [one for one in small if all(value in null for value in one.values())]
    return [one for one in found if one or not has_envelope(mapping, method, base, requests)]


def at_place(requests, place):
    """Yield what bodies hold at a place that is given in lower case, such as the object around all fields."""
    for _, _, body in requests:
        value = body
        for step in place:
            value = (
                next((one for key, one in value.items() if key.casefold() == step), None) if isinstance(value, dict) else None
            )
        yield value


def has_envelope(mapping, method, base, requests):
    """Return whether a body has a key that most fields are sent in, which is empty if none of them is given."""
    alone = [tried(mapping, method, {**base, one.name: value_of(one)}) for one in fields_of_method(mapping, method)]
    keys = [key for one in alone for _, _, body in one or () if isinstance(body, dict) for key in body]
    empty = {key for _, _, body in requests if isinstance(body, dict) for key, value in body.items() if value == {}}
    return any(keys.count(key) > len(alone) / 2 for key in empty)


def inner_objects(requests):
    """Yield the objects inside the bodies of requests."""
    return [inner for _, _, body in requests for inner in objects(body) if inner is not body]


@each_write("create")
def test_null_of_a_required_field_is_refused_without_the_service_too(mapping, method):
    base, embedded = base_of(mapping, method), EmbeddedMapping(mapping)
    known = {"account": {"settings": settings_of(mapping)}}
    for name in mapping.write_calls.required(method):
        if name in base:
            with pytest.raises(ValidationFailed) as refused:
                embedded.call(method, {**path_of(mapping), **base, name: None}, **known)
            assert name in str(refused.value)

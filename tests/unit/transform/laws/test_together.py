"""Laws of writing several fields at once, over all mappings: each is sent as it is alone, none overwrites another."""

import itertools
import random

from tests.unit.transform.laws.bodies import fields_of_method, value_of
from tests.unit.transform.laws.writes import base_of, each_write, leaves, tried
from tests.world import catalog

SEED, BODIES = 20261126, 4


@each_write()
def test_fields_that_are_written_together_are_sent_as_alone(mapping, method):
    base, chance = base_of(mapping, method), random.Random(SEED)
    fields = [one for one in fields_of_method(mapping, method) if one.name not in base]
    alone = {one.name: values(mapping, method, {**base, one.name: value_of(one)}) for one in fields}
    usual = values(mapping, method, base)
    for _ in range(BODIES):
        chosen = chance.sample(fields, min(len(fields), chance.randint(2, 6)))
        together = values(mapping, method, {**base, **{one.name: value_of(one) for one in chosen}})
        if together is None or any(alone[one.name] is None for one in chosen):
            continue
        for field in chosen:
            # Another field may choose another call, so that the key is the same and the path is not.
            others = {place[2:] for one in chosen if one is not field for place, _ in alone[one.name]}
            lost = {
                (place, value) for place, value in alone[field.name] - together - (usual or set()) if place[2:] not in others
            }
            assert not lost, f"{field.name} with {', '.join(one.name for one in chosen)}: {lost}"


@each_write()
def test_a_null_next_to_another_field_is_not_a_mistake_of_the_mapping(mapping, method):
    base = base_of(mapping, method)
    needed = {*mapping.write_calls.required(method), *(one.name for one in mapping.model.fields if one.required)}
    for field, other in itertools.permutations(fields_of_method(mapping, method), 2):
        if other.name not in needed:
            tried(mapping, method, {**base, field.name: value_of(field), other.name: None})


def test_a_part_of_a_name_that_is_null_is_not_part_of_the_name():
    contacts = catalog().compiled("zendesk", "ticketing.contacts")
    ((_, _, body),) = tried(contacts, "create", {"first_name": "Ada", "last_name": None})
    assert body["user"]["name"] == "Ada"


def values(mapping, method, body):
    """Return place and value of everything in the requests of a body, whatever its position in a list."""
    requests = tried(mapping, method, body)
    if requests is None:
        return None
    named = (
        (verb, path, *(step for step in place if isinstance(step, str)))
        for verb, path, body in requests
        for place, _ in leaves(body)
    )
    texts = (repr(value) for _, _, body in requests for _, value in leaves(body))
    return set(zip(named, texts, strict=True))

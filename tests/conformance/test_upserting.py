"""Upserts of every mapping that has them: the first makes a record, the next changes it, and there is never a second one."""

import asyncio
import itertools
from contextlib import suppress

import pytest

from tests.conformance.subjects import mapping, scenario, subjects
from tests.conformance.test_writing import REFUSED, kept, scalar
from unified.errors.error import UnifiedError
from unified.errors.requests import ValidationFailed
from unified.service.records.writing.write import Write
from unified.service.records.writing.writing import execute_write
from unified.transform.queries.filters import field_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
UPSERTED = [(one, key) for one in subjects("upsert") for key in mapping(one).keys]
IDS = [f"{one}/{key}" for one, key in UPSERTED]
serial = itertools.count(1)


def body_of(subject, key):
    """What the scenario upserts, with a key that no record has yet."""
    body = {name: one for name, one in scenario(subject)["upsert"].items() if name != "by"}
    word = f"u{next(serial)}"
    value = f"{word}.upserts.example" if field_of(key, mapping(subject).model) == key else f"{word}@upserts.example"
    return {**body, **with_key(key, subject, value)}


def with_key(key, subject, *values):
    name = field_of(key, mapping(subject).model)
    return {name: [one if name == key else {key: one} for one in values]}


def value_in(body, key, subject):
    (entry,) = body[field_of(key, mapping(subject).model)]
    return entry if isinstance(entry, str) else entry[key]


async def found(world, subject, key, value):
    """The ids of the records that have a key, by the list."""
    return [one["id"] for one in await world.read(subject, **{f"filter[{key}]": value})]


@pytest.mark.parametrize(("subject", "key"), UPSERTED, ids=IDS)
async def test_the_second_upsert_changes_the_record_of_the_first(changing, subject, key):
    body = body_of(subject, key)
    first = await changing.upsert(subject, key, body)
    assert {name for name, sent in body.items() if not kept(sent, first.record[name])} == set()
    again = await changing.upsert(subject, key, body)
    assert again.record["id"] == first.record["id"]
    assert (first.is_new, again.is_new) in {(True, False), (None, None)}
    assert await found(changing, subject, key, value_in(body, key, subject)) == [first.record["id"]]


@pytest.mark.parametrize(("subject", "key"), UPSERTED, ids=IDS)
async def test_upserts_at_once_leave_one_record(changing, subject, key):
    body = body_of(subject, key)
    several = await asyncio.gather(*(changing.upsert(subject, key, body) for _ in range(5)))
    assert len({one.record["id"] for one in several}) == 1
    assert len([one for one in several if one.is_new]) <= 1
    assert len(await found(changing, subject, key, value_in(body, key, subject))) == 1


@pytest.mark.parametrize(("subject", "key"), UPSERTED, ids=IDS)
async def test_an_upsert_leaves_the_keys_alone_that_it_does_not_have(changing, subject, key):
    body = body_of(subject, key)
    first = (await changing.upsert(subject, key, body)).record
    needed = set(mapping(subject).write_calls.required("upsert"))
    least = {name: one for name, one in body.items() if name in needed}
    again = (await changing.upsert(subject, key, least)).record
    assert {name for name in first if again[name] != first[name]} <= {"updated_at", "last_activity_at"}


MAX_STRANGERS = 6
"""Records of each other model that are tried."""


def values_of(record, key):
    """What a record of any model has as a key: `email`, or the one in each entry of `emails`."""
    entries = [record.get(key), *(record.get(f"{key}s") or [])]
    entries = [one for entry in entries for one in (entry if isinstance(entry, list) else [entry])]
    return [one[key] if isinstance(one, dict) else one for one in entries if one]


async def strangers(world, subject, key):
    """Records of the provider's other models that have a value of the key, and that the list of this model does not show."""
    shown = await world.pool(subject)
    for other in (one for one in subjects("get") if one.provider == subject.provider and one != subject):
        fields = {field.name for field in mapping(other).model.fields}
        if "list" in mapping(other).methods and {key, f"{key}s"} & fields:
            listed = [one for one in (await world.whole(other)).values() if one["id"] not in shown and values_of(one, key)]
            for one in listed[:MAX_STRANGERS]:
                yield other, one


@pytest.mark.parametrize(("subject", "key"), UPSERTED, ids=IDS)
async def test_an_upsert_never_changes_a_record_that_the_list_does_not_show(changing, subject, key):
    """Such as an agent with the address of a contact: the provider's one kind of object may be several models."""
    async for other, record in strangers(changing, subject, key):
        before = await changing.get(other, record["id"])
        with suppress(ValidationFailed):
            await changing.upsert(subject, key, {**body_of(subject, key), **with_key(key, subject, values_of(record, key)[0])})
        assert await changing.get(other, record["id"]) == before, (subject, other, record["id"])


@pytest.mark.slow
@pytest.mark.parametrize(("subject", "key"), UPSERTED, ids=IDS)
async def test_each_field_of_an_upsert_is_read_back(changing, subject, key):
    """Values of other records are taken over one by one, and cleared; what the provider itself refuses is no fault of ours."""
    donors = list((await changing.whole(subject)).values())
    writable = mapping(subject).write_calls.writable("upsert")
    written = set()
    for field in (one for one in scalar(subject) if one.name in writable):
        value = next((one[field.name] for one in donors if one[field.name] is not None), None)
        body = body_of(subject, key)
        for sent in (value, None) if value is not None else ():
            try:
                read = (await changing.upsert(subject, key, {**body, field.name: sent})).record[field.name]
            except REFUSED:
                continue
            written.add(field.name)
            assert kept(sent, read), field.name
    assert written


@pytest.mark.parametrize(("subject", "key"), UPSERTED, ids=IDS)
async def test_an_upsert_without_exactly_one_key_is_refused_unsent(changing, subject, key):
    body, before = body_of(subject, key), await changing.mark()
    name = field_of(key, mapping(subject).model)
    wrong = [
        {other: one for other, one in body.items() if other != name},
        {**body, name: None},
        {**body, name: []},
        {**body, **with_key(key, subject, " ")},
        {**body, **with_key(key, subject, "one@upserts.example", "two@upserts.example")},
        {**body, "remote_fields": {"id": "1"}},
        {**body, "id": "1"},
    ]
    call = await changing.open(subject, "upsert")
    for given in wrong:
        with pytest.raises(UnifiedError) as refused:
            await changing.upsert(subject, key, given)
        assert refused.value.status == 422, given
    for more in ({"by": None}, {"by": "no_such_key"}, {"version": "1"}):
        with pytest.raises(UnifiedError) as refused:
            await execute_write(call, Write(**{"method": "upsert", "by": key, "body": body, **more}))
        assert refused.value.status == 422, more
    assert await changing.reached(subject.provider, before) == []

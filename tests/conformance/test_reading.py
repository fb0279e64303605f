"""Every list and get, as the mapping files promise them: pages, values, single records, fields, order, deleted records."""

import re

import msgspec
import pytest

from tests.cases import each
from tests.conformance.known import CHECKSUM_FROM, require_known
from tests.conformance.sorting import in_order
from tests.conformance.subjects import few, mapping, parents, searches_a_part, subjects
from unified.errors.requests import InvalidId, NotFound, ScanLimit, UnsupportedFilter
from unified.service.records.expand import relations
from unified.transform.queries.filters import sort_words

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]
LISTED = each("subject", subjects("list"), ids=str, by=lambda one: one.provider)
BOTH = each("subject", subjects("list", "get"), ids=str, by=lambda one: one.provider)
DELETED = [one for one in subjects("list") if "include_deleted" in mapping(one).list_calls.native_filters]
ORDERS = {
    one: {word for call in mapping(one).lists for name, row in call.call.sort.items() for word in sort_words(name, row)}
    for one in subjects("list")
}
"""The orders that each list has; some providers have one direction only."""
SORTED = [
    (one, name, sign)
    for one, orders in ORDERS.items()
    for name in sorted(mapping(one).list_calls.sortable)
    for sign in ("", "-")
    if sign + name in orders
]
EXPANDED = [(one, name) for one in subjects("list") for name in relations(mapping(one).model)]


def some(records):
    """The first, the middle and the last."""
    every = list(records)
    return [every[i] for i in sorted({0, len(every) // 2, len(every) - 1}) if every]


def plain(record):
    return {name: value for name, value in record.items() if name != "remote_data"}


@LISTED
async def test_small_pages_are_the_list(world, subject):
    whole = await world.whole(subject)
    pages = await world.pages(subject, {**await world.given(subject), "limit": 7, "fields": few(subject)})
    ids = [one["id"] for page in pages for one in page]
    assert max(len(page) for page in pages) <= 7
    assert len(ids) == len(set(ids))
    assert set(ids) == set(whole)
    assert ids, "the stand-in has no records"


@LISTED
async def test_records_are_of_the_model(world, subject):
    model = mapping(subject).model
    wrong, wordless = set(), set()
    for record in (await world.whole(subject)).values():
        assert list(record) == [field.name for field in model.fields]
        msgspec.convert(record, model.struct, strict=True)
        assert record["id"]
        assert record["remote_id"]
        assert record["remote_data"] is None
        assert not record["is_deleted"]
        wrong |= set(without_zone(record, model.fields, ""))
        wordless |= set(without_word(record, model.fields, ""))
    assert sorted(wrong) == [], "times without Z"
    require_known("no_word", subject, wordless, "a common word without the provider's word, and the other way round")


def parts(record, fields, at):
    """Every field of a record and of the objects in it, with its place and its values."""
    for field in fields:
        value = record[field.name]
        listed = value if field.is_list else [value]
        yield field, f"{at}{field.name}", record, listed
        for one in listed if field.nested else ():
            yield from parts(one, field.nested, f"{at}{field.name}/") if one is not None else ()


def without_zone(record, fields, at):
    for field, place, _, listed in parts(record, fields, at):
        if field.kind == "datetime":
            yield from (f"{place}: {one}" for one in listed if one is not None and not one.endswith("Z"))


def without_word(record, fields, at):
    for field, place, holder, listed in parts(record, fields, at):
        if field.remote_of and holder[field.remote_of] is not None and listed == [None]:
            yield place


@BOTH
async def test_get_gives_the_listed_record(world, subject):
    differs = set()
    for record in some((await world.whole(subject)).values()):
        got = await world.get(subject, record["id"])
        assert list(got) == list(record)
        differs |= {name for name in record if got[name] != record[name]}
    require_known("only_in_get", subject, differs, "the listed record has another value than the record by its id")


def unknown(subject, record_id, known):
    """An id of the same form that nothing has: the digits at its end are changed."""
    first, colon, last = record_id.rpartition(":")
    last = last[: CHECKSUM_FROM.get(subject.provider)]
    for digit in "9876":
        changed = re.sub(r"\d(?=\d*$)", digit, last) if last[-1].isdigit() else last + "x" + digit
        changed = changed.rjust(7, digit) if changed.isdigit() else changed
        if first + colon + changed not in known:
            return first + colon + changed
    raise AssertionError(f"no unknown id beside {record_id}")


@BOTH
async def test_unknown_id_is_not_found(world, subject):
    """Where a list is searched that does not reach all records, nobody knows whether there is one."""
    whole = await world.whole(subject)
    with pytest.raises(ScanLimit if searches_a_part(subject) else NotFound):
        await world.get(subject, unknown(subject, next(iter(whole)), whole))


@BOTH
@pytest.mark.parametrize("wrong", ["..", "."])
async def test_id_that_folds_is_refused_unsent(world, subject, wrong):
    compiled = mapping(subject)
    for record_id in (wrong, *composite(compiled, next(iter(await world.whole(subject))), wrong)):
        before = await world.mark()
        with pytest.raises(InvalidId):
            await world.get(subject, record_id)
        assert await world.reached(subject.provider, before) == []


def composite(compiled, record_id, wrong):
    """The id with each of its free parts replaced."""
    if compiled.id_template is None:
        return
    parts = record_id.split(":")
    for i, part in enumerate(re.split(r":(?=\{)", compiled.id_template.template)):
        if "=" not in part and part.strip("{}") in compiled.operation("get").path:
            yield ":".join((*parts[:i], wrong, *parts[i + 1 :]))


@LISTED
async def test_each_field_alone(world, subject):
    whole = await world.whole(subject)
    problems = []
    for field in mapping(subject).model.fields:
        if field.name == "remote_data":
            continue
        for record in await world.first(subject, fields=field.name, limit=3):
            full = whole[record["id"]]
            if record != {"id": full["id"], field.name: full[field.name]}:
                problems.append((field.name, record, full[field.name]))
                break
    assert problems == []


@BOTH
async def test_each_field_alone_in_get(world, subject):
    record_id = next(iter(await world.whole(subject)))
    full = await world.get(subject, record_id)
    problems = []
    for field in mapping(subject).model.fields:
        if field.name != "remote_data":
            record = await world.get(subject, record_id, fields=field.name)
            if record != {"id": record_id, field.name: full[field.name]}:
                problems.append((field.name, record, full[field.name]))
    assert problems == []


@LISTED
async def test_raw_record_is_the_providers(world, subject):
    for record in await world.first(subject, include_raw=True):
        assert isinstance(record["remote_data"], dict)
        assert record["remote_data"]


@each("subject", DELETED, ids=str, by=lambda one: one.provider)
async def test_deleted_records_come_on_top(world, subject):
    whole = await world.whole(subject)
    every = {one["id"]: one for one in await world.read(subject, include_deleted=True)}
    assert set(whole) <= set(every)
    more = [one["id"] for one in every.values() if one["id"] not in whole and not one["is_deleted"]]
    told = f"include_deleted brings records that are not deleted, such as {more[:3]}"
    require_known("beside_deleted", subject, [subject.model] if more else [], told)


@LISTED
async def test_narrowed_list_has_the_same_records(world, subject):
    narrowed = {one["id"] for one in await world.read(subject, fields="id")}
    # Both read anew: once, the list kept by `whole` differed here for HubSpot's engagements, and the cause was not found.
    assert narrowed == {one["id"] for one in await world.read(subject)}


@each(("subject", "name", "sign"), SORTED, by=lambda case: case[0].provider)
async def test_order(world, subject, name, sign):
    found, expected = await sorted_list(world, subject, sign + name)
    assert {one["id"] for one in found} == expected
    assert len(found) == len(expected)
    values = [one[name] for one in found if one[name] not in (None, [])]
    field = next(one for one in mapping(subject).model.fields if one.name == name)
    assert in_order(values, field.kind, descending=sign == "-"), values


async def sorted_list(world, subject, order):
    """The list in an order, and the ids it should have; with a condition where only such a list can be ordered."""
    narrow = few(subject, order.removeprefix("-"))
    try:
        whole = set(await world.whole(subject))
        if order.startswith("-") and order.removeprefix("-") in ORDERS[subject]:  # enough once the rising list was whole
            found = await world.first(subject, sort=order, limit=100, fields=narrow)
            return found, {one["id"] for one in found} & whole
        return await world.read(subject, sort=order, fields=narrow), whole
    except UnsupportedFilter:
        pool = await world.pool(subject)
    middle = list(pool.values())[len(pool) // 2]
    native = mapping(subject).list_calls.native_filters
    if "filter.type" in native:
        expected = {one["id"] for one in pool.values() if one["type"] == middle["type"]}
        return await world.read(subject, sort=order, **{"filter[type]": middle["type"]}), expected
    if "created_after" in native:
        return await world.read(subject, sort=order, created_after="1980-01-01T00:00:00Z"), set(pool)
    word = middle["name"].split()[0]
    return await world.read(subject, sort=order, search=word), {one["id"] for one in await world.read(subject, search=word)}


@each(("subject", "name"), EXPANDED, by=lambda case: case[0].provider)
async def test_relation(world, subject, name):
    relation = relations(mapping(subject).model)[name]
    if not reachable(subject, relation):
        pytest.skip(f"{subject.provider} does not offer {relation.model} so")
    records = list((await world.whole(subject)).values())
    listed = [one for one in records if one[relation.field]][:6] or records[:1]
    for record, expanded in zip(listed, await world.expanded(subject, listed, name), strict=True):
        kept = {key: value for key, value in record.items() if not (relation.owned_by and key == name)}
        assert kept.items() <= expanded.items()
        related = expanded[name]
        if relation.owned_by:
            assert {one[relation.owned_by] for one in related} <= {record["id"]}
        elif relation.is_list:
            assert [one["id"] for one in related] == record[relation.field]
        else:
            assert (related or {}).get("id") == record[relation.field]


def reachable(subject, relation):
    """Whether the provider offers the related model by id, or for those found by a list, that list for one record."""
    found = next((one for one in subjects() if one.provider == subject.provider and one.model == relation.model), None)
    if found is None:
        return False
    if relation.owned_by:
        can = mapping(found).list_calls.native_filters | {f"filter.{name}" for name in mapping(found).filled}
        return f"filter.{relation.owned_by}" in can and set(parents(found)) <= {relation.owned_by}
    return "get" in mapping(found).methods

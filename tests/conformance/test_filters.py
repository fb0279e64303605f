"""Every filter that a mapping says the provider does, against the same condition looked up in the whole list."""

import math

import pytest

from tests.cases import QUICK, each
from tests.conformance.known import FILTERS, allowed, require_known
from tests.conformance.subjects import few, filters, mapping, parents, subjects, times
from unified.errors.requests import UnsupportedFilter
from unified.transform.queries.filter_names import ESSENTIAL
from unified.transform.queries.filters import record_test
from unified.transform.queries.query import shown_parameter
from unified.transform.queries.query_reading import query_from_object

pytestmark = pytest.mark.asyncio(loop_scope="session")
SINGLE = [(one, parameter) for one in subjects("list") for parameter in (*times(one), *(name for name, _, _ in filters(one)))]
SEVERAL = [one for one in subjects("list") if len(filters(one)) + len(times(one)) > 1]
SEARCHED = [one for one in subjects("list") if "search" in mapping(one).list_calls.native_filters]
PAIRS, WORDS = 8, 4


def values(record, name):
    """What a condition looks at: the value, each of a list, or the essential part of its entries."""
    value = record[name]
    found = value if isinstance(value, list) else [value]
    found = [next((one[key] for key in ESSENTIAL if key in one), None) if isinstance(one, dict) else one for one in found]
    return [text(one) for one in found if one is not None]


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def middle(listed, part=0.5):
    return listed[min(len(listed) - 1, math.floor(len(listed) * part))]


def target(subject, parameter):
    """The field that a parameter looks at, and its operator."""
    if not parameter.startswith("filter."):
        return ("updated_at" if parameter.startswith("updated") else "created_at"), "gte"
    return next((field, operator) for name, field, operator in filters(subject) if name == parameter)


def asked_values(subject, parameter, records):
    """Values to ask for: one that leaves few records, two for `in`, some words of an enum, those of records first."""
    name, operator = target(subject, parameter)
    field = next(one for one in mapping(subject).model.fields if one.name == name)
    found = sorted({one for record in records for one in values(record, name) if "," not in one})
    if field.kind == "enum" and operator == "eq":
        return [*found, *(word for word in field.enum if word not in found)][:WORDS]
    if field.kind == "boolean":
        return ["true", "false"]
    if not found:
        return []
    if field.kind in {"number", "integer"}:
        found.sort(key=float)
    if operator == "in":
        return [f"{middle(found)},{middle(found, 0.2)}"]
    if operator == "contains":
        return [middle(found)[1:4].strip()]
    return [middle(found, 0.8 if operator in {"gt", "gte"} and not parameter.endswith("before") else 0.5)]


async def compare(world, subject, asked):
    """Ids that the filtered list has too much, too little, or twice."""
    query = query_from_object({**await world.given(subject), **asked}, mapping(subject).model)
    wanted = frozenset(name for name in query.requested() if name.partition(".")[2].partition(".")[0] not in parents(subject))
    test = record_test(query, wanted, mapping(subject).model)
    pool = await world.pool(subject)
    expected = {one["id"] for one in pool.values() if test(one)}
    found = [one["id"] for one in await world.read(subject, fields=few(subject), **asked)]
    problem = {
        "asked": asked,
        "too much": sorted(set(found) - expected)[:4],
        "too little": sorted(expected - set(found))[:4],
        "twice": len(found) - len(set(found)),
    }
    return (problem if problem["too much"] or problem["too little"] or problem["twice"] else None), len(expected)


@each(("subject", "parameter"), SINGLE, by=lambda case: case[0].provider, quick=QUICK)
async def test_native_filter(world, subject, parameter):
    records = (await world.pool(subject)).values()
    asked = asked_values(subject, parameter, records)
    if not asked:
        pytest.skip(f"no record of the stand-in has a value for {parameter}")
    results = [await compare(world, subject, {shown_parameter(parameter): value}) for value in asked]
    problems = [problem for problem, _ in results if problem]
    told = f"the provider selects others than the same condition on the mapped records, {problems}"
    mine = {parameter} & allowed("filters", subject)
    if problems or mine:
        require_known("filters", subject, ({parameter} if problems else set()) | (allowed("filters", subject) - mine), told)
    assert max(count for _, count in results) > 0


@each("subject", SEVERAL, ids=str, by=lambda one: one.provider, quick=QUICK)
async def test_two_filters(world, subject):
    """Neighbours in the list of parameters, asked for by values of one record, so that there is an answer."""
    record = middle(list((await world.pool(subject)).values()))
    possible = [(name, *target(subject, name)) for name in (*times(subject), *(one for one, _, _ in filters(subject)))]
    possible = [one for one in possible if values(record, one[1]) and one[0] not in FILTERS.get(str(subject), {})]
    pairs = [(one, other) for i, one in enumerate(possible) for other in possible[i + 1 :] if one[1] != other[1]]
    problems = []
    for pair in pairs[:: max(1, len(pairs) // PAIRS)]:
        asked = {shown_parameter(name): values(record, field)[0].partition(",")[0] for name, field, _ in pair}
        try:
            problem, _ = await compare(world, subject, asked)
        except UnsupportedFilter:
            continue
        problems += [problem] if problem else []
    assert problems == []


@each("subject", SEARCHED, ids=str, by=lambda one: one.provider, quick=QUICK)
async def test_search_finds_some_of_the_records(world, subject):
    pool = await world.pool(subject)
    record = middle(list(pool.values()))
    word = next(record[name] for name in ("name", "subject", "title", "id") if record.get(name)).split()[0]
    found = [one["id"] for one in await world.read(subject, search=word)]
    assert set(found) <= set(pool)
    assert len(found) == len(set(found))

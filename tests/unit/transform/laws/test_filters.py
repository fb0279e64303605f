"""Laws of conditions, over all mappings."""

import itertools

import msgspec

from tests.cases import each
from tests.unit.transform.laws.writes import path_of
from tests.world import catalog
from unified.errors.error import UnifiedError
from unified.errors.providers import NotSupported
from unified.errors.requests import UnsupportedFilter, ValidationFailed
from unified.transform.queries.filters import no_single_ids, record_test
from unified.transform.queries.query_reading import query_from_object
from unified.transform.requests import first_page


@each("name", catalog().mappings(), ids=" ".join)
def test_a_condition_on_a_part_of_the_path_is_never_left_to_the_path(name):
    mapping = catalog().compiled(*name)
    assert not mapping.list_calls.native_filters & {f"filter.{one}" for one in mapping.model.path_parameters}


LISTS = [one for name in catalog().mappings() if "list" in (one := catalog().compiled(*name)).operations]


@each("mapping", LISTS, ids=lambda one: f"{one.provider.name} {one.model.id}", by=lambda one: one.provider.name)
def test_an_id_in_a_condition_is_sent_as_it_is_or_refused(mapping):
    ids = {field.name for field in mapping.model.fields if field.kind == "id"}
    asked = [one.removeprefix("filter.") for one in mapping.list_calls.native_filters if one.removeprefix("filter.") in ids]
    for name, text in itertools.product(sorted(asked), ("007", "1e3", "0x1f")):
        query = query_from_object({**path_of(mapping), "filter": {name: text}}, mapping.model)
        try:
            if f"filter.{name}" not in mapping.list_for(query).native:
                continue  # of this call, Unified applies the condition itself
            request = first_page(mapping, query, {"account": {"settings": {}}})
        except UnifiedError:
            continue
        shown = msgspec.json.encode([request.path, request.query, None if request.body is msgspec.UNSET else request.body])
        assert text in shown.decode(), f"{name}: {text} is sent as {shown}"


@each("mapping", LISTS, ids=lambda one: f"{one.provider.name} {one.model.id}", by=lambda one: one.provider.name)
def test_a_condition_on_an_id_never_finds_records_of_other_ids(mapping):
    """Many providers read `1,2` as two ids and `*` as any: then the records are tested too, or the condition is refused."""
    ids = {field.name for field in mapping.model.fields if field.kind == "id"} & mapping.filled
    for name, text in itertools.product(sorted(ids), ("1,2", "*", "1|2", "1;2")):
        query = query_from_object({**path_of(mapping), "filter": {name: text}}, mapping.model)
        try:
            plan = mapping.list_for(query)
        except UnifiedError:
            continue
        assert f"filter.{name}" in plan.remaining, (name, text)
        test = record_test(query, plan.remaining, mapping.model)
        assert not any(test({name: one}) for one in ("1", "2", ["1", "2"], None))
        assert test({name: text})


@each("mapping", LISTS, ids=lambda one: f"{one.provider.name} {one.model.id}", by=lambda one: one.provider.name)
def test_a_condition_on_an_id_as_providers_have_them_is_left_to_the_provider(mapping):
    ids = {field.name for field in mapping.model.fields if field.kind == "id"} & mapping.filled
    for name, text in itertools.product(
        sorted(ids), ("007", "ada@example.com", "acme:web:7", "0a9f-1b", "b64/+=", "a.b_c", "Closed Won")
    ):
        query = query_from_object({**path_of(mapping), "filter": {name: text}}, mapping.model)
        assert not list(no_single_ids(query, mapping.model, mapping.filled))


@each("mapping", LISTS, ids=lambda one: f"{one.provider.name} {one.model.id}", by=lambda one: one.provider.name)
def test_the_ends_of_the_calendar_are_times_like_others(mapping):
    """Programs send them as times that are not set: the first one in Go and C#, the last one in C# too."""
    times, days = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"), ("0001-01-01", "9999-12-31")
    words = {"datetime": times, "date": (*times, *days), "due": (*times, *days)}
    moments = ("updated_after", "updated_before", "created_after", "created_before")
    asked = [{name: text} for name, text in itertools.product(moments, times)]
    for field, operator in itertools.product(mapping.model.fields, ("eq", "gt", "gte", "lt", "lte")):
        asked += [{"filter": {field.name: {operator: text}}} for text in words.get(field.kind, ())]
    for one in asked:
        query = query_from_object({**path_of(mapping), **one}, mapping.model)
        refusal = ""
        try:
            first_page(mapping, query, {"account": {"settings": {}}})
        except (UnsupportedFilter, NotSupported):
            continue
        except ValidationFailed as failure:
            refusal = str(failure)
        known = ("the list needs", "no setting", "does not reach any day")  # of windows: the service answers with an empty list
        assert not refusal or any(words in refusal for words in known)

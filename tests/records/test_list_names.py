"""Filters, orders and related records: what is listed works, what is not is refused with the list, and all lists are one.

The lists are those of `/schema`, of refusals, of tools and of docs/reference/models.md.
"""

import random
import re

import msgspec
import pytest

from tests.records.opened_lists import BY_KIND, MAPPINGS, asked, drawn, fitting, opened, passes
from tests.world import PROVIDERS, catalog, open_world
from unified.api.openapi.document import openapi_document
from unified.app.application import HANDLERS
from unified.errors.access import FieldHidden
from unified.errors.error import UnifiedError
from unified.errors.requests import UnsupportedField, UnsupportedFilter
from unified.models import MODELS
from unified.models.relations import relations
from unified.service.access.scope.scopes import CLASSES, METHOD_CLASSES, FieldScope, Scope
from unified.service.records.expand import check_expand
from unified.service.records.schemas.schemas import describe_schema
from unified.transform.list_options import model_options
from unified.transform.queries.filter_names import filter_names
from unified.transform.queries.query import OPERATORS, TIMES
from unified.transform.queries.query_reading import query_from_pairs
from unified.transform.tools import define, required_filters

WHOLE = Scope(methods=METHOD_CLASSES, fields=FieldScope(classes=CLASSES), writes="direct")
LISTED = re.compile(r"filter\[(\w+)\](?: \(([a-z, ]+)\))?")


@pytest.fixture
async def world(tmp_path):
    async with open_world(tmp_path, providers=PROVIDERS) as opened:
        yield opened


async def every_list(world, seed):
    """Every mapping's list as a caller with some scope has it, with its schema; with the whole scope for seed 0."""
    rng = random.Random(seed)
    for provider, model_id in MAPPINGS:
        model = MODELS[model_id]
        call = await opened(world, provider, model, drawn(rng, model) if seed else WHOLE)
        if "list" in call.mapping.methods and not required_filters(call.mapping) & call.visibility.hidden:
            schema = msgspec.to_builtins(describe_schema(call))
            if any(one["name"] == "list" for one in schema["methods"]):
                yield call, schema


def refusal(call, name, value=None):
    """The refusal of one parameter, or None."""
    try:
        passes(call, asked(call, name, value))
    except UnifiedError as problem:
        return problem
    return None


def named_in(text, model):
    """What a refusal lists: name → operators, and the other parameters."""
    listed = text.partition(f"Filters of {model.id}: ")[2]
    assert listed, text
    found = {name: tuple(some.split(", ")) if some else OPERATORS for name, some in LISTED.findall(listed)}
    rest = {one for one in LISTED.sub("", listed).split(", ") if one}
    return found, rest - {"none"}


async def test_a_refused_filter_lists_exactly_those_that_work(world):
    rng = random.Random(7)
    async for call, schema in every_list(world, 0):
        require_filters_as_listed(call, schema, lambda: ("eq", rng.choice(OPERATORS[1:])))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 3))
async def test_a_refused_filter_lists_exactly_those_that_work_within_scopes(world, seed):
    async for call, schema in every_list(world, seed):
        require_filters_as_listed(call, schema, lambda: OPERATORS)


def require_filters_as_listed(call, schema, tried):
    """What a refusal lists is the schema's list without hidden fields, and what works is what is listed."""
    model, hidden, provider = call.mapping.model, call.visibility.hidden, call.mapping.provider.name
    listed = {one["name"]: tuple(one["operators"]) for one in schema["filters"]}
    assert not {one["field"] for one in schema["filters"]} & hidden, (provider, model.id)
    problem = refusal(call, "filter[no_such_name]")
    assert isinstance(problem, UnsupportedFilter), (provider, model.id)
    assert named_in(problem.detail, model) == (listed, set(schema["parameters"])), (provider, model.id)
    for one in {one.name: one for one in filter_names(model).values()}.values():
        for name in tried():
            is_refused = refusal(call, f"filter[{one.name}][{name}]", value(model, one.field)) is not None
            assert is_refused is (name not in listed.get(one.name, ())), (provider, model.id, one.name, name)
    for name in (*TIMES, "search"):
        is_listed = name in schema["parameters"]
        assert (refusal(call, name, "2026-01-01T00:00:00Z") is None) is is_listed, (provider, model.id, name)


def value(model, name):
    """A value that every provider can write for a field."""
    field = next(one for one in model.fields if one.name == name)
    return fitting(model, name) if field.enum or field.kind in {*BY_KIND, "boolean"} else "1"


async def test_all_names_of_a_filter_are_one_condition(world):
    async for call, schema in every_list(world, 0):
        model = call.mapping.model
        for one in schema["filters"]:
            for other in one["also"]:
                asked_for = [
                    query_from_pairs([(f"filter[{name}]", value(model, one["field"]))], model) for name in (one["name"], other)
                ]
                assert asked_for[0].digest_parts() == asked_for[1].digest_parts()
                assert asked_for[0].root() == asked_for[1].root()
                assert refusal(call, f"filter[{other}]", value(model, one["field"])) is None
                assert "more than once" in str(repeated(model, one["name"], other)), (model.id, other)


def repeated(model, name, other):
    try:
        return query_from_pairs([(f"filter[{name}]", "1"), (f"filter[{other}][eq]", "1")], model)
    except UnifiedError as problem:
        return problem.errors


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
async def test_a_refused_order_lists_exactly_those_that_work(world, seed):
    rng = random.Random(seed)
    async for call, schema in every_list(world, seed):
        model = call.mapping.model
        problem = refusal(call, "sort", "no_such_name")
        assert isinstance(problem, UnsupportedFilter)
        if not call.visibility.is_bounded:
            shown = problem.detail.partition(f"Orders of {model.id}: ")[2].replace(" (with a filter or search)", "")
            assert shown == (", ".join(schema["sort"]) or "none"), (call.mapping.provider.name, model.id)
        others = rng.sample([field.name for field in model.fields], 3)
        for word in dict.fromkeys(one for name in (*schema["sort"], *others) for one in (name, f"-{name}".replace("--", ""))):
            if word in schema["sort_beside_filter"] and call.visibility.is_bounded:
                continue  # the filter that the boundary adds may be enough
            is_alone = word in schema["sort"] and word not in schema["sort_beside_filter"]
            assert (refusal(call, "sort", word) is None) is is_alone, (call.mapping.provider.name, model.id, word)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
async def test_a_refused_name_lists_exactly_those_that_expand(world, seed):
    async for call, schema in every_list(world, seed):
        model = call.mapping.model
        with pytest.raises(UnsupportedField) as caught:
            check_expand(call, ("no_such_name",))
        assert caught.value.detail.partition(f"Expandable of {model.id}: ")[2] == (", ".join(schema["expand"]) or "none")
        assert [one.pointer for one in caught.value.errors] == ["expand"]
        for name in relations(model):
            works = True
            try:
                check_expand(call, (name,))
            except UnifiedError:
                works = False
            assert works is (name in schema["expand"]), (call.mapping.provider.name, model.id, name)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
async def test_a_refused_field_names_no_hidden_one(world, seed):
    async for call, _ in every_list(world, seed):
        model, hidden = call.mapping.model, call.visibility.hidden
        problem = refusal(call, "fields", "no_such_name")
        assert isinstance(problem, UnsupportedField)
        listed = set(problem.detail.partition(f"Fields of {model.id}: ")[2].split(", "))
        assert listed == {field.name for field in model.fields} - hidden
        for name in hidden:
            assert isinstance(refusal(call, "fields", name), FieldHidden)


def test_the_document_has_the_same_names():
    mappings = [catalog().compiled(*one) for one in MAPPINGS]
    paths = openapi_document(HANDLERS, catalog())["paths"]
    listed = [(one["get"]["x-model"], one["get"]) for one in paths.values() if one.get("get", {}).get("x-method") == "list"]
    assert {name for name, _ in listed} == {one.model.id for one in mappings if one.lists}
    for name, operation in listed:
        takes = model_options(MODELS[name], mappings)
        inline = {one["name"]: one for one in operation["parameters"] if "name" in one}
        filters = {key.removesuffix("[eq]"): one["x-providers"] for key, one in inline.items() if key.startswith("filter[")}
        expected = {}
        for one in takes.filters:
            expected[f"filter[{one.name}]"] = {*one.emulated, *(key for key, words in one.native.items() if "eq" in words)}
            for operator in (word for words in one.native.values() for word in words if word != "eq"):
                having = {provider for provider, words in one.native.items() if operator in words}
                expected[f"filter[{one.name}][{operator}]"] = having
        assert {key: set(providers) for key, providers in filters.items()} == expected, name
        for parameter, key, names in (("sort", "x-sortable", takes.sort), ("expand", "x-expandable", takes.expand)):
            assert {one: set(having) for one, having in inline.get(parameter, {key: {}})[key].items()} == {
                one: set(having) for one, having in names.items()
            }, (name, parameter)


async def test_tools_and_pages_have_the_same_names(world):
    mappings = [catalog().compiled(*one) for one in MAPPINGS]
    models = {one.model.id: model_options(one.model, mappings) for one in mappings}
    async for call, schema in every_list(world, 0):
        provider, listed = call.mapping.provider.name, {one["name"]: one for one in schema["filters"]}
        takes = define(call.mapping, "list").input_schema["properties"]
        for name, condition in takes.get("filter", {"properties": {}})["properties"].items():
            operators = {key for form in condition.get("anyOf", [condition]) for key in form.get("properties", ())}
            assert operators <= set(listed[name]["operators"]), (provider, call.mapping.model.id, name)
        assert takes.get("sort", {"enum": []})["enum"] == list(schema["sort"])
        of_model = models[call.mapping.model.id]
        native = {one.name: one.native[provider] for one in of_model.filters if provider in one.native}
        assert native == {name: tuple(one["native"]) for name, one in listed.items() if one["native"]}
        assert {one.name for one in of_model.filters if provider in one.emulated} == {
            name for name, one in listed.items() if one["emulated"]
        }
        assert {name for name, providers in of_model.expand.items() if provider in providers} == set(schema["expand"])
        assert {name for name, providers in of_model.sort.items() if provider in providers} == set(schema["sort"])

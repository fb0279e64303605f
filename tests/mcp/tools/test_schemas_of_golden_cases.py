"""Schemas against what golden cases hold: records that come out, bodies and queries that go in."""

from pathlib import Path

import jsonschema
import msgspec

from tests.cases import each
from tests.world import catalog
from unified.authoring.golden.golden_files import golden_paths, read_golden
from unified.catalog.load import installed_folder
from unified.models import UPSERT, method_class
from unified.transform.tools import define

CATALOG = catalog()
GOLDEN = [read_golden(path) for path in golden_paths(installed_folder())]
STRICTER = {
    "a request in hours is made, approved at once": "null on a create",
    "a filter that the list cannot answer takes the report": "an operator that is done here, not by the provider",
    "a condition on links that search cannot answer leaves the plain list": "an operator that is done here",
    "an unknown status finds nothing": "a word that is not in the common enum",
    "numbers and dates are not quoted": "numbers as text",
    "in their order": "a boolean as text",
    "active ones by name": "a boolean as text",
    "filters go to the search, every value one literal": "a limit above 200",
}
"""Cases of which a tool takes less than a URL does, and what."""
CASES = [(golden, case) for golden in GOLDEN for case in golden.cases if case.fails is None and case.name not in STRICTER]
NOT_FOR_TOOLS = {"remote_query", "expand", "include_raw", "remote_fields"}


def ids(cases):
    return [f"{Path(golden.source.name).parent.name}-{golden.model}-{case.name}" for golden, case in cases]


def problems(schema, value):
    return [f"{one.json_path}: {one.validator}" for one in jsonschema.Draft202012Validator(schema).iter_errors(value)]


RECORDS = [one for one in CASES if one[1].record is not msgspec.UNSET]


@each(("golden", "case"), RECORDS, ids=ids(RECORDS), by=lambda case: case[0].provider)
def test_records_fit_what_a_tool_says_it_answers(golden, case):
    embedded = CATALOG.mapping(golden.provider, golden.model)
    record = embedded.read(case.record, "record", query=case.query, account=case.account, call=case.call)[0]
    for method in embedded.compiled.methods:
        if method in {"get", "create", "update", UPSERT} or method_class(method) == "custom":
            data = define(embedded.compiled, method).output_schema["properties"]["data"]
            assert problems(data, msgspec.to_builtins(record)) == []


BODIES = [
    one
    for one in CASES
    if one[1].write is not None and one[1].error is None and one[1].fails is None and not NOT_FOR_TOOLS & set(one[1].write)
]


@each(("golden", "case"), BODIES, ids=ids(BODIES), by=lambda case: case[0].provider)
def test_bodies_that_are_sent_fit_the_arguments(golden, case):
    mapping = CATALOG.compiled(golden.provider, golden.model)
    method = "update" if case.id is not None and case.operation == "create" else case.operation
    named = {"by": case.by} if method == UPSERT else {} if method == "create" else {"id": case.id or "1"}
    given = dict(case.write) | named
    schema = define(mapping, method).input_schema
    assert [one for one in problems(schema, given) if not one.endswith(": required")] == []


LISTS = [one for one in CASES if one[1].list is not None and not NOT_FOR_TOOLS & set(one[1].list)]


def as_arguments(query):
    """A query of a golden case, which may be written as a URL is, as a tool takes it."""
    filters = {
        name: {key: one.split(",") if key == "in" and isinstance(one, str) else one for key, one in value.items()}
        if isinstance(value, dict)
        else value
        for name, value in query.get("filter", {}).items()
    }
    made = {**query, **({"filter": filters} if filters else {})}
    if isinstance(made.get("fields"), str):
        made["fields"] = made["fields"].split(",")
    return made | ({"limit": int(made["limit"])} if "limit" in made else {})


@each(("golden", "case"), LISTS, ids=ids(LISTS), by=lambda case: case[0].provider)
def test_queries_that_are_sent_fit_the_arguments(golden, case):
    mapping = CATALOG.compiled(golden.provider, golden.model)
    assert problems(define(mapping, "list").input_schema, as_arguments(case.list)) == []

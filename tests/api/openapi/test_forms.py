"""What a schema of the document refuses, the product refuses: each form is compared with the check that it is made of."""

import re

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.api.openapi.reading import DOCUMENT, OPERATIONS, SCHEMAS, parameters, resolved
from tests.sizes import examples
from unified.api.openapi.schemas import forms
from unified.errors.requests import MalformedRequest, ValidationFailed
from unified.models import MODELS
from unified.service.batch import MAX_ITEMS, TAKEN, BatchItem, _check
from unified.service.records.reading.versions import is_version
from unified.service.records.writing.write_keys import check_key
from unified.service.validation import checked_external_id, checked_link_external_id, checked_name
from unified.settings.settings import Settings
from unified.transform.queries.query_reading import query_from_pairs
from unified.transport.webhook_client import check_webhook_url

REFUSALS = (MalformedRequest, ValidationFailed)


def refuses(check):
    """Whether a check raises, or answers False."""

    def run(text):
        try:
            return check(text) is False
        except REFUSALS:
            return True

    return run


def of_query(name, model="crm.opportunities"):
    return lambda text: query_from_pairs([(name, text)], MODELS[model])


def of_if_match(text):
    return text == "*" or (len(text) > 1 and text[0] == text[-1] == '"' and is_version(text[1:-1]))


CHECKS = {
    "IDEMPOTENCY_KEY": (forms.IDEMPOTENCY_KEY, check_key),
    "IF_MATCH": (forms.IF_MATCH, of_if_match),
    "NAME": (forms.NAME, checked_name),
    "EXTERNAL_ID": (forms.EXTERNAL_ID, checked_external_id),
    "LINK_EXTERNAL_ID": (forms.LINK_EXTERNAL_ID, checked_link_external_id),
    "WEBHOOK_URL": (forms.WEBHOOK_URL, lambda text: check_webhook_url(text, Settings())),
    "NAMES": (forms.NAMES, of_query("fields")),
    "TIME": (forms.TIME, of_query("filter[close_date]")),
    "VALUES": (forms.VALUES, of_query("filter[name][in]")),
    "times": (forms.listed_times(), of_query("filter[close_date][in]")),
    "numbers": (forms.listed_numbers(), of_query("filter[amount][in]")),
}
"""A schema, and what checks such a value."""
TEXTS = (
    st.text(max_size=12)
    | st.text("0123456789-T:Z+., eE", max_size=26)
    | st.text('ab,* "\\\t', max_size=8)
    | st.sampled_from(["x" * 199, "x" * 200, "x" * 201, "x" * 256, "x" * 501, f'"{"x" * 601}"', "x" * 10_001, " ", ",", "\n"])
    | st.from_regex(r"https?://[a-z]{1,5}\.[a-z]{2}[ /#\\a]?", fullmatch=True)
    | st.dates().map(str)
    | st.floats().map(str)
)


@pytest.mark.parametrize("name", CHECKS)
def test_the_product_refuses_the_same_values_as_the_schema(name):
    schema, check = CHECKS[name]
    validator = jsonschema.Draft202012Validator(schema)

    @settings(max_examples=examples(300))
    @given(TEXTS)
    @example("")
    def run(text):
        assert validator.is_valid(text) or refuses(check)(text), text

    run()


WORDS = st.lists(st.sampled_from(["owner", "account", "bogus", "", " ", "owner account"]), max_size=4).map(",".join)


@settings(max_examples=examples(200))
@given(WORDS)
def test_names_of_a_closed_set_are_separated_as_the_product_does(text):
    """An expression over known names takes a list of them, with the spaces and empty parts that the product leaves out."""
    names = {one.strip() for one in text.split(",")} - {""}
    is_valid = jsonschema.Draft202012Validator(forms.some_of(("owner", "account"))).is_valid(text)
    assert is_valid == (bool(names) and names <= {"owner", "account"})


def items():
    keys = {"id": st.text(max_size=2), "by": st.just("email"), "data": st.just({})}
    return st.fixed_dictionaries({"op": st.sampled_from([*TAKEN])}, optional=keys)


@settings(max_examples=examples(200))
@given(items())
def test_an_item_of_a_batch_fits_the_shape_of_its_operation_and_no_other(item):
    fitting = [op for op in TAKEN if jsonschema.Draft202012Validator(SCHEMAS[f"Batch{op.capitalize()}"]).is_valid(item)]
    taken = not refuses(lambda given: _check(0, BatchItem(**given)))(item)
    assert fitting == ([item["op"]] if taken else [])


def test_batches_have_their_bounds():
    assert (
        SCHEMAS["BatchBody"]["properties"]["items"] | {"minItems": 1, "maxItems": MAX_ITEMS}
        == SCHEMAS["BatchBody"]["properties"]["items"]
    )


def test_every_text_of_a_request_has_a_form():
    """Parameters that any text is right for are named here; a new one gets a form or a reason."""
    free = {
        "search",
        "tags",
        "methods",
        "name",
        "external_id",
        "provider",
        "actor",
        "model",
        "request_id",
        "server",
        "path",
        "id",
        "account_id",
    }
    bare = {
        f"{one['name']} of {operation['operationId']}"
        for _, _, operation in OPERATIONS
        for one in parameters(operation)
        if one["schema"].get("type") == "string" and not {"pattern", "format", "enum", "minLength"} & one["schema"].keys()
        if one["name"] not in free and not one["name"].startswith("filter[")
    }
    assert bare == set()


def test_expressions_are_read_alike_everywhere():
    """What only Python reads, such as `\\Z`, other readers of the document refuse."""
    for _, _, operation in OPERATIONS:
        for one in parameters(operation):
            pattern = one["schema"].get("pattern", "")
            assert re.compile(pattern)
            assert not re.search(r"\\[AZzpPdDwW]|\(\?[^:]", pattern), pattern


def test_every_operation_has_a_description():
    assert [one["operationId"] for _, _, one in OPERATIONS if not one.get("description")] == []


def test_links_lead_to_operations_that_take_what_they_carry():
    """A stateful tester, or a program, finds from what is made or listed what can be done with it."""
    by_id = {one["operationId"]: (path, verb, one) for path, verb, one in OPERATIONS}
    linked = set()
    for _, _, operation in OPERATIONS:
        for answer in map(resolved, operation["responses"].values()):
            for link in answer.get("links", {}).values():
                path, _, target = by_id[link["operationId"]]
                taken = {one["name"] for one in parameters(target)}
                assert set(link["parameters"]) <= taken, link
                assert set(re.findall(r"\{(\w+)\}", path)) <= set(link["parameters"]), link
                linked.add(link["operationId"])
    reachable = {
        one["operationId"]
        for path, verb, one in OPERATIONS
        if path.endswith("/{id}") and verb == "get" and "get" in DOCUMENT["paths"].get(path.removesuffix("/{id}"), {})
    }
    assert reachable <= linked
    assert {"update_crm_contact", "delete_crm_contact", "delete_webhook"} <= linked


def test_the_operator_is_the_contact():
    assert DOCUMENT["info"]["contact"]["name"]

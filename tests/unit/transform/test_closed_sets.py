"""A condition on a field with a closed set of values takes these values and no other, whatever the model, name and operator."""

import pytest

from unified.errors.requests import ValidationFailed
from unified.models import MODELS
from unified.transform.queries.filter_names import field_of, filter_names
from unified.transform.queries.query import OPERATORS
from unified.transform.queries.query_reading import query_from_object, query_from_pairs

OPERATORS_OF_VALUES = [one for one in OPERATORS if one != "contains"]
WRONG = {"country": "Deutschland", "currency": "euro", "boolean": "yes", "number": "a lot", "integer": "1..2", "date": "today"}
CLOSED = [
    (model, name, field)
    for model in MODELS.values()
    for name in filter_names(model)
    for field in model.fields
    if field.name == field_of(name, model) and (field.enum or field.kind in WRONG)
]


def problems(model, pair, read=query_from_pairs):
    with pytest.raises(ValidationFailed) as caught:
        read(pair, model)
    return [(one.pointer, one.message) for one in caught.value.errors]


def good(field):
    if field.enum:
        return field.enum[0]
    fitting = {"country": "DE", "currency": "EUR", "boolean": "true", "number": "1", "integer": "1", "date": "2026-01-31"}
    return fitting[field.kind]


def test_there_are_closed_sets_in_every_category():
    assert {model.category for model, _, field in CLOSED if field.enum} == {"crm", "hris", "ticketing"}


@pytest.mark.parametrize("operator", OPERATORS_OF_VALUES)
def test_a_value_outside_of_a_closed_set_is_refused_by_name(operator):
    for model, name, field in CLOSED:
        key = f"filter[{name}][{operator}]"
        for wrong in ("", "no_such_word", WRONG.get(field.kind, "%")):
            found = problems(model, [(key, wrong)])
            assert [pointer for pointer, _ in found] == [key], (model.id, key, wrong)


def test_one_wrong_value_among_right_ones_is_not_left_out():
    for model, name, field in CLOSED:
        for wrong in ("", "no_such_word"):
            for given in (f"{good(field)},{wrong}", f"{wrong},{good(field)}"):
                assert len(problems(model, [(f"filter[{name}][in]", given)])) == 1, (model.id, name, given)
            listed = {"filter": {name: {"in": [good(field), wrong]}}}
            assert len(problems(model, listed, query_from_object)) == 1, (model.id, name)


def test_a_misspelt_word_is_answered_with_the_nearest_and_the_known_ones():
    for model, name, field in CLOSED:
        for word in field.enum:
            misspelt = word[:-1] + "~"
            ((_, message),) = problems(model, [(f"filter[{name}]", misspelt)])
            assert message.startswith("unknown value."), message
            assert message.endswith(f"Known: {', '.join(field.enum)}"), message
    ((_, message),) = problems(MODELS["crm.opportunities"], [("filter[status]", "opn")])
    assert message == "unknown value. Did you mean 'open'? Known: open, won, lost, other"


def test_words_and_codes_are_taken_in_either_case_as_comparisons_do():
    for model, name, field in CLOSED:
        if field.enum or field.kind in {"country", "currency"}:
            for written in (good(field).upper(), good(field).lower()):
                (condition,) = query_from_pairs([(f"filter[{name}]", written)], model).filters
                assert condition.value == good(field), (model.id, name)


def test_a_number_that_no_double_can_hold_is_refused_whatever_the_field():
    for model, name, field in CLOSED:
        if field.kind in {"number", "integer"}:
            for text in ("9" * 300 + "e99", "-" + "9" * 290 + "E+50"):
                assert "a double can hold" in problems(model, [(f"filter[{name}]", text)])[0][1]

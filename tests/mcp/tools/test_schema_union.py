"""A tool of several providers takes what one of them takes, and promises no more than all of them."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.sizes import FULL_SIZE, examples
from tests.world import catalog
from unified.service.tools.schema_union import merge_definitions, union_schema
from unified.transform.tools import define, documented

KEYWORDS = st.fixed_dictionaries(
    {},
    optional={
        "description": st.sampled_from(["a", "b"]),
        "enum": st.lists(st.sampled_from(["a", "b", "c", 1, None]), min_size=1, max_size=3, unique=True),
    },
)
SCALARS = st.builds(
    lambda more, given: {**more, **({"type": given} if given else {})},
    KEYWORDS,
    st.sampled_from([None, "string", "integer", ["string", "null"], "boolean"]),
) | st.builds(lambda low, high: {"type": "integer", "minimum": low, "maximum": high}, st.integers(0, 3), st.integers(4, 9))


def objects(inner):
    properties = st.dictionaries(st.sampled_from("xyz"), inner, min_size=1, max_size=3)
    return st.builds(
        lambda parts, needed, least: {
            "type": "object",
            "properties": parts,
            "additionalProperties": False,
            **({"required": sorted(set(needed) & set(parts))} if needed else {}),
            **({"minProperties": least} if least else {}),
        },
        properties,
        st.lists(st.sampled_from("xyz"), max_size=2),
        st.integers(0, 1),
    )


def arrays(inner):
    return st.builds(lambda items, most: {"type": "array", "items": items, "maxItems": most}, inner, st.integers(1, 3))


SCHEMAS = st.recursive(
    SCALARS,
    lambda inner: (
        objects(inner) | arrays(inner) | st.builds(lambda forms: {"anyOf": forms}, st.lists(inner, min_size=1, max_size=2))
    ),
    max_leaves=8,
)
VALUES = st.recursive(
    st.sampled_from(["a", "b", "c", 1, 5, None, True]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyzw"), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=examples(1500 if FULL_SIZE else 300))
@given(SCHEMAS, SCHEMAS, VALUES)
def test_what_fits_one_of_two_schemas_fits_both_made_into_one(ours, theirs, value):
    made = Draft202012Validator(union_schema(ours, theirs))
    for schema in (ours, theirs):
        if Draft202012Validator(schema).is_valid(value):
            assert made.is_valid(value)


@given(SCHEMAS)
def test_two_equal_schemas_are_one(schema):
    assert union_schema(schema, schema) == schema


@pytest.mark.parametrize(
    ("ours", "theirs", "made"),
    [
        ({"type": "string"}, {"type": "string", "description": "d"}, {"type": "string"}),
        ({"enum": ["a"]}, {"enum": ["b", "a"]}, {"enum": ["a", "b"]}),
        ({"type": "string", "enum": ["a"]}, {"type": "string"}, {"type": "string"}),
        ({"type": "string"}, {"type": ["string", "null"]}, {"type": ["string", "null"]}),
        ({"type": "string"}, {"type": "integer"}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False},
            {
                "type": "object",
                "properties": {"a": {"type": "string"}, "b": {}},
                "required": ["a", "b"],
                "additionalProperties": False,
            },
            {
                "type": "object",
                "properties": {"a": {"type": "string"}, "b": {}},
                "required": ["a"],
                "additionalProperties": False,
            },
        ),
        (
            {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"in": {}}}]},
            {"type": "object", "properties": {"gt": {}}},
            {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"in": {}, "gt": {}}}]},
        ),
    ],
)
def test_schemas_are_widened_where_they_differ(ours, theirs, made):
    assert union_schema(ours, theirs) == made


def pairs():
    """Operations that two installed providers offer."""
    found = {}
    for provider, model in catalog().mappings():
        mapping = catalog().compiled(provider, model)
        for method in mapping.methods:
            if documented(mapping, method):
                found.setdefault((model, method), []).append(define(mapping, method))
    return [pytest.param(several, id=f"{method} {model}") for (model, method), several in found.items() if len(several) > 1]


@pytest.mark.parametrize("several", pairs())
def test_installed_tools_of_several_providers_become_one(several):
    made = merge_definitions(several)
    Draft202012Validator.check_schema(made.input_schema)
    assert made.input_schema["type"] == "object"
    for one in several:
        assert set(one.input_schema["properties"]) <= set(made.input_schema["properties"])
        assert set(made.input_schema.get("required", ())) <= set(one.input_schema.get("required", ()))
        assert made.annotations["destructiveHint"] or not one.annotations["destructiveHint"]
        assert one.annotations["readOnlyHint"] or not made.annotations["readOnlyHint"]
        assert made.digest != one.digest
    assert made.digest == merge_definitions(several[::-1]).digest
    assert len(made.description) <= 1_000
    for one in several:
        assert one.description.partition(".")[0] in made.description


def test_a_change_of_one_changes_the_digest_of_both():
    several = pairs()[0].values[0]
    changed = [msgspec.structs.replace(several[0], digest="sha256:" + "0" * 64), *several[1:]]
    assert merge_definitions(changed).digest != merge_definitions(several).digest


def test_one_alone_stays_as_it_is():
    only = pairs()[0].values[0][0]
    assert merge_definitions([only]) is only


def described(*texts: str) -> str:
    """The description of a tool of several providers, made of theirs."""
    one = pairs()[0].values[0][0]
    return merge_definitions([msgspec.structs.replace(one, description=text) for text in texts]).description


def test_short_descriptions_are_whole_and_said_once():
    assert described("List in A. A thing. Of A.", "List in B. A thing.") == "List in A. A thing. Of A. List in B."


def test_long_descriptions_share_the_room():
    long = " ".join(["word"] * 150)
    made = described(f"List in A. A thing. {long}.", f"List in B. A thing. {long}s.", "List in C. A thing. Of C.")
    assert 980 < len(made) <= 1_000
    first, rest = made.removeprefix("List in A. A thing. ").split(" List in B. ")
    second, third = rest.split(" List in C. ")
    assert third == "Of C."
    assert abs(len(first) - len(second)) <= 2 * len("word ")
    assert first.endswith("word…")
    assert second.endswith("word…")


def test_no_room_is_left_if_names_take_it_all():
    made = described(*(f"List in {'A' * 40}{n} of many. Of {n} only." for n in range(20)))
    assert len(made) <= 1_000
    assert made.startswith("List in AAAA")

"""Enums: one table that is read, written and offered by."""

import pytest

from unified.errors.configuration import CatalogError
from unified.errors.requests import ValidationFailed
from unified.transform.compilation.enums import compile_enums, enum_functions, native_words
from unified.transform.refusal import ValueRefused
from unified.transform.tools.inputs import input_schema
from unified_jsonata import UNDEFINED

ROWS = {
    "status": {"open": ("NEW", "OPEN"), "completed": "DONE", "deferred": 3, "cancelled": None},
    "priority": {"high": "HIGH", "urgent": ("HIGH", "TOP")},
}
ENUMS = compile_enums(ROWS)
TO_COMMON, TO_NATIVE = (enum_functions(ENUMS, {"priority": "urgency"})[name] for name in ("toCommon", "toNative"))
MAPPING = """\
enums:
  status: {open: [NEW, OPEN], completed: DONE}
record: |
  {"id": id, "status": $toCommon("status", state, "other")}
write: |
  {"state": $toNative("status", status), "title": subject}
create: {request: POST /tasks}
update: {request: "PATCH /tasks/{id}"}
"""


@pytest.mark.parametrize(
    ("word", "common"),
    [
        ("NEW", "open"),
        ("open", "open"),
        ("DONE", "completed"),
        (3, "deferred"),
        ("3", "deferred"),
        ("HIGH", "other"),
        ("", None),
    ],
)
def test_a_native_word_is_read_in_any_case(word, common):
    assert TO_COMMON("status", word, "other") == common


def test_nothing_is_read_as_null_and_an_unknown_word_as_null_without_a_default():
    assert [TO_COMMON("status", word) for word in (None, UNDEFINED, "?")] == [None] * 3


def test_a_native_word_of_two_common_ones_is_read_as_the_first():
    assert TO_COMMON("priority", "HIGH") == "high"
    assert TO_COMMON("priority", "top") == "urgent"


@pytest.mark.parametrize(("word", "native"), [("open", "NEW"), ("deferred", 3), ("cancelled", None), (None, None)])
def test_the_first_native_word_is_written(word, native):
    assert TO_NATIVE("status", word) == native


def test_a_missing_word_stays_missing():
    assert TO_NATIVE("status", UNDEFINED) is UNDEFINED


def test_conditions_get_every_native_word():
    assert native_words(ENUMS["status"], "open") == ("NEW", "OPEN")
    assert native_words(ENUMS["status"], "deferred") == ("3",)
    assert native_words(ENUMS["status"], "other") == ()


def test_a_later_file_replaces_a_table():
    assert compile_enums(ROWS, {"status": {"open": "A"}})["status"].written == {"open": "A"}


def test_a_word_that_the_table_lacks_is_refused_with_the_words_that_can_be_written(catalog):
    mapping = catalog(MAPPING, "crm.tasks").mapping("acme", "crm.tasks")
    with pytest.raises(ValidationFailed, match=r"^/status: expected one of open, completed$") as caught:
        mapping.write({"status": "deferred"})
    assert caught.value.errors[0].pointer == "/status"
    assert mapping.write({"status": "open"}) == {"state": "NEW"}
    assert mapping.write({"subject": "x"}, "update") == {"title": "x"}
    assert mapping.write({"status": None}, "update") == {"state": None}


def test_the_refused_field_is_the_one_that_is_read_or_named(catalog):
    text = (
        MAPPING.replace('"status"', '"state"')
        .replace("status: {", "state: {")
        .replace('"state": $toCommon', '"status": $toCommon')
    )
    mapping = catalog(text, "crm.tasks").mapping("acme", "crm.tasks")
    with pytest.raises(ValidationFailed, match=r"^/status: expected one of open, completed$"):
        mapping.write({"status": "deferred"})
    with pytest.raises(ValueRefused) as caught:
        TO_NATIVE("priority", "low")
    assert caught.value.field == "urgency"
    with pytest.raises(ValueRefused) as caught:
        TO_NATIVE("priority", "low", "importance")
    assert caught.value.field == "importance"


def test_tools_offer_only_the_words_that_can_be_written(catalog):
    mapping = catalog(MAPPING, "crm.tasks").compiled("acme", "crm.tasks")
    properties = input_schema(mapping, "update", frozenset())["properties"]
    assert properties["status"]["enum"] == ["open", "completed", None]
    assert mapping.write_calls.writable_words("delete") == {}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"title": subject',
            '"title": $toNative("status", priority)',
            "6:51: `status` is written for `status` and `priority`: name the field as the third argument of `$toNative`",
        ),
        ('$toCommon("status"', '$toCommon("stats"', "4:34: no enum is called `stats`. Did you mean 'status'? Known: status"),
        ('$toNative("status"', "$toNative(subject", "6:13: `$toNative` needs the name of an enum as text"),
        (
            "completed: DONE",
            "complete: DONE",
            "2:11: `status` cannot be `complete`. Did you mean 'completed'? Words of the field: open",
        ),
    ],
)
def test_a_mistaken_enum_is_an_error_of_the_file(catalog, old, new, message):
    with pytest.raises(CatalogError) as caught:
        catalog(MAPPING.replace(old, new), "crm.tasks")
    assert message in str(caught.value)

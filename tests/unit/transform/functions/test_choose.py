"""Choosing among values, entries and keys."""

import pytest

from unified.transform.functions import choose
from unified_jsonata import UNDEFINED

EMAILS = [{"email": "a", "type": "home"}, {"email": "b", "type": "work"}, {"email": "c", "is_primary": True}]


def test_coalesce_skips_what_is_empty_but_not_zero_and_false():
    assert choose.coalesce(UNDEFINED, None, "", 0) == 0
    assert choose.coalesce(None, False, "a") is False
    assert choose.coalesce(None, []) == []


def test_coalesce_of_nothing_is_missing_only_when_all_are():
    assert choose.coalesce(UNDEFINED, UNDEFINED) is UNDEFINED
    assert choose.coalesce(UNDEFINED, None) is None
    assert choose.coalesce("", UNDEFINED) is None


@pytest.mark.parametrize(
    ("word", "expected"),
    [("OPEN", "o"), ("open", "o"), ("straße", "s"), (1, "one"), (1.0, "one"), (True, "yes"), ("?", None)],
)
def test_enum_finds_words_in_any_case(word, expected):
    table = {"open": "o", "STRASSE": "s", "1": "one", "True": "yes"}
    assert choose.enum(word, table) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *[(one, True) for one in (True, 1, "1", "true", "TRUE", " yes ", "Y", "on")],
        *[(one, False) for one in (False, 0, "0", "false", "No", "n", "OFF")],
        *[(one, None) for one in (None, "", "2", "perhaps", 2)],
        (UNDEFINED, UNDEFINED),
    ],
)
def test_a_flag_is_true_false_or_nothing(value, expected):
    assert choose.flag(value) is expected


def test_a_flag_is_not_a_list():
    with pytest.raises(ValueError, match=r"\$flag: expected text, a number or a boolean, got a list"):
        choose.flag(["1"])


def test_enum_prefers_the_exact_word():
    assert choose.enum("a", {"A": 1, "a": 2}) == 2


def test_enum_default_is_for_unknown_words_only():
    assert choose.enum("x", {"a": 1}, "other") == "other"
    assert [choose.enum(word, {"a": 1}, "other") for word in (None, "")] == [None] * 2


def test_enum_of_a_missing_word_stays_missing():
    assert choose.enum(UNDEFINED, {"a": 1}, "other") is UNDEFINED


def test_enum_needs_a_table():
    with pytest.raises(ValueError, match=r"^\$enum: expected an object as table, got nothing$"):
        choose.enum("a", UNDEFINED)


def test_entry_by_type():
    assert choose.entry(EMAILS, "email", "work") == "b"
    assert choose.entry(EMAILS, "email", "other") is None


def test_entry_without_type_is_the_primary_else_the_first():
    assert choose.entry(EMAILS, "email") == "c"
    assert choose.entry(EMAILS[:2], "email") == "a"
    assert choose.entry(EMAILS[0], "email") == "a"


def test_entry_leaves_missing_alone_and_clears_with_null():
    assert choose.entry(UNDEFINED, "email", "work") is UNDEFINED
    assert choose.entry(None, "email") is None
    assert choose.entry([], "email") is None
    assert choose.entry([{"type": "work"}], "email", "work") is None


def test_compact_keeps_false_zero_and_nested_empties():
    assert choose.compact({"a": False, "b": 0, "c": {"d": None}, "e": {}, "f": []}) == {"a": False, "b": 0, "c": {"d": None}}


def test_pick_and_omit_take_one_key_or_several():
    record = {"a": 1, "b": None, "c": 3}
    assert choose.pick(record, "b") == {"b": None}
    assert choose.pick(record, ["c", "zz"]) == {"c": 3}
    assert choose.omit(record, ["a", "zz"]) == {"b": None, "c": 3}


def test_key_by_takes_exact_ids_and_leaves_out_objects_without_one():
    big = 9007199254740993
    assert choose.key_by([{"id": big}, {"id": None}, {}], "id") == {str(big): {"id": big}}
    assert choose.key_by([{"id": 1, "n": 1}, {"id": "1", "n": 2}], "id")["1"]["n"] == 2


def test_group_by_keeps_order_and_lists_of_one():
    assert choose.group_by([{"t": True}, {"t": "x"}, {"t": "x", "n": 1}], "t") == {
        "true": [{"t": True}],
        "x": [{"t": "x"}, {"t": "x", "n": 1}],
    }


def test_key_by_refuses_lists_of_other_things():
    with pytest.raises(ValueError, match=r"^\$keyBy: expected a list of objects, got text$"):
        choose.key_by(["a"], "id")


def test_after_and_before():
    assert choose.after("a/b/c", "/") == "c"
    assert choose.before("a/b/c", "/") == "a"
    assert choose.after("abc", "/") == choose.before("abc", "/") == "abc"
    with pytest.raises(ValueError, match=r"^\$after: expected a separator of one or more characters, got empty text$"):
        choose.after("a", "")


@pytest.mark.parametrize(("value", "expected"), [(None, []), (UNDEFINED, []), ("a", ["a"]), ([], []), ([None], [None])])
def test_list(value, expected):
    assert choose.list_(value) == expected

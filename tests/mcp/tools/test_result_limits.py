"""Values are bounded one by one, and a record that is too large by itself is cut where it is largest."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified.service.tools.result_limits import (
    DEFAULT_BOUNDS,
    ELLIPSIS,
    RESERVED,
    LimitCounters,
    ResultBuilder,
    encode_if_possible,
    encode_page,
    limit_record,
    limit_value,
    result_envelope,
    shorten_record,
    size_of,
)
from unified.service.tools.result_shape import ResultShape

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab\u200b\u0301", max_size=3), inner, max_size=4),
    max_leaves=15,
)
SHAPE = ResultShape(fields=frozenset({"id", "name"}), free=())


def cut(value):
    counters = LimitCounters()
    return limit_value(value, counters), counters.truncated, counters.removed


def deep(levels):
    value = "end"
    for _ in range(levels):
        value = {"in": value}
    return value


def test_a_long_text_ends_with_an_ellipsis():
    shown, truncated, removed = cut("x" * (DEFAULT_BOUNDS.text + 1))
    assert (len(shown), shown[-1], truncated, removed) == (DEFAULT_BOUNDS.text, ELLIPSIS, True, 0)
    assert cut("x" * DEFAULT_BOUNDS.text) == ("x" * DEFAULT_BOUNDS.text, False, 0)


def test_what_grows_by_composing_is_cut_again():
    shown, truncated, _ = cut("\u0958" * DEFAULT_BOUNDS.text)
    assert len(shown) == DEFAULT_BOUNDS.text
    assert truncated


def test_long_lists_and_large_objects_are_cut():
    assert cut(list(range(1001))) == (list(range(1000)), True, 0)
    shown, truncated, _ = cut({f"k{n}": n for n in range(10_000)})
    assert (len(shown), shown["k499"], truncated) == (500, 499, True)


@pytest.mark.parametrize(("levels", "truncated"), [(20, False), (21, True), (900, True)])
def test_depth_is_bounded(levels, truncated):
    shown, told, _ = cut(deep(levels))
    assert told is truncated
    assert shown == (deep(levels) if not truncated else _emptied(20))


def _emptied(levels):
    value = {}
    for _ in range(levels):
        value = {"in": value}
    return value


def test_keys_are_cleaned_and_bounded_too():
    assert cut({"a\u200bb": 1}) == ({"ab": 1}, False, 1)
    shown, truncated, _ = cut({"k" * 1000: 1})
    assert (list(shown), truncated) == (["k" * 199 + ELLIPSIS], True)


def test_of_two_keys_that_read_alike_the_first_stays():
    assert cut({"role": "user", "ro\u200ble": "admin"}) == ({"role": "user"}, True, 1)


@pytest.mark.slow
@given(st.dictionaries(st.text("abc", max_size=3), VALUES, max_size=5))
def test_a_record_looked_at_as_a_whole_comes_out_as_one_looked_at_value_by_value(record):
    whole, one_by_one = LimitCounters(), LimitCounters()
    shown, encoded = limit_record(record, encode_if_possible(record), whole)
    assert (shown, whole) == (limit_value(record, one_by_one), one_by_one)
    assert msgspec.json.decode(encoded) == shown


@pytest.mark.parametrize(
    "record",
    [{"list": [0] * 1001}, {"object": {str(n): 0 for n in range(501)}}, {"deep": deep(30)}, {"k" * 201: 0}, {"x": "\ud800"}],
)
def test_a_small_record_with_too_many_parts_is_not_passed_at_a_glance(record):
    counters = LimitCounters()
    shown, _ = limit_record(record, encode_if_possible(record), counters)
    assert shown != record
    assert counters.truncated or counters.removed


def test_a_large_record_is_cut_where_it_is_largest():
    record = {"id": "1", "name": "Ada", "notes": "n" * 19_000, "description": "d" * 10_000, "tags": ["t"] * 900}
    counters = LimitCounters()
    shown = shorten_record(record, 12_000, counters)
    assert size_of(shown) <= 12_000
    assert counters.truncated
    assert (shown["id"], shown["name"]) == ("1", "Ada")
    assert shown["notes"].endswith(ELLIPSIS)


def test_ids_are_never_cut():
    record = {"id": "i" * 300, "remote_id": "r" * 300, **{f"f{n}": "x" * 5_000 for n in range(20)}}
    shown = shorten_record(record, 3_000, LimitCounters())
    assert (shown["id"], shown["remote_id"]) == ("i" * 300, "r" * 300)


def test_a_sheet_ends_before_the_first_record_that_does_not_fit():
    builder = ResultBuilder(SHAPE, 1_000 + RESERVED)
    taken = [builder.append({"id": str(n), "name": "x" * 180, "other": "y" * 9_000}) for n in range(6)]
    assert taken == [True] * 4 + [False] * 2
    records = [msgspec.json.decode(one) for one in builder.records]
    assert [one["id"] for one in records] == ["0", "1", "2", "3"]
    assert all(set(one) == {"id", "name"} for one in records)
    assert builder.counters.truncated


def test_the_first_record_is_taken_and_cut_to_the_size():
    builder = ResultBuilder(SHAPE, 1_000 + RESERVED)
    assert builder.append({"id": "1", "name": "x" * 5_000})
    assert size_of(builder.records) <= 1_000
    assert not builder.append({"id": "2", "name": "x"})


def test_a_result_with_a_huge_cursor_still_fits():
    records = [{"id": str(n), "text": "x" * 3_000} for n in range(10)]
    written = [msgspec.Raw(msgspec.json.encode(one)) for one in records]
    result = result_envelope("acme", written, LimitCounters(), cursor="c" * 12_000)
    assert size_of(result) > 32_768
    encoded = encode_page(result, 32_768)
    assert len(encoded) <= 32_768
    shown = msgspec.json.decode(encoded)
    assert shown["truncated"]
    assert [one["id"] for one in shown["data"]] == [one["id"] for one in records]
    assert shown["next_cursor"] == "c" * 12_000

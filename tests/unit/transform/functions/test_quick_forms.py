"""The quick forms of functions give what their definitions give, for usual values and for any others."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.sizes import examples
from unified.transform.compilation import custom_function as compiling
from unified.transform.compilation.enums import compile_enums, enum_functions
from unified.transform.functions.choose import coalesce
from unified.transform.functions.typed import typed
from unified_jsonata import UNDEFINED, compile

ATOMS = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from(["", "a", "b", "A", "1", "true", 1.0, 0.5]))
JSON = st.recursive(
    ATOMS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
)
NAMES = ["a", "b", "hs_a", "hs_b", "num_a", "known", "tier", "", "A", "é"]


@given(
    st.lists(st.dictionaries(st.sampled_from(NAMES), ATOMS, max_size=len(NAMES)), min_size=1, max_size=8),
    st.lists(st.sampled_from(["!hs_*", "!num_*", "*a", "tier", "!tier", "?", "[ab]"]), max_size=3),
    st.integers(0, 12),
)
@settings(max_examples=examples(600))
def test_custom_fields_do_not_depend_on_the_records_before(records: Any, patterns: Any, room: int) -> None:
    """However many names are kept."""
    custom = compiling.custom_function(frozenset({"known"}))
    before, compiling.MAX_NAMES = compiling.MAX_NAMES, room
    try:
        found = [custom(record, patterns) for record in records]
    finally:
        compiling.MAX_NAMES = before
    for record, one in zip(records, found, strict=True):
        kept = [name for name in record if name != "known" and compiling.fits(name, patterns) and record[name] is not None]
        assert list(one.items()) == [(name, record[name]) for name in kept]


def test_the_names_kept_for_custom_fields_are_bounded(monkeypatch) -> None:
    monkeypatch.setattr(compiling, "MAX_NAMES", 100)
    wanted = compiling._Wanted(frozenset(), ("!x*",))
    for at in range(1_000):
        wanted.among(tuple(f"n{at}_{one}" for one in range(at % 7)))
    kept = wanted._kept
    assert sum(map(len, kept)) + len(kept) <= 100
    assert len(wanted._verdicts) <= 100


@given(st.lists(st.one_of(JSON, st.sampled_from(["a", "b", "c"])), max_size=8), st.booleans())
@example([1, True, 1.0, "1"], False)
@example([0, False, 0.0, -0.0], True)
@settings(max_examples=examples(600))
def test_distinct_is_the_first_of_equal_values(values: list[Any], from_path: bool) -> None:
    values = [one for one in values if not (from_path and isinstance(one, list))]
    kept: list[Any] = []
    for value in values:
        if not any(_same(value, one) for one in kept):
            kept.append(value)
    source = "$distinct(x)" if not from_path else "$distinct(y.x)"
    found = compile(source).evaluate({"x": values, "y": [{"x": [one]} for one in values]})
    assert [*map(repr, _listed(found))] == [*map(repr, kept)]


def _listed(found: Any) -> list[Any]:
    return [] if found is UNDEFINED else found if isinstance(found, list) else [found]


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    kinds = isinstance(left, bool), isinstance(right, bool)
    return kinds[0] is kinds[1] and not isinstance(left, list | dict) and bool(left == right)


WORDS = st.one_of(JSON, st.just(UNDEFINED), st.sampled_from(["open", "Open", "OPEN", "done", "7", "true"]))
ENUMS = compile_enums({"status": {"open": ("open", "OPEN", "new"), "closed": ("done", 7, True), "none": (None, 1.5)}})
TO_COMMON = enum_functions(ENUMS, {})["toCommon"]


@given(WORDS, st.sampled_from([UNDEFINED, None, "other"]))
@settings(max_examples=examples(600))
def test_common_words(word: Any, default: Any) -> None:
    table = ENUMS["status"]
    try:
        expected = table.common(word, None if default is UNDEFINED else default)
    except ValueError as problem:
        expected = str(problem)
    try:
        found = TO_COMMON("status", word, default)
    except ValueError as problem:
        found = str(problem)
    assert found == expected


@given(st.lists(st.one_of(JSON, st.just(UNDEFINED)), min_size=1, max_size=8))
@settings(max_examples=examples(600))
def test_coalesce(values: list[Any]) -> None:
    good = [one for one in values if one is not UNDEFINED and one is not None and one != ""]
    nothing = None if any(one is not UNDEFINED for one in values) else UNDEFINED
    found = coalesce(*values)
    assert found is (good[0] if good else nothing) or found == good[0]


@given(st.one_of(JSON, st.just(UNDEFINED)))
def test_without_types_an_object_stays_the_same_object(value: Any) -> None:
    assert typed(value, UNDEFINED, ";") is value
    assert typed(value, None) is value

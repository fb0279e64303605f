"""`$typed` and `$joined`: texts become what definitions say, and what does not fit stays as it is."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sizes import examples
from unified.transform.functions.typed import CONVERSIONS, joined, typed

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["true", "0", "1e999", "-5", "99999999999999999999", "2026-02-30", "2026-02-28T25:00:00Z"]
)
WORDS = st.sampled_from([*CONVERSIONS, "multiselect", "string", "select", "unheard_of"])
LISTS = st.lists(st.text(st.characters(exclude_characters=";", codec="utf-8"), min_size=1), max_size=4)


@given(TEXTS, WORDS)
@settings(max_examples=examples(300))
def test_no_text_fails_or_is_lost(text: str, word: str) -> None:
    value = typed({"x": text}, {"x": word}, ";")["x"]
    assert value is not None or not text.strip()
    if word in {"string", "select", "unheard_of"}:
        assert value == text


@given(LISTS)
@settings(max_examples=examples(100))
def test_a_list_that_is_joined_is_read_again(words: list[str]) -> None:
    assert typed(joined({"x": words}, ";"), {"x": "multiselect"}, ";") == {"x": words}


def test_each_type_gives_its_value() -> None:
    kinds = {
        "a": "boolean",
        "b": "integer",
        "c": "number",
        "d": "date",
        "e": "datetime",
        "f": "multiselect",
        "g": "date",
        "h": "number",
    }
    texts = {"a": "FALSE", "b": "7", "c": "0.5", "d": "2026-02-28", "e": "1767225600000", "f": "x", "g": "soon", "h": ""}
    found = {"a": False, "b": 7, "c": 0.5, "d": "2026-02-28", "e": "2026-01-01T00:00:00Z", "f": ["x"], "g": "soon", "h": None}
    assert typed(texts, kinds, ";") == found
    assert typed({"a": True, "b": None}, kinds, ";") == {"a": True, "b": None}

"""Where a text must fit an expression of a data file, people are shown texts that fit, and never the expression."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import catalog
from unified.errors.requests import InvalidId, UnsupportedField, ValidationFailed
from unified.text.pattern_examples import MOST, examples, expected_form
from unified.transport.account_settings import check_settings
from unified.transport.auth import name_of

CATALOG = catalog()

MADE = [
    (r"customfield_\d+", ("customfield_123",)),
    (r"[A-Z]{3}|MULTI", ("ABC", "MULTI")),
    (r"^[a-z]+$", ("abc",)),
    (r"(eu|us)", ("eu", "us")),
    (r"(?:a|b)\.x?", ("a.x",)),
    (r"a|b|c|d|e", ("a", "b", "c", "d")),
    (r"é{2}", ("éé",)),
    (r"(?!x)abc", ()),
    (r"(a)\1", ()),
    (r"\bword", ()),
    (r"[^\s\S]", ()),
    (r"", ()),
    (r"(?P<name>a)", ()),
]


@pytest.mark.parametrize(("pattern", "made"), MADE)
def test_examples_are_made_of_the_expression(pattern: str, made: tuple[str, ...]) -> None:
    assert examples(pattern) == made


def test_the_authors_example_is_shown_where_it_fits() -> None:
    assert expected_form("[A-Z]{3}", "EUR") == "text like `EUR`"
    assert expected_form("[A-Z]{3}", "euro") == "text like `ABC`"
    assert expected_form("(?!x).+") == "text in the form that its description gives"


PARTS = st.sampled_from(["a", "[a-z]", r"\d", r"\w", "[A-F0-9]", "-", r"\.", "(x|y)", "(?:ab)", "_"])
TIMES = st.sampled_from(["", "+", "*", "?", "{2}", "{1,4}", "{0,9}"])


@given(st.lists(st.lists(st.tuples(PARTS, TIMES), min_size=1, max_size=6), min_size=1, max_size=6))
def test_each_alternative_has_an_example_that_fits(rows: list[list[tuple[str, str]]]) -> None:
    patterns = ["".join(part + times for part, times in row) for row in rows]
    found = examples("|".join(patterns))
    assert 1 <= len(found) <= MOST
    assert all(any(re.fullmatch(one, text) for one in patterns) for text in found)


WRONG = "\N{SNOWMAN} ?"


@pytest.mark.parametrize("name", CATALOG.providers())
def test_no_refused_setting_is_answered_with_an_expression(name: str) -> None:
    provider = CATALOG.provider(name)
    kind = name_of(provider.auth[0])
    for setting, rule in provider.settings.items():
        if rule.pattern is None or rule.choices:
            continue
        with pytest.raises(ValidationFailed) as caught:
            check_settings(provider, {setting: WRONG}, kind, is_complete=False)
        (message,) = [one.message for one in caught.value.errors if one.pointer == f"/settings/{setting}"]
        assert message == f"{rule.title}: expected {expected_form(rule.pattern, rule.example)}"
        assert re.search("text like `[^`]+`", message)
        assert rule.pattern not in message


@pytest.mark.parametrize(("name", "model"), CATALOG.mappings())
def test_no_refused_name_is_answered_with_an_expression(name: str, model: str) -> None:
    mapping = CATALOG.compiled(name, model)
    for parameter, pattern in mapping.file.document.path.items():
        with pytest.raises(InvalidId) as caught:
            mapping.check_path({parameter: WRONG})
        assert re.search("expected text like `[^`]+`", caught.value.detail)
        assert pattern not in caught.value.detail
    if not mapping.custom_keys.is_read:
        return
    with pytest.raises(UnsupportedField) as caught_field:
        mapping.custom_keys.refuse_field(f"custom_fields.{WRONG}")
    assert re.search(
        "expected custom_fields.<key> with the key of a custom field, text .*like `[^`]+`", caught_field.value.detail
    )
    assert not re.search(r"\\[wdS]|\[[^\]]*-|[+)}]$", caught_field.value.detail)

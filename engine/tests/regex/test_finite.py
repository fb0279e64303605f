"""Python's own engine finds in short texts what the automaton finds, and the work that it may have is bounded."""

import time

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.sizes import examples
from unified_jsonata.errors import Failure
from unified_jsonata.limits import Limits
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.regex import pattern

ATOMS = st.sampled_from(["a", "b", "1", r"\d", r"\s", r"\w", "[ab]", "[^a]", ".", r"\.", "[+-]", r"\\", "é", r"[\s\S]"])
COUNTS = st.sampled_from(["", "", "", "?", "{2}", "{1,3}", "{0,2}?", "??"])
PARTS = st.recursive(
    st.builds(str.__add__, ATOMS, COUNTS),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map("|".join).map("({})".format),
        st.lists(inner, min_size=1, max_size=3).map("|".join).map("(?:{})".format),
    ),
    max_leaves=8,
)
EXPRESSIONS = st.tuples(st.sampled_from(["", "^"]), PARTS, st.sampled_from(["", "$", r"\s+", "a*", "[^b]+", r"\d{2,}"])).map(
    "".join
)
TEXTS = st.text(st.sampled_from("ab1 .+-\\\n\tA_é"), max_size=30)
TEMPLATES = st.lists(st.sampled_from(["$1", "$2", "$0", "$$", "$10", "$", "x", "\\", "\\1", ":", "\n", ""]), max_size=4).map(
    "".join
)


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Failure as failure:
        return failure.code


@given(EXPRESSIONS, st.sampled_from(["", "i"]), TEXTS, TEMPLATES)
@example(r"([+-]\d\d)(\d\d)$", "", "2026-01-31T10:00:00.000+0100", "$1:$2")
@example("(a)(b)(1)(a)(b)(1)(a)(b)(1)(a)", "", "ab1ab1ab1a", "$10$1$11")
@example(r"\s+", "", "a \t b", " ")
@example("(a)|(b)", "", "ab", "$1-$2")
@settings(max_examples=examples(900))
def test_both_find_the_same(source: str, flags: str, text: str, replacement: str) -> None:
    found = pattern(source, flags)
    other = msgspec.structs.replace(found, finite=None)
    budget = Budget(Limits())
    assert found.test(budget, text) is other.test(budget, text)
    mine, theirs = found.prepare_replace(replacement), other.prepare_replace(replacement)
    assert outcome(mine, budget, text) == outcome(theirs, budget, text)


@pytest.mark.parametrize(
    "source",
    [
        "(a|b)*c",
        "a+b",
        "(a+)+",
        r"(\d\d)+",
        "a{0,40}",
        "a{0,9}a{0,9}a{0,9}",
        "a*",
        "a?",
        "(?=a)b",
        r"(a)\1",
        r"\bab",
        "^",
        "a+?",
    ],
)
def test_what_could_take_long_or_match_nothing_is_left_to_the_automaton(source: str) -> None:
    assert pattern(source).finite is None


@pytest.mark.parametrize("source", ["a{0,6}b", "(?:a|aa|aaa)(?:a|aa|aaa)c", "a{1,7}$", r"\s+", r"^x\s*"])
def test_the_work_in_a_short_text_is_bounded(source: str) -> None:
    found = pattern(source)
    assert found.finite is not None
    began = time.process_time()
    for _ in range(100):
        found.finite.pattern.sub("", "a" * 256)
        found.finite.pattern.sub("", " " * 256)
    assert time.process_time() - began < 0.1

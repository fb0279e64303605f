"""All engines that can run an expression answer the same, whatever the text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unified.jsonata.limits import Limits
from unified.jsonata.runtime.budget import Budget
from unified.jsonata.runtime.regex import exact, interruptible
from unified.jsonata.runtime.regex.emit import emit
from unified.jsonata.runtime.regex.parser import parse
from unified.jsonata.runtime.regex.program import assemble
from unified.jsonata.runtime.regex.shape import plain

ATOMS = st.sampled_from(["a", "b", ".", r"\w", "[^a]", "[^b]", "[ab]", r"\b", "^", "$", "[]", "(?=a)", "(?<!b)", "k", r"\S"])
SIGNS = ["*", "+", "?", "*?", "{2}", "{1,2}", "{0,2}?"]


def larger(inner):
    grouped = st.tuples(st.sampled_from(["(", "(?:"]), inner, st.sampled_from(["", *SIGNS])).map(
        lambda p: f"{p[0]}{p[1]}){p[2]}"
    )
    return st.one_of(
        grouped,
        st.lists(inner, min_size=2, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join),
        st.tuples(st.sampled_from(["(?=", "(?!"]), inner).map(lambda p: f"{p[0]}{p[1]})"),
    )


SOURCES = st.recursive(ATOMS, larger, max_leaves=8)
TEXTS = st.text("ab1K\n é", max_size=8)


@settings(deadline=None)
@given(SOURCES, st.sampled_from(["", "i", "m"]), TEXTS)
def test_engines_agree(source, flags, text):
    expression = parse(source, flags)
    if not plain(expression):
        return
    budget = Budget(Limits(steps=10**9, timeout=60))
    slots = exact.search(assemble(expression), budget, text, 0, anchored=False)
    expected = slots if slots is None else tuple(zip(slots[::2], slots[1::2], strict=True))
    python = re.compile(emit(expression.root), re.ASCII | re.DOTALL).search(text)
    other = interruptible.compiled(emit(expression.root, negate=False)).search(text)
    assert (python and python.regs) == expected
    assert (other and other.regs) == expected


@pytest.mark.parametrize("source", [r"x[^a]|x[^k]", "[^a]|[^k]|bc"])
def test_negated_sets_of_one_character_in_a_choice(source):
    budget = Budget(Limits())
    found = interruptible.search(emit(parse(source, "").root, negate=False), budget, "xa", 0, anchored=False)
    assert found.match == re.search(source, "xa")[0]

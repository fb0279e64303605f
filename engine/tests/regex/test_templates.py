"""Replacement texts, as the reference fills them; and the same by each way to replace."""

import pytest

from unified_jsonata.runtime.regex import pattern

THIRTEEN = "(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)(l)(m)"
FILLED = [
    ("a", "abc", "[$0]", "[a]bc"),
    ("(a)(x)?", "abc", "[$1|$2|$3|$0|$$|$a|$]", "[a|||a|$|$a|$]bc"),
    ("(a)(x)?", "abc", "$10 $20 $30 $010 $00", "a0 0 0 a10 a0bc"),
    ("a", "abc", "$10 $20 $30 $010 $00 $123", "0 0 0 a10 a0 23bc"),
    ("(a)(b)(c)", "abc", "$1a$12$123$33$44$4444$$1$$$1", "aaa2a23c34444$1$a"),
    (THIRTEEN, "abcdefghijklmno", "$8$5$12$12$18$123", "hella8l3no"),
    ("b", "abc", r"\1\g<0>\\", r"a\1\g<0>\\c"),
    ("b", "abc", "$１", "a$１c"),
    ("(b)", "abc", "$100 $0100 $000", "ab00 b100 b00c"),
    ("(A)|(b)", "ab", "<$1$2>", "a<b>"),
]


@pytest.mark.parametrize(("source", "text", "template", "expected"), FILLED)
def test_filled(budget, source, text, template, expected):
    made = pattern(source)
    assert made.replace(budget, text, template) == expected
    assert made.prepare_replace(template)(budget, text) == expected


@pytest.mark.parametrize(("source", "text", "template", "expected"), FILLED)
def test_filled_on_the_interruptible_engine(budget, source, text, template, expected):
    slow = pattern(f"(?:{source})|(?=~)!")
    assert slow.automaton is None
    assert slow.replace(budget, text, template) == expected
    assert slow.prepare_replace(template)(budget, text) == expected


def test_a_long_text_takes_the_counted_way(budget):
    made = pattern("a").prepare_replace("bb")
    assert made(budget, "a" * 100_000) == "bb" * 100_000

"""What regular expressions match, as the reference does: pattern, flags, text, and each match with its place and groups."""

import pytest

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.regex import pattern

MATCHES = [
    # classes are ASCII
    ("\\d+", "", "12\u06634", [("12", 0), ("4", 3)]),
    ("\\w+", "", "na\xefve_1", [("na", 0), ("ve_1", 3)]),
    ("\\b\xe9", "", "a\xe9 \xe9", [("\xe9", 1)]),
    ("\\s+", "", "a\xa0\ufeff\u2003b\u180ec", [("\xa0\ufeff\u2003", 1)]),
    (".+", "", "ab\u2028c\rd\ne", [("ab", 0), ("c", 3), ("d", 5), ("e", 7)]),
    ("[\\w-]+", "", "a-b c", [("a-b", 0), ("c", 4)]),
    ("[\\b]", "", "a\x08b", [("\x08", 1)]),
    ("[a-\\d]+", "", "a-1b", [("a-1", 0)]),
    ("[^]", "", "\n", [("\n", 0)]),
    ("[]|b", "", "ab", [("b", 1)]),
    # edges
    ("a$", "", "a\n", []),
    ("a$", "m", "a\u2028a", [("a", 0), ("a", 2)]),
    ("^b", "m", "a\rb", [("b", 2)]),
    ("^b", "", "a\nb", []),
    ("\\Ba", "", "ba a", [("a", 1)]),
    ("\\B", "", "", [("", 0)]),
    # case
    ("s", "i", "S\u017f", [("S", 0)]),
    ("k", "i", "K\u212a", [("K", 0)]),
    ("[\xe0-\xfe]+", "i", "\xc0\xde\xe9\xf7", [("\xc0\xde\xe9\xf7", 0)]),
    ("\xb5", "i", "\u03bc\u039c", [("\u03bc", 0), ("\u039c", 1)]),
    ("\xdf", "i", "\u1e9eSS\xdf", [("\xdf", 3)]),
    ("[^s]", "i", "sS\u017f", [("\u017f", 2)]),
    ("\\W", "i", "\u017f", [("\u017f", 0)]),
    ("I", "i", "\u0131\u0130i", [("i", 2)]),
    ("(\xe9)\\1", "i", "\xe9\xc9", [("\xe9\xc9", 0, "\xe9")]),
    # annex B
    ("x{,2}", "", "xx{,2}", [("x{,2}", 1)]),
    ("\\c", "", "\\c", [("\\c", 0)]),
    ("[\\c1]", "", "\x11", [("\x11", 0)]),
    ("\\x1", "", "x1", [("x1", 0)]),
    ("\\u12", "", "u12", [("u12", 0)]),
    ("\\8\\07", "", "8\x07", [("8\x07", 0)]),
    ("\\2(a)", "", "\x02a", [("\x02a", 0, "a")]),
    ("\\k<a>", "", "k<a>", [("k<a>", 0)]),
    ("\\p{2}", "", "pp", [("pp", 0)]),
    ("(?=a)*b", "", "b", [("b", 0)]),
    ("[a-]+", "", "-a", [("-a", 0)]),
    ("\\1(a)", "", "aa", [("a", 0, "a"), ("a", 1, "a")]),
    # groups
    ("(?:(a)|b)*", "", "ab", [("ab", 0, None)]),
    ("(z)((a+)?(b+)?(c))*", "", "zaacbbbcac", [("zaacbbbcac", 0, "z", "ac", "a", None, "c")]),
    ("(a*)*", "", "b", "D1004"),
    ("(?:|a)+", "", "aa", [("aa", 0)]),
    ("(a)?\\1b", "", "aab", [("aab", 0, "a")]),
    ('(?<q>["\\x27]).*?\\k<q>', "", '"a\'b"c"', [('"a\'b"', 0, '"')]),
    ("(?=(a+))a*b\\1", "", "baaabac", [("aba", 3, "a")]),
    ("(?!(a)b)\\1a", "", "aa", [("a", 0, None), ("a", 1, None)]),
    ("(?<=(\\d+)(\\d+))$", "", "1053", [("", 4, "1", "053")]),
    ("(?<=a*)b", "", "aab", [("b", 2)]),
    ("(?<!a)b", "", "abb", [("b", 2)]),
    ("(a(?:b|(c)))+", "", "acab", [("acab", 0, "ab", None)]),
    ("(?:a?)*?$", "", "aa", [("aa", 0)]),
    ("(?:a{2}){2}", "", "aaaaa", [("aaaa", 0)]),
    ("((a)|(b)){2}", "", "ab", [("ab", 0, "b", None, "b")]),
    # matches of nothing
    ("a*", "", "a", [("a", 0)]),
    ("a*", "", "b", "D1004"),
    ("a|$", "", "ab", "D1004"),
    ("b|$", "", "ab", [("b", 1)]),
    ("$", "", "ab", [("", 2)]),
    ("x*", "", "", [("", 0)]),
    ("(?=b)", "", "ab", "D1004"),
]

ASTRAL = [
    (r"[\ud800-\udbff][\udc00-\udfff]", "a\U0001f600b", ["\U0001f600"]),
    (r"\ud83d[\ude00-\ude4f]", "\U0001f600\U0001f680", ["\U0001f600"]),
    (r"(?:\ud83c[\udde6-\uddff]){2}", "x\U0001f1e9\U0001f1ea", ["\U0001f1e9\U0001f1ea"]),
    (r"[\ud83d\ude00]", "\U0001f600", ["\U0001f600"]),
    (r"[\ud800-\udfff]+", "a\U0001f600\U0001f600b", ["\U0001f600\U0001f600"]),
    (r"[\u00a0-\uffff]+", "a\U0001f600é", ["\U0001f600é"]),
    (r"[^\u0000-\uffff]", "a\U0001f600", []),
    (".", "\U0001f600a", ["\U0001f600", "a"]),
]
"""An astral character is one here; the reference takes the two halves one by one."""


def matches(found):
    return [(match.match, match.start, *match.groups) for match in found]


@pytest.mark.parametrize(("source", "flags", "text", "expected"), MATCHES)
def test_matches(budget, source, flags, text, expected):
    if isinstance(expected, str):
        with pytest.raises(Failure) as caught:
            pattern(source, flags).find_all(budget, text)
        assert caught.value.code == expected
    else:
        assert matches(pattern(source, flags).find_all(budget, text)) == expected


@pytest.mark.parametrize(("source", "text", "expected"), ASTRAL)
def test_astral_characters(budget, source, text, expected):
    assert [match.match for match in pattern(source).find_all(budget, text)] == expected


def test_a_search_from_a_place_sees_what_is_before_it(budget):
    assert pattern("^b").find(budget, "ab", 1) is None
    assert pattern(r"\bb").find(budget, "ab", 1) is None
    assert pattern("(?<=a)b").find(budget, "ab", 1).start == 1

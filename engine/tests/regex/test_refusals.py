"""Regular expressions that JavaScript refuses, and those over a bound, with the reason that an author reads."""

import pytest

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.regex import pattern

REFUSED = [
    ("a**", "", "there is nothing to repeat at position 2"),
    ("*a", "", "there is nothing to repeat at position 0"),
    ("a++", "", "there is nothing to repeat at position 2"),
    ("{1}", "", "there is nothing to repeat at position 0"),
    (r"\b+", "", "there is nothing to repeat at position 0"),
    ("^*", "", "there is nothing to repeat at position 0"),
    ("(?<=a)*b", "", "there is nothing to repeat at position 0"),
    ("a{2,1}", "", "the numbers in {} are in the wrong order at position 0"),
    ("a{99999999999999999999,1}", "", "the numbers in {} are in the wrong order at position 0"),
    ("[b-a]", "", "the ends of a range are in the wrong order at position 1"),
    ("x[a", "", "a class has no closing ] at position 1"),
    ("x(a", "", "a ( has no ) at position 1"),
    ("a)", "", "a ) has no ( at position 1"),
    ("(?i)a", "", "this kind of group is not known at position 0"),
    ("(?P<n>a)", "", "this kind of group is not known at position 0"),
    ("(?<n>a)(?<n>b)", "", "two groups have the same name at position 7"),
    ("(?<1>a)", "", "the name of a group is malformed at position 0"),
    (r"\k<a>(?<b>)", "", r"\k must be followed by the name of a group at position 2"),
    ("a\\", "", "a backslash has nothing behind it at position 2"),
    ("a", "ii", "the flags of a regular expression are i and m"),
    ("a", "g", "the flags of a regular expression are i and m"),
    ("a{100001}", "", "a repetition has more than 100000 times at position 0"),
    ("(" * 51 + ")" * 51, "", "groups are nested deeper than 50 levels at position 50"),
    ("(?:" * 5_000, "", "more than 5000 characters"),
]


@pytest.mark.parametrize(("source", "flags", "reason"), REFUSED)
def test_refusals(source, flags, reason):
    with pytest.raises(Failure) as caught:
        pattern(source, flags)
    assert (caught.value.code, caught.value.detail) == ("U1005", reason)


def test_an_empty_expression():
    with pytest.raises(Failure) as caught:
        pattern("")
    assert caught.value.code == "S0301"


def test_the_deepest_nesting_and_the_longest_source_are_compiled(budget):
    assert pattern("(" * 50 + "a" + ")" * 50).test(budget, "a")
    assert pattern("a" * 5_000).test(budget, "a" * 5_000)
    assert pattern("|".join(["ab+"] * 1_200)).test(budget, "abb")

"""$match, $contains, $split and $replace with all kinds of patterns, and a regular expression as a function."""

import pytest

from unified_jsonata.errors import Failure
from unified_jsonata.limits import Limits
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.regex import pattern
from unified_jsonata.runtime.regex.functions import contains, match_, match_object, replace, split
from unified_jsonata.undefined import UNDEFINED

TEXT = "abrab"
VALUES = [
    (match_, (TEXT, pattern("a")), [{"match": "a", "index": 0, "groups": []}, {"match": "a", "index": 3, "groups": []}]),
    (match_, (TEXT, pattern("a"), 0), []),
    (match_, (TEXT, pattern("a"), 1.5), [{"match": "a", "index": 0, "groups": []}, {"match": "a", "index": 3, "groups": []}]),
    (
        match_,
        (TEXT, pattern("(b)(x)?")),
        [{"match": "b", "index": 1, "groups": ["b", UNDEFINED]}, {"match": "b", "index": 4, "groups": ["b", UNDEFINED]}],
    ),
    (match_, (TEXT, pattern("z")), []),
    (contains, (TEXT, pattern("B", "i")), True),
    (contains, (TEXT, pattern("z")), False),
    (contains, (TEXT, pattern("x*")), True),
    (contains, (TEXT, "br"), True),
    (contains, (TEXT, ""), True),
    (split, (TEXT, pattern("b")), ["a", "ra", ""]),
    (split, (TEXT, pattern("b"), 1.5), ["a", "ra"]),
    (split, (TEXT, pattern("b"), 0), []),
    (split, (TEXT, pattern("(b)")), ["a", "ra", ""]),
    (split, (TEXT, pattern("z")), ["abrab"]),
    (split, (TEXT, pattern("$")), ["abrab", ""]),
    (split, (TEXT, "b"), ["a", "ra", ""]),
    (split, (TEXT, "b", 1.5), ["a"]),
    (split, (TEXT, "b", 0), []),
    (split, (TEXT, ""), ["a", "b", "r", "a", "b"]),
    (split, (TEXT, "", 2), ["a", "b"]),
    (split, (TEXT, "b", 4294967297), ["a"]),
    (split, ("", ""), []),
    (split, ("", ","), [""]),
    (split, ("", pattern(",")), [""]),
    (replace, (TEXT, pattern("b"), "-"), "a-ra-"),
    (replace, (TEXT, pattern("b"), "-", 1.5), "a-ra-"),
    (replace, (TEXT, pattern("b"), "-", 0), "abrab"),
    (replace, (TEXT, pattern("$"), "!"), "abrab!"),
    (replace, ("", pattern("x*"), "x"), "x"),
    (replace, (TEXT, pattern("x*"), "x", 0), "abrab"),
    (replace, (TEXT, "a", "b", 0.5), "bbrab"),
    (replace, (TEXT, "a", "$0"), "$0br$0b"),
    (match_, (UNDEFINED, pattern("a")), UNDEFINED),
    (contains, (UNDEFINED, "a"), UNDEFINED),
    (split, (UNDEFINED, pattern("a")), UNDEFINED),
    (replace, (UNDEFINED, "", ""), UNDEFINED),
]
FAILURES = [
    (match_, (TEXT, pattern("a"), -1), "D3040"),
    (split, (TEXT, pattern("b"), -1), "D3020"),
    (split, (TEXT, pattern("x*")), "D1004"),
    (split, (TEXT, "b", -0.5), "D3020"),
    (replace, (TEXT, pattern("b"), "-", -1), "D3011"),
    (replace, (TEXT, pattern("x*"), "x"), "D1004"),
    (replace, (TEXT, pattern("x*"), "x", 1), "D1004"),
    (replace, (TEXT, "", "b"), "D3010"),
    (replace, (TEXT, "a", "b", -0.5), "D3011"),
    (replace, (TEXT, pattern("b"), lambda found: 1), "D3012"),
    (replace, (TEXT, pattern("b"), lambda found: UNDEFINED), "D3012"),
    (replace, (TEXT, "b", lambda found: "x"), "D3012"),
    (replace, (TEXT, "b", UNDEFINED), "T0410"),
    (replace, (TEXT, pattern("b"), UNDEFINED), "T0410"),
    (split, (TEXT, UNDEFINED), "T0410"),
    (split, (TEXT, str.upper), "T1010"),
    (match_, (TEXT, str.upper), "T1010"),
    (match_, (TEXT, lambda text: {}), "T1010"),
    (match_, (TEXT, lambda text: {"match": "a", "start": 0, "end": 1, "groups": []}), "T1010"),
    (contains, (TEXT, lambda text: {"match": "a"}), "T1010"),
    (contains, (TEXT, lambda text: []), "T1010"),
    (replace, (TEXT, lambda text: {"start": 0, "end": 1, "next": lambda: UNDEFINED}, "x"), "T1010"),
]
"""Where the reference has no code of its own, one that says the same."""


@pytest.mark.parametrize(("function", "arguments", "expected"), VALUES)
def test_values(budget, function, arguments, expected):
    assert function(budget, *arguments) == expected


@pytest.mark.parametrize(("function", "arguments", "code"), FAILURES)
def test_failures(budget, function, arguments, code):
    with pytest.raises(Failure) as caught:
        function(budget, *arguments)
    assert caught.value.code == code


def letters(wanted):
    """A matcher for one letter, in the form of the language."""

    def behind(text, offset):
        at = text.find(wanted)
        if at < 0:
            return UNDEFINED
        end = offset + at + 1
        following = text[at + 1 :]
        return {"match": wanted, "start": offset + at, "end": end, "groups": ["g"], "next": lambda: behind(following, end)}

    return lambda text: behind(text, 0)


def test_a_function_as_pattern(budget):
    text, matcher = "abracadabra", letters("a")
    assert [found["index"] for found in match_(budget, text, matcher, 2)] == [0, 3]
    assert split(budget, text, matcher) == ["", "br", "c", "d", "br", ""]
    assert split(budget, text, matcher, 2) == ["", "br"]
    assert replace(budget, text, matcher, "[$0$1$2]") == "[ag]br[ag]c[ag]d[ag]br[ag]"
    assert replace(budget, text, matcher, "[$0$1$2]", 1) == "[ag]bracadabra"
    assert replace(budget, text, matcher, lambda found: f"{found['start']}{found['match']}") == "0abr3ac5ad7abr10a"
    assert contains(budget, "x", matcher) is False
    assert contains(budget, text, matcher) is True


def test_a_function_that_leaves_parts_out(budget):
    def found(**parts):
        return lambda text: {**parts, "next": lambda: UNDEFINED}

    assert match_(budget, "abc", found(start=0, end=1)) == [{"index": 0}]
    assert split(budget, "abc", found(start=1, end=2)) == ["a", "c"]
    assert split(budget, "abc", found(start=1.5, end=2.5)) == ["a", "c"]
    assert split(budget, "abc", found(start=2, end=1)) == ["ab", "bc"]
    assert contains(budget, "abc", lambda text: 0) is True


def test_a_function_that_finds_for_ever_is_stopped():
    def again(*_):
        return {"match": "a", "start": 0, "end": 1, "groups": [], "next": again}

    with pytest.raises(Failure) as caught:
        match_(Budget(Limits(steps=10_000)), "abc", again)
    assert caught.value.code == "U1001"


def test_a_replacement_is_asked_with_the_match(budget):
    asked = []

    def ask(found):
        asked.append({name: found[name] for name in ("match", "start", "end", "groups")})
        return found["match"].upper()

    assert replace(budget, "xabyab", pattern("(a)b(z)?"), ask, 1) == "xAByab"
    assert asked == [{"match": "ab", "start": 1, "end": 3, "groups": ["a", UNDEFINED]}]


def test_a_regular_expression_as_a_function(budget):
    found = match_object(pattern("(a)(z)?"), "xaya", budget)
    assert {**found, "next": 0} == {"match": "a", "start": 1, "end": 2, "groups": ["a", UNDEFINED], "next": 0}
    behind = found["next"]()
    assert (behind["start"], behind["next"]()) == (3, UNDEFINED)
    assert found["next"]()["start"] == 3
    assert match_object(pattern("z"), "xaya", budget) is UNDEFINED


def test_an_empty_match_behind_another_fails(budget):
    found = match_object(pattern("a*"), "ab", budget)
    with pytest.raises(Failure) as caught:
        found["next"]()
    assert caught.value.code == "D1004"


def test_long_results_of_text_functions_are_bounded():
    small = Budget(Limits(string=1_000, array=100))
    for function, arguments, code in (
        (replace, ("a" * 900, "a", "bb"), "U1002"),
        (split, ("a" * 900, ""), "U1003"),
        (split, ("a " * 450, " "), "U1003"),
    ):
        with pytest.raises(Failure) as caught:
            function(small, *arguments)
        assert caught.value.code == code
    assert replace(small, "a" * 900, "a", "bb", 50) == "bb" * 50 + "a" * 850

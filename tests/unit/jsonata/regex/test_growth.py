"""The bound on the time of a search, against texts made to be slow."""

import itertools
import re
import time

import pytest

from unified.jsonata.runtime.regex.emit import emit
from unified.jsonata.runtime.regex.growth import growth
from unified.jsonata.runtime.regex.parser import parse

LINEAR = [
    "^custom_",
    "[^0-9+]+",
    "a+",
    '"[^"]*"',
    "<[^<>]*>",
    r"\(([^()]*)\)",
    r"-?\d+(?:\.\d+)?",
    "^[a-z0-9]+(?:-[a-z0-9]+)*$",
    "^(?=.*[a-z])(?=.*\\d).{8,}$",
    "^.*/",
    "^a*$",
    r"(?:,\d+)*",
    r"^\d{4}-\d{2}-\d{2}$",
    "^(USD|EUR|GBP)$",
    r"^(\d{3})+$",
    "ab[^a]*c",
    "a(?:b|[^a]*c)",
    "a*?",
    "(?<!a)[bc]+",
]
POLYNOMIAL = [
    (r"\s+$", 2),
    ("a*b", 2),
    ("<[^>]*>", 2),
    (r"\b\w+\b", 2),
    (r"^[^\s@]+@[^\s@]+\.[^\s@]+$", 2),
    ("^(.*?)d(.*)$", 2),
    ("a.*a", 2),
    ("a.*a.*a", 3),
    (".*.*=", 3),
    ("(?=[^a]*b)a", 2),
    ("(?:[^a]*b)?a", 2),
    ('(?:"[^"]*")+;', 2),
    ("a(?:[ab]*x)?", 2),
    ("a{0,1000}b", 2),
    (r"\d(?=(\d{3})+$)", 2),
]
EXPONENTIAL = ["(a+)+$", "(a|a)*b", "(.*)*x", r"(\w+\s?)*$", "(x+x+)+y", "(a|aa)+b", "((a{1,3})+)+b", r"(.)\1", "(?=(a+)+b)a"]
EXPLOSIVE = ["(?:a?b?c?d?e?f?g?h?i?j?k?l?){8}x", "(a|b|ab)" * 12 + "x"]
"""Bounded, but by too much."""

PUMPS = ["a", "b", "-", "x", " ", chr(34), "1", ",", "<", "(", "ab", "a-", "1,", "x=", "\n", "\n ", "(a", "aab"]
PER_STEP = 1e-6
"""Seconds for a step, ten times what it takes."""


@pytest.mark.parametrize("source", LINEAR)
def test_linear(source):
    assert growth(parse(source, "").root).degree == 1


@pytest.mark.parametrize(("source", "degree"), POLYNOMIAL)
def test_polynomial(source, degree):
    assert growth(parse(source, "").root).degree == degree


@pytest.mark.parametrize("source", EXPONENTIAL + EXPLOSIVE)
def test_exponential(source):
    assert growth(parse(source, "").root).degree is None


@pytest.mark.parametrize("source", LINEAR)
def test_no_text_makes_a_linear_search_slow(source):
    root = parse(source, "").root
    engine = re.compile(emit(root), re.ASCII | re.DOTALL)
    size = 2_000
    allowed = growth(root).steps(size) * PER_STEP + 0.002
    for pump, begin, end in itertools.product(PUMPS, ("", "a", '"'), ("", "!")):
        text = (begin + pump * size)[:size] + end
        taken = min(timed(engine, text), timed(engine, text))
        assert taken < allowed, (pump, begin, end)


def timed(engine, text):
    begin = time.thread_time()
    engine.sub("", text)
    return time.thread_time() - begin


def test_a_line_start_bounds_what_does_not_cross_lines():
    assert growth(parse(r"^[^\n\r\u2028\u2029]*x", "m").root).degree == 1
    assert growth(parse(r"^\s+x", "m").root).degree == 2

"""Calls of literals are computed once for a program, but never what depends on when it runs."""

import itertools

import pytest

from unified_jsonata import JsonataError, compile
from unified_jsonata.still import standing_still

DAYS = (1_761_955_200_000, 1_793_610_000_000)
"""2025-11-01 and 2026-11-02."""
TEXTS = ("10:00", "2024", "05-06", "2024-05-06T10:00:00Z", "x")
PICTURES = ("", '"[H]:[m]"', '"[Y]"', '"[M]-[D]"', '"[H01]"')
CALLS = [
    f"$toMillis({', '.join(one for one in given if one)})" for given in itertools.product(map('"{}"'.format, TEXTS), PICTURES)
]
AROUND = ("{}", "$string({})", "[1, 2].({})", "$exists({})", "{} > 0 ? {} : 1")


def values(source, document):
    """What one program gives on each of the days."""
    program = compile(source)
    return [value(program, day, document) for day in DAYS]


def value(program, day, document):
    with standing_still(day):
        try:
            return program.evaluate(document)
        except JsonataError as problem:
            return problem.code


@pytest.mark.parametrize("around", AROUND)
def test_a_program_of_another_day_gives_that_days_value(around):
    """The same call with its text from the document cannot be computed before the program runs."""
    found = set()
    for call in CALLS:
        text = call.split('"')[1]
        literal = around.replace("{}", call)
        read = around.replace("{}", call.replace(f'"{text}"', "$$.text", 1))
        known = values(literal, {"text": text})
        assert known == values(read, {"text": text}), literal
        if known[0] != known[1]:
            found.add(call)
    assert found or around == "$exists({})"

"""Time and chance can stand still: what was shown to somebody is what is sent later."""

import pytest

from unified_jsonata import compile
from unified_jsonata.still import standing_still

MOMENT = 1_700_000_000_123
SOURCES = [
    "$now()",
    "$millis()",
    "[$random(), $random()]",
    "$shuffle([1..50])",
    '$toMillis("10:00", "[H]:[m]")',
    '$eval("$now()")',
    "$map([1..3], function($x) { $random() })",
]


@pytest.mark.parametrize("source", SOURCES)
def test_what_differs_each_time_is_the_same_each_time(source):
    expression = compile(source)

    def value():
        with standing_still(MOMENT):
            return expression.evaluate({})

    assert value() == value()


def test_it_is_the_time_that_was_given_and_only_within_the_block():
    with standing_still(MOMENT):
        assert compile("$now()").evaluate({}) == "2023-11-14T22:13:20.123Z"
    assert compile("$millis()").evaluate({}) > MOMENT
    assert compile("$random()").evaluate({}) != compile("$random()").evaluate({})

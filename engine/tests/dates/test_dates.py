"""Times read and written, against a table of what the reference gives."""

import json
import math
import time
from pathlib import Path

import pytest
import time_machine

from tests.cases import each
from unified_jsonata.errors import Failure
from unified_jsonata.limits import Limits
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.dates import formatter, from_millis, iso_text, now_text, parser, refit, to_millis
from unified_jsonata.runtime.dates.civil import civil, days_from_civil
from unified_jsonata.undefined import UNDEFINED

FUNCTIONS = {"fromMillis": from_millis, "toMillis": to_millis}
CASES = json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))
DAY = "[Y0001]-[M01]-[D01]"
FULL = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z0001]"
PICTURES = [
    None,
    DAY,
    FULL,
    "[M01]/[D01]/[Y0001]",
    "[D01].[M01].[Y0001] [H01]:[m01]",
    "[D1o] [MNn] [Y]",
    "[Y]",
    "100% [Y][M]",
    "[q]",
]


def budget():
    return Budget(Limits(timeout=20))


def outcome(function, *arguments):
    try:
        value = function(*arguments)
    except Failure as failure:
        return {"e": failure.code}
    if value is UNDEFINED:
        return {"u": 1}
    return {"v": "NaN", "num": 1} if isinstance(value, float) and math.isnan(value) else {"v": value}


@each("case", CASES)
def test_as_the_reference(case):
    name, *arguments = case["call"]
    given = [UNDEFINED if argument == {"undef": 1} else argument for argument in arguments]
    assert outcome(FUNCTIONS[name], budget(), *given) == case["gives"]


@pytest.mark.parametrize(
    ("picture", "text", "millis"),
    [
        ("[H]:[m]", "13:45", 1795527900000),
        ("[h]", "10", 1795514400000),
        ("[P]", "pm", 1795521600000),
        ("[M]-[D]", "02-03", 1770076800000),
        ("[D]", "0", 1793404800000),
        ("[d]", "60", 1772394264000),
        ("[f]", "5", 1795549464500),
        ("[FNn]", "Mon", 1795549464000),
        ("[Z]", "+02:00", 1795542264000),
    ],
)
def test_what_is_before_the_first_component_is_now(picture, text, millis):
    """As the reference, which was asked at that time of that day or, for whole components, on it."""
    with time_machine.travel(1795549464, tick=False):
        assert to_millis(budget(), text, picture) == millis


def test_missing_gives_missing():
    assert to_millis(budget(), UNDEFINED, "[q]") is UNDEFINED
    assert from_millis(budget(), UNDEFINED, "[q]") is UNDEFINED
    assert iso_text(budget(), UNDEFINED) is UNDEFINED


def test_prepared_functions_say_what_is_wrong_when_they_are_used():
    for prepared in (parser("[q]"), formatter("[q]"), refit(None, "[q]"), refit("[q]", None)):
        for _ in range(2):
            assert outcome(prepared, "2024-01-01" if prepared is not formatter("[q]") else 0) == {"e": "D3132"}


def test_prepared_once():
    assert parser(DAY) is parser(DAY)
    assert formatter(DAY) is formatter(DAY)
    assert refit(DAY, None) is refit(DAY, None)
    long = DAY + "x" * 500
    assert parser(long) is not parser(long)


def test_now_is_written_like_any_time():
    assert now_text(1521801216617) == "2018-03-23T10:33:36.617Z"
    assert now_text(1521801216617, DAY, "+1400") == "2018-03-24"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-01T10:20:30.123Z", "2024-03-01T10:20:30.123Z"),
        ("2024-02-29T10:20:30.123Z", "2024-02-29T10:20:30.123Z"),
        ("2023-02-29T10:20:30.123Z", "2023-03-01T10:20:30.123Z"),
        ("2024-04-31T10:20:30.123Z", "2024-05-01T10:20:30.123Z"),
        ("0000-01-01T00:00:00.000Z", "0000-01-01T00:00:00.000Z"),
        ("2024-03-01T10:20:30Z", "2024-03-01T10:20:30.000Z"),
        ("2024-03-01", "2024-03-01T00:00:00.000Z"),
        ("2024", "2024-01-01T00:00:00.000Z"),
        ("2024-03-01T10:20:30.000+0000", "2024-03-01T10:20:30.000Z"),
        ("2024-03-01T10:20:30.5-00:00", "2024-03-01T10:20:30.500Z"),
        ("2024-03-01T10:20:30.98765+02:00", "2024-03-01T08:20:30.987Z"),
        ("2024-03-01T01:20:30+02:00", "2024-02-29T23:20:30.000Z"),
        ("2024-12-31T23:20:30-0330", "2025-01-01T02:50:30.000Z"),
        ("2024-03-01T24:00:00Z", "2024-03-02T00:00:00.000Z"),
        ("2024-13-01", "0NaN-NaN-NaNTNaN:NaN:NaN.NaNZ"),
    ],
)
def test_iso_in_one_step(text, expected):
    assert iso_text(budget(), text) == expected


@pytest.mark.parametrize(
    "text",
    ["２０２４-03-01T10:20:30.123Z", "2024-03-01T10:20:30.123Z\n", "2024-03-01T10:20:30.12٣Z", "2024-03-01 10:20:30Z", "x", ""],
)
def test_iso_refuses_what_looks_like_it(text):
    assert outcome(iso_text, budget(), text) == {"e": "D3110"}
    assert outcome(refit(None, None), text) == {"e": "D3110"}


def texts():
    """Times in the forms of all pictures, and such as none takes."""
    for year in (0, 99, 100, 1899, 2023, 2024, 9999):
        for month, day in ((1, 1), (2, 28), (2, 29), (2, 30), (12, 31), (4, 31), (13, 1), (0, 10), (6, 0)):
            yield from (f"{year:04d}-{month:02d}-{day:02d}", f"{month:02d}/{day:02d}/{year:04d}", f"{month}/{day}/{year}")
            for clock in ("T00:10:20.003+0000", "T23:59:59.999+0200", "T10:20:30Z", "T24:00:00.000+0000", "T10:20:30.123Z"):
                yield f"{year:04d}-{month:02d}-{day:02d}{clock}"
            yield f"{day:02d}.{month:02d}.{year:04d} 17:05"
            yield f"{day:02d}.{month:02d}.{year:04d} 25:61"
    yield from ("2024", "1st March 2024", "100% 20243", "100% 2024", "", "2024-03-01\n")


def composed(text, source, target):
    millis = to_millis(budget(), text, UNDEFINED if source is None else source)
    return from_millis(budget(), millis, UNDEFINED if target is None else target)


@each("source", PICTURES)
@each("target", PICTURES)
def test_one_step_is_as_two(source, target):
    with time_machine.travel(1795549464, tick=False):
        for text in texts():
            fused = outcome(refit(source, target), text)
            assert fused == outcome(composed, text, source, target), text
            if source is target is None:
                assert outcome(iso_text, budget(), text) == fused


def test_calendar_is_its_own_inverse():
    for days in range(-1_000_000, 1_000_000, 997):
        year, month, day = civil(days)
        assert days_from_civil(year, month, day) == days
    assert civil(0) == (1970, 1, 1)
    assert civil(-719_528) == (0, 1, 1)
    assert days_from_civil(2024, 14, 1) == days_from_civil(2025, 2, 1)


def test_years_of_the_first_century_have_iso_weeks():
    """The reference takes them for years of the 20th: 0100-01-01, a Friday, is in week -99085 of 99 there."""
    assert from_millis(budget(), -59011459200000, "[Y0001] [FNn] [W] [w]") == "0100 Friday 53 5"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ((from_millis, 0, "[M01,1000000000]"), "U1002"),
        ((from_millis, 0, "[M01,1000000]" * 5_000), "U1002"),
        ((from_millis, 0, "[fN]"), "D3133"),
        ((from_millis, math.nan, "[Yw]"), "D1001"),
        ((from_millis, math.nan, "[MN]"), "D1001"),
        ((to_millis, "i" * 3_000 + "!", "[YI][MI][DI]"), "U1001"),
        ((to_millis, "one" * 3_000 + "!", "[Yw][Mw][Dw]"), "U1001"),
        ((to_millis, "one " * 300_000, "[Yw]"), "U1001"),
        ((to_millis, "2024", "[Y]" * 1_000_000), "U1001"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0].__name__,
)
def test_refused(call, code):
    function, *arguments = call
    assert outcome(function, budget(), *arguments) == {"e": code}


@pytest.mark.parametrize(
    "call",
    [
        (from_millis, 0, "[Y]" * 33_000),
        (from_millis, 0, "[[" * 50_000),
        (from_millis, 0, "[Y" + "#," * 50_000 + "0]"),
        (to_millis, "1" * 33_000 + "x", "[Y]" * 33_000),
        (to_millis, "1" * 1_000_000, "[Y]"),
        (to_millis, "one" * 3_000 + "!", "[Yw][Mw][Dw]"),
        (to_millis, "A" * 50_000 + "B", "[Ma][Da]" * 20),
        (to_millis, "2024-01-01T10:20:30." + "1" * 1_000_000 + "Z"),
    ],
    ids=lambda call: call[0].__name__,
)
def test_hostile_pictures_and_texts_end_soon(call):
    function, *arguments = call
    start = time.thread_time()
    outcome(function, budget(), *arguments)
    assert time.thread_time() - start < 2  # a third of a second where nothing else runs

"""Dates and times, their zones, formats and bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified.transform.functions import times
from unified_jsonata import UNDEFINED


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        ("1767225600", "2026-01-01T00:00:00Z"),
        (1767225600.5, "2026-01-01T00:00:00.500Z"),
        ("1767225600.123456", "2026-01-01T00:00:00.123456Z"),
        ("", None),
    ],
)
def test_from_epoch(seconds, expected):
    assert times.from_epoch(seconds) == expected


@pytest.mark.parametrize("seconds", [1e300, -1e18, 10**400, "9" * 300])
def test_from_epoch_refuses_times_outside_the_calendar(seconds):
    with pytest.raises(ValueError, match=r"^\$fromEpoch: expected a time between the years 1 and 9999, got one outside$"):
        times.from_epoch(seconds)


@pytest.mark.parametrize("seconds", ["soon", "1 2", "1_000", "nan", "٣"])
def test_from_epoch_refuses_other_text(seconds):
    with pytest.raises(ValueError, match="expected seconds as a number or numeric text, got text that is not numeric"):
        times.from_epoch(seconds)


@given(st.integers(min_value=-62_000_000_000, max_value=250_000_000_000))
def test_epoch_goes_there_and_back(seconds):
    assert times.to_epoch(times.from_epoch(seconds)) == seconds


def test_to_epoch_rounds_down_and_reads_no_zone_as_utc():
    assert times.to_epoch("1969-12-31T23:59:59.5Z") == -1
    assert times.to_epoch("1970-01-02") == 86_400


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("2026-01-31T23:59:00-08:00", UNDEFINED, "2026-01-31"),
        ("2026-01-31", None, "2026-01-31"),
        ("2026-01-31 10:00:00", "YYYY-MM-DD HH:MM:SS", "2026-01-31"),
        ("1/2/2026", "DD/MM/YYYY", "2026-02-01"),
        ("01/02/2026", "MM/DD/YYYY", "2026-01-02"),
        ("31.01.2026", "DD.MM.YYYY", "2026-01-31"),
        ("20260131", "YYYYMMDD", "2026-01-31"),
        ("01/31/2026 10:00", "MM/DD/YYYY HH:MM:SS", "2026-01-31"),
        ("0000-00-00", UNDEFINED, None),
        ("", UNDEFINED, None),
    ],
)
def test_iso_date(text, words, expected):
    assert times.iso_date(text, words) == expected


@pytest.mark.parametrize("text", ["2026-02-30", "0000-01-01", "31/01/2026", "2026-01-31x", "x"])
def test_iso_date_refuses_what_is_not_a_date(text):
    with pytest.raises(ValueError, match=r"^\$isoDate: expected a date in the format ISO, got other text$"):
        times.iso_date(text)


def test_iso_date_names_the_known_formats():
    with pytest.raises(ValueError, match=r"^\$isoDate: unknown format; expected one of ISO, .*DD/MM/YYYY"):
        times.iso_date("2026-01-01", "dd/mm")


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-01-01", UNDEFINED, "2026-01-01T00:00:00Z"),
        ("2026-01-01 10:00:00", "+05:30", "2026-01-01T04:30:00Z"),
        ("2026-01-01T10:00:00", "-0800", "2026-01-01T18:00:00Z"),
        ("2026-01-01T10:00:00.000+0000", "Europe/Berlin", "2026-01-01T10:00:00Z"),
        ("2026-10-25 02:30:00", "Europe/Berlin", "2026-10-25T00:30:00Z"),
        ("2026-01-01T10:00:00.123456789Z", None, "2026-01-01T10:00:00.123456Z"),
        ("", "UTC", None),
    ],
)
def test_iso(text, zone, expected):
    assert times.iso(text, zone) == expected


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/passwd", "+99:00", "", "Europe", "a" * 500])
def test_iso_refuses_zones_it_does_not_know(zone):
    with pytest.raises(ValueError, match=r"^\$iso: expected a zone such as `\+02:00` or `Europe/Berlin`, got other text$"):
        times.iso("2026-01-01", zone)


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "0001-01-01T00:00:00+10:00", "2026-01-01" + " " * 99])
def test_iso_refuses_other_text_without_showing_it(text):
    with pytest.raises(ValueError, match=r"^\$iso: expected ISO date or datetime text, got other text$"):
        times.iso(text)


def test_add_days_keeps_dates_dates():
    assert times.add_days("2026-03-01", -1) == "2026-02-28"
    assert times.add_days("2026-01-01T23:00:00-02:00", 1) == "2026-01-03T01:00:00Z"
    with pytest.raises(ValueError, match=r"^\$addDays: expected a whole number of days, got text$"):
        times.add_days("2026-03-01", "1")


def test_shifts_stay_in_the_calendar():
    """Callers ask for all times with its first or last day, which a mapping may widen."""
    assert times.add_days("9999-12-31", 1) == "9999-12-31"
    assert times.add_days("0001-01-01", -1) == "0001-01-01"
    assert times.add_days("2026-01-01", -(10**12)) == "0001-01-01"
    assert times.add_days("9999-12-31T23:59:59.999Z", 1) == "9999-12-31T23:59:59Z"
    assert times.add_seconds("0001-01-01T00:00:00Z", -1) == "0001-01-01T00:00:00Z"
    assert times.add_seconds("2026-01-01T00:00:00Z", 1e30) == "9999-12-31T23:59:59Z"


def test_differences_run_from_the_first_to_the_second():
    assert times.days_between("2026-01-02T23:59:59Z", "2026-01-01") == -1
    assert times.seconds("2026-01-01T00:00:00.5Z", "2026-01-01T02:00:00+02:00") == -0.5


def test_differences_with_null_are_null_and_with_missing_are_missing():
    for difference in (times.days_between, times.seconds):
        assert difference(None, "2026-01-01") is None
        assert difference("2026-01-01", UNDEFINED) is UNDEFINED


def test_add_seconds_is_exact():
    assert times.add_seconds("2026-01-01T00:00:00Z", 0.1) == "2026-01-01T00:00:00.100Z"


def test_jql_time_may_be_said_in_the_zone_of_the_user():
    assert times.jql_time("2026-07-01T10:00:59Z", "America/New_York") == "2026-07-01 06:00"
    assert times.jql_time("0999-07-01T10:00:59Z") == "0999-07-01 10:00"
    assert times.jql_time("0001-01-01T00:00:00Z", "-08:00") == "0001-01-01 00:00"
    assert times.jql_time("9999-12-31T23:59:59Z", "Asia/Tokyo") == "9999-12-31 23:59"


@pytest.mark.parametrize(
    ("iso", "zone", "day"),
    [
        ("2014-11-08T23:00:00.000Z", "Europe/Berlin", "2014-11-09"),
        ("2014-11-08T23:00:00.000Z", UNDEFINED, "2014-11-08"),
        ("2014-11-09T04:30:00Z", "America/New_York", "2014-11-08"),
        ("2014-11-09T04:30:00+02:00", "+02:00", "2014-11-09"),
        ("2014-11-09", "America/New_York", "2014-11-09"),
        ("2014-11-09T00:00:00", "Pacific/Auckland", "2014-11-09"),
        ("/Date(1415487600000)/", "Europe/Berlin", "2014-11-09"),
        ("/Date(-86400000+0100)/", UNDEFINED, "1969-12-31"),
        ("", "Europe/Berlin", None),
    ],
)
def test_local_date_is_the_day_in_the_zone(iso, zone, day):
    assert times.local_date(iso, zone) == day


def test_ticks_are_a_moment_for_every_function():
    assert times.iso("/Date(1767225600000+0200)/") == "2026-01-01T00:00:00Z"
    assert times.to_epoch("/Date(1767225600000)/") == 1767225600
    for text in ("/Date()/", "/Date(1e3)/", "Date(1)", "/Date(9999999999999999)/"):
        with pytest.raises(ValueError, match=r"^\$iso: expected ISO date or datetime text"):
            times.iso(text)
    with pytest.raises(ValueError, match=r"^\$iso: expected a time between the years 1 and 9999"):
        times.iso("/Date(999999999999999)/")

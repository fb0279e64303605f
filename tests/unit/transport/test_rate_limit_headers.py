"""What a provider says of its limits, in whatever form, becomes seconds from now; nonsense becomes nothing."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unified.catalog.provider import RateLimit
from unified.transport.rate_limit_headers import MAX_WAIT_SECONDS, RateNotes, rate_notes, seconds_to_wait

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
EPOCH = int(NOW.timestamp())

WAITS = [
    ("0", 0.0),
    ("5", 5.0),
    (" 5 ", 5.0),
    ("1.5", 1.5),
    ("86401", MAX_WAIT_SECONDS),
    ("315360000", MAX_WAIT_SECONDS),  # ten years
    ("9" * 5000, MAX_WAIT_SECONDS),
    ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
    ("Thu, 01 Jan 2026 13:00:30 +0100", 30.0),
    ("Thu, 01 Jan 2026 12:00:30 -0000", 30.0),
    ("Wed, 01 Jan 2036 12:00:00 GMT", MAX_WAIT_SECONDS),
    ("Thu, 01 Jan 2026 11:59:59 GMT", None),
    ("-5", None),
    ("", None),
    (".", None),
    ("1e3", None),
    ("nan", None),
    ("inf", None),
    ("٥", None),
    ("²", None),
    ("soon", None),
    ("Thu, 99 Foo 2026 12:00:30 GMT", None),
    ("Thu, 01 Jan 99999 12:00:30 GMT", None),
    ("Thu, 01 Jan 2026 12:00:30 +9999", None),
]


@pytest.mark.parametrize(("text", "seconds"), WAITS)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert seconds_to_wait(text, NOW) == seconds


@given(st.text())
@example("Mon, 01 Jan 0001 00:00:00 +1400")
@example("Fri, 31 Dec 9999 23:59:59 -1400")
@example("1 Jan")
def test_any_text_is_a_bounded_wait_or_none(text: str) -> None:
    wait = seconds_to_wait(text, NOW)
    assert wait is None or 0 <= wait <= MAX_WAIT_SECONDS


RESETS = [
    ("seconds", "30", 30.0),
    ("seconds", "-1", None),
    ("epoch", str(EPOCH + 30), 30.0),
    ("epoch", f"{EPOCH + 30}.5", 30.5),
    ("epoch", str(EPOCH - 30), None),
    ("epoch", str(EPOCH + 10**9), MAX_WAIT_SECONDS),
    ("epoch", "9" * 400, None),
    ("epoch", "nan", None),
    ("epoch", "", None),
    ("epoch", "soon", None),
    ("iso", "2026-01-01T12:00:30Z", 30.0),
    ("iso", "2026-01-01T14:00:30+02:00", 30.0),
    ("iso", "2026-01-01T12:00:30", 30.0),
    ("iso", "2025-01-01T12:00:30Z", None),
    ("iso", "2036-01-01T12:00:30Z", MAX_WAIT_SECONDS),
    ("iso", "tomorrow", None),
    ("iso", "", None),
]


@pytest.mark.parametrize(("form", "text", "seconds"), RESETS)
def test_a_reset_is_read_in_the_form_that_the_provider_file_names(form, text: str, seconds: float | None) -> None:
    rules = RateLimit(reset="X-Reset", reset_format=form)
    assert rate_notes(rules, {"x-reset": text}, NOW).reset == seconds


def test_the_reset_is_kept_apart_from_the_wait_asked_for() -> None:
    rules = RateLimit(reset="X-Reset")
    notes = rate_notes(rules, {"x-reset": "60", "retry-after": "5"}, NOW)
    assert (notes.retry_after, notes.reset) == (5.0, 60.0)
    notes = rate_notes(rules, {"x-reset": "60", "retry-after": "garbage"}, NOW)
    assert (notes.retry_after, notes.reset) == (None, 60.0)
    assert rate_notes(RateLimit(), {"x-reset": "60"}, NOW).reset is None
    assert rate_notes(RateLimit(retry_after="X-Wait"), {"x-wait": "7"}, NOW).retry_after == 7.0


COUNTS = [("100", 100), (" 7 ", 7), ("0", 0), ("-1", None), ("many", None), ("", None), ("1.5", None), ("٣", None)]


@pytest.mark.parametrize(("text", "count"), COUNTS)
def test_counts_are_whole_numbers_or_none(text: str, count: int | None) -> None:
    rules = RateLimit(remaining="X-Left", limit="X-Limit")
    expected = RateNotes(remaining=count, limit=count)
    assert rate_notes(rules, {"x-left": text, "x-limit": text}, NOW) == expected


def test_counts_are_bounded_in_length() -> None:
    assert rate_notes(RateLimit(limit="L"), {"l": "9" * 5000}, NOW).limit == 999_999_999_999

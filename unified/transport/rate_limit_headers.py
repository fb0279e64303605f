"""A provider's rate limits, read from headers and made comparable."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from unified.catalog.provider import RateLimit

MAX_WAIT_SECONDS = 86_400.0
"""A provider that asks for a longer wait is taken to ask for a day."""


class RateNotes(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's report of remaining calls and the requested wait, if any."""

    retry_after: float | None = None
    """Seconds from now, by the header that requests a wait."""
    reset: float | None = None
    """Seconds until the limit resets; a reason to wait only when it is used up."""
    remaining: int | None = None
    limit: int | None = None


def rate_notes(rules: RateLimit, headers: dict[str, str], now: datetime) -> RateNotes:
    """Read the limits from a response's headers (lower case); what cannot be parsed is None."""
    return RateNotes(
        retry_after=seconds_to_wait(headers.get(rules.retry_after.lower(), ""), now),
        reset=_reset(rules, headers.get(rules.reset.lower(), ""), now) if rules.reset else None,
        remaining=_count(headers, rules.remaining),
        limit=_count(headers, rules.limit),
    )


def seconds_to_wait(text: str, now: datetime) -> float | None:
    """Parse a Retry-After value, in seconds or as a date (RFC 9110, 10.2.3); None when it is neither or in the past."""
    text = text.strip()
    if text.replace(".", "", 1).isdigit() and text.isascii():
        return min(float(text[:12]), MAX_WAIT_SECONDS)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the latter for a time zone out of range
        return None
    return _seconds_until(until, now)


def _seconds_until(until: datetime, now: datetime) -> float | None:
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    try:
        wait = (until - now).total_seconds()
    except OverflowError:  # a time zone that leads out of the calendar
        return None
    return min(wait, MAX_WAIT_SECONDS) if wait >= 0 else None


def _reset(rules: RateLimit, text: str, now: datetime) -> float | None:
    if rules.reset_format == "seconds":
        return seconds_to_wait(text, now)
    unit = {"epoch": 1.0, "epoch_ms": 1_000.0}.get(rules.reset_format)
    try:
        until = datetime.fromisoformat(text) if unit is None else datetime.fromtimestamp(float(text) / unit, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return _seconds_until(until, now)


def _count(headers: dict[str, str], name: str | None) -> int | None:
    text = headers.get((name or "").lower(), "")
    digits = text.strip()[:12]
    return int(digits) if digits.isascii() and digits.isdigit() else None

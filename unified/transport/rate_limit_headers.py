"""What a provider says of its limits, read from headers and made comparable."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from unified.catalog.provider import RateLimit

MAX_WAIT = 86_400.0
"""Seconds; a provider that asks for more is told as a day."""


class RateNotes(msgspec.Struct, frozen=True, kw_only=True):
    """Remaining calls and the wait asked for, as far as the provider says."""

    retry_after: float | None = None
    """Seconds from now, by the header that asks for a wait."""
    reset: float | None = None
    """Seconds until the budget is fresh again; a wait only when it is used up."""
    remaining: int | None = None
    limit: int | None = None


def rate_notes(rules: RateLimit, headers: dict[str, str], now: datetime) -> RateNotes:
    """Read the notes from an answer's headers (lower case); what cannot be read is None."""
    return RateNotes(
        retry_after=seconds_to_wait(headers.get(rules.retry_after.lower(), ""), now),
        reset=_reset(rules, headers.get(rules.reset.lower(), ""), now) if rules.reset else None,
        remaining=_count(headers, rules.remaining),
        limit=_count(headers, rules.limit),
    )


def seconds_to_wait(text: str, now: datetime) -> float | None:
    """A Retry-After value, in seconds or as a date (RFC 9110, 10.2.3); None when it is neither or in the past."""
    text = text.strip()
    if text.replace(".", "", 1).isdigit() and text.isascii():
        return min(float(text[:12]), MAX_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the latter for a zone that is out of reach
        return None
    return _until(moment, now)


def _until(moment: datetime, now: datetime) -> float | None:
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        wait = (moment - now).total_seconds()
    except OverflowError:  # a zone that leads out of the calendar
        return None
    return min(wait, MAX_WAIT) if wait >= 0 else None


def _reset(rules: RateLimit, text: str, now: datetime) -> float | None:
    if rules.reset_format == "seconds":
        return seconds_to_wait(text, now)
    try:
        moment = datetime.fromtimestamp(float(text), UTC) if rules.reset_format == "epoch" else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return _until(moment, now)


def _count(headers: dict[str, str], name: str | None) -> int | None:
    text = headers.get((name or "").lower(), "")
    digits = text.strip()[:12]
    return int(digits) if digits.isascii() and digits.isdigit() else None

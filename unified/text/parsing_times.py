"""Times as text: parsed here only, so that a time without a zone gets no further."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from unified.errors.requests import ValidationFailed

Moment = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""A time in JSON: RFC 3339 text with a zone. Schemas say so; decoding takes any text, which `parse_time` then checks."""


def parse_time(pointer: str, text: str) -> datetime:
    """Parse an RFC 3339 time with a zone, and return it in UTC.

    Args:
        pointer: the JSON pointer, or the name of the parameter, that an error names.
        text: what the caller sent.

    Raises:
        ValidationFailed: the text is not a time, has no zone, or lies outside the years 1 to 9999 in UTC.
    """
    try:
        parsed = datetime.fromisoformat(text)
        if parsed.tzinfo is not None:
            return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValidationFailed.at(pointer, "expected a time with its zone, such as 2026-12-31T00:00:00Z (RFC 3339)")


def parse_future_time(pointer: str, text: str, now: datetime) -> datetime:
    """Parse a time as `parse_time` does, and require that it is later than `now`.

    Raises:
        ValidationFailed: as `parse_time`, and when the time is not in the future.
    """
    moment = parse_time(pointer, text)
    if moment <= now:
        raise ValidationFailed.at(pointer, "expected a time in the future")
    return moment

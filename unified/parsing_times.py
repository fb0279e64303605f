"""Times that a caller sends as text: parsed in one place, so that none without a time zone gets further."""

from datetime import UTC, datetime

from unified.errors import ValidationFailed


def parse_time(pointer: str, text: str) -> datetime:
    """Return the time in UTC.

    Raises:
        ValidationFailed: At `pointer`, when the text is not a time with a zone (RFC 3339).
    """
    try:
        parsed = datetime.fromisoformat(text)
        if parsed.tzinfo is not None:
            return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValidationFailed.at(pointer, "expected a time with its zone, such as 2026-12-31T00:00:00Z (RFC 3339)")

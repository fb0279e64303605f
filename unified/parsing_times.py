"""A moment that a caller gave as text: read in one place, so that none without a zone comes further."""

from datetime import UTC, datetime

from unified.errors import ValidationFailed


def parse_time(pointer: str, text: str) -> datetime:
    """The moment in UTC; ValidationFailed names the pointer when the text is no time with a zone (RFC 3339)."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValidationFailed.at(pointer, "expected a time with its zone, such as 2026-12-31T00:00:00Z (RFC 3339)")

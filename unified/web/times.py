"""Moments as people say them: "in 28 minutes", "3 days ago"; the exact one is for the title."""

from datetime import datetime, timedelta

_STEPS = (
    (timedelta(days=365), "year"),
    (timedelta(days=30), "month"),
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
)


def relative(moment: datetime, now: datetime) -> str:
    """A moment seen from now, in its largest whole unit; less than a minute is "now"."""
    distance = abs(moment - now)
    for step, unit in _STEPS:
        count = distance // step
        if count:
            counted = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"in {counted}" if moment > now else f"{counted} ago"
    return "now"


def exact(moment: datetime) -> str:
    """A moment to the second, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"

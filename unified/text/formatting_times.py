"""Times as text in RFC 3339, in UTC with `Z`: written here only, so that all interfaces write them alike."""

from datetime import datetime
from typing import Literal, overload

Precision = Literal["seconds", "milliseconds", "microseconds"]


@overload
def time_text(time: datetime, precision: Precision = "seconds") -> str: ...
@overload
def time_text(time: datetime | None, precision: Precision = "seconds") -> str | None: ...
def time_text(time: datetime | None, precision: Precision = "seconds") -> str | None:
    """Return a time in UTC as text, cut to a precision; None for none."""
    return None if time is None else time.isoformat(timespec=precision).replace("+00:00", "Z")


def exact_time_text(time: datetime) -> str:
    """Return a time in UTC as text, with the fraction of its second only if there is one."""
    fraction = time.microsecond
    return time_text(time, "seconds" if not fraction else "microseconds" if fraction % 1000 else "milliseconds")

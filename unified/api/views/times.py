"""Times as responses show them."""

from datetime import datetime
from typing import overload


@overload
def time_text(moment: datetime) -> str: ...
@overload
def time_text(moment: datetime | None) -> str | None: ...
def time_text(moment: datetime | None) -> str | None:
    """Return a time in RFC 3339 with whole seconds; None for none."""
    return None if moment is None else moment.isoformat(timespec="seconds").replace("+00:00", "Z")

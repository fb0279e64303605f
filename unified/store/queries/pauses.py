"""Times until which rows wait: a lease, the next try.

A time further away than any wait may be was written while a clock was wrong. It counts as past: otherwise one minute of a wrong
clock would hold up an account, an app or an event for as long as the clock was ahead.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

REFRESH = timedelta(minutes=5)
"""The longest wait of a refresh: of its lease, and after a failure of the token endpoint."""
DELIVERY = timedelta(days=2)
"""The longest wait of an event for its next try."""
SLACK = timedelta(minutes=1)
"""Added to the longest wait: another worker's clock may differ, and may have been read after one's own, while a
statement waited for that worker's transaction. Without it, a lease that was just taken would count as written by a wrong clock.
"""


def is_over(until: datetime | None, now: datetime, longest: timedelta) -> bool:
    """Return whether a row need not wait any more, which may be for `longest` at most."""
    return until is None or not now < until <= now + longest + SLACK


def over(until: sa.Column[Any], now: datetime, longest: timedelta) -> sa.ColumnElement[bool]:
    """Return the same as a condition of a query."""
    return sa.or_(until.is_(None), until <= now, until > now + longest + SLACK)

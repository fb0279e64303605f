"""When a token is refreshed: at a time before it expires that depends on the account, to spread the load."""

import zlib
from datetime import datetime, timedelta

from unified.store.accounts import AccountRow
from unified.store.queries.pauses import REFRESH, is_over

EARLIEST, LATEST = timedelta(seconds=180), timedelta(seconds=60)
"""A token is refreshed between these times before it expires."""
USABLE = timedelta(seconds=10)
"""A token that is valid for this long is sent while it is refreshed; for another one, callers wait."""


def is_due(row: AccountRow, now: datetime) -> bool:
    """Return whether the token should be refreshed: 60 to 180 s before it expires, depending on the account."""
    if not row.credentials_refreshable or row.credentials_expires_at is None:
        return False
    return row.credentials_expires_at - now <= margin(row)


def margin(row: AccountRow) -> timedelta:
    """Return how long before its expiry a token is refreshed: the same in every process, different for each account.

    A token that is valid for only minutes is refreshed at half its life.
    """
    share = zlib.crc32(f"{row.id}.{row.credentials_version}".encode()) / 2**32
    planned = LATEST + (EARLIEST - LATEST) * share
    if row.credentials_issued_at is None or row.credentials_expires_at is None:
        return planned
    return min(planned, (row.credentials_expires_at - row.credentials_issued_at) / 2)


def is_usable(row: AccountRow, now: datetime, *, least: timedelta = USABLE) -> bool:
    """Return whether the token is valid for longer than `least`."""
    return row.credentials_expires_at is None or row.credentials_expires_at - now > least


def is_refreshable_now(row: AccountRow, now: datetime) -> bool:
    """Return whether the token endpoint may be asked: it did not fail a moment ago."""
    return is_over(row.refresh_not_before, now, REFRESH)

"""Rows that an earlier version marked and sealed in another form, in the transaction that upgrades the tables.

Only what has a valid mark of that form gets one of the present form.
"""

from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.stored_values import value_of
from unified.store.engine.tables import ACCOUNTS
from unified.store.integrity.guarded import GUARDED, fits, guarded_table, overwrite, raw_columns, raw_rows
from unified.store.integrity.sealed import CREDENTIALS, SealedText

Reseal = Callable[[SealedText], str | None]
"""Seals a text of an earlier form again; None for one that does not open."""
WAS_FREE: dict[str, tuple[str, ...]] = {
    "tenants": (),
    "tenant_logos": ("content", "updated_at"),
    "api_keys": ("last_used_at",),
    "accounts": (
        "status_reason",
        "credentials",
        "credentials_masked",
        "credentials_issued_at",
        "credentials_expires_at",
        "credentials_version",
        "credentials_refreshable",
        "refresh_lease",
        "refresh_lease_until",
        "refresh_unfinished",
        "refresh_not_before",
        "version",
        "updated_at",
    ),
    "mcp_servers": ("version", "updated_at", "last_used_at"),
    "approvals": ("payload", "status_reason"),
    "oauth_apps": ("client", "client_id_masked", "client_secret_masked", "created_at", "updated_at"),
    "connect_links": ("status_reason", "attempt", "tries", "failures"),
    "sessions": (),
    "webhooks": (
        "status_reason",
        "secret",
        "secret_masked",
        "previous_secret",
        "previous_until",
        "failing_since",
        "updated_at",
    ),
    "deliveries": ("status", "attempts", "next_attempt_at", "lease_until", "last_status", "last_error", "delivered_at"),
}
"""The columns that marks did not cover before migration 0010."""


async def widen(connection: AsyncConnection) -> int:
    """Mark again what has a valid mark of before migration 0010; return how many rows there were."""
    count = 0
    for guarded in (one for one in GUARDED if WAS_FREE[one.table.name] != one.free):
        before = msgspec.structs.replace(guarded, free=WAS_FREE[guarded.table.name])
        for row in await raw_rows(connection, sa.select(*raw_columns(guarded))):
            if fits(connection, before, row):
                await overwrite(connection, guarded, row, {})
                count += 1
    return count


async def bind_credentials(connection: AsyncConnection, reseal: Reseal) -> None:
    """Seal the credentials of all valid rows again; a row that does not open stays unchanged, and will never open."""
    accounts = guarded_table(ACCOUNTS)
    query = sa.select(*raw_columns(accounts, ("credentials",))).where(ACCOUNTS.c.credentials.is_not(None))
    for row in await raw_rows(connection, query):
        bound = {name: value_of(ACCOUNTS.c[name].type, row[name]) for name in CREDENTIALS.bound}
        old = SealedText(tenant_id=row["tenant_id"], row_id=row["id"], text=row["credentials"], bound=bound)
        text = reseal(old) if fits(connection, accounts, row) else None
        if text is not None:
            await connection.execute(sa.update(ACCOUNTS).where(accounts.is_row(row)).values(credentials=text))

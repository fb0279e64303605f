"""Publishes the changes of a transaction after its commit, so that copies of rows elsewhere in the process are dropped.

Only ids are published: whoever keeps a copy reads the row again, so the order in which two commits are published does not
matter. Nothing is published for a transaction that was rolled back.
"""

from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from unified.store.engine.async_engine import AsyncConnection

OPTION = "unified_changes"
"""The connection's execution option that holds the changes of its transaction."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One row that a transaction wrote."""

    table: str
    tenant_id: str
    id: str
    """The row's id within its tenant."""


Subscriber = Callable[[Change], None]
"""Called once for each changed row after the commit; it must neither block nor raise."""


def announce(connection: AsyncConnection, table: sa.Table, tenant_id: str, row_id: str) -> None:
    """Add a row to the changes that are published when the connection's transaction is committed.

    `unified.store.integrity.guarded` does this for every row that it writes; a statement that does not go through it calls this
    itself.
    """
    assert connection.sync_connection is not None, "the connection is open"
    changes: dict[Change, None] = connection.sync_connection.get_execution_options()[OPTION]
    changes[Change(table=table.name, tenant_id=tenant_id, id=row_id)] = None


def no_subscriber(_change: Change) -> None:
    """Ignore the change; for a database without cached copies."""

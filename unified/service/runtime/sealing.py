"""Sealed text of the database: sealed and opened here only, for the place that its column names.

Rotation seals again by the same `SealedColumn.context`, so whatever is sealed here can be sealed again there.
"""

from unified.store.sealed import SealedColumn
from unified.vault.seal import Vault


def seal_text(vault: Vault, column: SealedColumn, tenant_id: str, row_id: str, plain: bytes) -> str:
    """Text for one column of one row."""
    return vault.seal(plain, context=column.context(tenant_id, row_id))


def open_text(vault: Vault, column: SealedColumn, tenant_id: str, row_id: str, sealed: str) -> bytes:
    """What was sealed; raises SealBroken for text of another place, UnknownKey for that of a missing master key."""
    return vault.open(sealed, context=column.context(tenant_id, row_id))

"""Sealed text of the database: sealed and opened only here, for the place that its column names.

Rotation seals again with the same `SealedColumn.context`, so whatever is sealed here can be sealed again there.
"""

from unified.store.sealed import SealedColumn
from unified.vault.seal import Vault


def seal_text(vault: Vault, column: SealedColumn, tenant_id: str, row_id: str, plain: bytes) -> str:
    """Return sealed text for one column of one row."""
    return vault.seal(plain, context=column.context(tenant_id, row_id))


def open_text(vault: Vault, column: SealedColumn, tenant_id: str, row_id: str, sealed: str) -> bytes:
    """Open sealed text of one column of one row.

    Raises:
        SealBroken: the text was edited, or sealed for another place.
        UnknownKey: its master key is missing.
    """
    return vault.open(sealed, context=column.context(tenant_id, row_id))

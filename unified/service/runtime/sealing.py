"""Sealed text of the database: sealed and opened only here, for the place that its column names.

Rotation seals again with the same `SealedColumn.context`, so whatever is sealed here can be sealed again there.
"""

from typing import Any

from unified.store.integrity.sealed import SealedColumn
from unified.vault.seal import SealedParts, Vault, take_apart


def seal_text(vault: Vault, column: SealedColumn, tenant_id: str, row_id: str, plain: bytes, **bound: Any) -> str:
    """Return sealed text for one column of one row; `bound` has the values of the columns that it is bound to."""
    return vault.seal(plain, context=column.context(tenant_id, row_id, **bound))


def open_text(vault: Vault, column: SealedColumn, tenant_id: str, row_id: str, sealed: str, **bound: Any) -> bytes:
    """Open sealed text of one column of one row.

    Raises:
        SealBroken: the text was edited, or sealed for another place or other values of the columns that it is bound to.
        UnknownKey: its master key is missing.
    """
    return vault.open(sealed, context=column.context(tenant_id, row_id, **bound))


def text_parts(column: SealedColumn, tenant_id: str, row_id: str, sealed: str, **bound: Any) -> SealedParts:
    """Return such a text taken apart, for `Vault.open_parts`. Raises SealBroken for text of another form."""
    return take_apart(sealed, context=column.context(tenant_id, row_id, **bound))

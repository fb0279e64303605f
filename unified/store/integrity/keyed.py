"""Columns in which the text names the master key that it was made with: sealed text, and the MACs of rows."""

from typing import Any

import msgspec
import sqlalchemy as sa

SEALED_FORM = "v1."
MAC_FORM = "m1."
"""Prefixes of such text, followed by the key's id and a dot."""
SERVICE = "service"
"""Takes the place of the tenant for what belongs to none."""


class KeyedColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column of such text."""

    table: sa.Table
    column: str
    form: str
    owner: str = "tenant_id"
    """The column that names the tenant; empty for what belongs to none."""
    id: str = "id"
    """The column that names the row within its tenant."""

    @property
    def name(self) -> str:
        """`table.column`."""
        return f"{self.table.name}.{self.column}"

    @property
    def text(self) -> sa.Column[Any]:
        """The column itself."""
        return self.table.c[self.column]

    @property
    def tenant(self) -> sa.ColumnElement[str]:
        """The tenant's id, or `SERVICE` for what belongs to no tenant."""
        return self.table.c[self.owner] if self.owner else sa.literal(SERVICE)

    def row(self, tenant_id: str, row_id: str) -> sa.ColumnElement[bool]:
        """Return the condition that selects one row."""
        return sa.and_(self.tenant == tenant_id, self.table.c[self.id] == row_id)

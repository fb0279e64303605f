"""Pauses of keys, MCP servers, all agents and all writes of a tenant; marks leave out what is empty, so they stay valid."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COLUMNS = (("api_keys", "paused"), ("mcp_servers", "paused"), ("tenants", "agents_paused"), ("tenants", "writes_paused"))


def upgrade() -> None:
    """Apply."""
    for table, column in COLUMNS:
        op.add_column(table, sa.Column(column, sa.JSON))


def downgrade() -> None:
    """Undo. Rows that are paused have marks that the version before does not accept: resume them first."""
    for table, column in COLUMNS:
        op.drop_column(table, column)

"""Limits of use in the rows of keys and MCP servers, which existing rows do not have, and the counters of what they limit."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = ("api_keys", "mcp_servers")


def upgrade() -> None:
    """Apply."""
    for table in TABLES:
        op.add_column(table, sa.Column("use_limits", sa.JSON))
    op.create_table(
        "use_counts",
        *(sa.Column(name, sa.String, nullable=False) for name in ("tenant_id", "owner", "counted", "period")),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("reported", sa.BigInteger),
        sa.PrimaryKeyConstraint("tenant_id", "owner", "counted", "period", name="pk_use_counts"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_use_counts_tenants", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Undo. Rows with limits have marks that the version before does not accept: remove their limits first."""
    op.drop_table("use_counts")
    for table in TABLES:
        op.drop_column(table, "use_limits")

"""Suspended and deleted tenants, and the request that an audit row, an approval or a delivery belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("tenants", sa.Column("suspended_at", sa.BigInteger))
    op.create_table(
        "deleted_tenants",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("rows", sa.JSON, nullable=False),
        sa.Column("deleted_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deleted_tenants"),
    )
    for table in ("approvals", "deliveries", "audit"):
        op.add_column(table, sa.Column("request_id", sa.String))
    op.create_index("ix_audit_tenant_id_request_id", "audit", ["tenant_id", "request_id"])


def downgrade() -> None:
    """Undo. Suspended tenants are active again, and audit rows written since then no longer verify."""
    op.drop_index("ix_audit_tenant_id_request_id", "audit")
    for table in ("audit", "deliveries", "approvals"):
        op.drop_column(table, "request_id")
    op.drop_table("deleted_tenants")
    op.drop_column("tenants", "suspended_at")

"""Marks that cover more columns, credentials that are bound to their connection, and an index of waiting writes by requester.

The marks and the credentials are made again by `unified.service.maintenance.row_adoption`, in the same transaction.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEX = "ix_approvals_tenant_id_status_requested_by"


def upgrade() -> None:
    """Apply."""
    op.create_index(INDEX, "approvals", ["tenant_id", "status", "requested_by"])


def downgrade() -> None:
    """Undo. Rows that were marked since, and credentials, are unknown to the version before: restore a backup instead."""
    op.drop_index(INDEX, "approvals")

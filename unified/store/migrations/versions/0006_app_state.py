"""Which OAuth apps a provider refuses."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "oauth_app_states",
        sa.Column("tenant_id", sa.String, nullable=False),
        sa.Column("provider", sa.String, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("invalid_since", sa.BigInteger),
        sa.Column("not_before", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "provider", name="pk_oauth_app_states"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_oauth_app_states_tenants", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("oauth_app_states")

"""OAuth apps are refused per token endpoint; what was recorded for all of a provider's is learnt again within minutes."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.drop_table("oauth_app_states")
    _create(sa.Column("endpoint", sa.String, nullable=False))


def downgrade() -> None:
    """Undo."""
    op.drop_table("oauth_app_states")
    _create()


def _create(*endpoint: sa.Column[str]) -> None:
    key = ("tenant_id", "provider", *(column.name for column in endpoint))
    op.create_table(
        "oauth_app_states",
        sa.Column("tenant_id", sa.String, nullable=False),
        sa.Column("provider", sa.String, nullable=False),
        *endpoint,
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("invalid_since", sa.BigInteger),
        sa.Column("not_before", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint(*key, name="pk_oauth_app_states"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_oauth_app_states_tenants", ondelete="CASCADE"),
    )

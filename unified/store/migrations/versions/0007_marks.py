"""Marks that reveal edited rows, and the sealed key of token digests.

Attempts to connect that are in progress must begin again: their state was sealed for another context.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

GUARDED = (
    "tenants",
    "api_keys",
    "accounts",
    "mcp_servers",
    "approvals",
    "oauth_apps",
    "connect_links",
    "sessions",
    "webhooks",
    "deliveries",
)


def upgrade() -> None:
    """Apply."""
    for table in GUARDED:
        op.add_column(table, sa.Column("mac", sa.String))
    op.create_table(
        "service_keys",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_keys"),
    )
    op.execute("UPDATE connect_links SET browser = NULL, state = NULL, attempt = NULL, attempt_expires_at = NULL")


def downgrade() -> None:
    """Undo. Tokens are no longer found: their digests stay keyed, and the key is deleted."""
    op.drop_table("service_keys")
    for table in reversed(GUARDED):
        op.drop_column(table, "mac")

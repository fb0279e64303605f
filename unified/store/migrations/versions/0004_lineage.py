"""Who created a key or a connect link, and a digest of what an approval would send."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("api_keys", sa.Column("made_by", sa.String))
    op.add_column("mcp_servers", sa.Column("taken_by", sa.JSON))
    op.add_column("connect_links", sa.Column("made_by", sa.String))
    op.add_column("approvals", sa.Column("plan_digest", sa.String))


def downgrade() -> None:
    """Undo."""
    op.drop_column("approvals", "plan_digest")
    op.drop_column("connect_links", "made_by")
    op.drop_column("mcp_servers", "taken_by")
    op.drop_column("api_keys", "made_by")

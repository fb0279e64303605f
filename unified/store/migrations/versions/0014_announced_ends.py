"""API keys know whether their expiry was announced; the MAC of a key does not cover it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("api_keys", sa.Column("end_announced_at", sa.BigInteger))


def downgrade() -> None:
    """Undo."""
    op.drop_column("api_keys", "end_announced_at")

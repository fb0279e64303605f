"""How many refusals an audit row represents, and how many attempts of a connect link a provider refused."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("audit", sa.Column("count", sa.Integer))
    op.add_column("connect_links", sa.Column("tries", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Undo."""
    op.drop_column("connect_links", "tries")
    op.drop_column("audit", "count")

"""Which common fields a call asked for, by name, so that a scope can be narrowed to what is used."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("audit", sa.Column("fields", sa.Text))


def downgrade() -> None:
    """Undo."""
    op.drop_column("audit", "fields")

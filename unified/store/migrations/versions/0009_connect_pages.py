"""Adds the appearance of a tenant's connect page, the access that a link asks for, and the consent of an account's owner.

Accounts that were connected before have no consent: only the scopes of their callers limit what is done with them.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True)
ADDED: tuple[tuple[str, str, sa.types.TypeEngine[Any]], ...] = (
    ("tenants", "frame_ancestors", JSON),
    ("tenants", "colors", JSON),
    ("tenants", "changed_by", JSON),
    ("accounts", "consent", JSON),
    ("connect_links", "providers", JSON),
    ("connect_links", "scope", JSON),
    ("connect_links", "language", sa.String()),
)


def upgrade() -> None:
    """Apply."""
    for table, name, kind in ADDED:
        op.add_column(table, sa.Column(name, kind))
    op.add_column("connect_links", sa.Column("failures", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "tenant_logos",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant_id", sa.String, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("made_by", sa.String),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("mac", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_tenant_logos"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_tenant_logos_tenants", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Undo. What the owners of accounts agreed to is lost, so only the scopes of callers limit them again."""
    op.drop_table("tenant_logos")
    op.drop_column("connect_links", "failures")
    for table, name, _ in reversed(ADDED):
        op.drop_column(table, name)

"""Agent access: MCP servers, approvals, chosen resources of accounts, and the server in the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("accounts", sa.Column("resources", sa.JSON))
    op.add_column("accounts", sa.Column("connections", sa.Integer, nullable=False, server_default="1"))
    op.add_column("audit", sa.Column("server", sa.String))
    _mcp_servers()
    _approvals()


def downgrade() -> None:
    """Undo."""
    op.drop_table("approvals")
    op.drop_table("mcp_servers")
    op.drop_column("audit", "server")
    op.drop_column("accounts", "connections")
    op.drop_column("accounts", "resources")


def _mcp_servers() -> None:
    op.create_table(
        "mcp_servers",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant_id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("config", sa.JSON, nullable=False),
        sa.Column("scope", sa.JSON, nullable=False),
        sa.Column("limits", sa.JSON),
        sa.Column("made_by", sa.String),
        sa.Column("require_api_token_auth", sa.Boolean, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("last4", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("last_used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_mcp_servers"),
        sa.UniqueConstraint("digest", name="uq_mcp_servers_digest"),
        sa.UniqueConstraint("tenant_id", "id", name="uq_mcp_servers_tenant_id_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_mcp_servers_tenants", ondelete="CASCADE"),
    )
    op.create_index("ix_mcp_servers_tenant_id_created_at_id", "mcp_servers", ["tenant_id", "created_at", "id"])


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant_id", sa.String, nullable=False),
        sa.Column("account_id", sa.String, nullable=False),
        sa.Column("connections", sa.Integer, nullable=False),
        sa.Column("requested_by", sa.String, nullable=False),
        sa.Column("key_id", sa.String),
        sa.Column("tool", sa.String),
        sa.Column("method", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("summary", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("scope_digest", sa.String, nullable=False),
        sa.Column("mapping_digest", sa.String, nullable=False),
        sa.Column("payload", sa.Text),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("status_reason", sa.String),
        sa.Column("result_id", sa.String),
        sa.Column("decided_by", sa.String),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("execute_until", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_approvals_tenants", ondelete="CASCADE"),
    )
    op.create_index("ix_approvals_tenant_id_created_at_id", "approvals", ["tenant_id", "created_at", "id"])
    op.create_index("ix_approvals_status_expires_at", "approvals", ["status", "expires_at"])

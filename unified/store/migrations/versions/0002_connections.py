"""Connections: refresh leases, OAuth apps, connect links, sessions, webhooks with their outbox, and the audit chain."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("audit_heads", "audit", "deliveries", "webhooks", "sessions", "connect_links", "oauth_apps")


def upgrade() -> None:
    """Apply."""
    op.add_column("tenants", sa.Column("return_origins", sa.JSON))
    _accounts()
    _oauth_apps()
    _connect_links()
    _sessions()
    _webhooks()
    _deliveries()
    _audit()


def downgrade() -> None:
    """Undo."""
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_accounts_status_credentials_expires_at", "accounts")
    for column in _refresh_columns():
        op.drop_column("accounts", column.name)
    op.drop_column("tenants", "return_origins")


def _refresh_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("credentials_issued_at", sa.BigInteger),
        sa.Column("credentials_version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("credentials_refreshable", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("refresh_lease", sa.String),
        sa.Column("refresh_lease_until", sa.BigInteger),
        sa.Column("refresh_unfinished", sa.Integer, nullable=False, server_default="0"),
        sa.Column("refresh_not_before", sa.BigInteger),
    ]


def _accounts() -> None:
    for column in _refresh_columns():
        op.add_column("accounts", column)
    op.create_index("ix_accounts_status_credentials_expires_at", "accounts", ["status", "credentials_expires_at"])


def _to_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=f"fk_{table}_tenants", ondelete="CASCADE")


def _oauth_apps() -> None:
    op.create_table(
        "oauth_apps",
        sa.Column("tenant_id", sa.String, nullable=False),
        sa.Column("provider", sa.String, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("client_id_masked", sa.String, nullable=False),
        sa.Column("client_secret_masked", sa.String, nullable=False),
        sa.Column("scopes", sa.JSON),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "provider", name="pk_oauth_apps"),
        _to_tenant("oauth_apps"),
    )


def _connect_links() -> None:
    op.create_table(
        "connect_links",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant_id", sa.String, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("provider", sa.String),
        sa.Column("reconnects", sa.String),
        sa.Column("name", sa.String),
        sa.Column("external_id", sa.String),
        sa.Column("return_url", sa.String),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("status_reason", sa.String),
        sa.Column("account_id", sa.String),
        sa.Column("browser", sa.LargeBinary(32)),
        sa.Column("state", sa.LargeBinary(32)),
        sa.Column("attempt", sa.Text),
        sa.Column("attempt_expires_at", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_connect_links"),
        sa.UniqueConstraint("state", name="uq_connect_links_state"),
        _to_tenant("connect_links"),
    )
    op.create_index("ix_connect_links_expires_at", "connect_links", ["expires_at"])


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant_id", sa.String, nullable=False),
        sa.Column("key_id", sa.String, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("digest", name="uq_sessions_digest"),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.id"], name="fk_sessions_api_keys", ondelete="CASCADE"),
        _to_tenant("sessions"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant_id", sa.String, nullable=False),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("events", sa.JSON, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("status_reason", sa.String),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("secret_masked", sa.String, nullable=False),
        sa.Column("previous_secret", sa.Text),
        sa.Column("previous_until", sa.BigInteger),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
        sa.UniqueConstraint("tenant_id", "id", name="uq_webhooks_tenant_id_id"),
        _to_tenant("webhooks"),
    )
    op.create_index("ix_webhooks_tenant_id_created_at_id", "webhooks", ["tenant_id", "created_at", "id"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant_id", sa.String, nullable=False),
        sa.Column("webhook_id", sa.String, nullable=False),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_error", sa.String),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("delivered_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        _to_tenant("deliveries"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "webhook_id"],
            ["webhooks.tenant_id", "webhooks.id"],
            name="fk_deliveries_webhooks",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_deliveries_status_next_attempt_at", "deliveries", ["status", "next_attempt_at"])
    columns = ["tenant_id", "webhook_id", "created_at", "id"]
    op.create_index("ix_deliveries_tenant_id_webhook_id_created_at_id", "deliveries", columns)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant_id", sa.String, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("tool", sa.String),
        sa.Column("method", sa.String),
        sa.Column("model", sa.String),
        sa.Column("account_id", sa.String),
        sa.Column("target", sa.String),
        sa.Column("decision", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("status", sa.Integer),
        sa.Column("digest", sa.String),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sa.UniqueConstraint("tenant_id", "seq", name="uq_audit_tenant_id_seq"),
        _to_tenant("audit"),
    )
    op.create_index("ix_audit_tenant_id_created_at_id", "audit", ["tenant_id", "created_at", "id"])
    op.create_table(
        "audit_heads",
        sa.Column("tenant_id", sa.String, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_audit_heads"),
        _to_tenant("audit_heads"),
    )

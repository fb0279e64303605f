"""The tables in their present form; `migrations/` holds their history, and a test compares both.

Every table has `tenant_id` but `tenants` and those of `INSTALLATION`. `mac` is explained in `unified.store.integrity.guarded`.
They are all here, long as that is: a table in a module that nothing imports would be missing from `METADATA`.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from unified.store.engine.stored_times import Moment

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _tenant() -> Column[str]:
    return Column("tenant_id", String, ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False)


def _mac() -> Column[str]:
    return Column("mac", String)


TENANTS = Table(
    "tenants",
    METADATA,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("return_origins", JSON(none_as_null=True)),
    Column("frame_ancestors", JSON(none_as_null=True)),
    Column("colors", JSON(none_as_null=True)),
    Column("changed_by", JSON(none_as_null=True)),
    Column("created_at", Moment, nullable=False),
    Column("suspended_at", Moment),
    Column("agents_paused", JSON(none_as_null=True)),
    Column("writes_paused", JSON(none_as_null=True)),
    _mac(),
)

TENANT_LOGOS = Table(
    "tenant_logos",
    METADATA,
    Column("id", String, primary_key=True),
    _tenant(),
    Column("digest", LargeBinary(32), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("made_by", String),
    Column("updated_at", Moment, nullable=False),
    _mac(),
)

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", String, primary_key=True),
    _tenant(),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("scope", JSON(none_as_null=True)),
    Column("made_by", String),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("last4", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("last_used_at", Moment),
    Column("paused", JSON(none_as_null=True)),
    Column("end_announced_at", Moment),
    Column("use_limits", JSON(none_as_null=True)),
    _mac(),
    Index(None, "tenant_id", "created_at", "id"),
)

USE_COUNTS = Table(
    "use_counts",
    METADATA,
    Column("tenant_id", String, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    Column("owner", String, primary_key=True),
    Column("counted", String, primary_key=True),
    Column("period", String, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("reported", BigInteger),
)

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("id", String, primary_key=True),
    _tenant(),
    Column("provider", String, nullable=False),
    Column("name", String, nullable=False),
    Column("external_id", String),
    Column("settings", JSON(none_as_null=True), nullable=False),
    Column("resources", JSON(none_as_null=True)),
    Column("consent", JSON(none_as_null=True)),
    Column("status", String, nullable=False),
    Column("status_reason", String),
    Column("credentials", Text),
    Column("credentials_type", String),
    Column("credentials_masked", String),
    Column("credentials_issued_at", Moment),
    Column("credentials_expires_at", Moment),
    Column("credentials_version", Integer, nullable=False, server_default="0"),
    Column("credentials_refreshable", Boolean, nullable=False, server_default=false()),
    Column("connections", Integer, nullable=False, server_default="1"),
    Column("refresh_lease", String),
    Column("refresh_lease_until", Moment),
    Column("refresh_unfinished", Integer, nullable=False, server_default="0"),
    Column("refresh_not_before", Moment),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    _mac(),
    UniqueConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "created_at", "id"),
    Index(None, "tenant_id", "external_id"),
    Index(None, "status", "credentials_expires_at"),
)

MCP_SERVERS = Table(
    "mcp_servers",
    METADATA,
    Column("id", String, primary_key=True),
    _tenant(),
    Column("name", String, nullable=False),
    Column("config", JSON(none_as_null=True), nullable=False),
    Column("scope", JSON(none_as_null=True), nullable=False),
    Column("limits", JSON(none_as_null=True)),
    Column("made_by", String),
    Column("taken_by", JSON(none_as_null=True)),
    Column("require_api_token_auth", Boolean, nullable=False),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("last4", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("last_used_at", Moment),
    Column("paused", JSON(none_as_null=True)),
    Column("use_limits", JSON(none_as_null=True)),
    _mac(),
    UniqueConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "created_at", "id"),
)

APPROVALS = Table(
    "approvals",
    METADATA,
    Column("id", String, primary_key=True),
    _tenant(),
    Column("account_id", String, nullable=False),
    Column("connections", Integer, nullable=False),
    Column("requested_by", String, nullable=False),
    Column("key_id", String),
    Column("tool", String),
    Column("method", String, nullable=False),
    Column("model", String, nullable=False),
    Column("summary", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("scope_digest", String, nullable=False),
    Column("mapping_digest", String, nullable=False),
    Column("plan_digest", String),
    Column("payload", Text),
    Column("status", String, nullable=False),
    Column("status_reason", String),
    Column("result_id", String),
    Column("decided_by", String),
    Column("decided_at", Moment),
    Column("execute_until", Moment),
    Column("request_id", String),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    _mac(),
    Index(None, "tenant_id", "created_at", "id"),
    Index(None, "tenant_id", "status", "requested_by"),
    Index(None, "status", "expires_at"),
)

IDEMPOTENCY = Table(
    "idempotency",
    METADATA,
    Column("tenant_id", String, primary_key=True),
    Column("account_id", String, primary_key=True),
    Column("key_digest", LargeBinary(32), primary_key=True),
    Column("request_digest", LargeBinary(32), nullable=False),
    Column("model", String, nullable=False),
    Column("operation", String, nullable=False),
    Column("status", String, nullable=False),
    Column("http_status", Integer),
    Column("remote_id", String),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    ForeignKeyConstraint(["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.id"], ondelete="CASCADE"),
)

OAUTH_APPS = Table(
    "oauth_apps",
    METADATA,
    Column("tenant_id", String, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    Column("provider", String, primary_key=True),
    Column("client", Text, nullable=False),
    Column("client_id_masked", String, nullable=False),
    Column("client_secret_masked", String, nullable=False),
    Column("scopes", JSON(none_as_null=True)),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    _mac(),
)

OAUTH_APP_STATES = Table(
    "oauth_app_states",
    METADATA,
    Column("tenant_id", String, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    Column("provider", String, primary_key=True),
    Column("endpoint", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("invalid_since", Moment),
    Column("not_before", Moment, nullable=False),
    Column("failures", Integer, nullable=False),
)

CONNECT_LINKS = Table(
    "connect_links",
    METADATA,
    Column("id", String, primary_key=True),
    _tenant(),
    Column("digest", LargeBinary(32), nullable=False),
    Column("provider", String),
    Column("providers", JSON(none_as_null=True)),
    Column("scope", JSON(none_as_null=True)),
    Column("language", String),
    Column("reconnects", String),
    Column("name", String),
    Column("external_id", String),
    Column("return_url", String),
    Column("status", String, nullable=False),
    Column("status_reason", String),
    Column("account_id", String),
    Column("made_by", String),
    Column("browser", LargeBinary(32)),
    Column("state", LargeBinary(32), unique=True),
    Column("attempt", Text),
    Column("attempt_expires_at", Moment),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    _mac(),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id", String, primary_key=True),
    _tenant(),
    Column("key_id", String, ForeignKey("api_keys.id", ondelete="CASCADE"), nullable=False),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    _mac(),
)

WEBHOOKS = Table(
    "webhooks",
    METADATA,
    Column("id", String, primary_key=True),
    _tenant(),
    Column("url", String, nullable=False),
    Column("events", JSON(none_as_null=True), nullable=False),
    Column("status", String, nullable=False),
    Column("status_reason", String),
    Column("secret", Text, nullable=False),
    Column("secret_masked", String, nullable=False),
    Column("previous_secret", Text),
    Column("previous_until", Moment),
    Column("failing_since", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    _mac(),
    UniqueConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "created_at", "id"),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", String, primary_key=True),
    _tenant(),
    Column("webhook_id", String, nullable=False),
    Column("event", String, nullable=False),
    Column("payload", Text, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Moment),
    Column("lease_until", Moment),
    Column("last_status", Integer),
    Column("last_error", String),
    Column("created_at", Moment, nullable=False),
    Column("delivered_at", Moment),
    Column("request_id", String),
    _mac(),
    ForeignKeyConstraint(["tenant_id", "webhook_id"], ["webhooks.tenant_id", "webhooks.id"], ondelete="CASCADE"),
    Index(None, "status", "next_attempt_at"),
    Index(None, "tenant_id", "webhook_id", "created_at", "id"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", String, primary_key=True),
    _tenant(),
    Column("seq", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("actor", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("tool", String),
    Column("method", String),
    Column("model", String),
    Column("account_id", String),
    Column("target", String),
    Column("decision", String, nullable=False),
    Column("reason", String),
    Column("status", Integer),
    Column("digest", String),
    Column("server", String),
    Column("count", Integer),
    Column("request_id", String),
    Column("fields", Text),
    Column("hash", LargeBinary(32), nullable=False),
    UniqueConstraint("tenant_id", "seq"),
    Index(None, "tenant_id", "created_at", "id"),
    Index(None, "tenant_id", "request_id"),
)

AUDIT_HEADS = Table(
    "audit_heads",
    METADATA,
    Column("tenant_id", String, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)

SERVICE_KEYS = Table(
    "service_keys",
    METADATA,
    Column("id", String, primary_key=True),
    Column("secret", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

DELETED_TENANTS = Table(
    "deleted_tenants",
    METADATA,
    Column("id", String, primary_key=True),
    Column("rows", JSON(none_as_null=True), nullable=False),
    Column("deleted_at", Moment, nullable=False),
)

INSTALLATION = (SERVICE_KEYS, DELETED_TENANTS)
"""Tables that belong to no tenant."""

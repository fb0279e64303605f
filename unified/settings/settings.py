"""The settings of a running service, as one frozen struct; `unified.settings.table` explains each field."""

from pathlib import Path

import msgspec

from unified.settings.master_keys import MasterKeys
from unified.settings.networks import IPNetwork
from unified.settings.provider_values import OAuthApps, ProviderValues
from unified.settings.row_limits import RowLimits
from unified.settings.urls import without_password

HERE = Path(".unified")
"""The home folder of an installation in the current folder."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set from outside; `SETTINGS` explains each field."""

    home: Path = HERE
    host: str = "127.0.0.1"
    port: int = 8400
    database_url: str = ""
    master_keys: MasterKeys = ()
    provider_urls: dict[str, str] = {}
    allow_loopback: bool = False
    egress_ports: tuple[int, ...] = (443,)
    egress_networks: tuple[IPNetwork, ...] = ()
    egress_ca_file: Path | None = None
    egress_proxy: str | None = None
    egress_proxy_credentials: str = ""
    egress_proxy_ca_file: Path | None = None
    egress_proxy_certificate_file: Path | None = None
    egress_proxy_resolves: bool = False
    http_client: str = "unified"
    oauth_apps: OAuthApps = OAuthApps()
    provider_values: ProviderValues = ProviderValues()
    key_service: str = ""
    redis_url: str | None = None
    rate_limit_key: str = "12000/minute"
    rate_limit_account: str = "12000/minute"
    rate_limit_tenant: str = "60000/minute"
    account_concurrency: int = 32
    account_queue: int = 1000
    provider_concurrency: int = 200
    row_limits: RowLimits = RowLimits()
    catalog_path: Path | None = None
    approval_lifetime: int = 3600
    request_deadline: float = 30.0
    client_timeout: float = 15.0
    upstream_max_bytes: int = 8 * 1024 * 1024
    body_max_bytes: int = 1024 * 1024
    page_scan_limit: int = 1000
    tool_result_max_bytes: int = 100_000
    stop_loops: bool = True
    public_url: str | None = None
    plain_http: bool = False
    trusted_proxies: tuple[IPNetwork, ...] = ()
    contact: str = ""
    allowed_origins: tuple[str, ...] = ()
    mcp_default_lifetime: int = 86_400
    mcp_max_lifetime: int = 7_776_000
    mcp_repeat_window: int = 600
    key_default_lifetime: int = 7_776_000
    key_expiry_warning: int = 1_209_600
    key_max_lifetime: int = 0
    policy: frozenset[str] = frozenset()
    jsonata: str = "compiled"
    otlp_endpoint: str | None = None
    metrics_token: str = ""
    grace_period: float = 30.0
    ready_file: Path | None = None

    def __post_init__(self) -> None:
        """Place the database in the home folder when no other is set."""
        if not self.database_url:
            url = f"sqlite+aiosqlite:///{self.home / 'unified.sqlite'}"
            msgspec.structs.force_setattr(self, "database_url", url)

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.shown())})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return self.shown()

    def shown(self) -> list[tuple[str, object]]:
        """Return the fields as they may be printed: key ids without keys, URLs without passwords."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        values["database_url"] = without_password(self.database_url)
        values["egress_proxy_credentials"] = "…" if self.egress_proxy_credentials else ""
        values["metrics_token"] = "…" if self.metrics_token else ""
        values["redis_url"] = without_password(self.redis_url) if self.redis_url else None
        return list(values.items())

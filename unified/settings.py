"""The environment, read once at start into one frozen struct; nothing else in the product reads variables.

`SETTINGS` is the table behind it: one row per variable, with its type, default and meaning; the documentation is
generated from it. A variable that starts with `UNIFIED_` and is not in the table stops the start: a misspelt limit
must not be ignored silently. An empty value counts as not set, because compose files leave it so, except for the
master keys, where it means that a secret did not arrive.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from unified.errors import ConfigurationError, did_you_mean, known_names
from unified.settings_parsing import (
    IPNetwork,
    MasterKeys,
    OAuthApps,
    ProviderValues,
    host_in_url,
    is_loopback,
    parse_master_keys,
    read_boolean,
    read_engine,
    read_networks,
    read_oauth_apps,
    read_origins,
    read_path,
    read_policy,
    read_ports,
    read_provider_urls,
    read_provider_values,
    read_rate,
    read_seconds,
    read_service_url,
    read_text,
    read_web_url,
    read_whole,
    without_password,
)

PREFIX = "UNIFIED_"
TEST_PREFIX = "UNIFIED_TEST_"
"""Variables of the tests, which the product ignores."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set from outside; `SETTINGS` explains each field."""

    home: Path = Path(".unified")
    host: str = "127.0.0.1"
    port: int = 8400
    database_url: str = ""
    master_keys: MasterKeys = ()
    provider_urls: dict[str, str] = {}
    allow_loopback: bool = False
    egress_ports: tuple[int, ...] = (443,)
    egress_networks: tuple[IPNetwork, ...] = ()
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
    catalog_path: Path | None = None
    approval_lifetime: int = 3600
    request_deadline: float = 30.0
    client_timeout: float = 15.0
    upstream_max_bytes: int = 8 * 1024 * 1024
    body_max_bytes: int = 1024 * 1024
    page_scan_limit: int = 1000
    tool_result_max_bytes: int = 100_000
    public_url: str | None = None
    allowed_origins: tuple[str, ...] = ()
    mcp_default_lifetime: int = 86_400
    mcp_max_lifetime: int = 7_776_000
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
        values["metrics_token"] = "…" if self.metrics_token else ""
        values["redis_url"] = without_password(self.redis_url) if self.redis_url else None
        return list(values.items())


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One variable: the field that it sets and how its text is read."""

    name: str
    field: str
    type: str
    default: str
    meaning: str
    read: Callable[[str], Any]
    """Turns text into a value; raises ValueError saying what was expected and what came."""


def _setting(name: str, kind: str, default: str, meaning: str, read: Callable[[str], Any]) -> Setting:
    field = {"CATALOG": "catalog_path"}.get(name, name.lower())
    return Setting(name=PREFIX + name, field=field, type=kind, default=default, meaning=meaning, read=read)


_MIB = 1024 * 1024
_QUARTER_SECONDS = 90 * 86_400
_DATABASES = read_service_url("sqlite", "postgresql")

SETTINGS: tuple[Setting, ...] = (
    _setting("HOME", "folder", ".unified", "Holds the database and the key file.", read_path),
    _setting("HOST", "address", "127.0.0.1", "The address to listen on.", read_text),
    _setting("PORT", "0 to 65535", "8400", "The port to listen on; 0 takes a free one.", read_whole(0, 65535)),
    _setting("DATABASE_URL", "URL", "", "The database; by default unified.sqlite in the home folder.", _DATABASES),
    _setting(
        "MASTER_KEYS",
        "kid:key,…",
        "",
        "Keys that seal credentials, each 32 bytes in base64url; the first seals, all open. By default, the "
        "file master.keys in the home folder, created at the first start.",
        parse_master_keys,
    ),
    _setting("PROVIDER_URLS", "JSON object", "{}", "Replaces base and OAuth URLs of providers.", read_provider_urls),
    _setting("ALLOW_LOOPBACK", "boolean", "false", "Lets calls to providers reach this machine.", read_boolean),
    _setting("EGRESS_PORTS", "port,…", "443", "Ports that calls to providers and webhooks may go to.", read_ports),
    _setting(
        "EGRESS_NETWORKS",
        "network,…",
        "",
        "Private networks that calls may reach all the same, such as 10.20.0.0/16; for self-hosted products.",
        read_networks,
    ),
    _setting(
        "OAUTH_APPS",
        "JSON object",
        "",
        "OAuth apps for tenants without their own: maps a provider to client_id and client_secret.",
        read_oauth_apps,
    ),
    _setting(
        "PROVIDER_VALUES",
        "JSON object",
        "",
        "Values that you have from providers for this installation: maps a provider to those that its file names.",
        read_provider_values,
    ),
    _setting(
        "KEY_SERVICE",
        "program",
        "",
        "Unwraps wrapped master keys: `program unwrap` reads one from standard input, see docs/keys.md.",
        read_text,
    ),
    _setting("REDIS_URL", "URL", "", "A Redis that shares limits between workers.", read_service_url("redis", "rediss")),
    _setting(
        "RATE_LIMIT_KEY",
        "rate",
        "12000/minute",
        "How often one API key or MCP server may call, such as 600/minute; unlimited sets no bound.",
        read_rate,
    ),
    _setting("RATE_LIMIT_ACCOUNT", "rate", "12000/minute", "The same for all calls to one account.", read_rate),
    _setting("RATE_LIMIT_TENANT", "rate", "60000/minute", "The same for all calls of one tenant.", read_rate),
    _setting("ACCOUNT_CONCURRENCY", "calls", "32", "Concurrent calls to one account at the provider.", read_whole(1, 10_000)),
    _setting(
        "ACCOUNT_QUEUE", "calls", "1000", "Calls that may wait for one account; further ones get 503.", read_whole(0, 100_000)
    ),
    _setting("PROVIDER_CONCURRENCY", "calls", "200", "Concurrent calls of one worker to one provider.", read_whole(1, 10_000)),
    _setting("CATALOG", "folder", "", "A folder with providers/ and mappings/ that replaces the built-in ones.", read_path),
    _setting(
        "APPROVAL_LIFETIME",
        "seconds",
        "3600",
        "How long a write waits for its approval, at most a week.",
        read_whole(1, 7 * 24 * 3600),
    ),
    _setting("REQUEST_DEADLINE", "seconds", "30", "The longest that a request may take, retries included.", read_seconds),
    _setting(
        "CLIENT_TIMEOUT",
        "seconds",
        "15",
        "How long the head of a request may take to arrive, and then its body; slower requests get 408.",
        read_seconds,
    ),
    _setting(
        "UPSTREAM_MAX_BYTES",
        "bytes",
        str(8 * _MIB),
        "The largest response accepted from a provider, after decompression.",
        read_whole(1024, 1024 * _MIB),
    ),
    _setting("BODY_MAX_BYTES", "bytes", str(_MIB), "The largest request body accepted.", read_whole(1024, 1024 * _MIB)),
    _setting(
        "PAGE_SCAN_LIMIT",
        "records",
        "1000",
        "How many records are read at most to fill one page when a filter is emulated.",
        read_whole(1, 100_000),
    ),
    _setting(
        "TOOL_RESULT_MAX_BYTES",
        "bytes",
        "100000",
        "The largest result of a tool; a longer list continues with its cursor, a larger record is cut.",
        read_whole(32_768, 16 * _MIB),
    ),
    _setting("PUBLIC_URL", "URL", "", "The address at which clients and providers reach this service.", read_web_url),
    _setting(
        "ALLOWED_ORIGINS",
        "origin,…",
        "",
        "Origins of web pages that may call MCP servers from a browser, in addition to that of the public URL.",
        read_origins,
    ),
    _setting(
        "MCP_DEFAULT_LIFETIME",
        "seconds",
        "86400",
        "The lifetime of an MCP server created without `expires_at`; never more than MCP_MAX_LIFETIME.",
        read_whole(60, _QUARTER_SECONDS),
    ),
    _setting(
        "MCP_MAX_LIFETIME",
        "seconds",
        "7776000",
        "The longest lifetime of an MCP server; 90 days at most.",
        read_whole(60, _QUARTER_SECONDS),
    ),
    _setting(
        "KEY_MAX_LIFETIME",
        "seconds",
        "0",
        "The longest lifetime of an API key, counted from its creation, existing keys included; 0 sets no bound.",
        read_whole(0, 10 * 365 * 86_400),
    ),
    _setting(
        "POLICY",
        "rule,…",
        "",
        "Rules that no key can lift: no_url_only_servers (an MCP server also needs an API key beside its token), "
        "no_pass_through, no_direct_agent_writes (writes of agents wait for an approval).",
        read_policy,
    ),
    _setting(
        "JSONATA",
        "compiled or reference",
        "compiled",
        "The engine for mappings: the compiler, or jsonata-python for comparison (slow; install unified[reference]).",
        read_engine,
    ),
    _setting("OTLP_ENDPOINT", "URL", "", "Where OpenTelemetry traces go, without values; empty for no traces.", read_web_url),
    _setting("METRICS_TOKEN", "text", "", "Bearer token for /metrics; without it, an admin key is needed.", read_text),
    _setting("GRACE_PERIOD", "seconds", "30", "How long open requests may take to finish at a stop.", read_seconds),
    _setting("READY_FILE", "file", "", "Written as JSON once the service is ready.", read_path),
)


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read all `UNIFIED_` variables.

    Raises:
        ConfigurationError: A variable is unknown or invalid; the message names the first one.
    """
    known = {setting.name: setting for setting in SETTINGS}
    for name in sorted(environ):
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX) and name not in known:
            raise ConfigurationError(
                f"{name} is not a setting.{did_you_mean(name, known)} The settings are: {known_names(known)}."
            )
    return Settings(**{s.field: _read(s, environ[s.name]) for s in SETTINGS if _is_set(s, environ)})


def refuse_demo_settings(settings: Settings) -> None:
    """Refuse settings of tests and demos in a service that others can reach.

    Anyone who can name an address, or answer at one, would receive what is meant for a provider.

    Raises:
        ConfigurationError: Such a setting is in use.
    """
    if settings.allow_loopback:
        reached = {"UNIFIED_PUBLIC_URL": settings.public_url, "UNIFIED_HOST": f"//{host_in_url(settings.host)}"}
        for name, address in reached.items():
            if address is not None and not is_loopback(address):
                raise ConfigurationError(
                    f"UNIFIED_ALLOW_LOOPBACK lets calls reach this machine, but {name} makes this service reachable by others: "
                    "leave UNIFIED_ALLOW_LOOPBACK out, or serve 127.0.0.1 or localhost only, for tests and sandboxes"
                )
    foreign = sorted(name for name, url in settings.provider_urls.items() if not is_loopback(url))
    if foreign:
        raise ConfigurationError(
            f"UNIFIED_PROVIDER_URLS sends the credentials of {known_names(foreign)} to another host than the provider's: it "
            "accepts only addresses on 127.0.0.1, [::1] or localhost, for tests and sandboxes. For a product that you host "
            "yourself, use the account's settings and UNIFIED_EGRESS_NETWORKS"
        )


def _is_set(setting: Setting, environ: Mapping[str, str]) -> bool:
    return bool(environ.get(setting.name)) or (setting.field == "master_keys" and setting.name in environ)


def _read(setting: Setting, raw: str) -> Any:
    try:
        return setting.read(raw.strip())
    except ValueError as error:
        raise ConfigurationError(f"{setting.name}: {error}.") from None

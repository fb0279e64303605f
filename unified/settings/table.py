"""The table of settings: one row per variable, with its type, default and meaning; the documentation is generated from it.

A setting that is `secret` can also be read from a file: the variable with `_FILE` at its end holds the path.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from unified.settings.egress_proxy import read_certificates, read_own_certificate, read_proxy, read_proxy_credentials
from unified.settings.master_keys import parse_master_keys
from unified.settings.networks import read_networks, read_ports, read_proxies
from unified.settings.parsing import (
    read_boolean,
    read_choice,
    read_contact,
    read_engine,
    read_path,
    read_rate,
    read_seconds,
    read_text,
    read_whole,
)
from unified.settings.policy_rules import read_policy
from unified.settings.provider_values import read_oauth_apps, read_provider_urls, read_provider_values
from unified.settings.row_limits import read_row_limits
from unified.settings.urls import read_origins, read_redis_url, read_service_url, read_web_url

PREFIX = "UNIFIED_"
FILE_SUFFIX = "_FILE"
"""At the end of a secret setting's name: the variable holds the path of a file with the value."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One variable: the field that it sets and how its text is read."""

    name: str
    field: str
    type: str
    default: str
    meaning: str
    read: Callable[[str], Any]
    """Turns text into a value; raises ValueError saying what was expected and what came."""
    secret: bool = False
    """Whether the value is, or may hold, a secret: then it is not shown, and it can be read from a file."""

    @property
    def file_name(self) -> str:
        """The variable with the path of a file that holds the value."""
        return self.name + FILE_SUFFIX


def _setting(name: str, kind: str, default: str, meaning: str, read: Callable[[str], Any], *, secret: bool = False) -> Setting:
    field = {"CATALOG": "catalog_path"}.get(name, name.lower())
    return Setting(name=PREFIX + name, field=field, type=kind, default=default, meaning=meaning, read=read, secret=secret)


def _secret(name: str, kind: str, meaning: str, read: Callable[[str], Any]) -> Setting:
    return _setting(name, kind, "", meaning, read, secret=True)


_MIB = 1024 * 1024
_QUARTER_SECONDS = 90 * 86_400
_DATABASES = read_service_url("sqlite", "postgresql")

SETTINGS: tuple[Setting, ...] = (
    _setting(
        "HOME",
        "folder",
        "",
        "Holds the database and the key file. By default `.unified` in the current folder if there is one, else `unified` in "
        "`XDG_STATE_HOME` or `~/.local/state`.",
        read_path,
    ),
    _setting("HOST", "address", "127.0.0.1", "The address to listen on.", read_text),
    _setting("PORT", "0 to 65535", "8400", "The port to listen on; 0 takes a free one.", read_whole(0, 65535)),
    _secret(
        "DATABASE_URL",
        "URL",
        "The database; by default unified.sqlite in the home folder. Missing folders of a SQLite file are created.",
        _DATABASES,
    ),
    _secret(
        "MASTER_KEYS",
        "kid:key,…",
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
        "Private networks that calls may reach nevertheless, such as 10.20.0.0/16; for self-hosted products.",
        read_networks,
    ),
    _setting(
        "EGRESS_CA_FILE",
        "file",
        "",
        "Certificates in PEM form that are trusted besides the machine's own when a provider or webhook receiver shows its "
        "certificate: for self-hosted products, and for proxies that inspect TLS.",
        read_certificates,
    ),
    _setting(
        "EGRESS_PROXY",
        "URL",
        "",
        "The proxy through which all calls to providers, OAuth endpoints and webhook receivers leave, such as "
        "http://proxy.corp.internal:3128; see docs/egress.md. HTTPS_PROXY is not read.",
        read_proxy,
    ),
    _secret(
        "EGRESS_PROXY_CREDENTIALS",
        "user:password",
        "Credentials for the proxy (Basic), best in a file.",
        read_proxy_credentials,
    ),
    _setting(
        "EGRESS_PROXY_CA_FILE",
        "file",
        "",
        "Certificates in PEM form that are trusted when a proxy reached by https shows its own; by default, the machine's.",
        read_certificates,
    ),
    _setting(
        "EGRESS_PROXY_CERTIFICATE_FILE",
        "file",
        "",
        "A certificate and its private key in PEM form, which a proxy reached by https is shown.",
        read_own_certificate,
    ),
    _setting(
        "EGRESS_PROXY_RESOLVES",
        "boolean",
        "false",
        "The proxy is asked for names, which it resolves, instead of addresses that passed the egress policy. The proxy must "
        "then refuse addresses inside of your networks.",
        read_boolean,
    ),
    _setting(
        "HTTP_CLIENT",
        "unified or httpx2",
        "unified",
        "What carries calls to providers and webhooks: Unified's own client, or httpx2, which is slower. With "
        "UNIFIED_EGRESS_PROXY it is always httpx2.",
        read_choice("unified", "httpx2"),
    ),
    _secret(
        "OAUTH_APPS",
        "JSON object",
        "OAuth apps for tenants without their own: maps a provider to client_id and client_secret.",
        read_oauth_apps,
    ),
    _secret(
        "PROVIDER_VALUES",
        "JSON object",
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
    _secret("REDIS_URL", "URL", "A Redis that shares limits between workers.", read_redis_url),
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
    _setting(
        "ROW_LIMITS",
        "kind=number,…",
        "accounts=100000,keys=10000,links=50000,servers=10000,webhooks=50,deliveries=10000",
        "How many accounts, valid API keys, connect links, valid MCP servers, webhooks and waiting deliveries a tenant may "
        "have; one key and those below it make half of them at most. A kind that is left out keeps its default.",
        read_row_limits,
    ),
    _setting("CATALOG", "folder", "", "A folder with providers/ and mappings/ that replaces the built-in ones.", read_path),
    _setting(
        "APPROVAL_LIFETIME",
        "seconds",
        "3600",
        "How long a write waits for its approval, at most a week.",
        read_whole(1, 7 * 24 * 3600),
    ),
    _setting(
        "REQUEST_DEADLINE",
        "seconds",
        "30",
        "The longest that one call to a provider may take, with waiting for its turn and retries; a request that needs several "
        "calls may take longer.",
        read_seconds,
    ),
    _setting(
        "CLIENT_TIMEOUT",
        "seconds",
        "15",
        "How long the head of a request may take to arrive, and then its body; slower requests get 408. A client that takes "
        "nothing of an answer for as long is cut off.",
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
        "How many records are looked at at most for one answer, when a filter is emulated or records are left out.",
        read_whole(1, 100_000),
    ),
    _setting(
        "TOOL_RESULT_MAX_BYTES",
        "bytes",
        "100000",
        "The largest result of a tool; a longer list continues with its cursor, a larger record is cut.",
        read_whole(32_768, 16 * _MIB),
    ),
    _setting(
        "STOP_LOOPS",
        "true or false",
        "true",
        "Stops agents of MCP servers that are in a loop, as docs/limits.md says; false only for load tests, which call "
        "the same over and over.",
        read_boolean,
    ),
    _setting("PUBLIC_URL", "URL", "", "The address at which clients and providers reach this service.", read_web_url),
    _setting(
        "PLAIN_HTTP",
        "true or false",
        "false",
        "Lets the service listen on an address that other machines reach although UNIFIED_PUBLIC_URL is not https: keys and "
        "records then cross your network unencrypted.",
        read_boolean,
    ),
    _setting(
        "TRUSTED_PROXIES",
        "address or CIDR,…",
        "",
        "The proxies in front of this service: only from them is `X-Forwarded-For` believed, by which failed keys and "
        "passwords are counted. Without it, everybody behind a proxy is one address.",
        read_proxies,
    ),
    _setting(
        "CONTACT",
        "text",
        "",
        "Whom a suspended tenant asks, such as support@example.com; by default, the operator of this service.",
        read_contact,
    ),
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
        "The lifetime of an MCP server created without `expires_at`; never more than UNIFIED_MCP_MAX_LIFETIME.",
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
        "MCP_REPEAT_WINDOW",
        "seconds",
        "600",
        "How long the same write of an agent counts as a repetition, from the start of the first, if it has no idempotency "
        "key: it is done once. 0 turns it off; otherwise never shorter than a write may take.",
        read_whole(0, 86_400),
    ),
    _setting(
        "KEY_DEFAULT_LIFETIME",
        "seconds",
        "7776000",
        "The lifetime of an API key created without `expires_at`; 0 for keys that do not expire.",
        read_whole(0, 10 * 365 * 86_400),
    ),
    _setting(
        "KEY_EXPIRY_WARNING",
        "seconds",
        "1209600",
        "How long before its end the expiry of an API key is announced: by the header Unified-Key-Expires and the event "
        "key.expiring. 0 announces nothing.",
        read_whole(0, 365 * 86_400),
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
        "Rules that no key can lift: no_url_only_servers (an MCP server also needs an API key with its token), "
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
    _secret("METRICS_TOKEN", "text", "Bearer token for /metrics; without it, no one reads them.", read_text),
    _setting("GRACE_PERIOD", "seconds", "30", "How long open requests may take to finish at a stop.", read_seconds),
    _setting("READY_FILE", "file", "", "Written as JSON once the service is ready.", read_path),
)


def variables() -> dict[str, Setting]:
    """Return the setting that each variable sets, those with the path of a file included."""
    files = {setting.file_name: setting for setting in SETTINGS if setting.secret}
    return {setting.name: setting for setting in SETTINGS} | files

"""Settings: every variable is read, every bad one is refused by name, no key is shown."""

import base64
import json
from ipaddress import ip_network
from pathlib import Path

import msgspec
import pytest

from tests.security.egress.test_calls import certificate
from unified.errors.configuration import ConfigurationError
from unified.settings.environment import from_environment
from unified.settings.master_keys import MasterKey
from unified.settings.row_limits import RowLimits
from unified.settings.settings import Settings
from unified.settings.table import SETTINGS, variables

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
OTHER = base64.urlsafe_b64encode(bytes(range(32, 64))).decode()

PRIVATE = "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, fc00::/7"
KNOWN = ", ".join(sorted(variables()))

REFUSED = [
    ("PORT", "http", "expected a whole number from 0 to 65535, got 'http'."),
    ("PORT", "65536", "expected a whole number from 0 to 65535, got '65536'."),
    ("PORT", "-1", "expected a whole number from 0 to 65535, got '-1'."),
    ("PORT", "٣", "expected a whole number from 0 to 65535, got '٣'."),
    ("ALLOW_LOOPBACK", "maybe", "expected true or false, got 'maybe'."),
    ("REQUEST_DEADLINE", "0", "expected seconds above 0 and up to 600, got '0'."),
    ("REQUEST_DEADLINE", "nan", "expected seconds above 0 and up to 600, got 'nan'."),
    ("UPSTREAM_MAX_BYTES", "8MB", "expected a whole number from 1024 to 1073741824, got '8MB'."),
    ("PAGE_SCAN_LIMIT", "0", "expected a whole number from 1 to 100000, got '0'."),
    ("DATABASE_URL", "file.sqlite", "expected a URL that starts with sqlite or postgresql, got a text without '://'."),
    ("DATABASE_URL", "mysql://u:pw@h/d", "expected a URL that starts with sqlite or postgresql, got 'mysql://'."),
    (
        "DATABASE_URL",
        "postgres://u:pw@h/d",
        "expected a URL that starts with sqlite or postgresql, got 'postgres://' (did you mean 'postgresql://'?).",
    ),
    ("REDIS_URL", "http://u:pw@h", "expected a URL that starts with redis or rediss, got 'http://'."),
    (
        "PUBLIC_URL",
        "ftp://example.test",
        "expected an http or https URL without query and fragment, got 'ftp://example.test'.",
    ),
    ("PUBLIC_URL", "https://u:pw@example.test", "expected a URL without user name and password."),
    ("PUBLIC_URL", "https://[", "expected an http or https URL, got one that cannot be read."),
    (
        "PROVIDER_URLS",
        "[]",
        'expected a JSON object of provider names and URLs such as {"hubspot": "http://127.0.0.1:9100"}.',
    ),
    (
        "PROVIDER_URLS",
        '{"hubspot": "127.0.0.1"}',
        "for 'hubspot': expected an http or https URL without query and fragment, got '127.0.0.1'.",
    ),
    ("JSONATA", "fast", "expected compiled or reference, got 'fast'."),
    ("MASTER_KEYS", "", "expected at least one kid:key pair, got none."),
    (
        "MASTER_KEYS",
        KEY,
        "expected kid:key with a key id of 1 to 32 letters, digits, '_' or '-' (entry 1 has none).",
    ),
    (
        "MASTER_KEYS",
        f"a:{KEY},b.c:{KEY}",
        "expected kid:key with a key id of 1 to 32 letters, digits, '_' or '-' (entry 2 has none).",
    ),
    (
        "MASTER_KEYS",
        "a:c2hvcnQtc2VjcmV0",
        "expected 32 bytes in base64url (43 characters) for the key 'a', got 12 bytes.",
    ),
    (
        "MASTER_KEYS",
        "a:c2hvc",
        "expected 32 bytes in base64url (43 characters) for the key 'a', got a truncated text.",
    ),
    (
        "MASTER_KEYS",
        "a:c2hv+/==",
        "expected 32 bytes in base64url (43 characters) for the key 'a', got other characters.",
    ),
    ("EGRESS_PORTS", "443,0", "expected a whole number from 1 to 65535, got '0'."),
    (
        "EGRESS_NETWORKS",
        "10.0.0.1/8",
        "expected networks such as 10.20.0.0/16, separated by commas: 10.0.0.1/8 has host bits set.",
    ),
    *(
        ("EGRESS_NETWORKS", f"10.20.0.0/16,{network}", f"expected networks within {PRIVATE}, got {network}.")
        for network in ("127.0.0.0/8", "0.0.0.0/0", "169.254.0.0/16", "8.8.8.0/24", "10.0.0.0/7", "::/0", "fe80::/10")
    ),
    (
        "OAUTH_APPS",
        '{"hubspot": {"client_id": "pw"}}',
        'expected a JSON object such as {"hubspot": {"client_id": "…", "client_secret": "…"}}.',
    ),
    *(
        (
            "PROVIDER_VALUES",
            raw,
            'expected a JSON object such as {"personio": {"partner": "…"}} with printable ASCII texts.',
        )
        for raw in ('{"personio": "pw"}', '{"personio": {"partner": ""}}', '{"personio": {"partner": "pw\\n"}}')
    ),
    ("RATE_LIMIT_KEY", "many", "expected rates such as 600/minute or 20/second;5000/hour, or unlimited, got 'many'."),
    *(
        (f"RATE_LIMIT_{of}", raw, f"expected rates of at least 1, such as 1/minute: 0 would set no bound, got '{raw}'.")
        for of in ("KEY", "ACCOUNT", "TENANT")
        for raw in ("0/minute", "0 per hour", "5/second;0/hour")
    ),
    *(
        ("REDIS_URL", f"redis://:pw@h{raw}", f"expected redis://host:port/number, with the number of a database, got {came}.")
        for came, raws in {
            "a port that is not a number from 1 to 65535": (":abc", ":0", ":99999/0", ":-1"),
            "another path": ("/notanumber", "/-1", "/0/1", "/0x"),
            "a URL that cannot be read": ("@[::1",),
        }.items()
        for raw in raws
    ),
    *(
        (
            "EGRESS_PROXY",
            raw,
            f"expected a proxy such as http://proxy.corp.internal:3128, https or http and no path, got '{raw}'.",
        )
        for raw in ("proxy:3128", "socks5://proxy:1080", "http://", "http://proxy/path", "http://proxy?a=b", "http://proxy:0")
    ),
    (
        "EGRESS_PROXY",
        "http://proxy:99999",
        "expected a proxy such as http://proxy.corp.internal:3128, got a URL that cannot be read.",
    ),
    *(
        (
            "EGRESS_PROXY",
            raw,
            "expected a proxy without user name and password: put them into UNIFIED_EGRESS_PROXY_CREDENTIALS_FILE.",
        )
        for raw in ("http://u:pw@proxy:3128", "u:pw@proxy:3128")
    ),
    *(
        (
            "EGRESS_PROXY_CREDENTIALS",
            raw,
            "expected user:password of printable ASCII characters, 1000 at most, in one line.",
        )
        for raw in ("pw", ":pw", "u:pw\nv:pw", "u:pẃ")
    ),
    *(
        (f"EGRESS_{name}", str(path), f"expected {what} in PEM form at {path}: {came}.")
        for name, what in (
            ("CA_FILE", "a file of certificates"),
            ("PROXY_CA_FILE", "a file of certificates"),
        )
        for path, came in (("/nowhere/ca.pem", "No such file or directory"), (__file__, "it holds none that can be read"))
    ),
    ("HTTP_CLIENT", "httpx", "expected unified or httpx2, got 'httpx'."),
    ("MASTER_KEYS", f"a:{KEY},a:{OTHER}", "expected each key id once, got two keys with the id 'a'."),
]


@pytest.mark.parametrize(("name", "raw", "message"), REFUSED)
def test_a_bad_value_is_refused_with_its_variable(name, raw, message):
    with pytest.raises(ConfigurationError) as refused:
        from_environment({f"UNIFIED_{name}": raw})
    assert str(refused.value) == f"UNIFIED_{name}: {message}"


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        (name, raw)
        for name, raw, _ in REFUSED
        if name in {"EGRESS_PROXY_CREDENTIALS", "MASTER_KEYS", "DATABASE_URL", "REDIS_URL", "OAUTH_APPS", "PROVIDER_VALUES"}
    ],
)
def test_a_message_never_repeats_keys_and_passwords(name, raw):
    with pytest.raises(ConfigurationError) as refused:
        from_environment({f"UNIFIED_{name}": raw})
    for part in ("pw", KEY, OTHER, "c2hvc"):
        assert part not in str(refused.value)


def test_an_unknown_variable_is_refused_with_a_hint_and_the_known_ones():
    with pytest.raises(ConfigurationError) as refused:
        from_environment({"UNIFIED_PROT": "1"})
    assert str(refused.value) == (f"UNIFIED_PROT is not a setting. Did you mean 'UNIFIED_PORT'? The settings are: {KNOWN}.")


def test_other_variables_are_left_alone():
    assert from_environment({"PATH": "/bin", "PORT": "1", "UNIFIED_TEST_POSTGRES": "postgresql://h/d"}).port == 8400


def test_the_table_states_the_defaults_and_covers_every_field():
    defaults = from_environment({})
    assert [setting.field for setting in SETTINGS] == list(Settings.__struct_fields__)
    for setting in SETTINGS:
        if setting.default:
            assert setting.read(setting.default) == getattr(defaults, setting.field), setting.name


def test_defaults_without_a_text_in_the_table():
    defaults = from_environment({})
    assert defaults.database_url == f"sqlite+aiosqlite:///{Path('.unified') / 'unified.sqlite'}"
    assert (defaults.master_keys, defaults.redis_url, defaults.catalog_path) == ((), None, None)
    assert (defaults.public_url, defaults.ready_file) == (None, None)


def test_every_variable_is_read(tmp_path):
    certificate(tmp_path, "proxy.corp.internal")
    trusted, both = tmp_path / "cert.pem", tmp_path / "both.pem"
    both.write_bytes(trusted.read_bytes() + (tmp_path / "key.pem").read_bytes())
    both.chmod(0o600)
    settings = from_environment(
        {
            "UNIFIED_EGRESS_CA_FILE": str(trusted),
            "UNIFIED_EGRESS_PROXY": "https://proxy.corp.internal:3128/",
            "UNIFIED_EGRESS_PROXY_CREDENTIALS": "operator:pw",
            "UNIFIED_EGRESS_PROXY_CA_FILE": str(trusted),
            "UNIFIED_EGRESS_PROXY_CERTIFICATE_FILE": str(both),
            "UNIFIED_EGRESS_PROXY_RESOLVES": "yes",
            "UNIFIED_HTTP_CLIENT": "httpx2",
            "UNIFIED_HOME": "/srv/unified",
            "UNIFIED_HOST": "0.0.0.0",
            "UNIFIED_PORT": "0",
            "UNIFIED_DATABASE_URL": "postgresql://u:pw@h/d",
            "UNIFIED_MASTER_KEYS": f"new:{KEY}, old:{OTHER}",
            "UNIFIED_PROVIDER_URLS": '{"hubspot": "http://127.0.0.1:9100/"}',
            "UNIFIED_ALLOW_LOOPBACK": "TRUE",
            "UNIFIED_EGRESS_PORTS": "443, 8443",
            "UNIFIED_EGRESS_NETWORKS": "10.20.0.0/16,fd00::/8",
            "UNIFIED_OAUTH_APPS": '{"hubspot": {"client_id": "i", "client_secret": "s"}}',
            "UNIFIED_PROVIDER_VALUES": '{"personio": {"partner": "p"}}',
            "UNIFIED_KEY_SERVICE": "/usr/local/bin/kms",
            "UNIFIED_REDIS_URL": "redis://h/0",
            "UNIFIED_RATE_LIMIT_KEY": "600/minute",
            "UNIFIED_RATE_LIMIT_ACCOUNT": "20/second;5000/hour",
            "UNIFIED_RATE_LIMIT_TENANT": "6000/minute",
            "UNIFIED_ACCOUNT_CONCURRENCY": "8",
            "UNIFIED_ACCOUNT_QUEUE": "0",
            "UNIFIED_PROVIDER_CONCURRENCY": "50",
            "UNIFIED_OTLP_ENDPOINT": "http://127.0.0.1:4318",
            "UNIFIED_METRICS_TOKEN": "scrape",
            "UNIFIED_GRACE_PERIOD": "5",
            "UNIFIED_CATALOG": "/srv/catalog",
            "UNIFIED_ROW_LIMITS": "webhooks=3",
            "UNIFIED_REQUEST_DEADLINE": "2.5",
            "UNIFIED_CLIENT_TIMEOUT": "4",
            "UNIFIED_UPSTREAM_MAX_BYTES": "2048",
            "UNIFIED_BODY_MAX_BYTES": "4096",
            "UNIFIED_PAGE_SCAN_LIMIT": "50",
            "UNIFIED_TOOL_RESULT_MAX_BYTES": "50000",
            "UNIFIED_STOP_LOOPS": "no",
            "UNIFIED_APPROVAL_LIFETIME": "600",
            "UNIFIED_ALLOWED_ORIGINS": "https://app.example.test",
            "UNIFIED_PUBLIC_URL": "https://api.example.test/unified/",
            "UNIFIED_PLAIN_HTTP": "yes",
            "UNIFIED_TRUSTED_PROXIES": "127.0.0.1,10.1.0.0/16",
            "UNIFIED_CONTACT": "help@example.test",
            "UNIFIED_MCP_DEFAULT_LIFETIME": "3600",
            "UNIFIED_MCP_MAX_LIFETIME": "86400",
            "UNIFIED_KEY_MAX_LIFETIME": "172800",
            "UNIFIED_MCP_REPEAT_WINDOW": "300",
            "UNIFIED_KEY_DEFAULT_LIFETIME": "86401",
            "UNIFIED_KEY_EXPIRY_WARNING": "3600",
            "UNIFIED_POLICY": "no_pass_through, no_url_only_servers",
            "UNIFIED_JSONATA": "reference",
            "UNIFIED_READY_FILE": "/tmp/ready.json",
        }
    )
    assert [(key.kid, key.key) for key in settings.master_keys] == [
        ("new", bytes(range(32))),
        ("old", bytes(range(32, 64))),
    ]
    assert settings.oauth_apps.get("hubspot") == ("i", "s")
    assert settings.provider_values.get("personio") == {"partner": "p"}
    assert "'p'" not in repr(settings)
    own = {"master_keys", "oauth_apps", "provider_values"}
    rest = {name: getattr(settings, name) for name in settings.__struct_fields__ if name not in own}
    assert rest == {
        "egress_ca_file": trusted,
        "egress_proxy": "https://proxy.corp.internal:3128",
        "egress_proxy_credentials": "operator:pw",
        "egress_proxy_ca_file": trusted,
        "egress_proxy_certificate_file": both,
        "egress_proxy_resolves": True,
        "http_client": "httpx2",
        "home": Path("/srv/unified"),
        "host": "0.0.0.0",
        "port": 0,
        "database_url": "postgresql://u:pw@h/d",
        "provider_urls": {"hubspot": "http://127.0.0.1:9100"},
        "allow_loopback": True,
        "egress_ports": (443, 8443),
        "egress_networks": (ip_network("10.20.0.0/16"), ip_network("fd00::/8")),
        "key_service": "/usr/local/bin/kms",
        "redis_url": "redis://h/0",
        "rate_limit_key": "600/minute",
        "rate_limit_account": "20/second;5000/hour",
        "rate_limit_tenant": "6000/minute",
        "account_concurrency": 8,
        "account_queue": 0,
        "provider_concurrency": 50,
        "otlp_endpoint": "http://127.0.0.1:4318",
        "metrics_token": "scrape",
        "grace_period": 5.0,
        "row_limits": RowLimits(webhooks=3),
        "catalog_path": Path("/srv/catalog"),
        "request_deadline": 2.5,
        "client_timeout": 4.0,
        "upstream_max_bytes": 2048,
        "body_max_bytes": 4096,
        "page_scan_limit": 50,
        "tool_result_max_bytes": 50_000,
        "stop_loops": False,
        "approval_lifetime": 600,
        "allowed_origins": ("https://app.example.test",),
        "public_url": "https://api.example.test/unified",
        "plain_http": True,
        "trusted_proxies": (ip_network("127.0.0.1/32"), ip_network("10.1.0.0/16")),
        "contact": "help@example.test",
        "mcp_default_lifetime": 3600,
        "mcp_max_lifetime": 86_400,
        "key_max_lifetime": 172_800,
        "mcp_repeat_window": 300,
        "key_default_lifetime": 86_401,
        "key_expiry_warning": 3_600,
        "policy": frozenset({"no_pass_through", "no_url_only_servers"}),
        "jsonata": "reference",
        "ready_file": Path("/tmp/ready.json"),
    }


def test_there_are_rates_by_default_and_none_only_when_asked_for():
    names = ("KEY", "ACCOUNT", "TENANT")
    usual = from_environment({})
    assert all(getattr(usual, f"rate_limit_{name.lower()}") for name in names)
    chosen = from_environment({f"UNIFIED_RATE_LIMIT_{name}": "unlimited" for name in names})
    assert not any(getattr(chosen, f"rate_limit_{name.lower()}") for name in names)


def test_an_empty_value_counts_as_not_set():
    assert from_environment({"UNIFIED_PORT": "", "UNIFIED_REDIS_URL": ""}) == from_environment({})


def test_the_home_folder_moves_the_database():
    assert from_environment({"UNIFIED_HOME": "/srv/u"}).database_url == "sqlite+aiosqlite:////srv/u/unified.sqlite"


def test_no_key_and_no_password_is_shown():
    settings = Settings(
        master_keys=(MasterKey("a", bytes(range(32))),),
        database_url="postgresql://user:pw@host/db?password=pw",
        redis_url="redis://:p@w@host/0",
    )
    shown = repr(settings)
    assert "master_keys=(MasterKey('a', …),)" in shown
    assert "database_url='postgresql://user:…@host/db'" in shown
    assert "redis_url='redis://:…@host/0'" in shown
    assert dict(settings.__rich_repr__())["database_url"] == "postgresql://user:…@host/db"
    assert "pw" not in shown
    assert str(bytes(range(32))) not in shown


def test_settings_with_keys_cannot_be_encoded():
    with pytest.raises(TypeError, match="MasterKey"):
        msgspec.json.encode(Settings(master_keys=(MasterKey("a", b"k" * 32),)).master_keys)
    with pytest.raises(TypeError):
        json.dumps(MasterKey("a", b"k" * 32))

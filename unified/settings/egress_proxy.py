"""The proxy through which calls leave, where a network allows nothing else: its address, credentials and certificates."""

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from unified.errors.configuration import ConfigurationError
from unified.files.secret_files import read_secret_file
from unified.settings.settings import Settings

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_CREDENTIALS = 1_000
_OF_ITS_TLS = ("egress_proxy_ca_file", "egress_proxy_certificate_file")
_OF_THE_PROXY = ("egress_proxy_credentials", *_OF_ITS_TLS, "egress_proxy_resolves")
_WITHOUT_PROXY = "has no effect without UNIFIED_EGRESS_PROXY: set both or none"
_NOT_OVER_HTTP = (
    "is for a proxy that is reached by https, and UNIFIED_EGRESS_PROXY starts with http://. For certificates that an "
    "inspecting proxy shows in place of providers, set UNIFIED_EGRESS_CA_FILE"
)


def read_proxy(raw: str) -> str:
    """Parse the address of a proxy; messages never repeat a text that may hold a password."""
    try:
        parts = urlsplit(raw)
        port = parts.port
    except ValueError:
        raise ValueError("expected a proxy such as http://proxy.corp.internal:3128, got a URL that cannot be read") from None
    if "@" in raw:
        raise ValueError("expected a proxy without user name and password: put them into UNIFIED_EGRESS_PROXY_CREDENTIALS_FILE")
    rest = (parts.path.strip("/"), parts.query, parts.fragment)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or not parts.hostname.isascii() or any(rest) or port == 0:
        raise ValueError(f"expected a proxy such as http://proxy.corp.internal:3128, https or http and no path, got '{raw}'")
    return raw.rstrip("/")


def read_proxy_credentials(raw: str) -> str:
    """Parse `user:password` of Basic authentication (RFC 7617); messages never repeat it."""
    user, colon, _ = raw.partition(":")
    if not colon or not user or not raw.isascii() or not raw.isprintable() or len(raw) > MAX_CREDENTIALS:
        raise ValueError(f"expected user:password of printable ASCII characters, {MAX_CREDENTIALS} at most, in one line")
    return raw


def read_certificates(raw: str) -> Path:
    """Check that a file holds certificates in PEM form that can be trusted, and return its path."""
    path = Path(raw).expanduser()
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError as problem:  # ssl.SSLError included
        raise ValueError(f"expected a file of certificates in PEM form at {path}: {_why(problem)}") from None
    return path


def read_own_certificate(raw: str) -> Path:
    """Check that a file holds a certificate and its private key in PEM form, without a password, and return its path."""
    path = Path(raw).expanduser()
    read_secret_file(str(path))  # refuses one that others can read
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(path, password=_no_password)
    except (OSError, ValueError) as problem:
        raise ValueError(
            f"expected a file with a certificate and its private key in PEM form at {path}: {_why(problem)}"
        ) from None
    return path


def proxy_place(proxy: str) -> tuple[str, int]:
    """Return host, without brackets and in lower case, and port of a proxy."""
    parts = urlsplit(proxy)
    return (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS[parts.scheme]


def refuse_unused_proxy_settings(settings: Settings) -> None:
    """Refuse settings of a proxy without one: they would have no effect, and calls would leave in another way than was meant.

    Raises:
        ConfigurationError: Such a setting is in use.
    """
    proxy = settings.egress_proxy or ""
    for field in _OF_THE_PROXY if not proxy else _OF_ITS_TLS if proxy.startswith("http://") else ():
        if getattr(settings, field):
            raise ConfigurationError(f"UNIFIED_{field.upper()} {_NOT_OVER_HTTP if proxy else _WITHOUT_PROXY}.")


def _no_password() -> str:
    raise ValueError("expected a private key without a password")


def _why(problem: Exception) -> str:
    if isinstance(problem, ssl.SSLError):
        return "it holds none that can be read"
    return (problem.strerror or "it cannot be read") if isinstance(problem, OSError) else str(problem)

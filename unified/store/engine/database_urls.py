"""Checks the URL of a database; a refusal names the wrong part and never repeats a possible password."""

import os
import re
from collections.abc import Mapping
from typing import Final, NoReturn

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from unified.errors.configuration import ConfigurationError
from unified.errors.names import known_names

SQLITE, POSTGRESQL = "sqlite+aiosqlite", "postgresql+asyncpg"
_DRIVERS: Final = {"sqlite": SQLITE, SQLITE: SQLITE, "postgresql": POSTGRESQL, POSTGRESQL: POSTGRESQL}
TLS_OPTIONS: Final = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcrl", "sslnegotiation")
"""TLS options of a PostgreSQL URL as libpq names them (PostgreSQL's manual, 32.1.2); asyncpg reads them only in a URL."""
_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    SQLITE: ("cached_statements", "check_same_thread", "detect_types", "isolation_level", "timeout", "uri"),
    POSTGRESQL: (
        *TLS_OPTIONS,
        "gsslib",
        "host",
        "krbsrvname",
        "passfile",
        "port",
        "prepared_statement_cache_size",
        "service",
        "servicefile",
        "ssl",
        "target_session_attrs",
    ),
}
_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_VALUES: Final[Mapping[str, tuple[str, ...]]] = {"sslmode": _MODES, "ssl": _MODES, "sslnegotiation": ("postgres", "direct")}
_FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_NAME = re.compile(r"[a-z_]{1,40}")
MAX_PORT: Final = 65535


def read_database_url(url: str) -> URL:
    """Parse the URL of a database.

    Raises:
        ConfigurationError: It is not usable; the message names what is wrong and repeats no value.
    """
    parsed = _parsed(url)
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        _refuse(f"expected sqlite or postgresql, got '{parsed.drivername}'")
    if parsed.port is not None and not 1 <= parsed.port <= MAX_PORT:
        _refuse(f"expected a port from 1 to {MAX_PORT}, got another number")
    _check_options(driver, parsed)
    return parsed.set(drivername=driver)


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        _refuse("expected a database URL, got another text")
    except ValueError:  # SQLAlchemy reads the port with int()
        _refuse(f"expected a port from 1 to {MAX_PORT}, got a text that is not a number")


def _check_options(driver: str, url: URL) -> None:
    for name, value in url.query.items():
        if name not in _OPTIONS[driver]:
            shown = f"'{name}'" if _NAME.fullmatch(name) else "another text"
            _refuse(f"expected after `?` only the options {known_names(_OPTIONS[driver])}, got {shown}")
        if name in _VALUES and value not in _VALUES[name]:
            _refuse(f"expected {name} to be one of {', '.join(_VALUES[name])}, got another value")
        if driver == POSTGRESQL and name in _FILES and not _is_readable(value):
            _refuse(f"expected {name} to be the path of a file that this user can read, got none")


def _is_readable(path: str | tuple[str, ...]) -> bool:
    return isinstance(path, str) and (path == "system" or os.access(path, os.R_OK))


def _refuse(what: str) -> NoReturn:
    raise ConfigurationError(f"UNIFIED_DATABASE_URL: {what}.")

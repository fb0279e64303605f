"""The environment, read once at start into one frozen struct; nothing else in the product reads variables.

`SETTINGS` is the table behind it: one row a variable, with its type, default and meaning, so that docs are
generated from what is read. A variable that starts with `UNIFIED_` and is not in the table stops the start:
a misspelt limit must not be ignored in silence. An empty value counts as not set, as compose files leave it,
except for the master keys, where it means that a secret did not arrive.
"""

import base64
import binascii
import importlib.util
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from unified.errors import ConfigurationError, did_you_mean, known_names

PREFIX = "UNIFIED_"
KEY_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class MasterKey:
    """One key of the ring with its id; a plain class, so that no encoder can write it out."""

    __slots__ = ("key", "kid")

    def __init__(self, kid: str, key: bytes) -> None:
        self.kid = kid
        self.key = key

    def __repr__(self) -> str:
        return f"MasterKey({self.kid!r}, …)"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All that can be set from outside; each field is explained by its row in `SETTINGS`."""

    home: Path = Path(".unified")
    host: str = "127.0.0.1"
    port: int = 8400
    database_url: str = ""
    master_keys: tuple[MasterKey, ...] = ()
    provider_urls: dict[str, str] = {}
    allow_loopback: bool = False
    redis_url: str | None = None
    catalog_path: Path | None = None
    request_deadline: float = 30.0
    upstream_max_bytes: int = 8 * 1024 * 1024
    body_max_bytes: int = 1024 * 1024
    page_scan_limit: int = 1000
    public_url: str | None = None
    jsonata: str = "compiled"
    ready_file: Path | None = None

    def __post_init__(self) -> None:
        """Place the database in the home folder when no other was named."""
        if not self.database_url:
            url = f"sqlite+aiosqlite:///{self.home / 'unified.sqlite'}"
            msgspec.structs.force_setattr(self, "database_url", url)

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.shown())})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return self.shown()

    def shown(self) -> list[tuple[str, object]]:
        """The fields as they may be printed: key ids without keys, URLs without passwords."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        values["database_url"] = _without_password(self.database_url)
        values["redis_url"] = _without_password(self.redis_url) if self.redis_url else None
        return list(values.items())


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One variable: where it goes and how its text is read."""

    name: str
    field: str
    type: str
    default: str
    meaning: str
    read: Callable[[str], Any]
    """Text to value; raises ValueError saying what was expected and what came."""


def parse_master_keys(text: str) -> tuple[MasterKey, ...]:
    """Read `kid:key` pairs from the variable or the key file; the first is the current key.

    Pairs are parted by commas or line ends. Raises ValueError; its text never holds any part of a key.
    """
    pairs = [pair.strip() for pair in re.split(r"[,\n]", text) if pair.strip()]
    if not pairs:
        raise ValueError("expected at least one kid:key pair, got none")
    keys = tuple(_master_key(pair, position) for position, pair in enumerate(pairs, start=1))
    kids = [key.kid for key in keys]
    if doubled := sorted({kid for kid in kids if kids.count(kid) > 1}):
        raise ValueError(f"expected each key id once, got two keys with the id '{doubled[0]}'")
    return keys


def _master_key(pair: str, position: int) -> MasterKey:
    kid, colon, encoded = pair.partition(":")
    if not colon or not _KEY_ID.fullmatch(kid):
        raise ValueError(f"expected kid:key with a key id of 1 to 32 letters, digits, '_' or '-' (entry {position} has none)")
    expected = f"expected {KEY_BYTES} bytes in base64url (43 characters) for the key '{kid}'"
    if not _BASE64URL.fullmatch(encoded):
        raise ValueError(f"{expected}, got other characters")
    try:
        key = base64.urlsafe_b64decode(encoded.rstrip("=") + "=" * (-len(encoded.rstrip("=")) % 4))
    except binascii.Error:
        raise ValueError(f"{expected}, got a text that was cut") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"{expected}, got {len(key)} bytes")
    return MasterKey(kid, key)


def _text(raw: str) -> str:
    return raw


def _path(raw: str) -> Path:
    return Path(raw).expanduser()


def _boolean(raw: str) -> bool:
    value = _BOOLEANS.get(raw.lower())
    if value is None:
        raise ValueError(f"expected true or false, got '{raw}'")
    return value


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(raw: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", raw) or not least <= int(raw) <= most:
            raise ValueError(f"expected a whole number from {least} to {most}, got '{raw}'")
        return int(raw)

    return read


def _seconds(raw: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", raw) or not 0 < float(raw) <= 600:  # noqa: PLR2004
        raise ValueError(f"expected seconds over 0 and up to 600, got '{raw}'")
    return float(raw)


def _web_url(raw: str) -> str:
    try:
        parts = urlsplit(raw)
    except ValueError:
        raise ValueError("expected an http or https URL, got one that cannot be read") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("expected a URL without user name and password")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"expected an http or https URL without query and fragment, got '{raw}'")
    return raw.rstrip("/")


def _service_url(*schemes: str) -> Callable[[str], str]:
    """A URL that may hold a password, so its text is never repeated in a message."""

    def read(raw: str) -> str:
        scheme, mark, _ = raw.partition("://")
        if not mark or scheme.partition("+")[0] not in schemes:
            came = f"'{scheme}://'" if mark else "a text without '://'"
            raise ValueError(f"expected a URL that starts with {' or '.join(schemes)}, got {came}")
        return raw

    return read


def _provider_urls(raw: str) -> dict[str, str]:
    try:
        urls = msgspec.json.decode(raw, type=dict[str, str])
    except msgspec.MsgspecError:
        example = '{"hubspot": "http://127.0.0.1:9100"}'
        raise ValueError(f"expected a JSON object of provider names and URLs such as {example}") from None
    read = {}
    for provider, url in urls.items():
        try:
            read[provider] = _web_url(url)
        except ValueError as error:
            raise ValueError(f"for '{provider}': {error}") from None
    return read


def _engine(raw: str) -> str:
    if raw not in {"compiled", "reference"}:
        raise ValueError(f"expected compiled or reference, got '{raw}'")
    if raw == "reference" and importlib.util.find_spec("jsonata") is None:
        raise ValueError("expected jsonata-python to be installed for reference: pip install 'unified[reference]'")
    return raw


def _setting(name: str, kind: str, default: str, meaning: str, read: Callable[[str], Any]) -> Setting:
    field = {"CATALOG": "catalog_path"}.get(name, name.lower())
    return Setting(name=PREFIX + name, field=field, type=kind, default=default, meaning=meaning, read=read)


_MIB = 1024 * 1024
_DATABASES = _service_url("sqlite", "postgresql")

SETTINGS: tuple[Setting, ...] = (
    _setting("HOME", "folder", ".unified", "Holds the database and the key file.", _path),
    _setting("HOST", "address", "127.0.0.1", "The address to listen on.", _text),
    _setting("PORT", "0 to 65535", "8400", "The port to listen on; 0 takes a free one.", _whole(0, 65535)),
    _setting("DATABASE_URL", "URL", "", "The database; without it unified.sqlite in the home folder.", _DATABASES),
    _setting(
        "MASTER_KEYS",
        "kid:key,…",
        "",
        "Keys that seal credentials, each 32 bytes in base64url; the first seals, all open. Without it the "
        "file master.keys in the home folder, made at the first start.",
        parse_master_keys,
    ),
    _setting("PROVIDER_URLS", "JSON object", "{}", "Replaces base and OAuth URLs of providers.", _provider_urls),
    _setting("ALLOW_LOOPBACK", "boolean", "false", "Lets calls to providers reach this machine.", _boolean),
    _setting("REDIS_URL", "URL", "", "A Redis that shares limits between workers.", _service_url("redis", "rediss")),
    _setting("CATALOG", "folder", "", "Holds providers/ and mappings/ in place of the installed ones.", _path),
    _setting("REQUEST_DEADLINE", "seconds", "30", "The longest a request may take, retries included.", _seconds),
    _setting(
        "UPSTREAM_MAX_BYTES",
        "bytes",
        str(8 * _MIB),
        "The largest answer taken from a provider, after decompression.",
        _whole(1024, 1024 * _MIB),
    ),
    _setting("BODY_MAX_BYTES", "bytes", str(_MIB), "The largest request body taken.", _whole(1024, 1024 * _MIB)),
    _setting(
        "PAGE_SCAN_LIMIT",
        "records",
        "1000",
        "The most records looked through for one page when a filter is emulated.",
        _whole(1, 100_000),
    ),
    _setting("PUBLIC_URL", "URL", "", "The address under which clients and providers reach this.", _web_url),
    _setting(
        "JSONATA",
        "compiled or reference",
        "compiled",
        "What evaluates mappings: the compiler, or jsonata-python to compare with (slow; install unified[reference]).",
        _engine,
    ),
    _setting("READY_FILE", "file", "", "Written as JSON once everything answers.", _path),
)


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read all `UNIFIED_` variables; raises ConfigurationError naming the first one that cannot work."""
    known = {setting.name: setting for setting in SETTINGS}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            raise ConfigurationError(
                f"{name} is not a setting.{did_you_mean(name, known)} The settings are: {known_names(known)}."
            )
    return Settings(**{s.field: _read(s, environ[s.name]) for s in SETTINGS if _is_set(s, environ)})


def _is_set(setting: Setting, environ: Mapping[str, str]) -> bool:
    return bool(environ.get(setting.name)) or (setting.field == "master_keys" and setting.name in environ)


def _read(setting: Setting, raw: str) -> Any:
    try:
        return setting.read(raw.strip())
    except ValueError as error:
        raise ConfigurationError(f"{setting.name}: {error}.") from None


def _without_password(url: str) -> str:
    return re.sub(r"://([^:/?#]*):.*@", r"://\1:…@", url.partition("?")[0])

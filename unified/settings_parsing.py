"""Parsing of variables: one function for each kind of value; errors say what was expected and what came."""

import base64
import binascii
import importlib.util
import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from limits import parse_many

from unified.errors import known_names

KEY_BYTES = 32
UNLIMITED = "unlimited"
"""Written in place of a rate: nothing is counted."""
WRAPPED = "wrapped:"
"""The prefix of a key's text when a key service wrapped the key."""
IPNetwork = IPv4Network | IPv6Network
PRIVATE_NETWORKS = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))
"""Networks that an operator may open to calls, fully or in part: RFC 1918, RFC 6598, RFC 4193."""
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class MasterKey:
    """One key of the ring with its id. A plain class, so that no encoder can serialise it."""

    __slots__ = ("key", "kid")

    def __init__(self, kid: str, key: bytes) -> None:
        self.kid = kid
        self.key = key

    def __repr__(self) -> str:
        return f"MasterKey({self.kid!r}, …)"


class WrappedKey:
    """A master key as a key service wrapped it; useless without that service."""

    __slots__ = ("kid", "wrapped")

    def __init__(self, kid: str, wrapped: bytes) -> None:
        self.kid = kid
        self.wrapped = wrapped

    def __repr__(self) -> str:
        return f"WrappedKey({self.kid!r}, …)"


MasterKeys = tuple[MasterKey | WrappedKey, ...]


class OAuthApps:
    """OAuth apps by provider, for tenants that have none of their own. A plain class, as `MasterKey` is."""

    __slots__ = ("_apps",)

    def __init__(self, apps: Mapping[str, tuple[str, str]] | None = None) -> None:
        self._apps = dict(apps or {})

    def get(self, provider: str) -> tuple[str, str] | None:
        """Return the client id and client secret, or None."""
        return self._apps.get(provider)

    def __repr__(self) -> str:
        return f"OAuthApps({known_names(self._apps)})"


class ProviderValues:
    """Values of the installation by provider; some are secret. A plain class, as `MasterKey` is."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._values = {name: dict(own) for name, own in (values or {}).items()}

    def get(self, provider: str) -> dict[str, str]:
        """Return the values for a provider by name."""
        return self._values.get(provider, {})

    def names(self) -> dict[str, tuple[str, ...]]:
        """Return the names of the values by provider."""
        return {provider: tuple(own) for provider, own in self._values.items()}

    def __repr__(self) -> str:
        return f"ProviderValues({known_names(self._values)})"


def parse_master_keys(text: str) -> MasterKeys:
    """Parse `kid:key` and `kid:wrapped:text`, from the variable or the key file; the first is the current key.

    Entries are separated by commas or line ends.

    Raises:
        ValueError: An entry is invalid; the text never holds any part of a key.
    """
    pairs = [pair.strip() for pair in re.split(r"[,\n]", text) if pair.strip()]
    if not pairs:
        raise ValueError("expected at least one kid:key pair, got none")
    keys = tuple(_master_key(pair, position) for position, pair in enumerate(pairs, start=1))
    kids = [key.kid for key in keys]
    if doubled := sorted({kid for kid in kids if kids.count(kid) > 1}):
        raise ValueError(f"expected each key id once, got two keys with the id '{doubled[0]}'")
    return keys


def _master_key(pair: str, position: int) -> MasterKey | WrappedKey:
    kid, colon, encoded = pair.partition(":")
    if not colon or not _KEY_ID.fullmatch(kid):
        raise ValueError(f"expected kid:key with a key id of 1 to 32 letters, digits, '_' or '-' (entry {position} has none)")
    if not encoded.startswith(WRAPPED):
        return MasterKey(kid, read_key(kid, encoded))
    wrapped = _base64url(encoded.removeprefix(WRAPPED))
    if not wrapped:
        raise ValueError(f"expected base64url after '{kid}:{WRAPPED}', got nothing, other characters or a truncated text")
    return WrappedKey(kid, wrapped)


def read_key(kid: str, encoded: str) -> bytes:
    """Decode one master key.

    Raises:
        ValueError: The text is not a key; the message names the key's id and no part of the key.
    """
    expected = f"expected {KEY_BYTES} bytes in base64url (43 characters) for the key '{kid}'"
    if not _BASE64URL.fullmatch(encoded):
        raise ValueError(f"{expected}, got other characters")
    key = _base64url(encoded)
    if key is None:
        raise ValueError(f"{expected}, got a truncated text")
    if len(key) != KEY_BYTES:
        raise ValueError(f"{expected}, got {len(key)} bytes")
    return key


def _base64url(encoded: str) -> bytes | None:
    bare = encoded.rstrip("=")
    if bare and not _BASE64URL.fullmatch(bare):
        return None
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error:
        return None


def read_text(raw: str) -> str:
    """Return the text itself."""
    return raw


def read_path(raw: str) -> Path:
    """Return the path of a file or folder; `~` is the home folder."""
    return Path(raw).expanduser()


def read_boolean(raw: str) -> bool:
    """Parse a Boolean: `true`, `false`, `1`, `0`, `yes` or `no`."""
    value = _BOOLEANS.get(raw.lower())
    if value is None:
        raise ValueError(f"expected true or false, got '{raw}'")
    return value


def read_whole(least: int, most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers within bounds, both included."""

    def read(raw: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", raw) or not least <= int(raw) <= most:
            raise ValueError(f"expected a whole number from {least} to {most}, got '{raw}'")
        return int(raw)

    return read


def read_seconds(raw: str) -> float:
    """Parse a number of seconds, above 0 and up to 600."""
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", raw) or not 0 < float(raw) <= 600:  # noqa: PLR2004
        raise ValueError(f"expected seconds above 0 and up to 600, got '{raw}'")
    return float(raw)


def read_web_url(raw: str) -> str:
    """Parse an http or https address without user name, query and fragment."""
    try:
        parts = urlsplit(raw)
    except ValueError:
        raise ValueError("expected an http or https URL, got one that cannot be read") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("expected a URL without user name and password")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"expected an http or https URL without query and fragment, got '{raw}'")
    return raw.rstrip("/")


def is_loopback(url: str) -> bool:
    """Return whether a URL's text names this machine: 127.0.0.0/8, ::1 or `localhost`."""
    return is_loopback_host(urlsplit(url).hostname)


def is_loopback_host(host: str | None) -> bool:
    """Return whether a URL's host names this machine; IPv6 with or without brackets."""
    if host == "localhost":
        return True
    try:
        return ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False


def host_in_url(host: str) -> str:
    """Return a host as URLs write it: IPv6 in brackets (RFC 3986, 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def read_service_url(*schemes: str) -> Callable[[str], str]:
    """Return a parser of URLs that may hold a password: its messages never repeat the text."""

    def read(raw: str) -> str:
        scheme, mark, _ = raw.partition("://")
        if not mark or scheme.partition("+")[0] not in schemes:
            came = f"'{scheme}://'" if mark else "a text without '://'"
            raise ValueError(f"expected a URL that starts with {' or '.join(schemes)}, got {came}")
        return raw

    return read


def read_provider_urls(raw: str) -> dict[str, str]:
    """Parse addresses by provider, given as JSON."""
    try:
        urls = msgspec.json.decode(raw, type=dict[str, str])
    except msgspec.MsgspecError:
        example = '{"hubspot": "http://127.0.0.1:9100"}'
        raise ValueError(f"expected a JSON object of provider names and URLs such as {example}") from None
    addresses = {}
    for provider, url in urls.items():
        try:
            addresses[provider] = read_web_url(url)
        except ValueError as error:
            raise ValueError(f"for '{provider}': {error}") from None
    return addresses


def read_origins(raw: str) -> tuple[str, ...]:
    """Parse origins separated by commas, as browsers send them (RFC 6454, 6.1)."""
    origins = tuple(one.strip() for one in raw.split(","))
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"expected origins such as https://chat.example, separated by commas, got '{origin}'")
    return origins


def read_ports(raw: str) -> tuple[int, ...]:
    """Parse ports separated by commas."""
    return tuple(read_whole(1, 65535)(one.strip()) for one in raw.split(","))


def read_networks(raw: str) -> tuple[IPNetwork, ...]:
    """Parse private networks (CIDR) separated by commas; other networks are always open, or never."""
    try:
        networks = tuple(ip_network(one.strip()) for one in raw.split(","))
    except ValueError as error:
        raise ValueError(f"expected networks such as 10.20.0.0/16, separated by commas: {error}") from None
    for network in networks:
        if not any(_is_within(network, private) for private in PRIVATE_NETWORKS):
            raise ValueError(f"expected networks within {', '.join(map(str, PRIVATE_NETWORKS))}, got {network}")
    return networks


def _is_within(network: IPNetwork, outer: IPNetwork) -> bool:
    if isinstance(network, IPv4Network):
        return isinstance(outer, IPv4Network) and network.subnet_of(outer)
    return isinstance(outer, IPv6Network) and network.subnet_of(outer)


def read_oauth_apps(raw: str) -> OAuthApps:
    """Parse OAuth apps by provider, given as JSON; messages never hold a value."""
    expected = 'expected a JSON object such as {"hubspot": {"client_id": "…", "client_secret": "…"}}'
    try:
        apps = msgspec.json.decode(raw, type=dict[str, dict[str, str]])
    except msgspec.MsgspecError:
        raise ValueError(expected) from None
    if any(set(app) != {"client_id", "client_secret"} or not all(app.values()) for app in apps.values()):
        raise ValueError(expected)
    return OAuthApps({name: (app["client_id"], app["client_secret"]) for name, app in apps.items()})


def read_provider_values(raw: str) -> ProviderValues:
    """Parse values of the installation by provider, given as JSON; messages never hold a value."""
    expected = 'expected a JSON object such as {"personio": {"partner": "…"}} with printable ASCII texts'
    try:
        values = msgspec.json.decode(raw, type=dict[str, dict[str, str]])
    except msgspec.MsgspecError:
        raise ValueError(expected) from None
    if not all(one and one.isascii() and one.isprintable() for own in values.values() for one in own.values()):
        raise ValueError(expected)
    return ProviderValues(values)


def read_rate(raw: str) -> str:
    """Check a rate with the library that enforces it and return its text; an empty text for `unlimited`."""
    if raw == UNLIMITED:
        return ""
    try:
        parse_many(raw)
    except ValueError:
        raise ValueError(f"expected rates such as 600/minute or 20/second;5000/hour, or {UNLIMITED}, got '{raw}'") from None
    return raw


def read_engine(raw: str) -> str:
    """Parse the name of the engine that evaluates mappings."""
    if raw not in {"compiled", "reference"}:
        raise ValueError(f"expected compiled or reference, got '{raw}'")
    if raw == "reference" and importlib.util.find_spec("jsonata") is None:
        raise ValueError("expected jsonata-python to be installed for reference: pip install 'unified[reference]'")
    return raw


def without_password(url: str) -> str:
    """Return a service's URL as it may be printed."""
    return re.sub(r"://([^:/?#]*):.*@", r"://\1:…@", url.partition("?")[0])


NO_URL_ONLY_SERVERS = "no_url_only_servers"
NO_PASS_THROUGH = "no_pass_through"  # noqa: S105 - a rule, not a password
NO_DIRECT_AGENT_WRITES = "no_direct_agent_writes"
POLICY_RULES = (NO_URL_ONLY_SERVERS, NO_PASS_THROUGH, NO_DIRECT_AGENT_WRITES)
"""Rules of an installation's policy; `unified.service.access.policy` enforces them."""


def read_policy(text: str) -> frozenset[str]:
    """Parse rules of the installation's policy, separated by commas.

    Raises:
        ValueError: A rule is unknown.
    """
    rules = frozenset(one.strip() for one in text.split(",") if one.strip())
    for rule in sorted(rules - set(POLICY_RULES)):
        raise ValueError(f"expected rules among {', '.join(POLICY_RULES)}, got '{rule}'")
    return rules

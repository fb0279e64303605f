"""Reads the values of an installation for each provider: OAuth apps, values and other addresses."""

from collections.abc import Mapping

import msgspec

from unified.errors.names import known_names
from unified.settings.urls import read_web_url
from unified.text.json_text import decode_json


class OAuthApps:
    """OAuth apps by provider, for tenants without one. A plain class, as `MasterKey` is."""

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


def read_oauth_apps(raw: str) -> OAuthApps:
    """Parse OAuth apps by provider, given as JSON; messages never hold a value."""
    expected = 'expected a JSON object such as {"hubspot": {"client_id": "…", "client_secret": "…"}}'
    try:
        apps = decode_json(raw, dict[str, dict[str, str]])
    except msgspec.MsgspecError:
        raise ValueError(expected) from None
    if any(set(app) != {"client_id", "client_secret"} or not all(app.values()) for app in apps.values()):
        raise ValueError(expected)
    return OAuthApps({name: (app["client_id"], app["client_secret"]) for name, app in apps.items()})


def read_provider_values(raw: str) -> ProviderValues:
    """Parse values of the installation by provider, given as JSON; messages never hold a value."""
    expected = 'expected a JSON object such as {"personio": {"partner": "…"}} with printable ASCII texts'
    try:
        values = decode_json(raw, dict[str, dict[str, str]])
    except msgspec.MsgspecError:
        raise ValueError(expected) from None
    if not all(one and one.isascii() and one.isprintable() for own in values.values() for one in own.values()):
        raise ValueError(expected)
    return ProviderValues(values)


def read_provider_urls(raw: str) -> dict[str, str]:
    """Parse addresses by provider, given as JSON."""
    try:
        urls = decode_json(raw, dict[str, str])
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

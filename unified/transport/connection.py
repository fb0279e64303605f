"""Connections: where and as whom a call is made, for one account at one provider, with its credentials still sealed."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from urllib.parse import SplitResult, urlsplit

import msgspec

from unified.catalog.authentication import OAuth2
from unified.catalog.provider import Provider
from unified.errors.providers import ProviderMalformed
from unified.errors.requests import ValidationFailed

DNS_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE | re.ASCII)
_PLACE = re.compile(r"\{((?:installation\.)?\w+)\}")
"""The placeholder of a setting, or of a value of the installation, in a template."""
SCOPE_PART = re.compile(r"[!#-+\--\[\]-~]+")
"""The characters of a scope (RFC 6749, 3.3), without the comma, by which some providers separate them."""
INSTALLATION = "installation."
SIGNED = ("grant", "claims", "header", "scopes")
"""Keys of `auth` with what credentials are used for: the fields of token requests and assertions, and scopes."""
Credentials = dict[str, str]
"""The account's credentials as entered: `type` and the type's keys."""


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """One account's connection to its provider."""

    provider: Provider
    account_id: str
    tenant_id: str = ""
    requester: str = ""
    """The id of the key or server that calls; empty for the service itself. Calls of different ones take turns."""
    settings: dict[str, str]
    credentials_type: str = "bearer"
    open_credentials: Callable[[], Credentials]
    """Opens the sealed credentials; called only while a request is signed."""
    fresh: "Callable[[], Awaitable[Connection]] | None" = None
    """Awaited before each attempt; returns this connection with credentials valid long enough. None: they never expire."""
    renew: "Callable[[int], Awaitable[Connection | None]] | None" = None
    """Awaited after a 401, with the number of 401s so far; returns this connection with other credentials, or None."""
    refused: "Callable[[], Awaitable[None]] | None" = None
    """Awaited once a call has ended with a 401 that no other credentials could fix; checks whether the account is lost."""
    installation: Mapping[str, str] = {}
    """The installation's values for this provider."""
    origin: str | None = None
    """Replaces scheme, host and port of every provider URL (sandbox, tests); may carry a path prefix."""

    def __repr__(self) -> str:
        """Leave out settings and values of the installation, which may be secret."""
        return f"Connection({self.provider.name!r}, {self.account_id!r})"

    def base_url(self) -> str:
        """Return the URL to which the paths of calls are appended."""
        return self.replaced(fill_settings(base_template(self.provider, self.credentials_type), self.settings))

    def root_url(self) -> str:
        """Return the origin that links in responses must have."""
        return self.origin or _origin(urlsplit(self.base_url()))

    def replaced(self, url: str) -> str:
        """Return the URL with this connection's origin, if it has one."""
        return replaced(url, self.origin)

    def link(self, target: str) -> str:
        """Return a link of a response as an absolute URL.

        Raises:
            ProviderMalformed: The link leads to another origin.
        """
        root = self.root_url().rstrip("/")
        if target.startswith("/") and not target.startswith("//") and _plain(target):
            return root + target
        template = base_template(self.provider, self.credentials_type)
        provider_root = _origin(urlsplit(fill_settings(template, self.settings)))
        for known in (root, provider_root):
            if target.startswith((f"{known}/", f"{known}?")) and _plain(target):
                return root + target[len(known) :]
        raise ProviderMalformed("pagination: the next link leads to another host, port or scheme and is not followed")


def replaced(url: str, origin: str | None) -> str:
    """Return the URL with the scheme, host and port of `origin`, if one is given; `origin` may carry a path prefix."""
    if origin is None:
        return url
    parts = urlsplit(url)
    return origin.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")


def _origin(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc}"


def _plain(url: str) -> bool:
    return "@" not in urlsplit(url).netloc and "\\" not in url and not re.search(r"[\x00-\x20\x7f]", url)


def fill_settings(template: str, settings: Mapping[str, str]) -> str:
    """Fill a template with the account's settings or parts, which were checked when the account was created."""
    return _PLACE.sub(lambda match: settings[match[1]], template) if "{" in template else template


def fill_scopes(scopes: Iterable[str], settings: Mapping[str, str]) -> tuple[str, ...]:
    """Return scopes with the account's settings in them, each once; one with a setting that is not set is left out.

    Raises:
        ValidationFailed: A value would end the scope and begin another one (RFC 6749, 3.3).
    """
    asked = [one for one in scopes if names_in_template(one) <= settings.keys()]
    for name in sorted({name for one in asked for name in names_in_template(one)}):
        if not SCOPE_PART.fullmatch(settings[name]):
            raise ValidationFailed.at(f"/settings/{name}", "expected no spaces, commas and quotes: it is part of a scope")
    return tuple(dict.fromkeys(fill_settings(one, settings) for one in asked))


def with_installation(settings: Mapping[str, str], installation: Mapping[str, str]) -> dict[str, str]:
    """Return all values for templates that may name the installation's: `{installation.partner}`."""
    return {**settings, **{f"{INSTALLATION}{name}": value for name, value in installation.items()}}


def names_in_template(template: str) -> frozenset[str]:
    """Return the settings that a template of a provider file needs."""
    return frozenset(_PLACE.findall(template)) if "{" in template else frozenset()


def base_template(provider: Provider, credentials_type: str) -> str:
    """Return the base URL's template for a type of credentials."""
    if credentials_type != "oauth2":
        return provider.base_url
    own = (one.base_url for one in provider.auth if isinstance(one, OAuth2))
    return next((one for one in own if one), provider.base_url)


def url_templates(provider: Provider) -> tuple[str, ...]:
    """Return every URL template of a provider file: fields `…_url` and `issuer` of the file and its types of credentials."""
    fields = ((name, getattr(part, name)) for part in (provider, *provider.auth) for name in part.__struct_fields__)
    return tuple(text for name, text in fields if text and (name.endswith("_url") or name == "issuer"))


def url_settings(provider: Provider) -> frozenset[str]:
    """Return the settings that decide where credentials are sent, or as whom: those of URLs, token requests and assertions."""
    who = (text for one in provider.auth for name in SIGNED for text in _texts(getattr(one, name, None)))
    texts = (*url_templates(provider), *who)
    return frozenset(name for one in texts for name in _PLACE.findall(one)) & provider.settings.keys()


def moved_settings(provider: Provider, before: dict[str, str], after: dict[str, str]) -> tuple[str, ...]:
    """Return the settings that now send requests elsewhere, in the order of the file; added and removed ones count too."""
    where = url_settings(provider)
    return tuple(name for name in provider.settings if name in where and before.get(name) != after.get(name))


def settings_needed(provider: Provider, credentials_type: str) -> frozenset[str]:
    """Return the settings that a type of credentials needs: those in its URLs, token requests and assertions."""
    rules = [one for one in provider.auth if one.__struct_config__.tag == credentials_type]
    urls = [getattr(one, name, None) or "" for one in rules for name in ("authorize_url", "token_url")]
    texts = [text for one in rules for name in SIGNED for text in _texts(getattr(one, name, None))]
    templates = (base_template(provider, credentials_type), *urls, *texts)
    return frozenset(name for one in templates for name in _PLACE.findall(one))


def _texts(templates: object) -> tuple[str, ...]:
    values = templates.values() if isinstance(templates, dict) else ()
    return tuple(text for one in values for text in ((one,) if isinstance(one, str) else one))

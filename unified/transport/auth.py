"""Signing: what each type of credentials adds to a request. The only place that uses an opened credential."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from unified.catalog.provider import ApiKey, Auth, Basic, Bearer, ClientCredentials, OAuth2, Provider
from unified.errors import FieldProblem, ValidationFailed, known_names
from unified.parsing_times import parse_time
from unified.transport.connection import Credentials


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """What is added to a request."""

    headers: dict[str, str] = {}
    query: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        """Return the names only: the values are secrets."""
        return f"Signature(headers={list(self.headers)}, query={[name for name, _ in self.query]})"


def sign(provider: Provider, credentials: Credentials) -> Signature:
    """Return the headers and query that carry these credentials at this provider."""
    rules = rules_for(provider, credentials["type"])
    return SIGNERS[type(rules)](rules, credentials)


def rules_for(provider: Provider, kind: str) -> Auth:
    """Return the provider's rules for one type of credentials; a bearer token also fits where OAuth tokens do.

    Raises:
        ValidationFailed: The provider does not accept this type.
    """
    for fitting in (kind, "oauth2") if kind == "bearer" else (kind,):
        for rules in provider.auth:
            if name_of(rules) == fitting:
                return rules
    message = f"{provider.title} accepts {known_names({name_of(rules) for rules in provider.auth})}"
    problem = FieldProblem(pointer="/credentials/type", code="invalid", message=message)
    raise ValidationFailed(f"credentials: {message}", errors=(problem,))


def name_of(rules: Auth) -> str:
    """Return the type's name in data files and credentials."""
    return str(rules.__struct_config__.tag)


def check_credentials(provider: Provider, credentials: Any) -> None:
    """Check that the credentials have the keys of their type; messages never show a value.

    Raises:
        ValidationFailed: A key is missing, unknown, or has an unusable value.
    """
    kind = credentials.get("type") if isinstance(credentials, dict) else None
    if not isinstance(kind, str) or kind not in KEYS:
        raise ValidationFailed.at("/credentials/type", f"expected one of {known_names(KEYS)}")
    rules_for(provider, kind)
    needed, allowed = KEYS[kind]
    for name in sorted(credentials.keys() - {"type"} - needed - allowed):
        raise ValidationFailed.at(f"/credentials/{name}", f"unknown key. Known: {known_names(needed | allowed)}")
    for name in sorted(needed):
        value = credentials.get(name)
        if not isinstance(value, str) or not value or not value.isprintable() or len(value) > 16_384:  # noqa: PLR2004
            raise ValidationFailed.at(f"/credentials/{name}", "expected printable text of 1 to 16384 characters")
        if kind in IN_HEADERS and not value.isascii():
            raise ValidationFailed.at(f"/credentials/{name}", "expected ASCII text, because it is sent in a header")
    _check_optional(credentials, allowed)


def _check_optional(credentials: Credentials, allowed: frozenset[str]) -> None:
    for name in sorted(allowed & credentials.keys()):
        if not isinstance(credentials[name], str):
            raise ValidationFailed.at(f"/credentials/{name}", "expected text")
    if credentials.get("expires_at"):
        parse_time(EXPIRES_AT, credentials["expires_at"])


KEYS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "bearer": (frozenset({"token"}), frozenset()),
    "basic": (frozenset({"username", "password"}), frozenset()),
    "api_key": (frozenset({"key"}), frozenset()),
    "oauth2": (frozenset({"access_token"}), frozenset({"refresh_token", "expires_at"})),
    "client_credentials": (frozenset({"client_id", "client_secret"}), frozenset()),
}
"""The keys that credentials of each type must have, and those that they may have."""
EXPIRES_AT = "/credentials/expires_at"
"""The pointer to the expiry of a token in a request."""
IN_HEADERS = frozenset({"bearer", "api_key", "oauth2", "client_credentials"})
"""Types of which the secret is written into a header unchanged."""


SHOWABLE = frozenset({"type", "username", "expires_at", "client_id"})
"""Parts of credentials that are not secret."""


def secret_values(credentials: Credentials) -> tuple[str, ...]:
    """Return the parts of credentials that must never be shown."""
    return tuple(value for name, value in credentials.items() if name not in SHOWABLE and value)


def secrets_to_hide(provider: Provider, credentials: Credentials) -> tuple[str, ...]:
    """Return every spelling of a secret that a response may repeat: as it is, as signed (base64), and URL-encoded."""
    secrets = secret_values(credentials)
    signed = sign(provider, credentials).headers.values()
    coded = (value.rpartition(" ")[2] for value in signed)
    return tuple(dict.fromkeys((*secrets, *coded, *(quote(one, safe="") for one in secrets), *map(quote_plus, secrets))))


def shown_part(credentials: Credentials) -> str:
    """Return the secret of which the last characters identify the credentials to people."""
    return next(iter(secret_values(credentials)), "")


def _bearer(rules: Any, credentials: Credentials) -> Signature:
    return Signature(headers={rules.header: rules.prefix + credentials["token"]})


def _oauth2(rules: Any, credentials: Credentials) -> Signature:
    token = credentials["token"] if credentials["type"] == "bearer" else credentials["access_token"]
    return Signature(headers={"Authorization": rules.prefix + token})


def _basic(rules: Any, credentials: Credentials) -> Signature:
    return _basic_header(rules.username.format_map(credentials), rules.password.format_map(credentials))


def _basic_header(username: str, password: str) -> Signature:
    coded = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
    return Signature(headers={"Authorization": f"Basic {coded}"})


def _api_key(rules: Any, credentials: Credentials) -> Signature:
    if rules.basic:
        return _basic_header(credentials["key"], rules.password)
    if rules.query:
        return Signature(query=((rules.query, credentials["key"]),))
    return Signature(headers={rules.header or "Authorization": rules.prefix + credentials["key"]})


SIGNERS: dict[type, Callable[[Any, Credentials], Signature]] = {
    Bearer: _bearer,
    Basic: _basic,
    ApiKey: _api_key,
    OAuth2: _oauth2,
    ClientCredentials: _oauth2,
}

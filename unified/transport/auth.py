"""Signing: what each type of credentials adds to a request. The only place that uses an opened credential."""

import base64
import re
import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from unified.catalog.authentication import (
    ApiKey,
    Auth,
    Basic,
    Bearer,
    ClientCredentials,
    CredentialPart,
    JwtBearer,
    OAuth2,
    Parts,
)
from unified.catalog.provider import Provider
from unified.errors.error import FieldProblem
from unified.errors.names import known_names
from unified.errors.providers import ConnectionUnauthorized
from unified.errors.requests import ValidationFailed
from unified.text.parsing_times import parse_time
from unified.text.pattern_examples import expected_form
from unified.transport.connection import DNS_LABEL, Credentials, fill_settings, names_in_template
from unified.transport.http1.certificates import Certificate, load_certificate


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """The headers and parameters that are added to a request."""

    headers: dict[str, str] = {}
    query: tuple[tuple[str, str], ...] = ()
    certificate: Certificate | None = None
    """The certificate that the connection shows in TLS."""
    coded: tuple[str, ...] = ()
    """Secrets in the form in which they are sent, where it is another one (base64)."""

    def __repr__(self) -> str:
        """Return the names only: the values are secrets."""
        return f"Signature(headers={list(self.headers)}, query={[name for name, _ in self.query]})"


def sign(provider: Provider, credentials: Credentials) -> Signature:
    """Return the headers and query that carry these credentials at this provider."""
    rules = rules_for(provider, credentials["type"])
    signature = SIGNERS[type(rules)](rules, credentials)
    certificate = certificate_of(rules, credentials)
    return signature if certificate is None else msgspec.structs.replace(signature, certificate=certificate)


def certificate_of(rules: Auth, credentials: Credentials) -> Certificate | None:
    """Return the certificate that connections with these credentials show, if the provider file asks for one."""
    names = getattr(rules, "client_certificate", None)
    if names is None:
        return None
    _require_parts(rules, credentials)
    return Certificate(chain=credentials[names.certificate], key=credentials[names.key])


def _require_parts(rules: Auth, credentials: Credentials) -> None:
    if missing := parts_of(rules).keys() - credentials.keys():
        raise ConnectionUnauthorized(f"the account's credentials lack {known_names(missing)}; connect it again")


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
    rules = rules_for(provider, kind)
    parts, (_, allowed) = parts_of(rules), KEYS[kind]
    in_url = names_in_template(getattr(rules, "token_url", None) or "")
    needed = entered_keys(rules, kind)
    for name in sorted(credentials.keys() - {"type", *needed, *allowed}):
        raise ValidationFailed.at(f"/credentials/{name}", f"unknown key. Known: {known_names({*needed, *allowed})}")
    for name in sorted(needed):
        problem = _problem(credentials.get(name), parts.get(name), in_header=_is_in_header(rules, name))
        if problem is None and name in parts and name in in_url:
            problem = _problem_in_url(credentials[name], parts[name])
        if problem is not None:
            raise ValidationFailed.at(f"/credentials/{name}", problem)
    _check_certificate(rules, credentials)
    _check_optional(credentials, allowed)


def _problem(value: Any, part: CredentialPart | None, *, in_header: bool) -> str | None:
    """Return what is wrong with a required value."""
    if part is not None and part.form == "pem":
        fits = isinstance(value, str) and len(value) <= MAX_CHARACTERS and PEM.fullmatch(value)
        return None if fits else "expected text in PEM form, from `-----BEGIN …-----` to `-----END …-----`"
    if not isinstance(value, str) or not value or not value.isprintable() or len(value) > MAX_CHARACTERS:
        return f"expected printable text of 1 to {MAX_CHARACTERS} characters"
    if in_header and not value.isascii():
        return "expected ASCII text, because it is sent in a header"
    if part is not None and part.pattern is not None and not re.fullmatch(part.pattern, value):
        return f"expected {expected_form(part.pattern, part.example)}"
    return None


def _problem_in_url(value: str, part: CredentialPart) -> str | None:
    """Return the problem of a part of an address; without a pattern it is one DNS label, as a setting is."""
    fits = part.pattern is not None or DNS_LABEL.fullmatch(value)
    return None if fits else "expected one DNS label (letters, digits, hyphens)"


def _check_certificate(rules: Auth, credentials: Credentials) -> None:
    certificate, names = certificate_of(rules, credentials), getattr(rules, "client_certificate", None)
    if certificate is None or names is None:
        return
    try:
        load_certificate(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), certificate)
    except ValueError as problem:
        raise ValidationFailed.at(f"/credentials/{names.certificate}", str(problem)) from None


def _is_in_header(rules: Auth, name: str) -> bool:
    """Return whether a value is written into a header unchanged."""
    if isinstance(rules, Parts):
        return any(name in names_in_template(value) for value in rules.headers.values())
    return not isinstance(rules, Basic | JwtBearer)


def _check_optional(credentials: Credentials, allowed: frozenset[str]) -> None:
    for name in sorted(allowed & credentials.keys()):
        if not isinstance(credentials[name], str):
            raise ValidationFailed.at(f"/credentials/{name}", "expected text")
    if credentials.get("expires_at"):
        parse_time(EXPIRES_AT, credentials["expires_at"])


def parts_of(rules: Auth) -> dict[str, CredentialPart]:
    """Return the values that the provider file itself names for a type of credentials."""
    return dict(getattr(rules, "parts", {}))


def entered_keys(rules: Auth, kind: str) -> tuple[str, ...]:
    """Return the keys that credentials of a type must have, in the order in which people are asked for them."""
    return (*sorted(KEYS[kind][0], reverse=kind == "basic"), *parts_of(rules))


KEYS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "bearer": (frozenset({"token"}), frozenset()),
    "basic": (frozenset({"username", "password"}), frozenset()),
    "api_key": (frozenset({"key"}), frozenset()),
    "parts": (frozenset(), frozenset()),
    "jwt_bearer": (frozenset(), frozenset()),
    "oauth2": (frozenset({"access_token"}), frozenset({"refresh_token", "expires_at"})),
    "client_credentials": (frozenset({"client_id", "client_secret"}), frozenset()),
}
"""The keys that credentials of each type must have, besides its parts in the provider file, and those that they may have."""
MAX_CHARACTERS = 16_384
PEM = re.compile(r"\s*(-----BEGIN [A-Z0-9 ]+-----[A-Za-z0-9+/=\s]+-----END [A-Z0-9 ]+-----\s*)+", re.ASCII)
"""Keys and certificates as text (RFC 7468), without headers of encryption."""
FETCHED = frozenset({"client_credentials", "jwt_bearer"})
"""Types whose access token is fetched with the entered values, without the account's owner."""
EXPIRES_AT = "/credentials/expires_at"
"""The pointer to the expiry of a token in a request."""
SHOWABLE = frozenset({"type", "username", "expires_at", "client_id"})
"""Parts of credentials that are not secret, where the provider file does not say."""


def secret_values(provider: Provider, credentials: Credentials) -> tuple[str, ...]:
    """Return the parts of credentials that must never be shown, in the order of the provider file where it names them."""
    parts = parts_of(rules_for(provider, credentials["type"]))
    shown = SHOWABLE - parts.keys() | {name for name, part in parts.items() if not part.secret}
    ordered = sorted(credentials, key=lambda name: [*parts, name].index(name))
    return tuple(credentials[name] for name in ordered if name not in shown and credentials[name])


def secrets_to_hide(
    provider: Provider, credentials: Credentials, installation: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return every spelling of a secret that a response may repeat: as it is, as signed (base64), and URL-encoded."""
    ours = (value for name, value in (installation or {}).items() if provider.installation[name].secret)
    secrets = (*secret_values(provider, credentials), *ours)
    coded = sign(provider, credentials).coded
    return tuple(dict.fromkeys((*secrets, *coded, *(quote(one, safe="") for one in secrets), *map(quote_plus, secrets))))


def shown_part(provider: Provider, credentials: Credentials) -> str:
    """Return the secret whose last characters identify the credentials to people; a key in PEM form has no such end."""
    return next((one for one in secret_values(provider, credentials) if not PEM.fullmatch(one)), "")


def _bearer(rules: Any, credentials: Credentials) -> Signature:
    return Signature(headers={rules.header: rules.prefix + credentials["token"]})


def _oauth2(rules: Any, credentials: Credentials) -> Signature:
    token = credentials["token"] if credentials["type"] == "bearer" else credentials["access_token"]
    return Signature(headers={"Authorization": rules.prefix + token})


def _basic(rules: Any, credentials: Credentials) -> Signature:
    return _basic_header(rules.username.format_map(credentials), rules.password.format_map(credentials))


def _basic_header(username: str, password: str) -> Signature:
    coded = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
    return Signature(headers={"Authorization": f"Basic {coded}"}, coded=(coded,))


def _api_key(rules: Any, credentials: Credentials) -> Signature:
    if rules.basic:
        return _basic_header(credentials["key"], rules.password)
    if rules.query:
        return Signature(query=((rules.query, credentials["key"]),))
    return Signature(headers={rules.header or "Authorization": rules.prefix + credentials["key"]})


def _parts(rules: Parts, credentials: Credentials) -> Signature:
    _require_parts(rules, credentials)
    pair = Signature()
    if rules.basic is not None:
        pair = _basic_header(*(fill_settings(one, credentials) for one in (rules.basic.username, rules.basic.password)))
    headers = {name: fill_settings(value, credentials) for name, value in rules.headers.items()}
    query = tuple((name, fill_settings(value, credentials)) for name, value in rules.query.items())
    return Signature(headers=headers | pair.headers, query=query, coded=pair.coded)


SIGNERS: dict[type, Callable[[Any, Credentials], Signature]] = {
    Bearer: _bearer,
    Basic: _basic,
    ApiKey: _api_key,
    Parts: _parts,
    OAuth2: _oauth2,
    ClientCredentials: _oauth2,
    JwtBearer: _oauth2,
}

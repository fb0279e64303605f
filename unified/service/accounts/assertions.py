"""Signed assertions (RFC 7523): short-lived JSON Web Tokens that prove that an account holds a key (RFC 7519)."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from unified.catalog.authentication import JwtBearer
from unified.catalog.provider import Provider
from unified.errors.requests import ValidationFailed
from unified.secret import Secret
from unified.transport.auth import check_credentials, rules_for
from unified.transport.connection import Credentials, fill_settings
from unified.transport.oauth import TokenClient
from unified.transport.token_answer import TokenAnswer, TokenRefused
from unified.vault.signing import SIGNING_KEYS, UnusableKey, sign_token

BACKDATED = timedelta(seconds=30)
"""How far before now an assertion begins, so that a provider with a slow clock accepts it; part of its lifetime."""


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """One signed assertion."""

    token: Secret
    expires_at: datetime


def check_entered(provider: Provider, credentials: Any) -> None:
    """Check credentials that are entered, and that a signing key among them can sign; messages never show a value.

    Raises:
        ValidationFailed: They cannot be used.
    """
    check_credentials(provider, credentials)
    rules = rules_for(provider, credentials["type"])
    if isinstance(rules, JwtBearer):
        try:
            SIGNING_KEYS[rules.algorithm](credentials[rules.key])
        except UnusableKey as problem:
            raise ValidationFailed.at(f"/credentials/{rules.key}", str(problem)) from None


async def token_by_assertion(
    tokens: TokenClient, provider: Provider, settings: dict[str, str], origin: str | None, credentials: Credentials
) -> TokenAnswer:
    """Exchange a signed assertion for a token; without a token endpoint, return the assertion as the token.

    Raises:
        TokenRefused: No token was issued; with code `invalid_client` if the account's key cannot sign.
    """
    rules = rules_for(provider, credentials["type"])
    if not isinstance(rules, JwtBearer):
        raise TypeError(f"expected rules for assertions, got {type(rules).__name__}")
    values = {**settings, **credentials}
    try:
        url = None if rules.token_url is None else fill_settings(rules.token_url, values)
        made = sign_assertion(rules, values, audience=url, now=tokens.now())
    except (UnusableKey, KeyError):  # KeyError: the provider file asks for another part since then
        raise TokenRefused("invalid_client", definite=True) from None
    if url is None:
        return TokenAnswer(access_token=made.token, refresh_token=None, expires_at=made.expires_at, scopes=None)
    return await tokens.assertion(provider, values, origin, made.token)


def sign_assertion(rules: JwtBearer, values: Mapping[str, str], *, audience: str | None, now: datetime) -> Assertion:
    """Return an assertion with the claims of the provider file.

    Args:
        rules: The entry of the provider file.
        values: The account's settings and parts, for the templates.
        audience: `aud` unless the file sets it; the address of the token endpoint.
        now: The time.

    Raises:
        UnusableKey: The key cannot sign.
    """
    begins = now - BACKDATED
    ends = begins + timedelta(seconds=rules.lifetime)
    own = {"aud": audience} if audience is not None else {}
    times = {"iat": int(begins.timestamp()), "exp": int(ends.timestamp()), "jti": secrets.token_urlsafe(16)}
    claims = own | _filled(rules.claims, values) | times
    token = sign_token(claims, _filled(rules.header, values), algorithm=rules.algorithm, key=values[rules.key])
    return Assertion(token=Secret(token), expires_at=ends)


def _filled(templates: Mapping[str, str], values: Mapping[str, str]) -> dict[str, Any]:
    return {name: fill_settings(text, values) for name, text in templates.items()}

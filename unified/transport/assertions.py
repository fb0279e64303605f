"""Signed assertions (RFC 7523): short-lived JSON Web Tokens that prove that the account holds a key (RFC 7515, RFC 7519)."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from unified.catalog.authentication import JwtBearer
from unified.secret import Secret
from unified.transport.connection import fill_settings
from unified.transport.signing import sign_token, signing_key

BACKDATED = timedelta(seconds=30)
"""How far before now an assertion begins, so that a provider with a slow clock accepts it; part of its lifetime."""


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """One signed assertion."""

    token: Secret
    expires_at: datetime


def check_key(rules: JwtBearer, key: str) -> None:
    """Check that a key can sign.

    Raises:
        UnusableKey: It cannot.
    """
    signing_key(rules.algorithm, key)


def sign_assertion(rules: JwtBearer, values: Mapping[str, str], *, audience: str | None, now: datetime) -> Assertion:
    """Return an assertion with the claims of the provider file.

    Args:
        rules: The entry of the provider file.
        values: The account's settings and parts, for the templates.
        audience: `aud` where the file names none; the address of the token endpoint.
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

"""Who calls: the accepted kinds of a stand-in, each checked by one function."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

import msgspec

from unified_sandbox.messages import Incoming
from unified_sandbox.standin import Accepted, ApiKey, Basic, Bearer, Parts
from unified_sandbox.tokens import Tokens


class Verdict(msgspec.Struct, frozen=True):
    """The caller's name, or the code of the refusal."""

    principal: str = ""
    refusal: str = ""


MISSING = Verdict(refusal="missing_credentials")
INVALID = Verdict(refusal="invalid_credentials")

MESSAGES = {
    "missing_credentials": "The request carries no credentials.",
    "invalid_credentials": "The credentials are not known here.",
    "expired_token": "The access token has expired.",
    "revoked_token": "The access token was revoked.",
}


def authorize(request: Incoming, accepts: tuple[Accepted, ...], tokens: Tokens) -> Verdict:
    """Try each accepted kind; the first success wins, else the most telling refusal."""
    verdicts = [CHECKS[type(kind)](kind, request, tokens) for kind in accepts]
    return next(
        (verdict for verdict in verdicts if verdict.principal),
        next((verdict for verdict in verdicts if verdict != MISSING), MISSING),
    )


def _bearer(kind: Bearer, request: Incoming, tokens: Tokens) -> Verdict:
    value = request.headers.get(kind.header.lower(), "")
    if not value or not value.lower().startswith(kind.prefix.lower()):
        return MISSING
    token = value[len(kind.prefix) :].strip()
    if any(known["token"] == token for known in tokens.fixed("bearer")):
        return Verdict(principal="token")
    return _access_token(token, request, tokens)


def _access_token(token: str, request: Incoming, tokens: Tokens) -> Verdict:
    known = tokens.access.get(token)
    if known is None:
        return INVALID
    if known.revoked:
        return Verdict(refusal="revoked_token")
    if known.expires_at is not None and known.expires_at <= request.now:
        return Verdict(refusal="expired_token")
    return Verdict(principal=known.principal)


def _basic(kind: Basic, request: Incoming, tokens: Tokens) -> Verdict:
    pair = basic_pair(request)
    if pair is None:
        return MISSING
    username, password = pair
    for known in tokens.fixed("basic"):
        if known["username"] == username and (kind.any_password or known["password"] == password):
            return Verdict(principal=username)
    is_key = kind.any_password and any(known["key"] == username for known in tokens.fixed("api_key"))
    return Verdict(principal=username) if is_key else INVALID


def basic_pair(request: Incoming) -> tuple[str, str] | None:
    """Return the user name and password of an `Authorization: Basic` header, or None."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        username, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return username, password


def _api_key(kind: ApiKey, request: Incoming, tokens: Tokens) -> Verdict:
    value = request.headers.get(kind.header.lower()) if kind.header else request.query.get(kind.query)
    if not value:
        return MISSING
    if any(known["key"] == value for known in tokens.fixed("api_key")):
        return Verdict(principal="api_key")
    return INVALID


def _parts(kind: Parts, request: Incoming, tokens: Tokens) -> Verdict:
    sent = [
        *(request.headers.get(name.lower(), "") for name in kind.headers),
        *(request.query.get(name) or "" for name in kind.query),
        *((basic_pair(request) or ("", "")) if kind.basic else ()),
    ]
    if not any(sent):
        return MISSING
    pair = (kind.basic.username, kind.basic.password) if kind.basic else ()
    templates = (*kind.headers.values(), *kind.query.values(), *pair)
    for known in tokens.fixed("parts"):
        if sent == [template.format_map(known) for template in templates]:
            return Verdict(principal="parts")
    return INVALID


CHECKS: dict[type, Callable[[Any, Incoming, Tokens], Verdict]] = {
    Bearer: _bearer,
    Basic: _basic,
    ApiKey: _api_key,
    Parts: _parts,
}

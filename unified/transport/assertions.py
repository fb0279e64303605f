"""Signed assertions (RFC 7523): short-lived JSON Web Tokens that prove that the account holds a key (RFC 7515, RFC 7519)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from unified.catalog.authentication import JwtBearer
from unified.secret import Secret
from unified.transport.connection import fill_settings

BACKDATED = timedelta(seconds=30)
"""How far before now an assertion begins, so that a provider whose clock is behind accepts it; part of its lifetime."""
MIN_RSA_BITS = 2048
MIN_SECRET_BYTES = 32
"""The shortest keys that may sign (RFC 7518, 3.2 and 3.3)."""
P256_BYTES = 32


class UnusableKey(Exception):
    """A key that cannot sign with the algorithm of the provider file; the text says what was expected, never what came."""


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """One signed assertion."""

    token: Secret
    expires_at: datetime


def check_key(rules: JwtBearer, key: str) -> None:
    """Check that a key can sign.

    Raises:
        UnusableKey: It cannot.
    """
    KEYS[rules.algorithm](key)


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
    header = {"typ": "JWT"} | _filled(rules.header, values) | {"alg": rules.algorithm}
    signed = b".".join((_coded(msgspec.json.encode(header)), _coded(msgspec.json.encode(claims))))
    signature = KEYS[rules.algorithm](values[rules.key])(signed)
    return Assertion(token=Secret(b".".join((signed, _coded(signature))).decode("ascii")), expires_at=ends)


def _filled(templates: Mapping[str, str], values: Mapping[str, str]) -> dict[str, Any]:
    return {name: fill_settings(text, values) for name, text in templates.items()}


def _coded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


Sign = Callable[[bytes], bytes]


def _rsa(key: str) -> Sign:
    loaded = _private_key(key)
    if not isinstance(loaded, rsa.RSAPrivateKey) or loaded.key_size < MIN_RSA_BITS:
        raise UnusableKey(f"expected a private RSA key of at least {MIN_RSA_BITS} bits in PEM form, without a password")
    return lambda content: loaded.sign(content, padding.PKCS1v15(), SHA256())


def _ec(key: str) -> Sign:
    loaded = _private_key(key)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey) or not isinstance(loaded.curve, ec.SECP256R1):
        raise UnusableKey("expected a private key of the curve P-256 in PEM form, without a password")

    def sign(content: bytes) -> bytes:
        numbers = decode_dss_signature(loaded.sign(content, ec.ECDSA(SHA256())))
        return b"".join(number.to_bytes(P256_BYTES, "big") for number in numbers)  # RFC 7518, 3.4

    return sign


def _secret(key: str) -> Sign:
    if len(key.encode()) < MIN_SECRET_BYTES:
        raise UnusableKey(f"expected a secret of at least {MIN_SECRET_BYTES} bytes")
    return lambda content: hmac.digest(key.encode(), content, hashlib.sha256)


def _private_key(key: str) -> object:
    try:
        return load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it has a password
        return None


KEYS: dict[str, Callable[[str], Sign]] = {"RS256": _rsa, "ES256": _ec, "HS256": _secret}
"""Algorithm of the provider file → what makes a signing function of a key."""

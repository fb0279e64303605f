"""Signing of JSON Web Tokens with an account's own key (RFC 7515, RFC 7518)."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

MIN_RSA_BITS = 2048
MIN_SECRET_BYTES = 32
"""The shortest keys that may sign (RFC 7518, 3.2 and 3.3)."""
SigningKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | bytes


class UnusableKey(Exception):
    """A key that cannot sign with an algorithm; the text says what was expected, never what came."""


def sign_token(claims: Mapping[str, Any], header: Mapping[str, Any], *, algorithm: str, key: str) -> str:
    """Return a signed token.

    Args:
        claims: What it says.
        header: Fields of its header besides `alg` and `typ`.
        algorithm: `RS256`, `ES256` or `HS256`.
        key: The private key in PEM form, or the secret.

    Raises:
        UnusableKey: The key cannot sign.
    """
    import jwt  # noqa: PLC0415 - few accounts have a signing key; it loads all of X.509

    return jwt.encode(dict(claims), SIGNING_KEYS[algorithm](key), algorithm=algorithm, headers=dict(header))


def _rsa(key: str) -> rsa.RSAPrivateKey:
    loaded = _private_key(key)
    if not isinstance(loaded, rsa.RSAPrivateKey) or loaded.key_size < MIN_RSA_BITS:
        raise UnusableKey(f"expected a private RSA key of at least {MIN_RSA_BITS} bits in PEM form, without a password")
    return loaded


def _ec(key: str) -> ec.EllipticCurvePrivateKey:
    loaded = _private_key(key)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey) or not isinstance(loaded.curve, ec.SECP256R1):
        raise UnusableKey("expected a private key of the curve P-256 in PEM form, without a password")
    return loaded


def _secret(key: str) -> bytes:
    if len(key.encode()) < MIN_SECRET_BYTES:
        raise UnusableKey(f"expected a secret of at least {MIN_SECRET_BYTES} bytes")
    return key.encode()


def _private_key(key: str) -> object:
    try:
        return load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it has a password
        return None


SIGNING_KEYS: dict[str, Callable[[str], SigningKey]] = {"RS256": _rsa, "ES256": _ec, "HS256": _secret}
"""Algorithm of a provider file → what reads and checks a key for it; it raises UnusableKey."""

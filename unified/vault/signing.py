"""Signatures of JSON Web Tokens with an account's own key (RFC 7515, RFC 7518)."""

import hashlib
import hmac
from collections.abc import Callable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

MIN_RSA_BITS = 2048
MIN_SECRET_BYTES = 32
"""The shortest keys that may sign (RFC 7518, 3.2 and 3.3)."""
P256_BYTES = 32


class UnusableKey(Exception):
    """A key that cannot sign with an algorithm; the text says what was expected, never what came."""


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


SIGNATURES: dict[str, Callable[[str], Sign]] = {"RS256": _rsa, "ES256": _ec, "HS256": _secret}
"""Algorithm of a provider file → what makes a signing function of a key; it raises UnusableKey."""

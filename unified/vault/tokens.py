"""Random texts that are handed out: API keys, MCP tokens and ids.

A token is prefix + 27 random base62 characters (160 bits) + 6 base62 characters of CRC32: a mistyped token is
refused without a database look-up, and secret scanners can match it exactly (the form of GitHub's tokens
since 2021-04). The database stores only a keyed digest.
"""

import hashlib
import hmac
import secrets
import string
import zlib

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
TOKEN_CHARACTERS = 27
CHECKSUM_CHARACTERS = 6
ID_CHARACTERS = 22
DIGEST_KEY_BYTES = 32
_PAIRS = tuple(one + other for one in ALPHABET for other in ALPHABET)
"""Two characters of a number in base 62."""


def new_token(prefix: str) -> str:
    """Return a new secret token; `prefix` says what it is for and ends in an underscore (`uk_`, `um_`)."""
    body = prefix + _random(TOKEN_CHARACTERS)
    return body + _checksum(body)


def has_valid_checksum(token: str, prefix: str) -> bool:
    """Return whether the text has the form and checksum of such a token; it may still be unknown or revoked."""
    body, checksum = token[:-CHECKSUM_CHARACTERS], token[-CHECKSUM_CHARACTERS:]
    return (
        len(token) == len(prefix) + TOKEN_CHARACTERS + CHECKSUM_CHARACTERS
        and token.startswith(prefix)
        and token.isascii()
        and token[len(prefix) :].isalnum()
        and constant_time_equal(checksum, _checksum(body))
    )


class TokenDigests:
    """Digests by which tokens are stored and found: HMAC-SHA256 under a key that the database holds only sealed.

    So write access to the database is not enough to add the digest of a known token. The key stays the same when the
    master keys are rotated, because a token can be digested only while it is shown. Digests of other content that must
    outlive a rotation are made with keys derived from it. A plain class, so that no encoder can serialise the key.
    """

    __slots__ = ("_key", "_keyed")

    def __init__(self, key: bytes) -> None:
        if len(key) != DIGEST_KEY_BYTES:
            raise ValueError(f"expected a key of {DIGEST_KEY_BYTES} bytes for token digests, got {len(key)} bytes")
        self._key = key
        self._keyed = hmac.new(key, digestmod="sha256")
        """The MAC of nothing, of which each digest is made by a copy: the key is prepared once."""

    def __call__(self, token: str) -> bytes:
        """Return the digest of a token; 160 random bits need no salt."""
        return self.keyed(hashlib.sha256(token.encode()).digest())

    def keyed(self, bare: bytes) -> bytes:
        """Return the digest of a token whose SHA-256 alone is known, which is what version 0.1 stored."""
        mac = self._keyed.copy()
        mac.update(bare)
        return mac.digest()

    def of_content(self, content: bytes, *context: str) -> str:
        """Return the digest of other content, in hex; each context has a separate key, so no digest is that of a token."""
        purpose = b"unified/content/" + b"".join(len(one.encode()).to_bytes(4, "big") + one.encode() for one in context)
        return hmac.digest(hmac.digest(self._key, purpose, "sha512"), content, "sha256").hex()

    def __repr__(self) -> str:
        return "TokenDigests(…)"


def new_digest_key() -> bytes:
    """Return a new key for an installation's token digests."""
    return secrets.token_bytes(DIGEST_KEY_BYTES)


def new_id(prefix: str) -> str:
    """Return a new public id: `prefix` with its underscore (`acc_`) and 22 base62 characters (131 bits)."""
    return prefix + _random(ID_CHARACTERS)


def constant_time_equal(left: str | bytes, right: str | bytes) -> bool:
    """Compare two secrets in a time that does not depend on where they differ."""
    return hmac.compare_digest(_bytes(left), _bytes(right))


def derived(secret: str, purpose: str) -> str:
    """Derive a second secret from the first for one purpose; it reveals nothing about the first (HMAC-SHA256 in hex)."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    upper, lower = divmod(zlib.crc32(body.encode()), len(_PAIRS))
    return "".join(_PAIRS[part] for part in (*divmod(upper, len(_PAIRS)), lower))

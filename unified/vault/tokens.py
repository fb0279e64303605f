"""Makes and checks the random texts handed out: API keys, MCP tokens and ids.

A token is prefix + 27 random base62 characters (160 bits) + 6 base62 characters of CRC32: a wrong paste is
refused without a database look-up, and secret scanners can match it exactly (the form GitHub's tokens have
had since 2021-04). The database keeps the digest only.
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


def new_token(prefix: str) -> str:
    """A fresh secret token; `prefix` says what it is for and ends in an underscore (`uk_`, `um_`)."""
    body = prefix + _random(TOKEN_CHARACTERS)
    return body + _checksum(body)


def checks_out(token: str, prefix: str) -> bool:
    """Whether the text has the form and checksum of such a token; says nothing about whether it is valid."""
    body, checksum = token[:-CHECKSUM_CHARACTERS], token[-CHECKSUM_CHARACTERS:]
    return (
        len(token) == len(prefix) + TOKEN_CHARACTERS + CHECKSUM_CHARACTERS
        and token.startswith(prefix)
        and set(token[len(prefix) :]) <= set(ALPHABET)
        and same(checksum, _checksum(body))
    )


def digest(token: str) -> bytes:
    """SHA-256 of a token, the form in which it is stored and looked up; 160 random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()


def new_id(prefix: str) -> str:
    """A fresh public id: `prefix` with its underscore (`acc_`) and 22 base62 characters (131 bits)."""
    return prefix + _random(ID_CHARACTERS)


def same(left: str | bytes, right: str | bytes) -> bool:
    """Compare two secrets in a time that does not depend on where they differ."""
    return hmac.compare_digest(_bytes(left), _bytes(right))


def derived(secret: str, purpose: str) -> str:
    """A second secret that follows from the first for one purpose, and tells nothing of it (HMAC-SHA256 in hex)."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    characters = []
    for _ in range(CHECKSUM_CHARACTERS):
        number, rest = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[rest])
    return "".join(reversed(characters))

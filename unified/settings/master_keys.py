"""Master keys as they are written: in the variable, and in the key file."""

import base64
import binascii
import re

KEY_BYTES = 32
WRAPPED = "wrapped:"
"""The prefix of a key's text when a key service wrapped the key."""
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")


class MasterKey:
    """One key of the ring with its id. A plain class, so that no encoder can serialise it."""

    __slots__ = ("key", "kid")

    def __init__(self, kid: str, key: bytes) -> None:
        self.kid = kid
        self.key = key

    def __repr__(self) -> str:
        return f"MasterKey({self.kid!r}, …)"


class WrappedKey:
    """A master key as a key service wrapped it; useless without that service."""

    __slots__ = ("kid", "wrapped")

    def __init__(self, kid: str, wrapped: bytes) -> None:
        self.kid = kid
        self.wrapped = wrapped

    def __repr__(self) -> str:
        return f"WrappedKey({self.kid!r}, …)"


MasterKeys = tuple[MasterKey | WrappedKey, ...]


def parse_master_keys(text: str) -> MasterKeys:
    """Parse `kid:key` and `kid:wrapped:text`, from the variable or the key file; the first is the current key.

    Entries are separated by commas or line ends.

    Raises:
        ValueError: An entry is invalid; the text never holds any part of a key.
    """
    pairs = [pair.strip() for pair in re.split(r"[,\n]", text) if pair.strip()]
    if not pairs:
        raise ValueError("expected at least one kid:key pair, got none")
    keys = tuple(_master_key(pair, position) for position, pair in enumerate(pairs, start=1))
    kids = [key.kid for key in keys]
    if doubled := sorted({kid for kid in kids if kids.count(kid) > 1}):
        raise ValueError(f"expected each key id once, got two keys with the id '{doubled[0]}'")
    return keys


def _master_key(pair: str, position: int) -> MasterKey | WrappedKey:
    kid, colon, encoded = pair.partition(":")
    if not colon or not _KEY_ID.fullmatch(kid):
        raise ValueError(f"expected kid:key with a key id of 1 to 32 letters, digits, '_' or '-' (entry {position} has none)")
    if not encoded.startswith(WRAPPED):
        return MasterKey(kid, read_key(kid, encoded))
    wrapped = _base64url(encoded.removeprefix(WRAPPED))
    if not wrapped:
        raise ValueError(f"expected base64url after '{kid}:{WRAPPED}', got nothing, other characters or a truncated text")
    return WrappedKey(kid, wrapped)


def read_key(kid: str, encoded: str) -> bytes:
    """Decode one master key.

    Raises:
        ValueError: The text is not a key; the message names the key's id and no part of the key.
    """
    expected = f"expected {KEY_BYTES} bytes in base64url (43 characters) for the key '{kid}'"
    if not _BASE64URL.fullmatch(encoded):
        raise ValueError(f"{expected}, got other characters")
    key = _base64url(encoded)
    if key is None:
        raise ValueError(f"{expected}, got a truncated text")
    if len(key) != KEY_BYTES:
        raise ValueError(f"{expected}, got {len(key)} bytes")
    return key


def _base64url(encoded: str) -> bytes | None:
    bare = encoded.rstrip("=")
    if bare and not _BASE64URL.fullmatch(bare):
        return None
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error:
        return None

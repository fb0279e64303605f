"""Seal credentials and cursors so that only this installation can open them, and mark rows so that edits are detected.

Sealing is AES-256-GCM with a fresh random 96-bit nonce. The context (tenant, account, table, column …) goes into the
authenticated data and into the key derivation. So text moved to another place does not open, and the bound of 2^32
seals under one key with random nonces (NIST SP 800-38D, 8.3) applies to each context separately.
A row's mark (MAC) is HMAC-SHA256 over its place and its content: write access to the database without a master key is
not enough to forge one.
Keys: master key -> HKDF-SHA256 for the purpose -> HKDF-Expand for the context. The last ones derived are kept, since deriving
one takes longer than opening what it sealed; what was opened is never kept.
"""

import base64
import binascii
import hmac
import os
import time
from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from unified.errors.requests import InvalidCursor
from unified.settings.master_keys import KEY_BYTES
from unified.settings.settings import Settings
from unified.vault.errors import SealBroken
from unified.vault.keys import KeyRing, load_key_ring, watch_key_file

VERSION = "v1"
MAC_VERSION = "m1"
_CURSOR_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_PARTS_AFTER_VERSION = 3
_MAC_PARTS = 3

LOOK_SECONDS = 1.0
MAX_CIPHERS = 4_096
"""Contexts whose derived key is cached; the ones least recently used are derived again."""
SealContext = tuple[str, ...]
CipherOf = Callable[[bytes, bytes], AESGCM]
"""Derives the cipher of a context from a purpose's key."""


def key_of(sealed: str) -> str | None:
    """Return the id of the key that sealed a text, or None when the text is not sealed."""
    try:
        return _parts(sealed)[0]
    except SealBroken:
        return None


def key_of_mac(mac: str) -> str | None:
    """Return the id of the key that made a row's MAC, or None when the text is not a MAC."""
    parts = mac.split(".")
    return parts[1] or None if parts[0] == MAC_VERSION and len(parts) == _MAC_PARTS else None


class _Keys:
    """The ring and the keys derived from it; replaced as a whole, so that no reader sees half of a change."""

    __slots__ = ("cipher", "credentials", "cursors", "digest_mac", "digests", "ring", "rows")

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.cipher = lru_cache(maxsize=MAX_CIPHERS)(_cipher)
        self.digest_mac = lru_cache(maxsize=MAX_CIPHERS)(_derived_mac)
        self.credentials = {kid: _purpose_key(ring.key(kid), "credentials") for kid in ring.kids}
        self.cursors = {kid: _purpose_key(ring.key(kid), "cursors") for kid in ring.kids}
        self.rows = {kid: _purpose_key(ring.key(kid), "rows") for kid in ring.kids}
        self.digests = _purpose_key(ring.key(ring.current), "digests")


class Vault:
    """Seals with the ring's current key, opens with any of its keys; thread-safe, holds no plaintext.

    `newer` is called before each seal of what is stored, and when something does not open; a ring that it returns is used from
    then on.
    """

    __slots__ = ("_keys", "_look_again", "_newer")

    def __init__(self, ring: KeyRing, newer: Callable[[], KeyRing | None] = lambda: None) -> None:
        self._keys = _Keys(ring)
        self._newer = newer
        self._look_again = 0.0

    @property
    def kids(self) -> tuple[str, ...]:
        """The ids of the keys that can open sealed text, the current one first."""
        return self._current().ring.kids

    def _current(self) -> _Keys:
        newer = self._newer()
        if newer is not None:
            self._keys = _Keys(newer.over(self._keys.ring))
        return self._keys

    def _recent(self) -> _Keys:
        now = time.monotonic()
        if now < self._look_again:
            return self._keys
        self._look_again = now + LOOK_SECONDS
        return self._current()

    def seal(self, plaintext: bytes, *, context: SealContext) -> str:
        """Seal a secret for one place: `v1.<kid>.<nonce>.<ciphertext>`, base64url without padding."""
        if not plaintext:
            raise ValueError("An empty secret cannot be sealed: leave the column empty instead.")
        keys = self._current()
        kid = keys.ring.current
        nonce, sealed = _encrypt(keys.cipher, keys.credentials[kid], plaintext, (VERSION, kid, *_checked(context)))
        return f"{VERSION}.{kid}.{_encode(nonce)}.{_encode(sealed)}"

    def open(self, sealed: str, *, context: SealContext) -> bytes:
        """Return the plaintext, which is never empty.

        Raises:
            SealBroken: The text was edited, or was sealed for another context.
            UnknownKey: The key that sealed it is not in the ring.
        """
        return self.open_parts(take_apart(sealed, context=context))

    def open_parts(self, parts: "SealedParts") -> bytes:
        """Return the plaintext of sealed text that was taken apart; raise as `open` does."""
        kid = parts.kid
        keys = self._keys if kid in self._keys.credentials else self._current()
        keys.ring.key(kid)
        try:
            return keys.cipher(keys.credentials[kid], parts.bound).decrypt(parts.nonce, parts.ciphertext, parts.bound)
        except InvalidTag:
            raise SealBroken(
                "The sealed text does not open: it was edited, or moved from another row, column or tenant."
            ) from None

    def reseal(self, sealed: str, *, context: SealContext) -> str:
        """Seal again with the current key, for rotation in batches; the context stays the same."""
        return self.seal(self.open(sealed, context=context), context=context)

    def seal_cursor(self, payload: bytes, *, context: SealContext) -> str:
        """Seal a page position as a short URL-safe text: version, nonce and ciphertext, without a key id.

        It is not stored, so another key is looked for at most once in `LOOK_SECONDS`: the one before it opens cursors too.
        """
        keys = self._recent()
        kid = keys.ring.current
        nonce, sealed = _encrypt(keys.cipher, keys.cursors[kid], payload, ("cursor", kid, *_checked(context)))
        return _encode(_CURSOR_VERSION + nonce + sealed)

    def open_cursor(self, cursor: str, *, context: SealContext) -> bytes:
        """Return the page position.

        All keys of the ring are tried, the current one first: a ring holds few keys, and the cursor stays short.

        Raises:
            InvalidCursor: The text is not a cursor that was sealed for this context.
        """
        nonce, ciphertext = _cursor_parts(cursor)
        place = _checked(context)
        known = self._keys
        opened = _opened_cursor(known, nonce, ciphertext, place)
        if opened is None and (keys := self._current()) is not known:
            opened = _opened_cursor(keys, nonce, ciphertext, place)
        if opened is None:
            raise _invalid_cursor()
        return opened

    def mac(self, content: bytes, *, context: SealContext) -> str:
        """Return the MAC of a row's content, made with the current key: `m1.<kid>.<mac>`, base64url without padding."""
        keys = self._current()
        return _mac(keys, keys.ring.current, content, _checked(context))

    def fits(self, mac: str, content: bytes, *, context: SealContext) -> bool:
        """Return whether a key of the ring made this MAC for this content and context; False for any other text."""
        kid = key_of_mac(mac)
        keys = self._keys if kid in self._keys.rows else self._current()
        return kid in keys.rows and hmac.compare_digest(_mac(keys, kid, content, _checked(context)).encode(), mac.encode())

    def digest(self, payload: bytes, *, context: SealContext) -> str:
        """Return a keyed digest, to compare payloads within one context: `hmac-sha256:<kid>:<hex>`.

        Without the key, no one can guess a short payload from its digest, and equal payloads have different digests in
        different contexts. Digests with different key ids cannot be compared: they differ for the same payload.
        """
        keys = self._keys
        mac = keys.digest_mac(keys.digests, _length_prefixed(_checked(context))).copy()
        mac.update(payload)
        return f"hmac-sha256:{keys.ring.current}:{mac.hexdigest()}"


def open_vault(settings: Settings) -> Vault:
    """Return the vault of this installation, which follows changes of its key file.

    Raises:
        ConfigurationError: The keys cannot be loaded.
    """
    newer = watch_key_file(settings)
    return Vault(load_key_ring(settings), newer)


class SealedParts:
    """Sealed text taken apart for its place, for what is opened again and again; it is sealed still."""

    __slots__ = ("bound", "ciphertext", "kid", "nonce")

    def __init__(self, kid: str, nonce: bytes, ciphertext: bytes, bound: bytes) -> None:
        self.kid = kid
        self.nonce = nonce
        self.ciphertext = ciphertext
        self.bound = bound
        """The context in the form in which it is authenticated."""


def take_apart(sealed: str, *, context: SealContext) -> SealedParts:
    """Return the parts of a text that was sealed for a context. Raises SealBroken for any other text."""
    kid, nonce, ciphertext = _parts(sealed)
    return SealedParts(kid, nonce, ciphertext, _length_prefixed((VERSION, kid, *_checked(context))))


def _mac(keys: _Keys, kid: str, content: bytes, place: SealContext) -> str:
    bound = _length_prefixed((MAC_VERSION, kid, *place))
    return f"{MAC_VERSION}.{kid}.{_encode(hmac.digest(keys.rows[kid], bound + content, 'sha256'))}"


def _opened_cursor(keys: _Keys, nonce: bytes, ciphertext: bytes, place: SealContext) -> bytes | None:
    for kid in keys.ring.kids:
        try:
            return _decrypt(keys.cipher, keys.cursors[kid], nonce, ciphertext, ("cursor", kid, *place))
        except InvalidTag:
            continue
    return None


def _purpose_key(master: bytes, purpose: str) -> bytes:
    info = f"unified/{VERSION}/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(master)


def _encrypt(cipher: CipherOf, key: bytes, plaintext: bytes, place: SealContext) -> tuple[bytes, bytes]:
    bound = _length_prefixed(place)
    nonce = os.urandom(_NONCE_BYTES)
    return nonce, cipher(key, bound).encrypt(nonce, plaintext, bound)


def _decrypt(cipher: CipherOf, key: bytes, nonce: bytes, ciphertext: bytes, place: SealContext) -> bytes:
    bound = _length_prefixed(place)
    return cipher(key, bound).decrypt(nonce, ciphertext, bound)


def _cipher(key: bytes, bound: bytes) -> AESGCM:
    return AESGCM(_derived(key, bound))


def _derived(key: bytes, bound: bytes) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=KEY_BYTES, info=bound).derive(key)


def _derived_mac(key: bytes, bound: bytes) -> hmac.HMAC:
    """Return the MAC of nothing under a context's key, of which each digest is made by a copy."""
    return hmac.new(_derived(key, bound), digestmod="sha256")


def _checked(context: SealContext) -> SealContext:
    if not context or not all(context):
        raise ValueError("A context names the place in full: expected one or more parts, none of them empty.")
    return context


def _length_prefixed(parts: SealContext) -> bytes:
    """Return the parts with their lengths, so that ("a", "bc") and ("ab", "c") differ."""
    encoded = [part.encode() for part in parts]
    return b"".join([len(part).to_bytes(4, "big") + part for part in encoded])


def _parts(sealed: str) -> tuple[str, bytes, bytes]:
    version, *rest = sealed.split(".")
    if version == VERSION and len(rest) == _PARTS_AFTER_VERSION:
        nonce, ciphertext = _decode(rest[1]) or b"", _decode(rest[2]) or b""
        if rest[0] and len(nonce) == _NONCE_BYTES and len(ciphertext) > _TAG_BYTES:
            return rest[0], nonce, ciphertext
    raise SealBroken(f"Expected sealed text of the form {VERSION}.kid.nonce.ciphertext, got something else.")


def _cursor_parts(cursor: str) -> tuple[bytes, bytes]:
    raw = _decode(cursor) or b""
    if raw[:1] != _CURSOR_VERSION or len(raw) < 1 + _NONCE_BYTES + _TAG_BYTES:
        raise _invalid_cursor()
    return raw[1 : 1 + _NONCE_BYTES], raw[1 + _NONCE_BYTES :]


def _invalid_cursor() -> InvalidCursor:
    return InvalidCursor(
        "The cursor does not open: expected one from the previous page of the same account, model and query, "
        "unchanged. Start again without a cursor."
    )


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes | None:
    """Decode strict base64url: the last character's unused bits must be zero, or an edited text would still open."""
    try:
        raw = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    return raw if _encode(raw) == text else None

"""The master keys: from the environment, or from a key file that only its owner can read.

Both hold `kid:key` pairs, the current key first; a key may be wrapped, see `unified.vault.key_service`. To rotate,
put a new key in front, reseal with `unified keys rotate`, then remove the old one: docs/keys.md.
"""

import base64
import secrets
from collections.abc import Callable

from unified.errors.configuration import ConfigurationError
from unified.errors.names import known_names
from unified.settings.master_keys import KEY_BYTES, MasterKey
from unified.settings.settings import Settings
from unified.telemetry.loggers import get_logger
from unified.vault.errors import UnknownKey
from unified.vault.key_file import KEY_FILE, add_key_line, make_key_file, read_key_file, stamp
from unified.vault.key_service import KeyService, key_service, unwrapped

log = get_logger("unified.vault")


class KeyRing:
    """The keys by id, with the current one that seals. A plain class, so that no encoder can serialise it."""

    __slots__ = ("_keys", "current")

    def __init__(self, keys: tuple[MasterKey, ...]) -> None:
        if not keys:
            raise ConfigurationError("The key ring is empty: it needs at least one master key.")
        self._keys = {key.kid: key.key for key in keys}
        if len(self._keys) < len(keys):
            raise ConfigurationError("Two master keys have the same id; give each key its own.")
        if any(len(key.key) != KEY_BYTES for key in keys):
            raise ConfigurationError(f"A master key does not have {KEY_BYTES} bytes.")
        self.current = keys[0].kid

    @property
    def kids(self) -> tuple[str, ...]:
        """All key ids, the current one first."""
        return tuple(self._keys)

    def key(self, kid: str) -> bytes:
        """Return the key with this id.

        Raises:
            UnknownKey: No key has this id; the message lists the ids in the ring.
        """
        if kid not in self._keys:
            raise UnknownKey(
                f"No master key with the id '{kid[:32]}'; the ring has {known_names(self._keys)}. "
                "Add the old key to UNIFIED_MASTER_KEYS or the key file."
            )
        return self._keys[kid]

    def over(self, older: "KeyRing") -> "KeyRing":
        """Return this ring with the keys of an older one appended, so that text already in memory still opens."""
        left = tuple(MasterKey(kid, older.key(kid)) for kid in older.kids if kid not in self._keys)
        return KeyRing((*(MasterKey(kid, key) for kid, key in self._keys.items()), *left))

    def __repr__(self) -> str:
        return f"KeyRing(current={self.current!r}, kids={self.kids!r})"


def load_key_ring(settings: Settings) -> KeyRing:
    """Return the key ring of this installation; create the key file at the first start when no keys are set.

    Raises:
        ConfigurationError: Others can read the key file, it holds no valid keys, or a key cannot be unwrapped.
    """
    service = key_service(settings)
    if settings.master_keys:
        return KeyRing(unwrapped(settings.master_keys, service))
    path = settings.home / KEY_FILE
    if not path.exists():
        make_key_file(path, new_key_line(service))
    return KeyRing(unwrapped(read_key_file(path), service))


def has_keys(settings: Settings) -> bool:
    """Return whether there are master keys already; if not, `load_key_ring` creates the first one."""
    return bool(settings.master_keys) or (settings.home / KEY_FILE).exists()


def watch_key_file(settings: Settings) -> Callable[[], KeyRing | None]:
    """Return a function that returns a new ring when the key file has changed, and None otherwise.

    So a running process uses a new key at once. A call costs microseconds; reading a changed file with wrapped keys
    runs the key service. When the new file cannot be used, the reason is logged and the process keeps the keys that it has.
    """
    if settings.master_keys:
        return lambda: None
    path = settings.home / KEY_FILE
    seen = stamp(path)

    def look() -> KeyRing | None:
        nonlocal seen
        now = stamp(path)
        if now is None or now == seen:
            return None
        seen = now
        try:
            return load_key_ring(settings)
        except ConfigurationError as problem:
            log.warning("key_file_not_taken", reason=str(problem))
            return None

    return look


def add_master_key(settings: Settings) -> tuple[str, str | None]:
    """Create a new current key and return its id, with its line when the keys are in the environment: the operator adds it.

    The line is wrapped when a key service is set.

    Raises:
        ConfigurationError: The key file or the key service cannot be used.
    """
    line = new_key_line(key_service(settings))
    kid = line.partition(":")[0]
    if settings.master_keys:
        return kid, line
    load_key_ring(settings)  # creates the file if there is none, and refuses to extend a broken one
    add_key_line(settings.home / KEY_FILE, line)
    return kid, None


def new_key_line(service: KeyService | None = None) -> str:
    """Return a new `kid:key` line; the id is random so that the keys of two installations are not mixed up."""
    kid = f"k{secrets.token_hex(4)}"
    key = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")
    return service.wrap(kid, key) if service is not None else f"{kid}:{key}"

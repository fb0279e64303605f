"""The master keys: from the environment, or from a key file that only its owner can read.

The file holds one `kid:key` a line, the current key first, as `UNIFIED_MASTER_KEYS` does. To rotate, put a new
line on top, start again, reseal, then remove the old line.
"""

import base64
import os
import secrets
import stat
from pathlib import Path

from unified.errors import ConfigurationError, known_names
from unified.setting_values import KEY_BYTES, MasterKey, parse_master_keys
from unified.settings import Settings
from unified.vault.errors import UnknownKey

KEY_FILE = "master.keys"
_OPEN_TO_OTHERS = 0o077


class KeyRing:
    """The keys by id, with the current one that seals; a plain class, so that no encoder can write it out."""

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
        """The key of that id; raises UnknownKey naming the ids that are there."""
        if kid not in self._keys:
            raise UnknownKey(
                f"No master key with the id '{kid[:32]}'; the ring has {known_names(self._keys)}. "
                "Add the old key to UNIFIED_MASTER_KEYS or the key file."
            )
        return self._keys[kid]

    def __repr__(self) -> str:
        return f"KeyRing(current={self.current!r}, kids={self.kids!r})"


def load_key_ring(settings: Settings) -> KeyRing:
    """The ring of this installation; makes the key file at the first start when no keys were set.

    Raises ConfigurationError when the file is open to others or does not hold keys.
    """
    if settings.master_keys:
        return KeyRing(settings.master_keys)
    path = settings.home / KEY_FILE
    if not path.exists():
        _make_key_file(path)
    return KeyRing(_read_key_file(path))


def new_key_line() -> str:
    """A fresh `kid:key` line; the id is random so that keys of two installations are not mixed up."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")
    return f"k{secrets.token_hex(4)}:{key}"


def _make_key_file(path: Path) -> None:
    """Write the whole file beside its place, then link it there: two starting processes agree on one key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(new_key_line() + "\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # the other process was first: its key is read
    finally:
        draft.unlink()


def _read_key_file(path: Path) -> tuple[MasterKey, ...]:
    with path.open(encoding="ascii", errors="replace") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & _OPEN_TO_OTHERS:
            raise ConfigurationError(
                f"{path}: expected a key file that only its owner can read, got mode {mode:04o}. Run: chmod 600 {path}"
            )
        text = file.read()
    try:
        return parse_master_keys(text)
    except ValueError as error:
        raise ConfigurationError(f"{path}: {error}.") from None

"""The key file: one `kid:key` a line, the current key first, readable by its owner only.

It is always written whole beside its place and then put there, so that no start and no crash meets half of it.
"""

import os
import secrets
import stat
from pathlib import Path

from unified.errors import ConfigurationError
from unified.settings_parsing import MasterKeys, parse_master_keys

KEY_FILE = "master.keys"
_OPEN_TO_OTHERS = 0o077

Stamp = tuple[int, int, int]
"""What changes when a file is replaced or written: inode, size, time of change."""


def make_key_file(path: Path, line: str) -> None:
    """Write the first key; two starting processes agree on one, and the other's is dropped."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, line + "\n")
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # the other process was first: its key is read
    finally:
        draft.unlink()


def add_key_line(path: Path, line: str) -> None:
    """Put a new key on top of those that are there.

    Raises ConfigurationError when another process does so at the same time.
    """
    draft = path.with_name(f".{path.name}.new")
    try:
        _write(draft, f"{line}\n{read_text(path)}")
    except FileExistsError:
        raise ConfigurationError(
            f"{draft} exists: another process adds a key now, or one was cut off doing so. If none runs, remove the file."
        ) from None
    draft.replace(path)


def read_key_file(path: Path) -> MasterKeys:
    """The keys of the file; raises ConfigurationError when it is open to others or does not hold keys."""
    text = read_text(path)
    try:
        return parse_master_keys(text)
    except ValueError as error:
        raise ConfigurationError(f"{path}: {error}.") from None


def read_text(path: Path) -> str:
    """The file as it is; raises ConfigurationError when others than its owner can read it, or it cannot be read."""
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & _OPEN_TO_OTHERS:
                raise ConfigurationError(
                    f"{path}: expected a key file that only its owner can read, got mode {mode:04o}. Run: chmod 600 {path}"
                )
            return file.read()
    except OSError as problem:
        raise ConfigurationError(f"{path}: the key file cannot be read: {problem.strerror}.") from None


def stamp(path: Path) -> Stamp | None:
    """What tells whether the file is another one now; None when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _write(draft: Path, text: str) -> None:
    """A file that must not exist yet, on the disk before it is put in place."""
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())

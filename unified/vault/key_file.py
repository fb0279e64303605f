"""The key file: one `kid:key` a line, the current key first, readable by its owner only.

The file is always written in full under another name and then moved into place, so that no reader ever sees half of it.
"""

import os
import secrets
import stat
from pathlib import Path

from unified.errors.configuration import ConfigurationError
from unified.files.private_folder import make_private_folder
from unified.settings.master_keys import MasterKeys, parse_master_keys

KEY_FILE = "master.keys"
_OPEN_TO_OTHERS = 0o077

Stamp = tuple[int, int, int]
"""The facts that change when a file is replaced or written: inode, size in bytes, modification time in nanoseconds."""


def make_key_file(path: Path, line: str) -> None:
    """Write the first key. If two processes start at once, the first one wins and the other's key is dropped.

    Raises:
        ConfigurationError: The folder cannot be created or written to.
    """
    make_private_folder(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _place_key_file(path, draft, line)
    except OSError as problem:
        hint = "Set UNIFIED_HOME to a place where this user can write."
        raise ConfigurationError(f"{path}: the key file cannot be created: {problem.strerror}. {hint}") from None


def _place_key_file(path: Path, draft: Path, line: str) -> None:
    try:
        _write(draft, line + "\n")
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # the other process was first: its key is used
    finally:
        draft.unlink(missing_ok=True)


def add_key_line(path: Path, line: str) -> None:
    """Put a new key in front of the existing ones.

    Raises:
        ConfigurationError: Another process is doing the same, the file cannot be read, or the new one cannot be written.
    """
    text = f"{line}\n{read_text(path)}"
    draft = path.with_name(f".{path.name}.new")
    try:
        _write(draft, text)
        draft.replace(path)
    except FileExistsError:
        raise ConfigurationError(
            f"{draft} exists: another process is adding a key, or one was interrupted. If none is running, remove the file."
        ) from None
    except OSError as problem:
        draft.unlink(missing_ok=True)
        raise ConfigurationError(f"{path}: the key cannot be added: {problem.strerror}. The keys are what they were.") from None


def read_key_file(path: Path) -> MasterKeys:
    """Return the keys of the file.

    Raises:
        ConfigurationError: Others than the owner can read the file, it cannot be read, or it holds no valid keys.
    """
    text = read_text(path)
    try:
        return parse_master_keys(text)
    except ValueError as error:
        raise ConfigurationError(f"{path}: {error}.") from None


def read_text(path: Path) -> str:
    """Return the content of the file.

    Raises:
        ConfigurationError: Others than the owner can read the file, or it cannot be read.
    """
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
    """Return the file's stamp, which changes with the file; None when the file does not exist."""
    try:
        status = os.stat(path)  # noqa: PTH116 - before each seal, and half as long as Path.stat
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _write(draft: Path, text: str) -> None:
    """Create the file and flush it to disk; it must not exist yet."""
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())

"""Folders that only their owner can read, such as the home folder: created in one way, with one message when that fails."""

from pathlib import Path

from unified.errors.configuration import ConfigurationError


def make_private_folder(folder: Path, setting: str = "UNIFIED_HOME") -> None:
    """Create the folder and those above it, readable by their owner only; one that exists is left as it is.

    Args:
        folder: The folder.
        setting: The setting that leads to it, for the message.

    Raises:
        ConfigurationError: It cannot be created.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        hint = f"Set {setting} to a place where this user can write."
        raise ConfigurationError(f"{folder}: the folder cannot be created: {problem.strerror}. {hint}") from None

"""What commands share: settings from the environment, the folder of the data files, JSON in and out."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from unified.errors import CatalogError, ConfigurationError

if TYPE_CHECKING:
    from unified.settings import Settings


def settings() -> "Settings":
    """The settings of the environment; ConfigurationError names the variable that cannot work."""
    from unified import jsonata
    from unified.settings import from_environment

    found = from_environment(os.environ)
    jsonata.use(found.jsonata)
    return found


def catalog_folder() -> Path:
    """The folder with `providers/` and `mappings/`: UNIFIED_CATALOG, the current one if it has them, or the installed."""
    from unified.authoring.workspace import find_folder

    chosen = settings().catalog_path
    if chosen is not None:
        return find_folder(chosen)
    here = Path.cwd()
    return here if (here / "providers").is_dir() and (here / "mappings").is_dir() else find_folder()


def read_json(file: str) -> Any:
    """The JSON of a file, or of standard input for `-`; ConfigurationError says what is wrong with it."""
    import msgspec

    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as problem:
        raise ConfigurationError(f"{file}: cannot be read: {problem.strerror}") from None
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError as problem:
        raise ConfigurationError(f"{'standard input' if file == '-' else file}: not valid JSON: {problem}") from None


def print_json(value: Any, *, indent: int = 2) -> None:
    """JSON on standard output, readable, non-ASCII text as it is."""
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=indent).decode())


def pairs(given: list[str], option: str) -> dict[str, str]:
    """`key=value` options as a dictionary; ConfigurationError names the one that has no `=`."""
    found: dict[str, str] = {}
    for one in given:
        name, mark, value = one.partition("=")
        if not mark or not name:
            raise ConfigurationError(f"{option}: expected name=value, got '{one}'")
        found[name] = value
    return found


def existing(path: Path) -> Path:
    """The path, or CatalogError when there is nothing."""
    if not path.exists():
        raise CatalogError(f"{path}: no such file or folder")
    return path

"""Shared by all commands: settings from the environment, the catalog folder, input and output."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from unified.errors.configuration import CatalogError, ConfigurationError

if TYPE_CHECKING:
    from unified.settings.settings import Settings


def settings() -> "Settings":
    """Return the settings of the environment.

    Raises:
        ConfigurationError: a variable is not valid; the message names it.
    """
    from unified import jsonata
    from unified.settings.environment import from_environment

    chosen = from_environment(os.environ)
    jsonata.use(chosen.jsonata)
    return chosen


def require_sandbox() -> None:
    """Check that the sandbox, a package of its own, is installed.

    Raises:
        ConfigurationError: it is not; the message says how to install it.
    """
    if find_spec("unified_sandbox") is None:
        raise ConfigurationError('the sandbox is not installed: run `pip install "unified[demo]"`')


def catalog_folder() -> Path:
    """Return the folder with `providers/` and `mappings/`.

    This is UNIFIED_CATALOG, else the current folder if it has both, else the installed catalog.
    """
    from unified.authoring.workspace import find_folder

    chosen = settings().catalog_path
    if chosen is not None:
        return find_folder(chosen)
    here = Path.cwd()
    return here if (here / "providers").is_dir() and (here / "mappings").is_dir() else find_folder()


def read_json(file: str) -> Any:
    """Read JSON from a file, or from standard input for `-`; XML from a file named so, as JSON values.

    Raises:
        ConfigurationError: the file cannot be read, or is not JSON.
    """
    import msgspec

    from unified.json_text import decode_json

    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as problem:
        raise ConfigurationError(f"{file}: cannot be read: {problem.strerror}") from None
    if file.endswith(".xml"):
        return _xml(file, content)
    try:
        return decode_json(content)
    except msgspec.DecodeError as problem:
        raise ConfigurationError(f"{'standard input' if file == '-' else file}: not valid JSON: {problem}") from None


def _xml(file: str, content: bytes) -> Any:
    from unified.errors.providers import ProviderMalformed
    from unified.xml_text import decode_xml

    try:
        return decode_xml(content)
    except ProviderMalformed as problem:
        raise ConfigurationError(f"{file}: {problem.detail}") from None


def print_json(value: Any, *, indent: int = 2) -> None:
    """Print indented JSON on standard output, with non-ASCII text unescaped."""
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=indent).decode())


def pairs(texts: list[str], option: str) -> dict[str, str]:
    """Return `name=value` options as a dictionary.

    Raises:
        ConfigurationError: an option has another form.
    """
    values: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise ConfigurationError(f"{option}: expected name=value, got '{text}'")
        values[name] = value
    return values


def existing(path: Path) -> Path:
    """Return the path unchanged.

    Raises:
        CatalogError: the path does not exist.
    """
    if not path.exists():
        raise CatalogError(f"{path}: no such file or folder")
    return path


def counted(number: int, what: str) -> str:
    """Return `1 record`, `2 records`."""
    return f"{number} {what}{'' if number == 1 else 's'}"

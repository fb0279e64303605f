"""Values of options and arguments: JSON from files, bodies as the API takes them, `name=value`, paths that must exist."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import sys
from pathlib import Path
from typing import Any, TypeVar

import typer

from unified.errors.configuration import CatalogError, ConfigurationError

T = TypeVar("T")
JsonOption = typer.Option("--json", help="Request body as in the API, from a file; `-` reads standard input.", metavar="FILE|-")


def needed(text: str, *names: str) -> Any:
    """Return an option that `required` asks for, marked so in the help."""
    return typer.Option(*names, help=f"{text} Required without --json.")


def read_json(file: str) -> Any:
    """Read JSON from a file, or from standard input for `-`; XML from a file named so, as JSON values.

    Raises:
        ConfigurationError: the file cannot be read, or is not JSON.
    """
    import msgspec

    from unified.text.json_text import decode_json

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
    from unified.text.xml_text import decode_xml

    try:
        return decode_xml(content)
    except ProviderMalformed as problem:
        raise ConfigurationError(f"{file}: {problem.detail}") from None


def read_body(file: str, kind: type[T]) -> T:
    """Read a request body, as the API accepts it, from a file or from standard input for `-`.

    Raises:
        ConfigurationError: the file cannot be read, or is not JSON.
        ValidationFailed: the body does not fit `kind`; names each place.
    """
    import msgspec

    from unified.service.validation import validation_error

    try:
        return msgspec.convert(read_json(file), kind)
    except msgspec.ValidationError as problem:
        raise validation_error(kind, problem) from None


def required(value: Any, option: str) -> Any:
    """Return the value of an option that is required without `--json`.

    Raises:
        ConfigurationError: the value is missing.
    """
    if value is None:
        raise ConfigurationError(f"{option} is required; or pass the whole body with --json")
    return value


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

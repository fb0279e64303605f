"""Command line options for credentials."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.option_values import pairs
from unified.errors.configuration import ConfigurationError

if TYPE_CHECKING:
    from unified.catalog.provider import Provider

BearerToken = Annotated[str | None, typer.Option("--token", help="Bearer token.")]
Username = Annotated[str | None, typer.Option("--username", help="User name for HTTP Basic authentication.")]
Password = Annotated[str | None, typer.Option("--password", help="Password for HTTP Basic authentication.")]
ApiKey = Annotated[str | None, typer.Option("--key", help="API key.")]
ClientId = Annotated[str | None, typer.Option("--client-id", help="Client id for OAuth 2 client credentials.")]
ClientSecret = Annotated[str | None, typer.Option("--client-secret", help="Client secret for OAuth 2 client credentials.")]
Part = Annotated[list[str] | None, typer.Option("--part", help="Part of credentials as name=value; repeatable.")]
PartFile = Annotated[
    list[str] | None,
    typer.Option("--part-file", help="Part of credentials as name=FILE, such as a private key; repeatable."),
]
Settings = Annotated[list[str] | None, typer.Option("--setting", help="Account setting as name=value; repeatable.")]

TYPES: dict[str, tuple[str, ...]] = {
    "bearer": ("token",),
    "api_key": ("key",),
    "basic": ("username", "password"),
    "client_credentials": ("client_id", "client_secret"),
}
"""Type of credentials → the options that give them."""
EXPECTED = "--token, --key, --username with --password, --client-id with --client-secret, or --part"


def credentials_of(
    *, part: list[str] | None = None, part_file: list[str] | None = None, **given: str | None
) -> dict[str, str] | None:
    """Return an account's credentials from options, or None if none was given; parts lack their type, see `with_type`.

    Args:
        part: Values of `--part`, as name=value.
        part_file: Values of `--part-file`, as name=FILE.
        given: The options by name, such as `token` and `client_id`; None is one that was not given.

    Raises:
        ConfigurationError: the options are inconsistent or incomplete.
    """
    values = {name: value for name, value in given.items() if value is not None}
    types = [kind for kind, names in TYPES.items() if values.keys() & set(names)]
    parts = pairs(part or [], "--part") | _files(part_file or [])
    if not types and not parts:
        return None
    if len(types) > 1:
        raise ConfigurationError(f"expected only one of {EXPECTED}")
    if not types:
        return parts
    names = TYPES[types[0]]
    if values.keys() != set(names):
        raise ConfigurationError(f"expected {' together with '.join(map(_option, names))}")
    return {"type": types[0], **values, **parts}


def with_type(provider: "Provider", credentials: dict[str, str]) -> dict[str, str]:
    """Return credentials with their type: that of the entry in the provider file which has these parts."""
    from unified.transport.auth import name_of, parts_of

    if "type" in credentials:
        return credentials
    kinds = {name_of(rules): parts_of(rules).keys() for rules in provider.auth if parts_of(rules)}
    kind = next((kind for kind, names in kinds.items() if names == credentials.keys()), next(iter(kinds), "parts"))
    return {"type": kind, **credentials}


def _files(texts: list[str]) -> dict[str, str]:
    files = pairs(texts, "--part-file")
    try:
        return {name: Path(file).read_text(encoding="utf-8") for name, file in files.items()}
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigurationError(f"--part-file: {type(problem).__name__}: expected a readable text file") from None


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"

"""Command line options for credentials."""

from typing import Annotated

import typer

from unified.errors import ConfigurationError

BearerToken = Annotated[str | None, typer.Option("--token", help="Bearer token.")]
Username = Annotated[str | None, typer.Option("--username", help="User name for HTTP Basic authentication.")]
Password = Annotated[str | None, typer.Option("--password", help="Password for HTTP Basic authentication.")]
ApiKey = Annotated[str | None, typer.Option("--key", help="API key.")]
ClientId = Annotated[str | None, typer.Option("--client-id", help="Client id for OAuth 2 client credentials.")]
ClientSecret = Annotated[str | None, typer.Option("--client-secret", help="Client secret for OAuth 2 client credentials.")]
Settings = Annotated[list[str] | None, typer.Option("--setting", help="Account setting as name=value; repeatable.")]

TYPES: dict[str, tuple[str, ...]] = {
    "bearer": ("token",),
    "api_key": ("key",),
    "basic": ("username", "password"),
    "client_credentials": ("client_id", "client_secret"),
}
"""Type of credentials → the options that give them."""
EXPECTED = "--token, --key, --username with --password, or --client-id with --client-secret"


def credentials_of(**given: str | None) -> dict[str, str] | None:
    """Return an account's credentials from options, or None if none was given.

    Args:
        given: The options by name, such as `token` and `client_id`; None is one that was not given.

    Raises:
        ConfigurationError: the options are inconsistent or incomplete.
    """
    values = {name: value for name, value in given.items() if value is not None}
    types = [kind for kind, names in TYPES.items() if values.keys() & set(names)]
    if not types:
        return None
    if len(types) > 1:
        raise ConfigurationError(f"expected only one of {EXPECTED}")
    names = TYPES[types[0]]
    if values.keys() != set(names):
        raise ConfigurationError(f"expected {' together with '.join(map(_option, names))}")
    return {"type": types[0], **values}


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"

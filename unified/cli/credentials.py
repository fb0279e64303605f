"""Command line options for credentials."""

from typing import Annotated

import typer

from unified.errors import ConfigurationError

BearerToken = Annotated[str | None, typer.Option("--token", help="Bearer token.")]
Username = Annotated[str | None, typer.Option("--username", help="User name for HTTP Basic authentication.")]
Password = Annotated[str | None, typer.Option("--password", help="Password for HTTP Basic authentication.")]
ApiKey = Annotated[str | None, typer.Option("--key", help="API key.")]
Settings = Annotated[list[str] | None, typer.Option("--setting", help="Account setting as name=value; repeatable.")]


def credentials_of(token: str | None, key: str | None, username: str | None, password: str | None) -> dict[str, str] | None:
    """Return an account's credentials from options, or None if none was given.

    Raises:
        ConfigurationError: the options are inconsistent or incomplete.
    """
    kinds = [token is not None, key is not None, username is not None or password is not None]
    if sum(kinds) > 1:
        raise ConfigurationError("expected only one of --token, --key, or --username with --password")
    if token is not None:
        return {"type": "bearer", "token": token}
    if key is not None:
        return {"type": "api_key", "key": key}
    if username is None and password is None:
        return None
    if username is None or password is None:
        raise ConfigurationError("expected --username together with --password")
    return {"type": "basic", "username": username, "password": password}

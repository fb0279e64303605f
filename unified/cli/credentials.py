"""The options by which commands take credentials."""

from typing import Annotated

import typer

from unified.errors import ConfigurationError

BearerToken = Annotated[str | None, typer.Option("--token", help="A bearer token.")]
Username = Annotated[str | None, typer.Option("--username", help="For HTTP Basic.")]
Password = Annotated[str | None, typer.Option("--password", help="For HTTP Basic.")]
ApiKey = Annotated[str | None, typer.Option("--key", help="An API key.")]
Settings = Annotated[list[str] | None, typer.Option("--setting", help="A setting of the account, name=value; repeatable.")]


def credentials_of(token: str | None, key: str | None, username: str | None, password: str | None) -> dict[str, str] | None:
    """An account's credentials from options; None when none were given, ConfigurationError when they contradict."""
    kinds = [token is not None, key is not None, username is not None or password is not None]
    if sum(kinds) > 1:
        raise ConfigurationError("expected one of --token, --key, or --username with --password")
    if token is not None:
        return {"type": "bearer", "token": token}
    if key is not None:
        return {"type": "api_key", "key": key}
    if username is None and password is None:
        return None
    if username is None or password is None:
        raise ConfigurationError("expected --username and --password together")
    return {"type": "basic", "username": username, "password": password}

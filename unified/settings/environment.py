"""The environment, read once at start into one frozen struct; nothing else in the product reads variables.

A variable that starts with `UNIFIED_` and is not in the table stops the start: a misspelt limit must not be ignored
silently. An empty value counts as not set, because compose files leave it so, except for the master keys, where it means
that a secret did not arrive.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unified.errors.configuration import ConfigurationError
from unified.errors.names import suggestion
from unified.files.secret_files import read_secret_file
from unified.settings.settings import HERE, Settings
from unified.settings.table import PREFIX, SETTINGS, Setting, variables

TEST_PREFIX = "UNIFIED_TEST_"
"""Variables of the tests, which the product ignores."""
CLIENT_VARIABLES = frozenset({"UNIFIED_URL", "UNIFIED_KEY", "UNIFIED_ADMIN_KEY"})
"""Variables of programs that call the service, as `unified demo-environment` prints them; the service ignores them."""


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read all `UNIFIED_` variables, and the files that they name.

    Raises:
        ConfigurationError: A variable is unknown or invalid, or set twice; the message names the first one.
    """
    known = variables().keys()
    for name in sorted(environ):
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX) and name not in known | CLIENT_VARIABLES:
            raise ConfigurationError(f"{name} is not a setting.{suggestion(name, known, 'The settings are')}.")
    texts = ((setting, _given(setting, environ)) for setting in SETTINGS)
    values = {setting.field: _read(setting, *given) for setting, given in texts if given is not None}
    return Settings(**{"home": default_home(environ), **values})


def default_home(environ: Mapping[str, str]) -> Path:
    """Return the folder for the database and the keys where none is set: no folder that a command happens to run in.

    Source: https://specifications.freedesktop.org/basedir-spec/latest/
    """
    usual = default_homes(environ)[-1]
    return HERE if HERE.is_dir() else usual


def default_homes(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the folders that can be the default: one in the current folder if it exists, and the usual one after it."""
    state = environ.get("XDG_STATE_HOME", "")
    if not Path(state).is_absolute():
        state = f"{environ['HOME']}/.local/state" if environ.get("HOME") else ""
    return (HERE, Path(state) / "unified") if state else (HERE,)


def _given(setting: Setting, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the variable that was set, and its text or that of its file; None if neither was."""
    if setting.secret and _is_set(setting, setting.file_name, environ):
        if environ.get(setting.name):
            raise ConfigurationError(f"{setting.name} and {setting.file_name} are both set: expected one of them, not both.")
        return setting.file_name, _content(setting.file_name, environ[setting.file_name])
    return (setting.name, environ[setting.name]) if _is_set(setting, setting.name, environ) else None


def _is_set(setting: Setting, name: str, environ: Mapping[str, str]) -> bool:
    return bool(environ.get(name)) or (setting.field == "master_keys" and name in environ)


def _content(name: str, path: str) -> str:
    try:
        return read_secret_file(path)
    except ValueError as error:
        raise ConfigurationError(f"{name}: {error}.") from None


def _read(setting: Setting, name: str, raw: str) -> Any:
    try:
        return setting.read(raw.strip())
    except ValueError as error:
        raise ConfigurationError(f"{name}: {error}.") from None

"""Reads the surroundings of a command: the settings of the environment, the catalog folder, the sandbox if it is installed."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from unified.errors.configuration import ConfigurationError

if TYPE_CHECKING:
    from unified.settings.settings import Settings


def settings() -> "Settings":
    """Return the settings of the environment.

    Raises:
        ConfigurationError: a variable is not valid; the message names it.
    """
    from unified.settings.environment import from_environment
    from unified_jsonata import engines

    chosen = from_environment(os.environ)
    engines.use(chosen.jsonata)
    return chosen


def require_sandbox() -> None:
    """Check that the sandbox, a separate package, is installed.

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

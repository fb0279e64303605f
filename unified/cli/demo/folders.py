"""The folders of demos: each running demo has one to itself, since a start resets the database in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from unified.errors.configuration import ConfigurationError
from unified.files.private_folder import make_private_folder

if TYPE_CHECKING:
    from unified.settings.settings import Settings

FOLDER = "demo"
STATE = "demo.json"
"""In the folder of a demo that runs: its addresses and keys, as in the ready file."""
LOCK = "demo.lock"
MAX_DEMOS = 20
"""Demos that can run at once with one home folder."""


def demo_home(configured: "Settings") -> Path:
    """Return the folder of the first demo: the set home, or a separate folder in the usual one."""
    return configured.home if os.environ.get("UNIFIED_HOME") else configured.home / FOLDER


def demo_homes(configured: "Settings") -> tuple[Path, ...]:
    """Return the home folders in which demos may run; the one that would be used now comes first.

    A folder `.unified` that was made after the start, or in another folder, would change where it is looked for.
    """
    from unified.settings.environment import default_homes  # noqa: PLC0415 - loads the settings, which `unified --help` needs not

    others = () if os.environ.get("UNIFIED_HOME") else tuple(one / FOLDER for one in default_homes(os.environ))
    return tuple(dict.fromkeys((demo_home(configured), *others)))


def folders_in(home: Path) -> Iterator[Path]:
    """Yield the folders of the demos of a home folder: itself, and one in it for each demo that runs next to the first."""
    yield home
    yield from (home / f"{FOLDER}-{number}" for number in range(2, MAX_DEMOS + 1))


@contextmanager
def own_folder(home: Path) -> Iterator[Path]:
    """Provide a folder that no other running demo has; the lock ends with the process, however it ends.

    Raises:
        ConfigurationError: as many demos run as are possible, or the folder cannot be used.
    """
    for folder in folders_in(home):
        make_private_folder(folder)
        with os.fdopen(os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield folder
            return
    raise ConfigurationError(
        f"{MAX_DEMOS} demos run with the folder {home}: stop one, or set UNIFIED_HOME to another folder for this one"
    )

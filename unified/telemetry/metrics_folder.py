"""A private folder in which the workers of one `unified serve` count together; it exists for the time of that run."""

import os
import shutil
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead

from unified.files.private_folder import make_private_folder

FOLDER = "metrics"


def fresh_folder(home: Path) -> Path:
    """Create an empty folder for this process below the home folder; remove those of processes that are gone."""
    above = home / FOLDER
    make_private_folder(above)
    for old in above.iterdir():
        if old.name.isdigit() and (int(old.name) == os.getpid() or not _lives(int(old.name))):
            shutil.rmtree(old)
    created = above / str(os.getpid())
    created.mkdir(mode=0o700)
    return created


def forget_worker(folder: Path, pid: int) -> None:
    """Remove a dead worker's gauges (circuits, waiting calls) from the sums; its counters stay counted."""
    mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


def remove_folder(folder: Path) -> None:
    """Remove the folder at the end of the run."""
    shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

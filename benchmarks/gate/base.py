"""The commit of the bounds, checked out and measured beside the working tree, so that no figure of another machine decides.

A multiple of reference work still differs between kinds of processors, by more than the loss that the gate looks for. Two trees
in one run differ only by their code.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.results import ROOT

SOURCES: Final = (".", "engine", "sandbox")
"""Folders of a tree that hold packages."""


@contextmanager
def checked_out(commit: str) -> Iterator[Path | None]:
    """Extract the tree of a commit; None where the history does not have it, as in a shallow clone."""
    with tempfile.TemporaryDirectory(prefix="bench-gate-") as folder:
        yield Path(folder) if _extract(commit, folder) else None


def _extract(commit: str, folder: str) -> bool:
    archive = subprocess.run(("git", "archive", "--format=tar", commit), cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        return False
    subprocess.run(("tar", "-x", "-C", folder), input=archive.stdout, check=True)
    return True


def environment(tree: Path) -> dict[str, str]:
    """What a process needs that runs the code of a tree and no other: its packages come before the installed ones."""
    paths = os.pathsep.join(str((tree / one).resolve()) for one in SOURCES)
    return {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": paths}

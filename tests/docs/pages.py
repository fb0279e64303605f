"""Reads the documentation: fenced blocks, the comment that marks them, and commands with what they must print.

Conventions, invisible in the rendered page:
- `<!-- file: path -->` before a block: the block is that file, whole.
- `<!-- run -->` before a block of Python or shell: it is run.
- a ```console block: lines that begin with `$ ` are run, the lines after one are what it prints.
  A line `…` stands for any lines, a `…` within a line for any text.
"""

import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SKIPPED = {".venv", ".git", "node_modules", ".pytest_cache", ".hypothesis", ".unified"}
FENCE = re.compile(r"(?:^<!-- (?P<mark>[^\n]+?) -->\n)?^```(?P<kind>\w*)[^\n]*\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    """One fenced block."""

    kind: str
    mark: str
    """`run`, `file: …`, or empty."""
    text: str
    where: str
    """`page:line`, for messages."""

    @property
    def file(self) -> str | None:
        return self.mark.removeprefix("file: ") if self.mark.startswith("file: ") else None


class Command(NamedTuple):
    """One line of a console block with what it prints."""

    line: str
    prints: str
    where: str


@functools.cache
def pages() -> tuple[Path, ...]:
    """Every Markdown file of the project. Skipped folders are not entered: they have far more files than the project."""
    found = []
    for folder, inner, names in os.walk(ROOT):
        inner[:] = [name for name in inner if name not in SKIPPED]
        found += [Path(folder, name) for name in names if name.endswith(".md")]
    return tuple(sorted(found))


def blocks(path: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    page = path.read_text(encoding="utf-8")
    for found in FENCE.finditer(page):
        line = page.count("\n", 0, found.start("kind")) + 1
        yield Block(found["kind"], found["mark"] or "", found["text"], f"{path.relative_to(ROOT)}:{line}")


def commands(block: Block) -> list[Command]:
    """The commands of a console block."""
    first, *parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert not first.strip(), f"{block.where}: a console block begins with `$ `"
    return [Command(*part.split("\n", maxsplit=1), block.where) for part in parts]


def matches(shown: str, came: str) -> bool:
    """Whether a page shows what came."""
    lines = [
        r"(?:[^\n]*\n)*?" if line.strip() == "…" else re.escape(line.rstrip()).replace("…", r"[^\n]*") + r"[ ]*\n"
        for line in shown.rstrip("\n").splitlines()
    ]
    return re.fullmatch("".join(lines), came.rstrip("\n") + "\n" if came.strip() else "") is not None


def anchors(path: Path) -> set[str]:
    """What `#…` may name in a page: its headings, as they are named on code hosts."""
    page = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}

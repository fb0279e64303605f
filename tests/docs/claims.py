"""Claims of the pages: rows that name the test which proves them."""

import re
from pathlib import Path

from tests.docs.pages import ROOT

PAGES = ("docs/security-review.md", "docs/controls.md")
"""Pages each of whose claims has a test."""
NAMED = re.compile(r"`(?P<name>test_\w+)` in \[[\w.]+\]\((?P<file>[^)]+)\)")

SEVERAL = re.compile(r"(?P<names>`test_\w+`(?:, `test_\w+`)*) in \[[\w.]+\]\((?P<file>[^)]+)\)")
"""The same for tests of one file that are named together."""


def named_tests(page: str) -> list[tuple[str, Path]]:
    """The tests that a page names, with their files."""
    path = ROOT / page
    return [(found["name"], (path.parent / found["file"]).resolve()) for found in NAMED.finditer(path.read_text("utf-8"))]


def proofs_of(row: str) -> list[tuple[str, Path]]:
    """The tests that one row of a page in docs/ names, with their files."""
    found = ((one, ROOT / "docs" / group["file"]) for group in SEVERAL.finditer(row) for one in group["names"].split(", "))
    return [(name.strip("`"), file.resolve()) for name, file in found]


def claims(page: str) -> list[str]:
    """The rows of all tables whose last column is `test`."""
    found, inside = [], False
    for line in (ROOT / page).read_text("utf-8").splitlines():
        if line.startswith("|") and line.rstrip(" |").endswith("| test"):
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|---"):
            found.append(line)
    return found


def is_test_of(name: str, file: Path) -> bool:
    """Whether the file has a test of this name."""
    return re.search(rf"^ *(async )?def {name}\(", file.read_text("utf-8"), re.MULTILINE) is not None

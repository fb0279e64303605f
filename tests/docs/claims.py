"""Claims of the pages: rows that name the test which proves them."""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

from tests.docs.pages import ROOT

PAGES = ("docs/security-review.md", "docs/controls.md")
"""Pages each of whose claims has a test."""
NAMED = re.compile(r"`(?P<name>test_\w+)` in \[[\w.]+\]\((?P<file>[^)]+)\)")

CITED = re.compile(r"`(test_\w+)`")
"""A test that a page names, with or without a link."""
TEST_FOLDERS = ("tests", "engine/tests", "clients/tests")

SEVERAL = re.compile(r"(?P<names>`test_\w+`(?:, `test_\w+`)*) in \[[\w.]+\]\((?P<file>[^)]+)\)")
"""The same for tests of one file that are named together."""


def named_tests(page: str) -> list[tuple[str, Path]]:
    """The tests that a page names, with their files."""
    path = ROOT / page
    return [(found["name"], (path.parent / found["file"]).resolve()) for found in NAMED.finditer(path.read_text("utf-8"))]


def proofs_of(row: str, folder: Path = ROOT / "docs") -> list[tuple[str, Path]]:
    """The tests that one row of a page in this folder names, with their files."""
    found = ((one, folder / group["file"]) for group in SEVERAL.finditer(row) for one in group["names"].split(", "))
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


def cited_tests(page: Path) -> set[str]:
    """The names of all tests that a page names."""
    return set(CITED.findall(page.read_text("utf-8")))


@cache
def all_tests() -> dict[str, set[Path]]:
    """Every test by its name, with the files that have it."""
    found = defaultdict(set)
    for folder in TEST_FOLDERS:
        for file in (ROOT / folder).rglob("test_*.py"):
            for name in re.findall(r"^ *(?:async )?def (test_\w+)\(", file.read_text("utf-8"), re.MULTILINE):
                found[name].add(file)
    return dict(found)

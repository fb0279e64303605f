"""You add files; you edit none: with the provider of CONTRIBUTING.md in a copy of the checkout, the tests take it and hold."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.conftest import plain_environment
from tests.docs.pages import ROOT, blocks

pytestmark = [pytest.mark.slow, pytest.mark.takes(seconds=60)]
COPIED = (
    "engine",
    "unified",
    "sandbox",
    "providers",
    "mappings",
    "cassettes",
    "schemas",
    "docs",
    "tests",
    "benchmarks",
    "clients",
    "deploy",
)
FILES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "pyproject.toml")
LAWS = (
    "tests/unit/test_golden.py",
    "tests/unit/authoring/test_review_text.py",
    "tests/cli/test_generated_pages.py",
    "tests/cassettes/test_cassettes.py::test_every_method_has_a_cassette",
    "tests/conformance/test_failures.py",
    "tests/connect/test_links.py::test_the_page_sees_who_asks_and_what_for",
    "tests/accounts/test_moved_settings.py",
    "tests/mcp/tools/test_every_tool.py",
    "tests/mcp/tools/test_schemas_of_golden_cases.py",
)
"""Tests over all mappings or providers that do not take long."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the project with one more provider, reviewed, and the generated pages made again."""
    folder = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for block in blocks(ROOT / "CONTRIBUTING.md"):
        if block.file and block.file.startswith(("providers/", "mappings/", "cassettes/")):
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
    provider = folder / "providers" / "shelfmark.yaml"
    provider.write_text(provider.read_text(encoding="utf-8").replace("tier: bronze", "tier: silver"), encoding="utf-8")
    run(folder, "-m", "tests.cassettes.record", "shelfmark")
    run(folder, "-m", "unified.cli.main", "review", "shelfmark", "--accept")
    run(folder, "-m", "unified.cli.main", "docs")
    assert (folder / "docs/reference/providers/shelfmark.md").is_file()
    return folder, before


def run(folder: Path, *words: str) -> str:
    environment = plain_environment() | {
        "PYTHONPATH": os.pathsep.join((str(folder), str(folder / "engine"), str(folder / "sandbox")))
    }
    words = (sys.executable, *words)
    ended = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-4000:]
    return ended.stdout


def test_nothing_but_generated_pages_is_edited(checkout):
    folder, before = checkout
    edited = sorted(str(path.relative_to(folder)) for path, content in before.items() if path.read_bytes() != content)
    assert edited == ["README.md", "docs/quality-scale/README.md", "docs/reference/coverage.md", "docs/reference/models.md"]


def test_every_test_is_collected(checkout):
    folder, _ = checkout
    collected = run(folder, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", "tests")
    assert "tests/unit/test_golden.py::test_golden[shelfmark]" in collected


def test_it_is_silver(checkout):
    folder, _ = checkout
    assert run(folder, "-m", "unified.cli.main", "lint", "providers/shelfmark.yaml") == ""
    tests = ("tests/conformance", "tests/cassettes", "tests/unit/sandbox/test_standin_files.py")
    out = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "shelfmark", *tests)
    assert " passed" in out
    assert " failed" not in out


def test_the_laws_hold_for_the_new_provider(checkout):
    folder, _ = checkout
    out = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *LAWS)
    assert " failed" not in out

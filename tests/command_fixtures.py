"""Fixtures for tests of commands: a home and a catalog of their own, and a way to run a command line in this process.

What they use is imported when it is used, so that a run of other tests starts quickly.
"""

import os
import re
import sys

import pytest
import structlog
from typer.testing import CliRunner


@pytest.fixture
def folder(tmp_path, monkeypatch):
    from tests.small_catalog import Folder

    made = Folder(tmp_path / "catalog")
    monkeypatch.setenv("UNIFIED_CATALOG", str(made.path))
    return made


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("UNIFIED_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("UNIFIED_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def run(home):
    """Runs a command line; gives exit code, output and error output, without colours."""
    from unified.cli.main import app

    def call(*words, stdin=None):
        structlog.reset_defaults()  # as in a process of its own
        result = CliRunner().invoke(app, list(words), input=stdin, prog_name="unified", env={"COLUMNS": "200", "NO_COLOR": "1"})
        structlog.reset_defaults()  # what it logs to is closed
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        plain = re.compile(r"\x1b\[[0-9;]*m")
        return result.exit_code, plain.sub("", result.stdout), plain.sub("", result.stderr)

    return call


@pytest.fixture
def python():
    return sys.executable

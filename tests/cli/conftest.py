import importlib.util
import os
import re
import sys
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from unified.cli.main import app

_PLACE = Path(__file__).parents[1] / "unit/authoring/conftest.py"
_SPEC = importlib.util.spec_from_file_location("authoring_folder", _PLACE)
assert _SPEC is not None
assert _SPEC.loader is not None
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    made = _MODULE.Folder(tmp_path / "catalog")
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

    def call(*words, stdin=None):
        structlog.reset_defaults()  # as in a process of its own
        result = CliRunner().invoke(app, list(words), input=stdin, prog_name="unified", env={"COLUMNS": "200", "NO_COLOR": "1"})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        plain = re.compile(r"\x1b\[[0-9;]*m")
        return result.exit_code, plain.sub("", result.stdout), plain.sub("", result.stderr)

    return call


@pytest.fixture
def python():
    return sys.executable

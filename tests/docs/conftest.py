"""A running demo for the pages whose commands call one."""

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.generate.present import ensure_generated
from tests.docs.pages import ROOT

START_S = 180


def plain_environment() -> dict[str, str]:
    """The environment of a shell with the project's commands on its path and no settings."""
    ensure_generated()  # the pages call the Python client
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UNIFIED_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    modules = f"{ROOT}{os.pathsep}{ROOT / 'clients/python/src'}"
    return kept | {"PATH": path, "PYTHONPATH": modules, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}


def ready_content(ready: Path, process: "subprocess.Popen[bytes]") -> dict:
    """What the ready file says, once it is there."""
    deadline = time.monotonic() + START_S
    while not ready.exists():
        assert process.poll() is None, "the service ended before it was ready"
        assert time.monotonic() < deadline, f"the service was not ready within {START_S} seconds"
        time.sleep(0.05)
    return json.loads(ready.read_text(encoding="utf-8"))


def demo_environment(home: Path) -> dict[str, str]:
    """What `eval "$(make -s demo-env)"` sets in a shell while the demo of a home folder runs."""
    program = [sys.executable, "-m", "unified.cli.main", "demo-environment"]
    environment = plain_environment() | {"UNIFIED_HOME": str(home)}
    ended = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=60, check=True)
    words = [shlex.split(line) for line in ended.stdout.splitlines()]
    assert all(len(one) == len(("export", "NAME=value")) for one in words), ended.stdout
    return dict(one[1].split("=", 1) for one in words)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The shell's environment as the quick start sets it, with the demo running."""
    home = tmp_path_factory.mktemp("demo")
    ready = home / "ready.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "unified.cli.main", "demo", "--ready-file", str(ready)],
        cwd=home,
        env=plain_environment() | {"UNIFIED_HOME": str(home), "UNIFIED_PORT": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        ready_content(ready, process)
        yield plain_environment() | demo_environment(home)
    finally:
        process.terminate()
        process.wait(timeout=60)

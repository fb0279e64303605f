"""A running demo for the pages whose commands call one."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

START_S = 90


def plain_environment() -> dict[str, str]:
    """The environment of a shell with the project's commands on its path and no settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UNIFIED_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return kept | {"PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}


def ready_content(ready: Path, process: "subprocess.Popen[bytes]") -> dict:
    """What the ready file says, once it is there."""
    deadline = time.monotonic() + START_S
    while not ready.exists():
        assert process.poll() is None, "the service ended before it was ready"
        assert time.monotonic() < deadline, f"the service was not ready within {START_S} seconds"
        time.sleep(0.05)
    return json.loads(ready.read_text(encoding="utf-8"))


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
        content = ready_content(ready, process)
        accounts = {name.upper(): account for name, account in content["accounts"].items()}
        keys = {"BASE": content["base_url"], "KEY": content["app_key"], "ADMIN_KEY": content["admin_key"]}
        servers = content["mcp"]
        agents = {"MCP_URL": servers["read_only"]["url"], "APPROVALS_URL": servers["approvals"]["url"]}
        agents["AGENT_KEY"] = servers["approvals"]["api_key"]
        yield plain_environment() | keys | accounts | agents
    finally:
        process.terminate()
        process.wait(timeout=20)

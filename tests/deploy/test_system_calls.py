"""The service makes no system call and opens no kind of socket that its unit refuses: compared with what strace sees."""

import json
import os
import re
import subprocess
import sys
import time

import httpx2
import pytest

from tests.deploy.files import service_unit, unit
from unified.server.serving import free_port

pytestmark = [pytest.mark.deploy, pytest.mark.takes(seconds=60)]

START_S = 180.0


def members(group: str) -> set[str]:
    """The system calls of a group of systemd, groups within it included."""
    shown = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True).stdout
    words = {line.split("#")[0].strip() for line in shown.splitlines()[1:]} - {""}
    return {word for word in words if not word.startswith("@")} | {
        inner for word in words if word.startswith("@") for inner in members(word)
    }


def allowed() -> set[str]:
    found: set[str] = set()
    for key, value in unit()["Service"]:
        if key == "SystemCallFilter":
            found = found - members(value[1:]) if value.startswith("~") else found | members(value)
    return found


@pytest.fixture(scope="module")
def trace(tmp_path_factory) -> str:
    """All system calls of a start with two workers, requests, commands and a stop."""
    folder = tmp_path_factory.mktemp("trace")
    ready, written, port = folder / "ready.json", folder / "trace", free_port("127.0.0.1")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("UNIFIED_")}
    environment = {
        **inherited,
        "UNIFIED_HOME": str(folder / "home"),
        "UNIFIED_PORT": str(port),
        "UNIFIED_READY_FILE": str(ready),
        "UNIFIED_REDIS_URL": "redis://localhost:6379/0",
    }
    words = [
        "strace",
        "-f",
        "-qq",
        "-s",
        "0",
        "-o",
        str(written),
        sys.executable,
        "-m",
        "unified.cli.main",
        "serve",
        "--workers",
        "2",
    ]
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_S
        while not ready.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        url = json.loads(ready.read_text())["base_url"]
        for path in ("/ready", "/health", "/openapi.json", "/crm/contacts", "/ui"):
            assert httpx2.get(url + path, trust_env=False, timeout=60).status_code < 500
        os.kill(int(written.read_text().split()[0]), 15)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    return written.read_text(errors="replace")


def test_every_system_call_is_allowed(trace):
    used = set(re.findall(r"^\d+\s+(?:<\.\.\. )?([a-z_0-9]+)(?:\(| resumed)", trace, re.MULTILINE)) - {"exit", "execve"}
    assert len(used) > 40
    needless = {
        "fchown", "chown",  # SQLite, as root only
        "setfsuid", "setfsgid",  # the terminal library that Python's readline loads
    }  # fmt: skip # both go on when it is refused
    assert used - allowed() - needless == set()


def test_every_socket_is_of_an_allowed_family(trace):
    families = set(re.findall(r"\bsocket\((AF_\w+)", trace))
    assert "AF_INET" in families
    optional = {"AF_NETLINK"}  # glibc asks for this machine's addresses, and goes on without an answer
    assert families - set(service_unit()["RestrictAddressFamilies"].split()) - optional == set()

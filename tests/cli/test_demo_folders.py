"""Several demos at once: none gets the folder of another one, and each is found by its port."""

import json
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from unified.cli.demo import folders as demo_folders
from unified.cli.demo.folders import STATE, own_folder

HOLDER = """
import sys
from pathlib import Path
from unified.cli.demo.folders import own_folder
with own_folder(Path(sys.argv[1])) as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(home):
    """A process that has a folder as long as it runs."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield holder.stdout.readline().strip(), holder
    finally:
        holder.kill()
        holder.communicate()


@contextmanager
def demo(folder, key, status=200):
    """What a running demo is to others: a file, and an address that takes its key."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            is_known = self.headers["Authorization"] == f"Bearer {key}"
            self.send_response(status if is_known else 401)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    content = {
        "base_url": f"http://127.0.0.1:{server.server_port}",
        "app_key": key,
        "admin_key": "a",
        "accounts": {},
        "mcp": {},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STATE).write_text(json.dumps(content))
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_demos_that_run_at_once_never_share_a_folder(tmp_path):
    home = tmp_path / "home"
    with another_process(home) as (first, holder), own_folder(home) as second:
        assert first == str(home)
        assert second == home / "demo-2"
        with own_folder(home) as third:
            assert third == home / "demo-3"
        holder.kill()
        holder.wait()
        with own_folder(home) as again:
            assert again == home, "the lock of a process that was killed is gone"


def test_it_is_said_when_no_folder_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_folders, "MAX_DEMOS", 2)
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(own_folder(tmp_path))
        with pytest.raises(Exception, match=r"2 demos run with the folder .*: stop one, or set UNIFIED_HOME"):
            held.enter_context(own_folder(tmp_path))


def exported(out):
    return dict(line.removeprefix("export ").split("=", 1) for line in out.splitlines())


def test_each_demo_is_found_by_its_port(run, home, monkeypatch):
    with demo(home, "one") as first, demo(home / "demo-2", "two") as second:
        for port, key in ((first, "one"), (second, "two")):
            monkeypatch.setenv("UNIFIED_PORT", str(port))
            assert exported(run("demo-environment")[1])["UNIFIED_KEY"] == key
        monkeypatch.setenv("UNIFIED_PORT", "9")
        known = "Running: " + ", ".join(sorted(f"http://127.0.0.1:{port}" for port in (first, second))) + "\n"
        assert run("demo-environment") == (2, "", f"unified: no demo is running at the port 9 of UNIFIED_PORT. {known}")
        monkeypatch.delenv("UNIFIED_PORT")
        several = "unified: several demos are running; choose one by its port, with UNIFIED_PORT. "
        assert run("demo-environment") == (2, "", several + known)


def test_the_only_demo_that_runs_is_found_wherever_it_is(run, home):
    """The first one was killed, so its file is still there."""
    with demo(home, "one"):
        pass
    with demo(home / "demo-2", "two"):
        assert exported(run("demo-environment")[1])["UNIFIED_KEY"] == "two"
    code, _, err = run("demo-environment")
    assert (code, "does not respond" in err) == (2, True)

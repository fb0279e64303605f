"""Commands and the demo leave nothing in the folder where they run: databases, keys and logs are in the state folder, for its owner."""

import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from unified.settings.environment import CLIENT_VARIABLES, default_home, from_environment


@pytest.fixture
def empty(tmp_path, monkeypatch, home):
    """An empty folder in which commands run, and the state folder of the person who runs them."""
    monkeypatch.delenv("UNIFIED_HOME")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def require_private(folder):
    """Files with keys or data are readable only by their owner."""
    files = [one for one in folder.rglob("*") if one.is_file()]
    assert files
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}, files


COMMANDS = [
    ("tenants", "add", "acme"),
    ("keys", "add", "--name", "web", "--tenant", "acme"),
    ("keys", "list", "--tenant", "acme"),
    ("keys", "new-master"),
    ("keys", "new-master", "--print"),
    ("accounts", "list", "--tenant", "acme"),
    ("webhooks", "list", "--tenant", "acme"),
    ("audit", "verify", "--tenant", "acme"),
    ("coverage",),
]


@pytest.mark.slow
def test_commands_leave_nothing_where_they_run(empty, run, tmp_path):
    for words in COMMANDS:
        code, out, err = run(*words)
        assert code == 0, (words, out, err)
        assert list(empty.iterdir()) == [], words
    require_private(tmp_path / "state")


def test_no_demo_is_said_with_how_to_start_one(empty, run, tmp_path):
    file = tmp_path / "state/unified/demo/demo.json"
    start = "start one with `make demo` or `unified demo`"
    expected = f"no demo is running, as none of {file}, .unified/demo/demo.json exists: {start}"
    assert run("demo-environment") == (2, "", f"unified: {expected}\n")
    file.parent.mkdir(parents=True)
    file.write_text('{"base_url": "http://127.0.0.1:9", "app_key": "uk_x"}')
    expected = f"unified: the demo that wrote {file} does not respond at http://127.0.0.1:9: {start}\n"
    assert run("demo-environment") == (2, "", expected)
    (empty / ".unified").mkdir()  # as `make test` makes it: the demo that runs is found all the same
    assert run("demo-environment") == (2, "", expected)


def test_the_folder_of_an_older_installation_stays_in_use(empty, tmp_path):
    assert from_environment(os.environ | {"UNIFIED_URL": "http://127.0.0.1:8400"}).home == tmp_path / "state/unified"
    assert default_home({"HOME": "/home/ada"}).as_posix() == "/home/ada/.local/state/unified"
    assert default_home({"HOME": "/home/ada", "XDG_STATE_HOME": "relative"}).as_posix() == "/home/ada/.local/state/unified"
    assert default_home({}).as_posix() == ".unified"
    (empty / ".unified").mkdir()
    assert from_environment(os.environ).home.as_posix() == ".unified"


@pytest.mark.slow
def test_the_demo_leaves_nothing_and_tells_a_shell_how_to_call_it(empty, tmp_path):
    environment = {name: one for name, one in os.environ.items() if not name.startswith("UNIFIED_")} | {"UNIFIED_PORT": "0"}
    program = [sys.executable, "-m", "unified.cli.main"]
    demo = subprocess.Popen([*program, "demo"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    state = tmp_path / "state/unified/demo"
    try:
        deadline = time.monotonic() + 180
        while not (state / "demo.json").exists():
            assert demo.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        lines = subprocess.run(
            [*program, "demo-environment"], env=environment, capture_output=True, text=True, check=True
        ).stdout
        asked = f'{lines}\n{sys.executable} -c "{ASK}"'
        # The variables are no settings, so commands run in a shell that has them.
        told = subprocess.run(["/bin/sh", "-c", asked], env=environment, capture_output=True, text=True, check=True).stdout
        assert told == "3\n"
        require_private(state)
        assert set(CLIENT_VARIABLES) <= {line.removeprefix("export ").partition("=")[0] for line in lines.splitlines()}
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.wait(timeout=60)
    assert not (state / "demo.json").exists()
    assert list(empty.iterdir()) == []


ASK = (
    "import json, os, urllib.request as r; from unified.settings.environment import from_environment; from_environment(os.environ); "
    "url = os.environ['UNIFIED_URL'] + '/crm/contacts?limit=3&account_id=' + os.environ['HUBSPOT']; "
    "key = {'Authorization': 'Bearer ' + os.environ['UNIFIED_KEY']}; "
    "print(len(json.load(r.urlopen(r.Request(url, headers=key)))['data']))"
)

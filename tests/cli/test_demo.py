"""The demo as people and scripts run it: a process, its ready file, calls over HTTP, a signal."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from unified.server.serving import free_port

pytestmark = pytest.mark.slow

START_S = 180


@contextmanager
def _demo(home, port, *options, ready_name="ready.json"):
    ready = home / ready_name
    ready.unlink(missing_ok=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("UNIFIED_")}
    environment = {**inherited, "UNIFIED_HOME": str(home), "UNIFIED_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "unified.cli.main", "demo", "--ready-file", str(ready), *options],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, ready
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def _ready(process, file):
    deadline = time.monotonic() + START_S
    while not file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise AssertionError(process.communicate()[1])
        time.sleep(0.05)
    return json.loads(file.read_text())


def _get(url, key):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def _stop(process, number):
    began = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - began < 20
    assert (process.returncode, err) == (0, "Starting the sandbox and the service …\n")
    return out


@pytest.fixture(scope="module")
def two_starts(tmp_path_factory):
    """What the demo answered in two runs on the same folder: the second meets the first one's database."""
    home, port = tmp_path_factory.mktemp("demo"), free_port("127.0.0.1")
    runs = []
    for number in (signal.SIGTERM, signal.SIGINT):
        with _demo(home, port) as (process, file):
            ready = _ready(process, file)
            ready["core"] = _core_file_limit(process.pid) if sys.platform == "linux" else None
            ready["mode"] = file.stat().st_mode & 0o777
            ready["health"] = {
                path: _get(ready["base_url"] + path, ready["app_key"])[0] for path in ("/ready", "/openapi.json")
            }
            ready["sandbox"] = _get(f"{ready['sandbox_url']}/_sandbox/requests", "")[0]
            ready["port_taken"] = _second(home, port)
            ready["lists"] = {name: _list(ready, name) for name in ready["accounts"]}
            ready["old_key"] = runs and _get(f"{ready['base_url']}/accounts", runs[0]["admin_key"])[0]
            ready["old_agent"] = runs and _try(runs[0]["mcp"]["read_only"]["url"], ready["mcp"]["read_only"]["api_key"])
            ready["agents"] = {name: _agent(**server, everything=not runs) for name, server in ready["mcp"].items()}
            ready["connected"] = _get(f"{ready['base_url']}/accounts", ready["admin_key"])[1]["data"]
            ready["screen"] = _stop(process, number)
        runs.append(ready)
    return runs


def _core_file_limit(pid):
    limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()
    return next(line.split()[4:6] for line in limits if line.startswith("Max core file size"))


def _second(home, port):
    with _demo(home / "second", port) as (process, _):
        _, err = process.communicate(timeout=START_S)
        return process.returncode, err


def _list(ready, provider):
    """The model that the screen would show; found by asking, since the file has no models."""
    for model in ("crm/contacts", "hris/employees", "ticketing/tickets"):
        status, body = _get(f"{ready['base_url']}/{model}?account_id={ready['accounts'][provider]}&limit=2", ready["app_key"])
        if status != 501:
            return status, body
    return 501, {}


def _try(url, key, *words):
    """`unified mcp try`, as the screen shows it."""
    line = [sys.executable, "-m", "unified.cli.main", "mcp", "try", url, *(["--key", key] if key else []), *words]
    ended = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    return ended.returncode, ended.stdout, ended.stderr


READ = ("list_ticketing_tickets", '{"limit": 3}')
TRIES = {
    "listed": (),
    "written": ("create_ticketing_ticket", '{"name": "The mill is stuck", "description": "At card 17."}'),
    "wrong": ("list_ticketing_tickets", '{"limit": "three"}'),
}


def _agent(url, api_key, *, everything):
    """What a client of one of the MCP servers meets; each try is a process, so the second run only reads."""
    tries = TRIES if everything else {}
    answers = {name: _try(url, api_key, *words) for name, words in tries.items()} | {"read": _try(url, api_key, *READ)}
    return answers | ({"without_key": _try(url, None)} if everything else {})


def test_everything_answers(two_starts):
    for ready in two_starts:
        assert ready["health"] == {"/ready": 200, "/openapi.json": 200}
        assert ready["sandbox"] == 200


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_core_file_is_written_as_by_serve(two_starts):
    assert [ready["core"] for ready in two_starts] == [["0", "0"]] * 2


def test_each_provider_lists_records(two_starts):
    lists = two_starts[0]["lists"]
    assert {"hubspot"} <= lists.keys()
    assert {name: status for name, (status, _) in lists.items()} == dict.fromkeys(lists, 200)
    assert {name: len(body["data"]) for name, (_, body) in lists.items()} == dict.fromkeys(lists, 2)


def test_the_second_start_has_the_same_accounts_and_new_keys(two_starts):
    first, second = two_starts
    assert first["accounts"] == second["accounts"]
    assert len(second["connected"]) == len(second["accounts"])
    assert first["app_key"] != second["app_key"]
    assert second["old_key"] == 401


def test_a_taken_port_is_said_with_what_to_do(two_starts):
    ready = two_starts[0]
    port = ready["base_url"].rpartition(":")[2]
    assert ready["port_taken"] == (
        2,
        f"unified: port {port} on 127.0.0.1 is in use: choose another one with UNIFIED_PORT, such as UNIFIED_PORT=8500 unified demo\n",
    )


def test_the_screen_has_a_call_for_each_provider(two_starts):
    ready = two_starts[0]
    for account in ready["accounts"].values():
        assert f"account_id={account}&limit=3'" in ready["screen"]
    assert f"curl -s -H 'Authorization: Bearer {ready['app_key']}'" in ready["screen"]
    assert "Ctrl-C stops the demo" in ready["screen"]
    assert ready["screen"].splitlines()[-4].endswith('unified demo-environment)"'), ready["screen"]


def test_the_ready_file_is_for_its_owner(two_starts):
    assert two_starts[0]["mode"] == 0o600


def test_agents_list_tools_and_read_tickets(two_starts):
    for met in two_starts[0]["agents"].values():
        code, shown, errors = met["listed"]
        assert (code, errors) == (0, "")
        assert "list_ticketing_tickets  List tickets in " in shown
        assert met["read"][2] == shown
    for ready in two_starts:
        for met in ready["agents"].values():
            code, read, _ = met["read"]
            assert code == 0
            assert len(json.loads(read)["data"]) == 3
            assert json.loads(read)["untrusted"] is True


def test_a_server_only_reads_and_the_other_one_asks_first(two_starts):
    met = two_starts[0]["agents"]
    code, printed, refused = met["read_only"]["written"]
    assert (code, printed) == (2, "")
    assert refused.startswith("unified: the MCP server answered: unknown tool.")
    assert " Known: get_" in refused
    assert not [line for line in met["read_only"]["listed"][1].splitlines() if not line.startswith(("get_", "list_"))]
    code, written, _ = met["approvals"]["written"]
    assert (code, json.loads(written)["status"]) == (0, "approval_required")
    assert "get_approval  " in met["approvals"]["listed"][1]


def test_arguments_that_do_not_fit_end_the_command_with_1(two_starts):
    code, shown, _ = two_starts[0]["agents"]["read_only"]["wrong"]
    assert (code, json.loads(shown)["error"]["errors"][0]["pointer"]) == (1, "/limit")


def test_the_token_alone_is_not_enough(two_starts):
    for met in two_starts[0]["agents"].values():
        code, shown, errors = met["without_key"]
        assert (code, shown) == (2, "")
        assert "expected a valid API key" in errors


def test_the_second_start_has_new_servers_for_agents(two_starts):
    first, second = two_starts
    assert first["mcp"].keys() == second["mcp"].keys() == {"read_only", "approvals"}
    code, _, errors = second["old_agent"]
    assert (code, errors) == (
        2,
        "unified: the MCP server answered: no such MCP server, or it expired or was revoked\n",
    )


def test_the_screen_has_the_servers_and_a_call_that_reads(two_starts):
    ready = two_starts[0]
    for server in ready["mcp"].values():
        assert f"MCP server       {server['url']}   " in ready["screen"]
    one = ready["mcp"]["read_only"]
    assert f"mcp try '{one['url']}' --key {one['api_key']} list_ticketing_tickets '{{\"limit\": 3}}'" in ready["screen"]


def _environment(home, **more):
    """What `unified demo-environment` prints."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("UNIFIED_")}
    line = [sys.executable, "-m", "unified.cli.main", "demo-environment"]
    asked = {**inherited, "UNIFIED_HOME": str(home), **more}
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False, env=asked)


def test_a_second_demo_next_to_the_first_leaves_it_alone(tmp_path):
    """On another port with the same home, as the message of a port in use recommends."""
    ports = [free_port("127.0.0.1") for _ in range(2)]
    with (
        _demo(tmp_path, ports[0], "--providers", "zendesk", ready_name="first.json") as (first, first_file),
        _demo(tmp_path, ports[1], "--providers", "zendesk", ready_name="second.json") as (second, second_file),
    ):
        demos = [_ready(first, first_file), _ready(second, second_file)]
        for port, ready in zip(ports, demos, strict=True):
            for key in (ready["admin_key"], ready["app_key"]):
                assert _get(f"{ready['base_url']}/accounts", key)[0] == 200
            found = _environment(tmp_path, UNIFIED_PORT=str(port))
            assert f"export UNIFIED_KEY={ready['app_key']}" in found.stdout, found.stderr
        assert _environment(tmp_path).returncode == 2
        _stop(second, signal.SIGTERM)
        assert _get(f"{demos[0]['base_url']}/accounts", demos[0]["admin_key"])[0] == 200
        assert f"export UNIFIED_KEY={demos[0]['app_key']}" in _environment(tmp_path).stdout
        _stop(first, signal.SIGTERM)

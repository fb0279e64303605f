"""A real run with planted data and secrets on every way in: none of it in the log, the metrics or the traces."""

import base64
import json
import os
import re
import socket
import subprocess
import sys

import httpx2
import pytest

from tests.process.conftest import serving
from tests.trace_fixtures import otlp_receiver
from unified.version import __version__
from unified_sandbox.faults import Fault

pytestmark = pytest.mark.slow

PLANTED = "pL4ntEd-5ecret"
FORMS = (PLANTED, base64.b64encode(PLANTED.encode()).decode()[:-3], PLANTED.encode().hex())


def found_in(text):
    return [form for form in FORMS if form in text]


@pytest.fixture(scope="module")
def collector():
    with otlp_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def run(prepared, collector):
    """Everything that was written while planted calls were made: log, metrics, traces; and what the callers saw."""
    url, came = collector
    with serving(prepared, UNIFIED_OTLP_ENDPOINT=url, UNIFIED_METRICS_TOKEN=PLANTED) as service:
        answers = "".join(_planted_calls(service, prepared))
        metrics = service.get("/metrics", PLANTED)
        assert metrics.status_code == 200
        assert service.stop() == 0
        log = service.log_file.read_text(encoding="utf-8")
    return {
        "answers": answers,
        "log": log,
        "metrics": metrics.text,
        "traces": b"".join(body for _, _, body in came).decode("latin-1"),
    }


def _planted_calls(service, prepared):
    key = {"Authorization": f"Bearer {prepared.app_key}", "X-Planted": PLANTED, "tracestate": f"a={PLANTED}"}
    account = {"account_id": prepared.account}
    with httpx2.Client(base_url=service.base_url, headers=key, trust_env=False) as client:
        made = client.post("/crm/contacts", params=account, json={"first_name": "Ada", "last_name": PLANTED})
        assert made.status_code == 201
        yield made.text
        yield client.get(f"/crm/contacts/{PLANTED}", params=account).text
        yield client.get("/crm/contacts", params={**account, "remote_query[q]": PLANTED}).text
        yield client.get(f"/mcp/{PLANTED}").text
        yield client.get("/accounts", headers={"Authorization": f"Bearer {PLANTED}"}).text
        yield client.request("POST", f"/proxy/{PLANTED}", params=account, json={PLANTED: PLANTED}).text
        yield client.post("/crm/contacts", params=account, content=f'{{"first_name": "{PLANTED}').text
        for status, body in ((500, {"message": PLANTED}), (400, {"message": PLANTED}), (200, f"not JSON {PLANTED}")):
            prepared.sandbox.faults.planned.append(Fault(provider="hubspot", status=status, body=body))
            yield client.get("/crm/contacts/1", params=account).text
    _broken_request(service)


def _broken_request(service):
    """What is not HTTP reaches only the server's own parser."""
    host, _, port = service.base_url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(f"GET /{PLANTED} {PLANTED}\r\n\x00{PLANTED}\r\n\r\n".encode())
        connection.recv(4096)


def test_the_callers_saw_the_data(run):
    """The search works: what was planted went through the service."""
    assert found_in(run["answers"]) == [PLANTED]


@pytest.mark.parametrize("place", ["log", "metrics", "traces"])
def test_nothing_planted_is_written(run, prepared, place):
    assert len(run[place]) > 500
    assert found_in(run[place]) == []
    for secret in (prepared.app_key, prepared.admin_key):
        assert secret not in run[place]


def test_finished_work_is_logged(run):
    assert '"event": "Invalid HTTP request received."' in run["log"]
    assert "/{category}/{model}/{third}" in run["log"]
    assert "GET /{category}/{model}/{third}" in run["traces"]
    assert "hubspot" in run["traces"]
    assert "unified_provider_calls_total" in run["metrics"]


def test_no_line_has_a_place_that_is_not_filled(run):
    lines = [json.loads(line) for line in run["log"].splitlines()]
    events = {line.get("event", "") for line in lines}
    assert any(one.startswith("Started server process [") for one in events), "from the start …"
    assert any(one.startswith("Finished server process [") for one in events), "… to the end"
    assert [one for one in events if re.search(r"%[a-z(]", one)] == []
    assert {line.get("version") for line in lines if line.get("event") == "listening"} == {__version__}


def start(environment, *options):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("UNIFIED_")}
    return subprocess.run(
        [sys.executable, "-m", "unified.cli.main", "serve", "--port", "0", *options],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one process", "two workers"])
def test_a_database_that_does_not_answer_is_said_without_its_address(tmp_path, options):
    url = f"postgresql://planted-user:{PLANTED}@127.0.0.1:1/planted-name"
    ended = start({"UNIFIED_HOME": str(tmp_path), "UNIFIED_DATABASE_URL": url}, *options)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == (
        "unified: UNIFIED_DATABASE_URL: the database could not be opened and brought up to date (connection refused): "
        "check that PostgreSQL runs, and the host and port in UNIFIED_DATABASE_URL"
    )
    assert found_in(ended.stderr) == []
    assert "planted" not in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_the_memory_of_the_process_is_not_for_others():
    script = (
        "import ctypes, resource; from unified.server.hardening import forbid_dumps\n"
        "dumpable = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)\n"
        "before = dumpable(); forbid_dumps(); print(before, dumpable(), resource.getrlimit(resource.RLIMIT_CORE))"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "1 0 (0, 0)\n"

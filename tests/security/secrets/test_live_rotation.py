"""Keys are rotated while the real service runs: no call fails, and the service seals with the new key without a restart."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import httpx2
import pytest

from tests.databases import KINDS, fresh_url
from unified_sandbox.app import create_sandbox
from unified_sandbox.registry import discover
from unified_sandbox.running import running

pytestmark = pytest.mark.slow

WAIT_S = 60


@pytest.fixture(params=KINDS if os.environ.get("UNIFIED_TEST_ALL_LIVE") else KINDS[-1:])
async def environment(request, tmp_path):
    standins = {"hubspot": discover()["hubspot"]}
    async with fresh_url(request.param, tmp_path) as url:
        with running(create_sandbox(standins)) as sandbox:
            yield {
                "PATH": os.environ["PATH"],
                "UNIFIED_HOME": str(tmp_path / "home"),
                "UNIFIED_DATABASE_URL": url,
                "UNIFIED_PROVIDER_URLS": json.dumps({"hubspot": f"{sandbox}/hubspot"}),
                "UNIFIED_ALLOW_LOOPBACK": "true",
                "UNIFIED_PORT": "0",
                "UNIFIED_READY_FILE": str(tmp_path / "ready.json"),
            }


def _unified(environment, *words, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "unified.cli.main", *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout


@contextmanager
def _serving(environment, tmp_path):
    ready = tmp_path / "ready.json"
    ready.unlink(missing_ok=True)
    with (tmp_path / "service.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", "unified.cli.main", "serve"], env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + WAIT_S
        while not ready.exists():
            assert time.monotonic() < deadline, (tmp_path / "service.log").read_text()
            assert process.poll() is None, (tmp_path / "service.log").read_text()
            time.sleep(0.05)
        yield json.loads(ready.read_text())["base_url"]
    finally:
        process.terminate()
        process.wait(WAIT_S)


class Caller(threading.Thread):
    """Calls all the time, and keeps what was answered."""

    def __init__(self, base_url, key, accounts):
        super().__init__(daemon=True)
        self.client = httpx2.Client(base_url=base_url, headers={"Authorization": f"Bearer {key}"}, timeout=30)
        self.accounts = accounts
        self.statuses = []
        self.ended = threading.Event()

    def run(self):
        while not self.ended.is_set():
            account = self.accounts[len(self.statuses) % len(self.accounts)]
            answer = self.client.get("/crm/contacts", params={"account_id": account, "limit": "1"})
            self.statuses.append(answer.status_code)

    def end(self):
        self.ended.set()
        self.join(WAIT_S)


async def test_keys_are_rotated_while_the_service_runs(environment, tmp_path):
    made = json.loads(_unified(environment, "tenants", "add", "Acme", "--json"))
    credentials = discover()["hubspot"].demo_credentials[0]
    body = {"provider": "hubspot", "name": "a", "credentials": credentials}
    with _serving(environment, tmp_path) as base_url:
        client = httpx2.Client(base_url=base_url, headers={"Authorization": f"Bearer {made['admin_key']}"}, timeout=30)
        accounts = [client.post("/accounts", json=body).json()["id"] for _ in range(3)]
        caller = Caller(base_url, made["admin_key"], accounts)
        caller.start()
        _unified(environment, "keys", "new-master")
        assert json.loads(_unified(environment, "keys", "rotate", "--check", "--json", code=1))["left"] == 9
        assert _unified(environment, "keys", "rotate").startswith(
            "4 sealed again, 5 rows marked again, 0 changed meanwhile, 0 unreadable"
        )
        new = client.post("/accounts", json=body).json()["id"]
        await asyncio.sleep(2.2)  # longer than rows are kept
        caller.end()
        client.close()
        caller.client.close()
    assert len(caller.statuses) > 10
    assert set(caller.statuses) == {200}
    found = json.loads(_unified(environment, "keys", "rotate", "--check", "--json"))
    assert (found["left"], found["unfit"]) == (0, {})
    assert {(one["column"], one["key"], one["state"], one["rows"]) for one in found["counts"]} == {
        (column, _current(tmp_path), "current", rows)
        for column, rows in (
            ("accounts.credentials", 4),
            ("service_keys.secret", 1),
            ("tenants.mac", 1),
            ("api_keys.mac", 1),
            ("accounts.mac", 4),
        )
    }
    file = tmp_path / "home" / "master.keys"
    file.write_text(file.read_text().splitlines()[0])
    with _serving(environment, tmp_path) as base_url:
        after = httpx2.get(
            f"{base_url}/crm/contacts",
            params={"account_id": new, "limit": "1"},
            headers={"Authorization": f"Bearer {made['admin_key']}"},
        )
        assert after.status_code == 200


def _current(tmp_path):
    return (tmp_path / "home" / "master.keys").read_text().partition(":")[0]


async def test_the_service_does_not_start_without_a_key_that_it_needs(environment, tmp_path):
    _unified(environment, "tenants", "add", "Acme")
    _unified(environment, "accounts", "add", "--provider", "hubspot", "--name", "a", "--token", "a-planted-token-1234")
    old = _current(tmp_path)
    _unified(environment, "keys", "new-master")
    file = tmp_path / "home" / "master.keys"
    file.write_text(file.read_text().splitlines()[0])
    log = tmp_path / "service.log"
    with log.open("w") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "unified.cli.main", "serve", env=environment, stdout=output, stderr=output
        )
        assert await asyncio.wait_for(process.wait(), WAIT_S) == 2
    told = log.read_text()
    assert f"unified: accounts.credentials holds text that was sealed with the master key '{old}'" in told
    assert "Traceback" not in told
    assert not (tmp_path / "ready.json").exists()

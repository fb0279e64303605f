"""`unified serve` as operators run it: a process with its own home, connected to a sandbox in this process."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import psutil
import pytest

from tests.databases import KINDS, fresh_url
from tests.keys import new_key
from unified.app.assembly import assembled
from unified.service.access.api_keys import create_key
from unified.service.accounts.accounts import NewAccount, create_account
from unified.settings.settings import Settings
from unified.store import tenants
from unified.vault.tokens import new_id
from unified_sandbox.app import create_sandbox
from unified_sandbox.faults import Fault
from unified_sandbox.registry import discover
from unified_sandbox.running import running

START_S = 180
PROVIDER = "hubspot"


class Prepared(msgspec.Struct, kw_only=True):
    """The content of the database before the service starts."""

    environment: dict[str, str]
    home: Path
    sandbox: Any
    admin_key: str
    app_key: str
    app_key_id: str
    account: str


class Sandbox(msgspec.Struct, kw_only=True):
    """The sandbox on loopback, and its planned faults."""

    url: str
    faults: Any

    def slow(self, delay_ms: int) -> None:
        """Let the next call wait."""
        self.faults.planned.append(Fault(provider=PROVIDER, delay_ms=delay_ms))

    def was_reached(self) -> bool:
        """Whether the planned fault met its call."""
        return not self.faults.planned


class Service:
    """A running `unified serve`."""

    def __init__(self, process: Any, base_url: str, log: Path, prepared: Prepared) -> None:
        self.process = process
        self.base_url = base_url
        self.log_file = log
        self.prepared = prepared

    def get(self, path: str, key: str | None = None, timeout: float = 20.0) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        with httpx2.Client(trust_env=False, timeout=timeout) as client:
            return client.get(self.base_url + path, headers=headers)

    def contacts(self, timeout: float = 20.0) -> httpx2.Response:
        return self.get(f"/crm/contacts?limit=2&account_id={self.prepared.account}", self.prepared.app_key, timeout)

    def workers(self) -> list[int]:
        return sorted(one.pid for one in psutil.Process(self.process.pid).children())

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log_file.read_text(encoding="utf-8").splitlines()]

    def stop(self, number: int = signal.SIGTERM, timeout: float = 30.0) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout)


def until(true: Any, seconds: float = 30.0, what: str = "it did not happen in time") -> Any:
    """Repeat until the result is true."""
    deadline = time.monotonic() + seconds
    while True:
        found = true()
        if found:
            return found
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture(scope="module")
def sandbox():
    app = create_sandbox({PROVIDER: discover()[PROVIDER]})
    with running(app) as url:
        yield Sandbox(url=url, faults=app.faults)


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    """The URL of a fresh database, of both kinds in turn."""
    with asyncio.Runner() as runner:
        opened = fresh_url(request.param, tmp_path)
        yield runner.run(opened.__aenter__())
        runner.run(opened.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, sandbox):
    """A SQLite home with a tenant, two keys and an account."""
    return prepare(tmp_path_factory.mktemp("service") / "home", sandbox, "")


def prepare(home: Path, sandbox: Sandbox, database_url: str) -> Prepared:
    urls = {PROVIDER: f"{sandbox.url}/{PROVIDER}"}
    settings = Settings(home=home, database_url=database_url, provider_urls=urls, allow_loopback=True)
    environment = {
        "UNIFIED_HOME": str(home),
        "UNIFIED_DATABASE_URL": settings.database_url,
        "UNIFIED_PROVIDER_URLS": json.dumps(urls),
        "UNIFIED_ALLOW_LOOPBACK": "true",
    }
    return asyncio.run(_filled(settings, environment, sandbox))


async def _filled(settings: Settings, environment: dict[str, str], sandbox: Sandbox) -> Prepared:
    standin = discover()[PROVIDER]
    async with assembled(settings) as services:
        tenant = (await tenants.add(services.database, new_id("ten_"), name="test")).id
        _, admin = await create_key(services, tenant, new_key(name="admin", role="admin"), maker=None)
        row, app = await create_key(services, tenant, new_key(name="app", role="app"), maker=None)
        asked = NewAccount(
            provider=PROVIDER, name="a", credentials=standin.demo_credentials[0], settings=dict(standin.demo_settings)
        )
        account = (await create_account(services, tenant, asked)).id
    return Prepared(
        environment=environment,
        home=settings.home,
        sandbox=sandbox,
        admin_key=admin,
        app_key=app,
        app_key_id=row.id,
        account=account,
    )


@contextmanager
def serving(prepared: Prepared, *options: str, **more: str):
    """`unified serve` on a free port for the time of the block; whatever is left of it at the end is killed."""
    ready = prepared.home / "ready.json"
    ready.unlink(missing_ok=True)
    log = prepared.home / "serve.log"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("UNIFIED_")}
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "unified.cli.main", "serve", "--port", "0", *options],
            env={**inherited, **prepared.environment, "UNIFIED_READY_FILE": str(ready), **more},
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        try:
            until(lambda: ready.exists() or process.poll() is not None, START_S, "it did not start")
            assert process.poll() is None, log.read_text(encoding="utf-8")
            yield Service(process, json.loads(ready.read_text(encoding="utf-8"))["base_url"], log, prepared)
        finally:
            _end(process)


def _end(process: Any) -> None:
    if process.poll() is None:
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        for one in children:
            if one.is_running():
                one.kill()

"""E3 and E7 with real processes: two services on one database execute once, and one that is killed in the middle never again."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import httpx2
import msgspec
import pytest

from tests.approvals.conftest import ASKS
from tests.databases import KINDS, fresh_url
from tests.keys import new_key
from tests.waiting import until
from unified.app.assembly import assembled
from unified.service.access.api_keys import create_key
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.maintenance.housekeeping import sweep
from unified.service.maintenance.row_guards import RowGuard
from unified.settings.environment import from_environment
from unified.store import approvals, tenants
from unified.store.engine.engine import open_database, utc_now
from unified.vault.seal import open_vault
from unified.vault.tokens import new_id
from unified_sandbox.app import create_sandbox
from unified_sandbox.faults import Fault
from unified_sandbox.registry import discover
from unified_sandbox.running import running

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
START_S = 180.0
AT_ONCE = 50
BODY = {"last_name": "Lovelace", "emails": [{"email": "ada@new.example"}]}


class Prepared(msgspec.Struct, kw_only=True):
    """A database with a tenant, its keys and an account, in front of a stand-in that runs."""

    environment: dict[str, str]
    url: str
    folder: Path
    sandbox: str
    faults: list[Fault]
    tenant: str
    asker: str
    approver: str
    account: str

    async def written(self) -> int:
        """How many writes arrived at the stand-in."""
        async with httpx2.AsyncClient(base_url=self.sandbox) as client:
            found = (await client.get("/_sandbox/requests", params={"provider": "hubspot"})).json()["data"]
        return sum(one["method"] != "GET" and not one["path"].endswith("/batch/read") for one in found)

    async def ask(self, base: str) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self.asker}"}
        async with httpx2.AsyncClient(base_url=base, headers=headers, timeout=60) as client:
            answer = await client.post("/crm/contacts", params={"account_id": self.account}, json=BODY)
        assert answer.status_code == 202, answer.text
        return answer.json()["approval"]

    async def approve(self, base: str, approval: dict[str, str]) -> int:
        headers = {"Authorization": f"Bearer {self.approver}"}
        async with httpx2.AsyncClient(base_url=base, headers=headers, timeout=60) as client:
            path = f"/approvals/{approval['id']}/approve"
            return (await client.post(path, json={"digest": approval["digest"]})).status_code


@pytest.fixture(params=KINDS)
async def prepared(request, tmp_path):
    app = create_sandbox({"hubspot": discover()["hubspot"]})
    async with fresh_url(request.param, tmp_path) as url:
        with running(app) as sandbox:
            environment = {
                "UNIFIED_HOME": str(tmp_path / "home"),
                "UNIFIED_DATABASE_URL": url,
                "UNIFIED_ALLOW_LOOPBACK": "true",
                "UNIFIED_PROVIDER_URLS": json.dumps({"hubspot": f"{sandbox}/hubspot"}),
                "UNIFIED_PORT": "0",
            }
            told = {"environment": environment, "url": url, "folder": tmp_path, "sandbox": sandbox}
            yield Prepared(**told, faults=app.faults.planned, **await _provisioned(environment))


async def _provisioned(environment):
    credentials = discover()["hubspot"].demo_credentials[0]
    async with assembled(from_environment(environment)) as services:
        tenant = (await tenants.add(services.database, new_id("ten_"), name="ours")).id
        _, asker = await create_key(services, tenant, new_key(name="asker", role="app", scope=ASKS), maker=None)
        _, approver = await create_key(services, tenant, new_key(name="approver", role="approver"), maker=None)
        account = await create_account(services, tenant, NewAccount(provider="hubspot", name="a", credentials=credentials))
    return {"tenant": tenant, "asker": asker, "approver": approver, "account": account.id}


@asynccontextmanager
async def serving(prepared, name):
    """A running service: its process and its address."""
    ready = prepared.folder / f"{name}.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "unified.cli.main", "serve"),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **prepared.environment, "UNIFIED_READY_FILE": str(ready)},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await until(ready.exists, START_S)
        yield process, json.loads(ready.read_text(encoding="utf-8"))["base_url"]
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def test_of_fifty_approvals_in_two_processes_one_executes(prepared):
    async with serving(prepared, "one") as (_, one), serving(prepared, "two") as (_, two):
        approval = await prepared.ask(one)
        bases = [(one, two)[number % 2] for number in range(AT_ONCE)]
        answers = await asyncio.gather(*(prepared.approve(base, approval) for base in bases))
    assert Counter(answers) == {200: 1, 409: AT_ONCE - 1}
    assert await prepared.written() == 1


async def test_one_killed_in_the_middle_ends_as_unknown_and_is_not_repeated(prepared):
    async with serving(prepared, "one") as (process, base):
        approval = await prepared.ask(base)
        prepared.faults.append(Fault(provider="hubspot", match="POST *", delay_ms=1000))
        deciding = asyncio.create_task(prepared.approve(base, approval))
        await until(lambda: not prepared.faults, 30)  # the provider has the write and has not answered
        process.send_signal(signal.SIGKILL)
        await process.wait()
        with pytest.raises(httpx2.HTTPError):
            await deciding
    async with serving(prepared, "two") as (_, base):
        assert await prepared.approve(base, approval) == 409
    guard = RowGuard(open_vault(from_environment(prepared.environment)))
    database = await open_database(prepared.url, lambda: utc_now() + timedelta(minutes=2), guard=guard)
    seen = await approvals.get(database, prepared.tenant, approval["id"])
    await sweep(database)
    kept = await approvals.get(database, prepared.tenant, approval["id"])
    payload = await approvals.get_payload(database, prepared.tenant, approval["id"])
    await database.close()
    assert (seen.status, kept.status, kept.status_reason, payload) == ("unknown", "unknown", "not_reported", None)
    async with serving(prepared, "three") as (_, base):
        assert await prepared.approve(base, approval) == 409
    assert await prepared.written() <= 1

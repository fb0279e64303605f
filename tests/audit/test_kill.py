"""The process is killed under load: the chain holds, and every denial that was answered has its row.

The rounds are few here; `UNIFIED_TEST_AUDIT_KILLS` sets their number.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import httpx2
import pytest

from tests.keys import new_key
from unified.app.assembly import assembled
from unified.service.access.api_keys import create_key
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.audit.verification import verify_chain
from unified.settings.environment import from_environment
from unified.settings.settings import Settings
from unified.store import audit, tenants
from unified.store.engine.engine import open_database

pytestmark = pytest.mark.slow

TENANT = "ten_3"
ROUNDS = int(os.environ.get("UNIFIED_TEST_AUDIT_KILLS", "2"))
ROOT = Path(__file__).parents[2]
START_S = 180


@pytest.fixture
def environment(url, tmp_path):
    return {
        "UNIFIED_HOME": str(tmp_path / "home"),
        "UNIFIED_DATABASE_URL": url,
        "UNIFIED_ALLOW_LOOPBACK": "true",
        "UNIFIED_PROVIDER_URLS": '{"hubspot": "http://127.0.0.1:9"}',  # nobody listens: each call fails at once
        "UNIFIED_PORT": "0",
        "UNIFIED_READY_FILE": str(tmp_path / "ready.json"),
    }


async def provisioned(settings: Settings):
    asked = NewAccount(provider="hubspot", name="a", credentials={"type": "bearer", "token": "pat-0000-1111"})
    async with assembled(settings) as services:
        await tenants.add(services.database, TENANT, name="acme")  # a row that the service made, so that it is served
        _, token = await create_key(services, TENANT, new_key(name="app", role="app"), maker=None)
        return token, (await create_account(services, TENANT, asked)).id


async def served(environment):
    """A running service and its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "unified.cli.main", "serve"),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stderr=asyncio.subprocess.DEVNULL,
    )
    return process, await asyncio.to_thread(_address, Path(environment["UNIFIED_READY_FILE"]))


def _address(ready):
    for _ in range(START_S * 20):
        if ready.exists():
            base = json.loads(ready.read_text(encoding="utf-8"))["base_url"]
            ready.unlink()
            return base
        time.sleep(0.05)
    pytest.fail(f"the service did not start within {START_S} seconds")


FAILED = {502, 503}
"""What a provider that nobody answers for comes to: not reached, and after some failures the account is paused."""


async def load(client, account, answered, number):
    """Denials and allowed calls, as fast as they are answered, until the service is gone."""
    try:
        for count in range(100_000):
            target = f"acc_{number}x{count}"
            denied = await client.delete(f"/accounts/{target}")  # a key of role app deletes no account
            if denied.status_code == 403:
                answered.append(target)
            assert (await client.get("/crm/contacts", params={"account_id": account})).status_code in FAILED
    except httpx2.HTTPError:
        return


async def test_no_answered_denial_is_missing_after_a_kill(database, url, environment):
    token, account = await provisioned(from_environment(environment))
    answered = []
    for round_ in range(ROUNDS):
        process, base = await served(environment)
        async with httpx2.AsyncClient(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            loads = [asyncio.create_task(load(client, account, answered, f"{round_}x{one}")) for one in range(8)]
            await asyncio.sleep(random.uniform(1, 2))
            process.send_signal(signal.SIGKILL)
            await process.wait()
            await asyncio.gather(*loads)
    assert len(answered) > 20, "the load was none"

    after = await open_database(url)
    verdict = await verify_chain(after, TENANT)
    rows = [row async for row in audit.read_chain(after, TENANT)]
    await after.close()
    assert (verdict.fault, verdict.rows) == (None, len(rows))
    assert set(answered) - {row.target for row in rows if row.decision == "denied"} == set()
    assert any(row.reason == "provider_error" and row.decision == "allowed" for row in rows)


async def test_a_stop_loses_nothing(database, url, environment):
    token, account = await provisioned(from_environment(environment))
    process, base = await served(environment)
    async with httpx2.AsyncClient(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        answers = [await client.get("/crm/contacts", params={"account_id": account}) for _ in range(25)]
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert {one.status_code for one in answers} == FAILED
    assert (await verify_chain(database, TENANT)).rows == 25

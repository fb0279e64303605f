"""`make bench`: what a mapped page costs against the byte pass-through of the same page, and how that grows.

One run, interleaved rounds, figures as ratios: absolute times are of this machine. The provider and the load run in
other processes; processor time is that of the service's process alone.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.load import drive
from benchmarks.provider import page
from unified import Catalog
from unified.app import assembled
from unified.service.access.api_keys import create_key
from unified.service.access.key_config import NewKey
from unified.service.accounts.accounts import NewAccount, create_account
from unified.settings import Settings
from unified.store import tenants
from unified.vault.tokens import new_id

ROUNDS = 5
PER_ROUND = int(os.environ.get("BENCH_REQUESTS", "20"))
ACCOUNTS = (1, 100, 10_000)
PER_COUNT = 300
"""Requests for each number of accounts: the kernel counts processor time in hundredths of a second."""
RECORDS = (10, 100, 1_000)
OUT = Console()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def process(*command: str, port: int, **env: str):
    child = subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                time.sleep(0.05)
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(10)


async def provision(settings: Settings, count: int) -> tuple[str, list[str]]:
    asked = NewAccount(provider="hubspot", name="bench", credentials={"type": "bearer", "token": "bench-token-0000"})
    async with assembled(settings) as services:
        tenant = (await tenants.add(services.database, new_id("ten_"), name="bench")).id
        _, key = await create_key(services, tenant, NewKey(name="bench", role="admin", scope="unlimited"), maker=None)
        return key, [(await create_account(services, tenant, asked)).id for _ in range(count)]


def cpu_ms(service: psutil.Process, port: int, paths: list[str], key: str, count: int) -> float:
    """Each path has a connection of its own."""
    before = service.cpu_times()
    asyncio.run(drive(port, paths, key, count=count, at_once=len(paths)))
    after = service.cpu_times()
    return (after.user + after.system - before.user - before.system) * 1000 / count


def contacts(account: str, limit: int = 100) -> str:
    return f"/crm/contacts?account_id={account}&limit={limit}"


def passed(account: str, limit: int = 100) -> str:
    return f"/proxy/crm/v3/objects/contacts?account_id={account}&limit={limit}"


def page_costs(service, port: int, key: str, account: str) -> None:
    rows = {"mapped page of 100": [], "bytes passed through": [], "mapped page of 10": []}
    asked = dict(zip(rows, (contacts(account), passed(account), contacts(account, 10)), strict=True))
    for path in asked.values():
        cpu_ms(service, port, [path], key, 5)
    for _ in range(ROUNDS):
        for name, path in asked.items():
            # The kernel counts processor time in hundredths of a second: the cheap request is repeated more often.
            count = PER_ROUND * (10 if path.startswith("/proxy") else 1)
            rows[name].append(cpu_ms(service, port, [path], key, count))
    base = min(rows["bytes passed through"])
    table = Table("what", "processor ms (best)", "times the pass-through", title="One request, processor time of the service")
    for name, found in rows.items():
        table.add_row(name, f"{min(found):.2f}", f"{min(found) / base:.2f}")
    OUT.print(table)


def throughput(service, port: int, key: str, account: str) -> None:
    table = Table("what", "requests/s", "p50 ms", "p99 ms", "worker MiB", title="16 connections, one worker")
    for name, path, count in (
        ("mapped page of 10", contacts(account, 10), 160),
        ("bytes passed through", passed(account), 800),
    ):
        figures = asyncio.run(drive(port, [path], key, count=count, at_once=16))
        memory = service.memory_info().rss / 2**20
        table.add_row(name, f"{figures.per_second:.0f}", f"{figures.p50_ms:.1f}", f"{figures.p99_ms:.1f}", f"{memory:.0f}")
    OUT.print(table)


def growth_with_accounts(service, port: int, key: str, accounts: list[str]) -> None:
    table = Table("accounts in turn", "processor ms a request", title="Mapped pages of 10, by number of accounts used")
    for count in ACCOUNTS:
        used = accounts[:: max(1, len(accounts) // count)][: min(count, 100)]
        paths = [contacts(one, 10) for one in used]
        found = [cpu_ms(service, port, paths, key, PER_COUNT) for _ in range(2)]
        table.add_row(f"{count:,}", f"{min(found):.2f}")
    OUT.print(table)


def growth_with_records() -> None:
    mapping = Catalog.load().mapping("hubspot", "crm.contacts")
    table = Table("records", "ms a page", "ms a record", title="Mapping alone (embedding API), by number of records")
    for count in RECORDS:
        body = page(count)
        mapping.read(body)
        started = time.process_time()
        repeats = max(1, 1_000 // count)
        for _ in range(repeats):
            mapping.read(body)
        took = (time.process_time() - started) * 1000 / repeats
        table.add_row(f"{count:,}", f"{took:.2f}", f"{took / count:.3f}")
    OUT.print(table)


def main() -> None:
    growth_with_records()
    provider_port, port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as home:
        key, accounts = asyncio.run(provision(Settings(home=Path(home)), max(ACCOUNTS)))
        env = {
            "UNIFIED_HOME": home,
            "UNIFIED_PORT": str(port),
            "UNIFIED_ALLOW_LOOPBACK": "true",
            **{f"UNIFIED_RATE_LIMIT_{name}": "unlimited" for name in ("KEY", "ACCOUNT", "TENANT")},
            "UNIFIED_PROVIDER_URLS": f'{{"hubspot": "http://127.0.0.1:{provider_port}"}}',
        }
        with (
            process(sys.executable, "-m", "benchmarks.provider", str(provider_port), port=provider_port),
            process(str(Path(sys.executable).parent / "unified"), "serve", port=port, **env) as service,
        ):
            page_costs(service, port, key, accounts[0])
            throughput(service, port, key, accounts[0])
            growth_with_accounts(service, port, key, accounts)


if __name__ == "__main__":
    main()

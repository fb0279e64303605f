"""`make bench-usage`: how long the usage of an MCP server, and another scope for it, take over a long audit trail.

Prints the seconds, the longest time that the event loop had no turn, the longest transaction and the memory that was added.
"""

import argparse
import asyncio
import os
import resource
import secrets
import tempfile
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from sqlalchemy import insert

from benchmarks.machine import cores, pin
from unified.app.assembly import assembled
from unified.app.preparation import prepare
from unified.service.access.scope.scopes import FieldScope
from unified.service.mcp_servers.config import NewMcpServer, ServerConfig
from unified.service.mcp_servers.servers import create_server
from unified.service.runtime.services import Services
from unified.service.usage.narrowing import find_server
from unified.service.usage.report import period_start, report_usage
from unified.service.usage.what_if import OtherScope, WhatIf, try_scope
from unified.settings.settings import Settings
from unified.store import accounts, tenants
from unified.store.audit_chain import AuditEntry, Head, chained
from unified.store.engine.tables import AUDIT, AUDIT_HEADS

ROWS: Final = 1_000_000
AT_ONCE: Final = 5_000
TENANT: Final = "ten_bench"
OPERATIONS: Final = (
    ("list_crm_contacts", "crm.contacts", "list", "emails,first_name,id"),
    ("list_crm_contacts", "crm.contacts", "list", "*"),
    ("get_crm_account", "crm.accounts", "get", "id,name"),
    ("list_crm_opportunities", "crm.opportunities", "list", "amount,id,updated_at"),
)
OUT: Final = Console()


def main() -> None:
    """Fill a database, measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit_usage", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--database-url", help="An empty database; SQLite in a temporary folder if omitted.")
    asked = parser.parse_args()
    pin(0, cores()[0])
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        url = {} if asked.database_url is None else {"database_url": asked.database_url}
        asyncio.run(_measure(Settings(home=home, **url), asked.rows))


async def _measure(settings: Settings, rows: int) -> None:
    await prepare(settings)
    async with assembled(settings, prepared=True) as services:
        await tenants.add(services.database, TENANT, name="bench")
        for one in ("acc_1", "acc_2"):
            await accounts.add(services.database, TENANT, one, provider="hubspot", name=one)
        asked = NewMcpServer(name="agents", account_ids=("acc_1", "acc_2"), config=ServerConfig(methods=("read",)))
        server, _, _ = await create_server(services, TENANT, asked, maker=None)
        await _fill(services, server.id, rows)
        credential = await find_server(services, TENANT, server.id, caller=None)
        since = period_start(services, None)
        await _timed("usage", report_usage(services, credential, since, caller=None))
        other = WhatIf(scope=OtherScope(models=("crm.contacts",), fields=FieldScope(hide=("crm.contacts.emails",))))
        await _timed("what-if", try_scope(services, credential, other, caller=None))


async def _fill(services: Services, server_id: str, rows: int) -> None:
    begin, head = services.clock() - timedelta(days=29), Head()
    step = timedelta(days=28) / rows
    for first in range(0, rows, AT_ONCE):
        entries = tuple(_entry(number, server_id, begin + step * number) for number in range(first, first + AT_ONCE))
        stored = chained(TENANT, head, entries)
        head = Head(seq=stored[-1].seq, hash=stored[-1].hash)
        async with services.database.write() as connection:
            await connection.execute(
                insert(AUDIT), [{name: getattr(one, name) for name in one.__struct_fields__} for one in stored]
            )
    async with services.database.write() as connection:
        await connection.execute(insert(AUDIT_HEADS).values(tenant_id=TENANT, seq=head.seq, hash=head.hash))


def _entry(number: int, server_id: str, at: Any) -> AuditEntry:
    tool, model, method, fields = OPERATIONS[number % len(OPERATIONS)]
    is_refused = number % 50 == 0
    return AuditEntry(
        id=f"aud_{secrets.token_hex(16)}",
        created_at=at,
        actor="key_bench",
        kind="refusal" if is_refused else "call",
        tool=tool,
        method=method,
        model=model,
        account_id=f"acc_{1 + number % 2}",
        decision="denied" if is_refused else "allowed",
        reason="field_hidden" if is_refused else None,
        status=None if is_refused else 200,
        digest=f"hmac-sha256:bench:{number:064x}",
        server=server_id,
        request_id=f"req_{number:024x}",
        fields=fields,
    )


async def _timed(name: str, work: Any) -> None:
    before, longest = _peak(), [0.0]
    watch = asyncio.create_task(_watch_loop(longest))
    began = time.perf_counter()
    await work
    seconds = time.perf_counter() - began
    watch.cancel()
    with suppress(asyncio.CancelledError):
        await watch
    added = max(0, _peak() - before) / 1024
    OUT.print(f"{name}: {seconds:.1f} s, loop held for at most {longest[0] * 1000:.0f} ms, {added:.0f} MiB more at the peak")


async def _watch_loop(longest: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        longest[0] = max(longest[0], time.perf_counter() - began - 0.001)


def _peak() -> int:
    """Return the largest memory of the process so far, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    os.environ.setdefault("UNIFIED_LOG_LEVEL", "warning")
    main()

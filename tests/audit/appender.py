"""Appends rows from a process of its own: `python -m tests.audit.appender URL NAME ROWS`."""

import asyncio
import secrets
import sys
from datetime import UTC, datetime

from unified.store import audit
from unified.store.audit_chain import AuditEntry
from unified.store.engine.engine import open_database


async def main(url, name, count):
    database = await open_database(url)
    for number in range(count):
        entries = [
            AuditEntry(
                id=f"aud_{secrets.token_hex(16)}",
                created_at=datetime.now(UTC),
                actor=name,
                kind="call",
                method=str(number),
                decision="allowed",
            )
            for _ in range(3)
        ]
        await audit.append(database, {"ten_1": entries})
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))

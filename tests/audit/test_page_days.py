"""The audit page is filtered by days in UTC, both included; a text that is no day filters nothing."""

from datetime import UTC, datetime

import pytest

from tests.web.people import signed_in
from unified.store import audit
from unified.store.audit_chain import AuditEntry
from unified.vault.tokens import new_id

DAYS = [datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((1, 23), (2, 0), (2, 23), (3, 0))]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("since=2026-03-02", 3),
        ("until=2026-03-02", 3),
        ("since=2026-03-02&until=2026-03-02", 2),
        ("since=2026-03-04", 0),
        ("since=yesterday&until=2026-13-40", 4),
    ],
)
async def test_rows_of_some_days(world, query, shown):
    entries = [
        AuditEntry(
            id=new_id("aud_"),
            created_at=when,
            actor="cli",
            kind="management",
            method="keys add",
            decision="allowed",
            request_id="r",
        )
        for when in DAYS
    ]
    await audit.append(world.services.database, {world.tenant: entries})
    async with signed_in(world) as person:
        text = (await person.get(f"/ui/audit?{query}")).text
    found = {when for when in DAYS if f'datetime="{when.isoformat(timespec="seconds")}"' in text}
    assert len(found) == shown

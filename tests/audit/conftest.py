"""A migrated database of both kinds with two tenants, entries for their chains, and chains to break."""

import secrets
from datetime import UTC, datetime

import pytest

from tests.databases import WITH_SLOW_POSTGRESQL, migrated_url
from unified.store import tenants
from unified.store.audit_chain import AuditEntry
from unified.store.engine.engine import open_database


@pytest.fixture(params=WITH_SLOW_POSTGRESQL)
def kind(request):
    return request.param


@pytest.fixture
async def url(kind, tmp_path):
    async with migrated_url(kind, tmp_path) as url:
        yield url


@pytest.fixture
async def database(url):
    database = await open_database(url)
    for name in ("ten_1", "ten_2"):
        await tenants.add(database, name, name=name)
    yield database
    await database.close()


@pytest.fixture
def entry():
    def make(**given):
        told = {
            "actor": "key_1",
            "kind": "call",
            "method": "list",
            "model": "crm.contacts",
            "decision": "allowed",
            "status": 200,
        }
        return AuditEntry(id=f"aud_{secrets.token_hex(16)}", **{"created_at": datetime.now(UTC), **told, **given})

    return make

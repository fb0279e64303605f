"""The parts of the service over a fresh database with accounts of every provider, and a provider that must not be reached."""

from typing import Any

import httpx2
import pytest

from tests.mcp.tools.samples import RICH
from tests.unit.transform.conftest import catalog
from tests.world import World, fresh_home, open_services
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import UNLIMITED
from unified.settings.settings import Settings
from unified.store import accounts, tenants

__all__ = ["catalog"]

ACCOUNTS = {
    "acc_crm": ("hubspot", "Acme CRM"),
    "acc_crm2": ("hubspot", "Beta CRM"),
    "acc_sales": ("salesforce", "Sales"),
    "acc_people": ("bamboohr", "People"),
    "acc_people2": ("hibob", "People"),
    "acc_desk": ("zendesk", "Desk"),
    "acc_issues": ("jira", "Issues <b>now</b>"),
}


class ToolWorld(World, kw_only=True):
    """One tenant, with what left for providers."""

    sent: list[Any]

    def principal(self, scope: Any = UNLIMITED, **more: Any) -> Principal:
        return Principal(**{"tenant_id": "ten_1", "key_id": "key_1", "role": "app", "scope": scope, **more})


@pytest.fixture
async def world(tmp_path):
    sent: list[Any] = []

    def answer(request):
        sent.append(request)
        return httpx2.Response(500)

    settings, transport = Settings(home=tmp_path), httpx2.MockTransport(answer)
    async with fresh_home(tmp_path), open_services(settings, transport=transport) as services:
        for tenant in ("ten_1", "ten_2"):
            await tenants.add(services.database, tenant, name=tenant)
        for account_id, (provider, name) in ACCOUNTS.items():
            await accounts.add(services.database, "ten_1", account_id, provider=provider, name=name)
        await accounts.add(services.database, "ten_2", "acc_theirs", provider="hubspot", name="Theirs")
        yield ToolWorld(services=services, tenant="ten_1", sent=sent)


@pytest.fixture
def rich(catalog):
    """One mapping of contacts with every method, at a provider called Acme."""
    return catalog(RICH).compiled("acme", "crm.contacts")

"""The whole service: a refused destination is a problem with a code of its own, and shows nothing of where it would have gone."""

import httpx2
import pytest

from tests.keys import new_key
from tests.world import catalog
from unified.api.routes import ROUTES
from unified.api.server import build_server
from unified.app.assembly import assembled
from unified.service.access.api_keys import create_key
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.accounts.checking import check_account
from unified.settings.settings import Settings
from unified.store import tenants
from unified.vault.tokens import new_id


async def account_of(services) -> tuple[str, str]:
    """A fresh tenant with one account."""
    tenant = (await tenants.add(services.database, new_id("ten_"), name="t")).id
    asked = NewAccount(provider="hubspot", name="h", credentials={"type": "bearer", "token": "planted-token"})
    return tenant, (await create_account(services, tenant, asked)).id


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_provider_on_this_machine_is_refused_with_a_problem(faults, tmp_path, method: str) -> None:
    async with faults.listening(faults.with_body(b"{}")) as listener:
        settings = Settings(home=tmp_path, provider_urls={"hubspot": listener.origin})
        async with assembled(settings, catalog=catalog()) as services:
            tenant, account = await account_of(services)
            _, key = await create_key(services, tenant, new_key(name="k", role="admin"), maker=None)
            server = build_server(settings, lambda: None, ROUTES)
            server.state.services = services
            async with httpx2.AsyncClient(
                transport=httpx2.ASGITransport(server),
                base_url="http://unified",
                headers={"Authorization": f"Bearer {key}"},
            ) as caller:
                answer = await caller.request(
                    method,
                    "/crm/contacts",
                    params={"account_id": account},
                    json={"first_name": "A"} if method == "POST" else None,
                )
        assert listener.connections == 0
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["retryable"]) == (502, "destination_refused", False)
    assert problem["title"] == "Destination refused"
    assert problem["detail"] == (
        "the call was not sent: expected a public address; this machine needs UNIFIED_ALLOW_LOOPBACK=true"
    )
    assert not any(part in answer.text for part in ("127.0.0.1", listener.origin.rpartition(":")[2], "planted"))


async def test_a_provider_on_this_machine_is_reached_when_loopback_is_allowed(faults, tmp_path) -> None:
    async with faults.listening(faults.with_body(b'{"results": []}')) as listener:
        settings = Settings(home=tmp_path, provider_urls={"hubspot": listener.origin}, allow_loopback=True)
        async with assembled(settings, catalog=catalog()) as services:
            told = await check_account(services, *await account_of(services))
        assert told.ok
        assert listener.connections == 1


async def test_the_check_of_an_account_tells_the_refusal(tmp_path) -> None:
    settings = Settings(home=tmp_path, provider_urls={"hubspot": "https://169.254.169.254"}, allow_loopback=True)
    async with assembled(settings, catalog=catalog()) as services:
        told = await check_account(services, *await account_of(services))
    assert (told.ok, told.detail) == (False, "destination_refused: the call was not sent: expected a public address")

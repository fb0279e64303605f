"""The whole service in process, in front of stand-ins; a key that must ask, and keys that decide.

Where the database matters, a module takes both kinds by its own fixture `kind`.
"""

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from tests.filled_rows import change
from tests.keys import new_key
from tests.waiting import until
from tests.world import World, add_tenant, connect, fresh_home, open_app, open_sandbox, provider_urls
from unified.service.access.api_keys import create_key
from unified.settings.settings import Settings
from unified.store import audit
from unified.store.engine.engine import utc_now
from unified.store.engine.tables import APPROVALS

PROVIDERS = ("hubspot", "jira", "zendesk")
ASKS = {"methods": ["read", "write", "custom"], "writes": "approve"}
CLASSES = ["none", "personal", "sensitive", "secret"]
DECIDES = {"methods": ["read", "write", "custom"], "writes": "direct", "fields": {"classes": CLASSES}}
"""May decide about everything, and edit it first."""


class ApprovalWorld(World, kw_only=True):
    """A running service with two tenants, and keys by name."""

    url: str
    other: str
    keys: dict[str, str]
    """Name → API key; `asker` asks, `approver` and `admin` decide, `stranger` is another tenant's approver."""
    ids: dict[str, str]
    faults: Any
    """What is planned for the stand-ins; one that met its call is no longer there."""

    async def key(self, name: str, tenant: str | None = None, **asked: Any) -> str:
        """Make a key and remember it under its name."""
        new = new_key(**{"name": name, "role": "app", **asked})
        row, token = await create_key(self.services, tenant or self.tenant, new, maker=None)
        self.keys[name], self.ids[name] = token, row.id
        return row.id

    async def call(self, method: str, path: str, body: Any = None, *, by: str, headers: Any = None, **query: Any) -> Any:
        """Any request, as somebody."""
        told = {"Authorization": f"Bearer {self.keys[by]}", **(headers or {})}
        return await self.client.request(method, path, params=query, json=body, headers=told)

    async def ask(
        self, method: str = "POST", path: str = "/crm/contacts", body: Any = None, *, by: str = "asker", **more: Any
    ) -> dict[str, Any]:
        """Ask for a write; answers the approval."""
        category = path.split("/")[1]
        account = more.pop("account", self.accounts["hubspot" if category == "crm" else "jira"])
        answer = await self.call(method, path, body, by=by, account_id=account, **more)
        assert answer.status_code == 202, answer.text
        assert answer.json()["status"] == "approval_required"
        return answer.json()["approval"]

    async def contact(self, **fields: Any) -> dict[str, Any]:
        """Ask for a new contact."""
        return await self.ask(body={"last_name": "Lovelace", "emails": [{"email": "ada@new.example"}], **fields})

    async def show(self, approval: dict[str, Any], by: str = "approver") -> dict[str, Any]:
        answer = await self.call("GET", f"/approvals/{approval['id']}", by=by)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def approve(self, approval: dict[str, Any], *, by: str = "approver", **more: Any) -> Any:
        body = {"digest": approval["digest"], **more}
        return await self.call("POST", f"/approvals/{approval['id']}/approve", body, by=by)

    async def edit_and_approve(self, approval: dict[str, Any], arguments: dict[str, Any], *, by: str = "approver") -> Any:
        """Approve other arguments: the first answer shows what would be sent, the second does it."""
        shown = await self.approve(approval, by=by, arguments=arguments)
        if shown.status_code != 409 or shown.json()["code"] != "approval_stale":
            return shown
        return await self.approve({**approval, "digest": shown.json()["approval"]["digest"]}, by=by, arguments=arguments)

    async def decline(self, approval: dict[str, Any], *, by: str = "approver", **body: Any) -> Any:
        return await self.call("POST", f"/approvals/{approval['id']}/decline", body, by=by)

    async def reached(self, provider: str = "hubspot") -> list[str]:
        """What arrived at a stand-in so far: method and path."""
        return [f"{one['method']} {one['path']}" for one in await super().reached(provider)]

    async def written(self, provider: str = "hubspot") -> list[str]:
        """What arrived that may change something; a search and a batch read are POSTs that do not."""
        reads = ("/search", "/batch/read")
        return [one for one in await self.reached(provider) if not one.startswith("GET") and not one.endswith(reads)]

    async def record(self, path: str, *, provider: str = "hubspot", **query: Any) -> dict[str, Any]:
        """The first record of a list."""
        answer = await self.call("GET", path, by="admin", account_id=self.accounts[provider], limit=1, **query)
        return dict(answer.json()["data"][0])

    async def fault(self, provider: str = "hubspot", **fault: Any) -> None:
        answer = await self.sandbox.post("/_sandbox/faults", json={"provider": provider, **fault})
        assert answer.status_code < 300, answer.text

    async def row(self, approval: dict[str, Any]) -> dict[str, Any]:
        """The row as it stands in the database."""
        async with self.services.database.read() as connection:
            found = await connection.execute(sa.select(APPROVALS).where(APPROVALS.c.id == approval["id"]))
            return dict(found.mappings().one())

    async def edit(self, approval: dict[str, Any], **values: Any) -> None:
        """Change the row behind the service's back, with a mark that fits, as somebody with a master key could."""
        async with self.services.database.write() as connection:
            await change(connection, APPROVALS, APPROVALS.c.id == approval["id"], **values)

    def forward(self, **by: float) -> None:
        """Let time pass, for the database."""
        self.services.database.clock = lambda: utc_now() + timedelta(**by)

    async def trail(self) -> list[Any]:
        """The audit rows so far, without those of management of keys."""
        await until(lambda: self.services.audit.waiting == 0)
        return [row async for row in audit.read_chain(self.services.database, self.tenant)]


@pytest.fixture
def kind():
    return "sqlite"


@pytest.fixture
async def world(kind, tmp_path, more_settings):
    async with open_world(kind, tmp_path, more_settings) as opened:
        yield opened


@asynccontextmanager
async def open_world(kind, tmp_path, more_settings):
    async with fresh_home(tmp_path / "home", kind) as url, open_sandbox(*PROVIDERS) as (sandbox, steering):
        given = {"database_url": url, "provider_urls": provider_urls(PROVIDERS), "allow_loopback": True, **more_settings}
        settings = Settings(home=tmp_path / "home", **given)
        async with open_app(settings, httpx2.ASGITransport(sandbox)) as (services, client):
            tenant, other = [await add_tenant(services, name) for name in ("ours", "theirs")]
            opened = ApprovalWorld(
                client=client,
                sandbox=steering,
                services=services,
                url=url,
                tenant=tenant,
                other=other,
                keys={},
                ids={},
                faults=sandbox.faults,
                accounts={name: await connect(services, tenant, name, name=f"Acme {name}") for name in PROVIDERS},
            )
            await opened.key("admin", role="admin")
            await opened.key("approver", role="approver", scope=DECIDES)
            await opened.key("asker", scope=ASKS)
            await opened.key("stranger", tenant=other, role="approver")
            yield opened

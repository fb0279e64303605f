"""A tenant with one of everything that pages show, in every state, under names that a page could stumble over."""

import io
from datetime import timedelta
from typing import Any

import msgspec
from PIL import Image

from tests.filled_rows import change, filled, put
from tests.keys import new_key
from unified.secret import Secret
from unified.service import connect
from unified.service.access.api_keys import create_key
from unified.service.access.principals import authenticate
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.accounts.oauth_apps import NewApp, set_app
from unified.service.accounts.refused_apps import fingerprint
from unified.service.approvals import Write, write_or_ask
from unified.service.connect import NewLink
from unified.service.mcp_servers.config import NewMcpServer, ServerConfig
from unified.service.mcp_servers.servers import create_server
from unified.service.records.opening import open_call
from unified.service.records.reading.listing import list_records
from unified.service.tenant_colors import Colors
from unified.service.tenant_logos import MEDIA_TYPE, set_logo
from unified.service.tenants import TenantPatch, update_tenant
from unified.service.webhooks.endpoints import NewWebhook, create_webhook, send_test
from unified.store import accounts, app_states, approvals, audit, connect_links, deliveries, webhooks
from unified.store.accounts import AccountChanges
from unified.store.audit_chain import AuditEntry
from unified.store.engine.tables import ACCOUNTS, API_KEYS, APPROVALS, CONNECT_LINKS, DELIVERIES, MCP_SERVERS, WEBHOOKS
from unified.transform.queries.query import Query
from unified.transport.oauth import OAuthApp
from unified.vault.tokens import new_id
from unified_sandbox.registry import discover

HOSTILE = "<img src=x onerror=alert(1)>&\"'</script> مثال " + "ReallyLongWithoutAnySpace" * 4
"""The name of everything: markup, both quotes, another direction of writing, and a word wider than a phone."""
EVENTS = ["account.needs_reauth", "approval.requested"]
OUTCOMES = (
    {"decision": "allowed"},
    {"decision": "allowed", "kind": "management", "reason": "approval_required"},
    {"decision": "allowed", "reason": "provider_error", "status": 502},
    {"decision": "denied", "kind": "refusal", "reason": "writes_denied"},
)
APP = OAuthApp(client_id=Secret("an-id"), client_secret=Secret("a-client-secret"))


class Furnished(msgspec.Struct, kw_only=True):
    """What was made."""

    key: str
    key_id: str
    account: str
    server: str
    webhook: str
    link: str
    """A connect link that can be used."""
    approvals: dict[str, str]
    """Approvals by status."""


def addresses(made: Furnished) -> dict[str, tuple[str, ...]]:
    """Addresses of every page, by the template of its route."""
    waiting = [f"/ui/approvals/{made.approvals[one]}" for one in ("pending", "delete", "create", "unknown")]
    edits = [f"/ui/approvals/{made.approvals[one]}/edit" for one in ("pending", "create")]
    return {
        "/ui": ("/ui",),
        "/ui/accounts": ("/ui/accounts", "/ui/accounts?q=nothing-has-this-name"),
        "/ui/accounts/{id:str}/resources": (f"/ui/accounts/{made.account}/resources",),
        "/ui/accounts/{id:str}/{action:str}": (f"/ui/accounts/{made.account}/delete",),
        "/ui/approvals": ("/ui/approvals",),
        "/ui/approvals/{id:str}": tuple(waiting),
        "/ui/approvals/{id:str}/edit": tuple(edits),
        "/ui/audit": ("/ui/audit", "/ui/audit?decision=waiting"),
        "/ui/coverage": ("/ui/coverage?category=ticketing",),
        "/ui/coverage/{provider:str}/{model:str}": ("/ui/coverage/jira/ticketing.comments",),
        "/ui/keys": ("/ui/keys",),
        "/ui/keys/new": ("/ui/keys/new",),
        "/ui/keys/{id:str}/revoke": (f"/ui/keys/{made.key_id}/revoke",),
        "/ui/keys/{id:str}/{action:str}": (f"/ui/keys/{made.key_id}/pause",),
        "/ui/pauses/{name:str}/{action:str}": ("/ui/pauses/agents/pause", "/ui/pauses/writes/pause"),
        "/ui/links": ("/ui/links",),
        "/ui/links/new": ("/ui/links/new",),
        "/ui/links/{id:str}/withdraw": (f"/ui/links/{made.link}/withdraw",),
        "/ui/mcp": ("/ui/mcp",),
        "/ui/mcp/new": ("/ui/mcp/new",),
        "/ui/mcp/{id:str}": (f"/ui/mcp/{made.server}",),
        "/ui/mcp/{id:str}/{action:str}": (f"/ui/mcp/{made.server}/rotate", f"/ui/mcp/{made.server}/revoke"),
        "/ui/mcp/{id:str}/limits": (f"/ui/mcp/{made.server}/limits",),
        "/ui/mcp/{id:str}/usage": (f"/ui/mcp/{made.server}/usage",),
        "/ui/mcp/{id:str}/narrow": (f"/ui/mcp/{made.server}/narrow",),
        "/ui/oauth-apps": ("/ui/oauth-apps",),
        "/ui/oauth-apps/{provider:str}": ("/ui/oauth-apps/jira",),
        "/ui/oauth-apps/{provider:str}/delete": ("/ui/oauth-apps/jira/delete",),
        "/ui/tenant": ("/ui/tenant",),
        "/ui/webhooks": ("/ui/webhooks",),
        "/ui/webhooks/new": ("/ui/webhooks/new",),
        "/ui/webhooks/{id:str}": (f"/ui/webhooks/{made.webhook}",),
        "/ui/webhooks/{id:str}/{action:str}": (
            f"/ui/webhooks/{made.webhook}/rotate",
            f"/ui/webhooks/{made.webhook}/delete",
        ),
        "/ui/webhooks/{id:str}/edit": (f"/ui/webhooks/{made.webhook}/edit",),
    }


async def furnish(services: Any, tenant: str) -> Furnished:
    """Fill a tenant; the stand-ins of HubSpot and Jira answer."""
    row, key = await create_key(services, tenant, new_key(name=HOSTILE, role="admin"), maker=None)
    account = await _accounts(services, tenant)
    maker = await authenticate(services, f"Bearer {key}")
    server = NewMcpServer(
        name=HOSTILE, account_ids=(account,), config=ServerConfig(methods=("read", "write"), writes="approve")
    )
    server_row, _, _ = await create_server(services, tenant, server, maker=maker)
    await _ending(services, tenant, maker, account)
    waiting = await _approvals(services, tenant, account)
    webhook = await _webhooks(services, tenant)
    link = await _links(services, maker, account)
    await set_app(services, tenant, "jira", NewApp(client_id="an-id", client_secret="a-client-secret"))
    await set_app(services, tenant, "hubspot", NewApp(client_id="an-id", client_secret="a-client-secret"))
    mark = fingerprint(services, tenant, "hubspot", APP)
    await app_states.mark(services.database, tenant, "hubspot", mark, not_before=services.clock(), event_of=None)
    await _trail(services, tenant, account, row.id, server_row.id)
    await set_logo(services, tenant, a_png(), MEDIA_TYPE)
    await update_tenant(services, tenant, TenantPatch(colors=Colors(accent="#1d5c96", background="#f4f5f7")))
    return Furnished(
        key=key, key_id=row.id, account=account, server=server_row.id, webhook=webhook, link=link, approvals=waiting
    )


def a_png(side: int = 32) -> bytes:
    """A logo."""
    written = io.BytesIO()
    Image.new("RGBA", (side, side), "#1d5c96").save(written, format="PNG")
    return written.getvalue()


async def connected(services: Any, tenant: str, provider: str, name: str) -> str:
    """An account; its id."""
    one = discover()[provider]
    asked = NewAccount(
        provider=provider,
        name="n",
        external_id="customer-17",
        credentials=one.demo_credentials[0],
        settings=dict(one.demo_settings),
    )
    made = await create_account(services, tenant, asked)
    await accounts.update(services.database, tenant, made.id, AccountChanges(name=name))
    return made.id


async def _accounts(services: Any, tenant: str) -> str:
    """Accounts in every state; the id of one that works."""
    for status in accounts.STATUSES:
        other = await connected(services, tenant, "hubspot", HOSTILE)
        async with services.database.write() as connection:
            await change(connection, ACCOUNTS, ACCOUNTS.c.id == other, status=status, status_reason="invalid_grant")
    return await connected(services, tenant, "jira", HOSTILE)


async def _ending(services: Any, tenant: str, maker: Any, account: str) -> None:
    """A key and a server that end soon."""
    key, _ = await create_key(services, tenant, new_key(name=HOSTILE, role="admin"), maker=maker)
    server = NewMcpServer(name=HOSTILE, account_ids=(account,), config=ServerConfig())
    row, _, _ = await create_server(services, tenant, server, maker=maker)
    ends = services.clock() + timedelta(hours=1)
    async with services.database.write() as connection:
        made = services.clock() - timedelta(days=30)
        await change(connection, API_KEYS, API_KEYS.c.id == key.id, expires_at=ends, created_at=made)
        await change(connection, MCP_SERVERS, MCP_SERVERS.c.id == row.id, expires_at=ends, created_at=made)


async def _approvals(services: Any, tenant: str, account: str) -> dict[str, str]:
    """Writes that wait, and one in every other state."""
    scope = {"methods": ["read", "write"], "writes": "approve"}
    _, key = await create_key(services, tenant, new_key(name=HOSTILE, role="app", scope=scope), maker=None)
    asker = await authenticate(services, f"Bearer {key}")
    reading = await open_call(services, asker, account, "ticketing.tickets", "list")
    ticket = (await list_records(reading, Query(limit=1))).data[0]["id"]
    writes = {
        "ticketing.tickets": (
            Write(method="update", record_id=ticket, body={"name": HOSTILE, "priority": "high"}),
            Write(method="delete", record_id=ticket),
        ),
        "ticketing.comments": (Write(method="create", body={"ticket_id": ticket, "body": HOSTILE}),),
    }
    rows = []
    for model, asked in writes.items():
        for write in asked:
            call = await open_call(services, asker, account, model, write.method)
            rows.append((await write_or_ask(call, write)).approval)
    found = {"pending": rows[0].id, "delete": rows[1].id, "create": rows[2].id}
    async with services.database.write() as connection:
        for status in (one for one in approvals.STATUSES if one != "pending"):
            found[status] = new_id("apr_")
            ended = {
                "id": found[status],
                "status": status,
                "decided_at": services.clock(),
                "status_reason": "not_reported" if status == "unknown" else None,
                "execute_until": services.clock() + timedelta(hours=1) if status == "approved" else None,
                "payload": None,
            }
            await put(connection, APPROVALS, {**msgspec.structs.asdict(rows[0]), **ended})
    return found


async def _webhooks(services: Any, tenant: str) -> str:
    """Webhooks in every state; the id of one with deliveries in every state."""
    ids = []
    for number in range(4):
        asked = NewWebhook(url=f"https://hooks.example.com/{'ReallyLong' * 12}/{number}", events=EVENTS)
        ids.append((await create_webhook(services, tenant, asked))[0].id)
    working, failing, paused, stopped = ids
    now = services.clock()
    sent = await send_test(services, tenant, working)
    await webhooks.note_failure(services.database, tenant, failing)
    await webhooks.disable(services.database, tenant, stopped, "failing")
    async with services.database.write() as connection:
        await change(connection, WEBHOOKS, WEBHOOKS.c.id == paused, status="disabled")
        for status in msgspec.inspect.type_info(deliveries.DeliveryStatus).values:
            row = {**msgspec.structs.asdict(sent), "id": new_id("msg_"), "status": status, "last_error": "http_error"}
            row |= {"last_status": 500, "next_attempt_at": now + timedelta(hours=1) if status == "pending" else None}
            await put(connection, DELIVERIES, filled(DELIVERIES, **row, lease_until=None))
    return working


async def _links(services: Any, maker: Any, account: str) -> str:
    """Links in every state; the id of the open one."""
    made = {}
    for status in (*msgspec.inspect.type_info(connect_links.LinkState).values, "expired"):
        asked = NewLink(provider="jira", name=HOSTILE, external_id="customer-17")
        row, _ = await connect.create_link(services, maker, asked)
        made[status] = row.id
        async with services.database.write() as connection:
            more = {"status_reason": "access_denied"} if status == "failed" else {}
            more |= {"account_id": account} if status == "completed" else {}
            more |= {"status": "open", "expires_at": services.clock()} if status == "expired" else {}
            await change(connection, CONNECT_LINKS, CONNECT_LINKS.c.id == row.id, **{"status": status} | more)
    return made["open"]


async def _trail(services: Any, tenant: str, account: str, key: str, server: str) -> None:
    """Rows of the audit trail with every outcome."""
    usual = {"actor": server, "server": server, "kind": "call", "method": "update", "model": "ticketing.tickets"}
    entries = [
        AuditEntry(**{"id": new_id("aud_"), "created_at": services.clock(), "account_id": account, **usual, **one})
        for one in (*OUTCOMES, {**OUTCOMES[0], "actor": key, "model": None, "kind": "management", "method": "PATCH /tenant"})
    ]
    await audit.append(services.database, {tenant: entries})

"""`make screenshots`: every page in both colour schemes; those that docs/pages.md shows are kept in docs/images/.

What is shown is made up here: a tenant, its accounts and links, against the sandbox.
"""

import asyncio
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from playwright.async_api import Page, async_playwright

from tests.browser import ARGUMENTS, CHROMIUM, SCHEMES, Tenant, a_site, a_tenant, sign_in
from tests.web.agents import add_rows, ask, make_server
from tests.web.furnished import a_png
from tests.web.links import approve, go_to_provider, make_link, status_of
from tests.world import catalog
from unified.service.access.principals import authenticate
from unified.service.accounts.accounts import delete_account
from unified.service.accounts.oauth_apps import NewApp, set_app
from unified.service.approvals import Write
from unified.service.records.opening import open_call
from unified.service.records.reading.listing import list_records
from unified.service.tenant_logos import MEDIA_TYPE, set_logo
from unified.service.webhooks.endpoints import NewWebhook, create_webhook, send_test
from unified.store import accounts, webhooks
from unified.store.accounts import AccountChanges
from unified.transform.queries.query import Query

DOCS = Path(__file__).parents[2] / "docs"
SHOWN = frozenset(re.findall(r"\(images/([\w-]+\.png)\)", (DOCS / "pages.md").read_text(encoding="utf-8")))
LASTING = {
    "type": "oauth2",
    "access_token": "made-up-token-w7Qz",
    "refresh_token": "made-up-refresh-token",
    "expires_at": f"{datetime.now(UTC) + timedelta(minutes=25):%FT%TZ}",
}
MOST_BYTES = 240_000
SIZE = {"width": 1100, "height": 760}
LONG = frozenset({"coverage", "link-new"})
"""Pages that grow with the installed providers; their pictures show the first screen."""


async def main() -> None:
    """Start everything, open every page, keep what is seen."""
    with tempfile.TemporaryDirectory() as home:
        async with a_site(Path(home), catalog()) as site, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            tenant = await a_tenant(site, "Fernweh Travel")
            await furnish(tenant)
            agent = await furnish_agent(tenant)
            for scheme in SCHEMES:
                context = await browser.new_context(base_url=site.base, color_scheme=scheme, viewport=SIZE)
                await shoot(await context.new_page(), tenant, agent, scheme)
                await context.close()
            await browser.close()


async def furnish(tenant: Tenant) -> None:
    """Accounts in every status."""
    await tenant.connect("hubspot", "Sales", external_id="customer-17", credentials=LASTING)
    support = await tenant.connect("zendesk", "Support desk", external_id="customer-17")
    issues = await tenant.connect("jira", "Engineering")
    database = tenant.site.services.database
    lost = AccountChanges(status="needs_reauth", status_reason="invalid_grant")
    await accounts.update(database, tenant.id, support, lost)
    await accounts.update(database, tenant.id, issues, AccountChanges(status="disabled"))


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's server, and a write of it that waits."""

    server: str
    approval: str
    webhook: str


async def furnish_agent(tenant: Tenant) -> Agent:
    """An agent for support, what it did, and what it asked for."""
    account = await tenant.connect("jira", "Product")
    chosen = AccountChanges(resources={"ticketing.collections": ["10000", "10001", "10002"]})
    await accounts.update(tenant.site.services.database, tenant.id, account, chosen)
    server = await make_server(
        tenant,
        account,
        methods=["read", "write"],
        models=["ticketing.tickets", "ticketing.comments", "ticketing.collections", "ticketing.users"],
        writes="approve",
        require_api_token_auth=False,
    )
    await make_server(tenant, account, name="Weekly report", methods=["read"], models=["ticketing.tickets"])
    write = Write(
        method="update", record_id=await a_ticket(tenant, account), body={"priority": "urgent", "name": "Refund agreed"}
    )
    approval = await ask(tenant, server, account, write)
    used = {"actor": server, "server": server, "account_id": account, "model": "ticketing.tickets", "status": 200}
    outside = {"kind": "refusal", "decision": "denied", "reason": "outside_resources", "status": None}
    await add_rows(
        tenant,
        {"kind": "management", "method": "POST /connect", "model": None},
        {**used, "tool": "list_ticketing_tickets"},
        {**used, "tool": "get_ticketing_ticket", "method": "get"},
        {**used, "tool": "get_ticketing_ticket", "method": "get", **outside},
        {"kind": "management", "method": "DELETE /api-keys/{id}", "model": None},
    )
    return Agent(server=server, approval=approval, webhook=await furnish_management(tenant))


async def furnish_management(tenant: Tenant) -> str:
    """What the tenant manages: a webhook that fails, an OAuth app, a logo, a link; the id of the webhook."""
    services = tenant.site.services
    events = ["account.needs_reauth", "approval.requested"]
    asked = NewWebhook(url="https://hooks.example.com/unified", events=events)
    row, _ = await create_webhook(services, tenant.id, asked)
    await send_test(services, tenant.id, row.id)
    await webhooks.note_failure(services.database, tenant.id, row.id)
    await set_app(services, tenant.id, "hubspot", NewApp(client_id="demo-client-7f31", client_secret="demo-secret-91c2"))
    await set_logo(services, tenant.id, a_png(), MEDIA_TYPE)
    await tenant.make_key(name="Nightly sync", role="app")
    await make_link(tenant, providers=("hubspot", "pipedrive"), name="Sales", external_id="customer-18", language="de")
    return row.id


async def a_ticket(tenant: Tenant, account: str) -> str:
    """The id of some ticket within what was chosen."""
    principal = await authenticate(tenant.site.services, f"Bearer {tenant.key}")
    call = await open_call(tenant.site.services, principal, account, "ticketing.tickets", "list")
    return str((await list_records(call, Query(limit=1))).data[0]["id"])


async def shoot(page: Page, tenant: Tenant, agent: Agent, scheme: str) -> None:
    """One picture of each page."""

    async def keep(name: str) -> None:
        file = f"{name}-{scheme}.png"
        whole = name not in LONG
        taken = await page.screenshot(path=DOCS / "images" / file if file in SHOWN else None, full_page=whole)
        assert len(taken) <= MOST_BYTES, f"{file}: expected at most {MOST_BYTES} bytes, got {len(taken)}"

    _, chosen = await make_link(tenant, provider="zendesk")
    _, every = await make_link(tenant)
    await page.goto(every)
    await keep("choose")
    await page.goto(chosen)
    await keep("connect")
    await page.goto(f"{chosen}&kind=basic")
    await keep("connect-key")
    await page.goto("/connect/done?provider=zendesk")
    await keep("connect-done")
    await page.goto("/oauth/callback/hubspot?state=unknown")
    await keep("connect-failed")
    await page.goto("/ui/sign-in")
    await keep("sign-in")
    await sign_in(page, tenant.key)
    await keep("home")
    await page.goto("/ui/accounts")
    await keep("accounts")
    await page.get_by_role("link", name="Delete Engineering").click()
    await keep("delete")
    for name, path in (
        ("coverage", "/ui/coverage?category=ticketing"),
        ("coverage-cell", "/ui/coverage/jira/ticketing.comments"),
        ("audit", "/ui/audit"),
        ("links", "/ui/links"),
        ("link-new", "/ui/links/new"),
        ("keys", "/ui/keys"),
        ("key-new", "/ui/keys/new"),
        ("webhooks", "/ui/webhooks"),
        ("webhook", f"/ui/webhooks/{agent.webhook}"),
        ("oauth-apps", "/ui/oauth-apps"),
        ("tenant", "/ui/tenant"),
        ("mcp", "/ui/mcp"),
        ("mcp-server", f"/ui/mcp/{agent.server}"),
        ("mcp-usage", f"/ui/mcp/{agent.server}/usage"),
        ("mcp-limits", f"/ui/mcp/{agent.server}/limits"),
        ("mcp-new", "/ui/mcp/new"),
        ("approvals", "/ui/approvals"),
        ("approval", f"/ui/approvals/{agent.approval}"),
        ("approval-edit", f"/ui/approvals/{agent.approval}/edit"),
    ):
        await page.goto(path)
        await keep(name)
    link_id, own = await make_link(tenant, provider="jira")
    await page.goto(own)
    await go_to_provider(page, "jira")
    await approve(page)
    await page.get_by_role("radio", name="Only what I choose").check()
    await page.get_by_role("checkbox", name="Website").check()
    await keep("choose-resources")
    made = (await status_of(tenant, link_id)).account_id
    assert made is not None
    await delete_account(tenant.site.services, tenant.id, made)  # so that the other scheme begins alike


if __name__ == "__main__":
    asyncio.run(main())

"""The pages of MCP servers: all that an agent may do, a new address shown once, and the end."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.browser import SCHEMES, a_tenant, sign_in, violations
from tests.web.agents import add_rows, make_server
from unified.errors.requests import NotFound
from unified.service.access.mcp_authentication import authenticate_agent, principal_of_server
from unified.service.mcp_servers.servers import get_server, list_servers
from unified.service.tools import offered_tools
from unified.settings.settings import Settings
from unified.store import accounts
from unified.store.accounts import AccountChanges

pytestmark = pytest.mark.slow


def heading(page):
    return page.get_by_role("heading", level=1)


def fact(page, name):
    return page.locator("dl div", has=page.locator(f"dt:text-is('{name}')")).locator("dd")


async def servers_of(tenant):
    return (await list_servers(tenant.site.services, tenant.id, limit=50, cursor=None, caller=None)).items


async def test_without_servers_it_says_how_to_begin(signed_in):
    await signed_in.goto("/ui/mcp")
    await expect(signed_in.get_by_text("No MCP servers yet")).to_be_visible()
    await signed_in.get_by_role("link", name="New MCP server").click()
    await expect(signed_in.get_by_text("Connect an account first")).to_be_visible()


async def test_a_server_is_made_and_its_address_is_shown_once(signed_in, tenant):
    await tenant.connect("jira", "Engineering")
    await tenant.connect("hubspot", "Sales")
    await signed_in.goto("/ui/mcp/new")
    await signed_in.get_by_label("Name").fill("Support agent")
    await signed_in.get_by_role("checkbox", name="Engineering").check()
    await signed_in.get_by_role("radio", name="Read, and write after someone approves each write").check()
    await signed_in.get_by_role("checkbox", name="support").check()
    await signed_in.get_by_label("Expires in").select_option("7 days")
    await signed_in.get_by_role("button", name="Create MCP server").click()
    await expect(heading(signed_in)).to_have_text("Support agent is ready")
    (row,) = await servers_of(tenant)
    assert row.config == {"methods": ["read", "write"], "writes": "approve", "tags": ["support"]}
    assert row.require_api_token_auth
    assert timedelta(days=6, hours=23) < row.expires_at - datetime.now(UTC) <= timedelta(days=7)
    url = await signed_in.locator("#url").inner_text()
    config = json.loads(await signed_in.locator("#config").inner_text())
    assert config == {
        "mcpServers": {"support-agent": {"type": "http", "url": url, "headers": {"Authorization": "Bearer YOUR_API_KEY"}}}
    }
    assert url.startswith(f"{tenant.site.base}/mcp/um_")
    agent = await authenticate_agent(tenant.site.services, url.rpartition("/")[2], tenant.key)
    assert agent.server == row.id
    assert await violations(signed_in) == ""
    await signed_in.get_by_role("link", name="Open the server's page").click()
    await expect(heading(signed_in)).to_have_text("Support agent")
    assert "um_" not in await signed_in.content()


async def test_chosen_values_stay_when_something_is_missing(signed_in, tenant):
    account = await tenant.connect("bamboohr", "Sales")
    await signed_in.goto("/ui/mcp/new")
    await signed_in.get_by_label("Name").fill("Reports")
    await signed_in.get_by_role("checkbox", name="support").check()
    await signed_in.get_by_role("button", name="Create MCP server").click()
    await expect(signed_in.get_by_role("alert")).to_have_text("Select at least one account.")
    await signed_in.get_by_role("checkbox", name="Sales").check()
    await signed_in.get_by_role("button", name="Create MCP server").click()
    await expect(signed_in.get_by_role("alert")).to_contain_text("These choices leave nothing that is allowed.")
    await expect(signed_in.get_by_label("Name")).to_have_value("Reports")
    await expect(signed_in.locator(f"[name='account.{account}']")).to_be_checked()
    await expect(signed_in.get_by_role("checkbox", name="support")).to_be_checked()
    assert await violations(signed_in) == ""
    assert await servers_of(tenant) == ()


async def test_no_one_gives_more_than_they_have(page, tenant):
    seen = await tenant.connect("hubspot", "Seen")
    await tenant.connect("hubspot", "Hidden")
    _, key = await tenant.make_key(scope={"accounts": [seen], "methods": ["read"], "manage": ["servers"]})
    await sign_in(page, key)
    await page.goto("/ui/mcp/new")
    await expect(page.get_by_text("Hidden")).to_have_count(0)
    await page.get_by_label("Name").fill("x")
    await page.get_by_role("checkbox", name="Seen").check()
    await expect(page.get_by_role("radio")).to_have_count(1)
    await page.get_by_role("radio", name="Read only").evaluate("one => { one.value = 'direct' }")
    await page.get_by_role("button", name="Create MCP server").click()
    await expect(page.get_by_role("alert")).to_contain_text("This would exceed your own key's scope.")
    await expect(page.get_by_label("Name")).to_have_value("x")
    await expect(page.get_by_role("checkbox", name="Seen")).to_be_checked()


async def test_the_page_tells_all_that_it_may_do(signed_in, tenant):
    account = await tenant.connect("jira", "Engineering")
    chosen = AccountChanges(resources={"ticketing.collections": ["1", "2", "3"], "ticketing.teams": []})
    await accounts.update(tenant.site.services.database, tenant.id, account, chosen)
    server = await make_server(
        tenant, account, methods=["read", "write"], writes="approve", fields={"hide": ["ticketing.tickets.description"]}
    )
    await signed_in.goto(f"/ui/mcp/{server}")
    await expect(heading(signed_in)).to_have_text("Support agent")
    row = await get_server(tenant.site.services, tenant.id, server, caller=None)
    tools = await offered_tools(tenant.site.services, principal_of_server(Settings(), row))
    shown = await signed_in.get_by_role("region", name="Tools").locator("code").all_inner_texts()
    assert sorted(shown) == sorted(one.name for one in tools)
    await expect(signed_in.locator(".abilities li").nth(1)).to_have_text("Create and update comments and tickets")
    await expect(fact(signed_in, "Accounts")).to_have_text("Engineering")
    await expect(fact(signed_in, "Records")).to_have_text("Engineering: 3 of its projectsEngineering: none of its teams")
    await expect(fact(signed_in, "Hidden fields")).to_have_text(
        "sensitive fields (such as pay), secret fields (such as bank details), ticketing.tickets.description"
    )
    await expect(fact(signed_in, "Writes")).to_have_text("Sent after approval")
    await expect(fact(signed_in, "Expires")).to_have_text("in 23 hours")
    await expect(fact(signed_in, "API key")).to_have_text("Required in addition to the URL")
    await expect(fact(signed_in, "Created")).to_have_text("now, by admin")


async def test_its_last_calls_and_refusals_are_there_and_no_one_else_s(signed_in, tenant):
    account = await tenant.connect("jira", "Engineering")
    server, other = await make_server(tenant, account), await make_server(tenant, account, name="Other")
    refused = {"kind": "refusal", "decision": "denied", "reason": "outside_resources", "model": "ticketing.tickets"}
    await add_rows(
        tenant,
        {
            "actor": server,
            "server": server,
            "account_id": account,
            "model": "ticketing.tickets",
            "tool": "list_ticketing_tickets",
        },
        {"actor": server, "server": server, "account_id": account, **refused},
        {"actor": other, "server": other, "account_id": account},
    )
    await signed_in.goto(f"/ui/mcp/{server}")
    rows = signed_in.get_by_role("region", name="Latest calls and refusals").locator("tbody tr")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("Refused: it is outside the account's chosen resources")
    await expect(rows.nth(1)).to_contain_text("Read tickets tool list_ticketing_tickets")
    await signed_in.get_by_role("link", name="Show all its audit entries").click()
    await expect(signed_in.get_by_label("MCP server").locator("option:checked")).to_have_text("Support agent")
    await expect(signed_in.locator("tbody tr")).to_have_count(2)


async def test_a_new_address_ends_the_old_one(signed_in, tenant):
    server = await make_server(tenant, await tenant.connect("hubspot", "Sales"), require_api_token_auth=False)
    before = await get_server(tenant.site.services, tenant.id, server, caller=None)
    await signed_in.goto(f"/ui/mcp/{server}")
    await signed_in.get_by_role("link", name="New URL").click()
    await expect(heading(signed_in)).to_have_text("Create a new URL for Support agent?")
    await signed_in.get_by_role("link", name="Cancel").click()
    assert (await get_server(tenant.site.services, tenant.id, server, caller=None)).last4 == before.last4
    await signed_in.get_by_role("link", name="New URL").click()
    await signed_in.get_by_role("button", name="Create new URL").click()
    token = (await signed_in.locator("#url").inner_text()).rpartition("/")[2]
    assert (await authenticate_agent(tenant.site.services, token, None)).server == server
    assert "headers" not in await signed_in.locator("#config").inner_text()
    assert (await get_server(tenant.site.services, tenant.id, server, caller=None)).last4 == token[-4:] != before.last4


async def test_the_address_is_copied(open_page, tenant):
    server = await make_server(tenant, await tenant.connect("hubspot", "Sales"))
    page = await open_page(permissions=["clipboard-read", "clipboard-write"])
    await sign_in(page, tenant.key)
    await page.goto(f"/ui/mcp/{server}/rotate")
    await page.get_by_role("button", name="Create new URL").click()
    await page.get_by_role("button", name="Copy").first.click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == await page.locator("#url").inner_text()


async def test_a_server_is_revoked_after_a_question(signed_in, tenant):
    server = await make_server(tenant, await tenant.connect("hubspot", "Sales"))
    await signed_in.goto(f"/ui/mcp/{server}")
    await signed_in.get_by_role("link", name="Revoke").click()
    await expect(heading(signed_in)).to_have_text("Revoke Support agent?")
    await signed_in.get_by_role("button", name="Revoke the server").click()
    await expect(signed_in.get_by_role("status")).to_have_text("The MCP server was revoked.")
    with pytest.raises(NotFound):
        await get_server(tenant.site.services, tenant.id, server, caller=None)
    assert (await signed_in.goto(f"/ui/mcp/{server}")).status == 404


async def test_another_tenants_server_is_like_none(signed_in, tenant):
    other = await a_tenant(tenant.site, "Other Inc")
    theirs = await make_server(other, await other.connect("hubspot", "Theirs"))
    for path in ("", "/rotate", "/revoke"):
        pages = []
        for server in (theirs, "mcp_unknown"):
            answer = await signed_in.goto(f"/ui/mcp/{server}{path}")
            pages.append((answer.status, await signed_in.locator("main").inner_text()))
        assert pages[0] == pages[1]
        assert pages[0][0] == 404


async def test_an_approver_and_a_key_for_other_accounts_see_no_server(page, tenant):
    server = await make_server(tenant, await tenant.connect("hubspot", "Sales"))
    _, approver = await tenant.make_key(role="approver")
    _, other = await tenant.make_key(
        scope={"accounts": [await tenant.connect("hubspot", "Other")], "methods": ["read"], "manage": ["servers"]}
    )
    await sign_in(page, approver)
    for path in ("/ui/mcp", "/ui/mcp/new", f"/ui/mcp/{server}", f"/ui/mcp/{server}/revoke"):
        assert (await page.goto(path)).status == 403
    await sign_in(page, other)
    await page.goto("/ui/mcp")
    await expect(page.locator(".server")).to_have_count(0)
    assert (await page.goto(f"/ui/mcp/{server}")).status == 404


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "مثال <b>x</b>", "x" * 200])
async def test_names_are_text_and_nothing_else(signed_in, tenant, name):
    account = await tenant.connect("hubspot", "Sales")
    await accounts.update(
        tenant.site.services.database, tenant.id, account, AccountChanges(name="\u202e<i>y</i>" + "z" * 10_000)
    )
    server = await make_server(tenant, account, name=name)
    for path in ("/ui/mcp", f"/ui/mcp/{server}", f"/ui/mcp/{server}/rotate", "/ui/mcp/new", "/ui/audit"):
        await signed_in.goto(path)
        assert await signed_in.locator("main img, main b, main i").count() == 0
        assert len(await signed_in.locator("main").inner_text()) < 9_000
    await signed_in.goto(f"/ui/mcp/{server}")
    await expect(heading(signed_in)).to_contain_text(name[:20])


async def test_it_works_without_script_on_a_narrow_screen(open_page, tenant):
    server = await make_server(tenant, await tenant.connect("hubspot", "Sales"))
    page = await open_page(java_script_enabled=False, viewport={"width": 360, "height": 640})
    await sign_in(page, tenant.key)
    await page.goto(f"/ui/mcp/{server}/rotate")
    await page.get_by_role("button", name="Create new URL").click()
    await expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    for path in ("/ui/mcp", f"/ui/mcp/{server}", "/ui/mcp/new"):
        await page.goto(path)
        assert await page.locator("html").evaluate("one => one.scrollWidth") == 360


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing(open_page, tenant, scheme):
    server = await make_server(tenant, await tenant.connect("hubspot", "Sales"), methods=["read", "write"], writes="direct")
    await add_rows(tenant, {"actor": server, "server": server})
    page = await open_page(color_scheme=scheme)
    await sign_in(page, tenant.key)
    for path in ("/ui/mcp", "/ui/mcp/new", f"/ui/mcp/{server}", f"/ui/mcp/{server}/rotate", f"/ui/mcp/{server}/revoke"):
        await page.goto(path)
        assert await violations(page) == ""
    await page.goto(f"/ui/mcp/{server}/rotate")
    await page.get_by_role("button", name="Create new URL").click()
    await expect(heading(page)).to_have_text("Support agent is ready")
    assert await violations(page) == ""

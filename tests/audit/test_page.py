"""The audit page: who did what, in words, filtered and page by page; and whether the chain holds."""

from datetime import UTC, datetime

import pytest
from playwright.async_api import expect
from sqlalchemy import update

from tests.browser import SCHEMES, a_tenant, sign_in, violations
from tests.web.agents import add_rows
from unified.store import accounts, audit
from unified.store.accounts import AccountChanges
from unified.store.audit_chain import AuditEntry
from unified.store.engine.tables import AUDIT
from unified.vault.tokens import new_id
from unified.web.audit import page as audit_page

pytestmark = pytest.mark.slow

NOW = datetime.now(UTC)


def cells(page, number=0):
    return page.locator("tbody tr").nth(number).locator("td")


async def test_without_rows_it_says_so(signed_in):
    await signed_in.goto("/ui/audit")
    await expect(signed_in.get_by_text("No entries yet.")).to_be_visible()


async def test_rows_are_reported_in_words_newest_first(signed_in, tenant):
    account = await tenant.connect("hubspot", "Sales")
    key_id, _ = await tenant.make_key(name="Nightly sync", role="app")
    await add_rows(tenant, {"actor": key_id, "account_id": account, "status": 200})
    await add_rows(
        tenant, {"actor": key_id, "account_id": account, "method": "update", "reason": "provider_validation", "status": 400}
    )
    await add_rows(
        tenant, {"kind": "refusal", "decision": "denied", "method": "delete", "reason": "writes_denied", "account_id": account}
    )
    await add_rows(tenant, {"kind": "management", "method": "DELETE /api-keys/{id}", "model": None})
    await add_rows(tenant, {"kind": "call", "method": "PATCH", "model": None, "account_id": account, "status": 200})
    await signed_in.goto("/ui/audit")
    for number, expected in enumerate(
        (
            ("Command line", "Pass-through PATCH", "Sales", "Done"),
            ("Command line", "Revoke API key", "", "Done"),
            ("Command line", "Delete contacts", "Sales", "Refused: its scope denies writes"),
            ("Nightly sync", "Update contacts", "Sales", "Failed: the product did not accept the values, HTTP status 400"),
            ("Nightly sync", "Read contacts", "Sales", "Done"),
        )
    ):
        await expect(cells(signed_in, number)).to_have_text([f"now No. {5 - number}", *expected])


async def test_acts_on_these_pages_are_listed_too(signed_in, tenant):
    await tenant.connect("hubspot", "Sales")
    await signed_in.reload()
    await signed_in.get_by_role("button", name="Disable Sales").click()
    await signed_in.wait_for_url("**notice=disabled**")
    for _ in range(50):
        await signed_in.goto("/ui/audit")
        if await signed_in.locator("tbody tr").count():
            break
    await expect(cells(signed_in)).to_contain_text(["now", "admin", "Change account, on its page", "Sales", "Done"])


async def test_rows_are_filtered(signed_in, tenant):
    sales, support = await tenant.connect("hubspot", "Sales"), await tenant.connect("zendesk", "Support")
    await add_rows(tenant, {"account_id": sales})
    await add_rows(tenant, {"account_id": support, "kind": "refusal", "decision": "denied", "reason": "field_hidden"})
    await add_rows(tenant, {"actor": "mcp_one", "server": "mcp_one", "account_id": sales})
    rows = signed_in.locator("tbody tr")
    for label, choice, count in (("Account", "Sales", 2), ("Outcome", "Refused", 1), ("Kind", "Calls", 2)):
        await signed_in.goto("/ui/audit")
        await signed_in.get_by_label(label).select_option(choice)
        await signed_in.get_by_role("button", name="Apply").click()
        await expect(rows).to_have_count(count)
        await expect(signed_in.get_by_label(label).locator("option:checked")).to_have_text(choice)
    await signed_in.goto("/ui/audit?server=mcp_one")
    await expect(rows).to_have_count(1)
    await expect(signed_in.get_by_label("MCP server")).to_have_value("mcp_one")
    await signed_in.goto("/ui/audit?account=acc_unknown")
    await expect(signed_in.get_by_text("No entries match these filters.")).to_be_visible()
    await signed_in.get_by_role("link", name="Show all entries").click()
    await signed_in.get_by_role("link", name="Command line").first.click()
    await expect(rows).to_have_count(2)
    await expect(signed_in.locator(".notice")).to_contain_text("Showing only entries of cli.")


async def test_rows_come_page_by_page(signed_in, tenant):
    entries = [
        AuditEntry(
            id=new_id("aud_"), created_at=NOW, actor="cli", kind="call", method="list", model="crm.leads", decision="allowed"
        )
        for _ in range(audit_page.PAGE_SIZE + 3)
    ]
    await audit.append(tenant.site.services.database, {tenant.id: entries})
    await signed_in.goto("/ui/audit?kind=call")
    await expect(signed_in.locator("tbody tr")).to_have_count(audit_page.PAGE_SIZE)
    await signed_in.get_by_role("link", name="Older").click()
    await expect(signed_in.locator("tbody tr")).to_have_count(3)
    assert "kind=call" in signed_in.url
    await signed_in.get_by_role("link", name="Newest").click()
    await expect(signed_in.locator("tbody tr")).to_have_count(audit_page.PAGE_SIZE)
    assert (await signed_in.goto("/ui/audit?cursor=x")).status == 404


async def verify(page):
    await page.goto("/ui/audit")
    await page.get_by_role("button", name="Verify the chain").click()
    return page.get_by_role("heading", level=1)


async def test_the_chain_is_verified_and_a_change_of_the_database_is_found(signed_in, tenant):
    await expect(await verify(signed_in)).to_have_text("The chain is intact")
    await expect(signed_in.get_by_role("status")).to_contain_text("There are no entries yet.")
    other = await a_tenant(tenant.site, "Other Inc")
    page = signed_in
    for _ in range(3):
        await add_rows(other, {})
    await sign_in(page, other.key)
    await expect(await verify(page)).to_have_text("The chain is intact")
    await expect(page.get_by_role("status")).to_contain_text("3 entries were checked, up to number 3")
    edited = update(AUDIT).where((AUDIT.c.tenant_id == other.id) & (AUDIT.c.seq == 2)).values(actor="key_other")
    async with tenant.site.services.database.write() as connection:
        await connection.execute(edited)
    await expect(await verify(page)).to_have_text("The chain is broken")
    await expect(page.get_by_role("alert")).to_contain_text("Entries 1 to 1 are intact. Then: row 2")
    assert await violations(page) == ""


async def test_another_tenants_rows_are_not_there(signed_in, tenant):
    other = await a_tenant(tenant.site, "Other Inc")
    theirs = await other.connect("hubspot", "Theirs")
    await add_rows(other, {"account_id": theirs})
    for query in ("", f"?account={theirs}", "?actor=cli"):
        await signed_in.goto(f"/ui/audit{query}")
        await expect(signed_in.locator("tbody tr")).to_have_count(0)
        assert "Theirs" not in await signed_in.content()


async def test_an_approver_reads_no_trail(page, tenant):
    _, key = await tenant.make_key(role="approver")
    await sign_in(page, key)
    assert (await page.goto("/ui/audit")).status == 403


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>\u202e", "x" * 10_000])
async def test_names_are_text_and_nothing_else(signed_in, tenant, name):
    account = await tenant.connect("hubspot", "x")
    await accounts.update(tenant.site.services.database, tenant.id, account, AccountChanges(name=name))
    await add_rows(
        tenant,
        {
            "account_id": account,
            "tool": "<b>tool</b>",
            "method": "<b>",
            "model": None,
            "actor": "<i>",
            "reason": "<u>",
            "server": "<s>",
        },
    )
    await signed_in.goto("/ui/audit")
    row = signed_in.locator("tbody tr")
    await expect(row.locator("td").nth(3)).to_contain_text(name[:20])
    assert await row.locator("img, b, i, u, s").count() == 0
    assert len(await row.inner_text()) < 1_000


async def test_it_works_without_script(open_page, tenant):
    await add_rows(tenant, {})
    page = await open_page(java_script_enabled=False, viewport={"width": 360, "height": 640})
    await sign_in(page, tenant.key)
    await expect(await verify(page)).to_have_text("The chain is intact")
    await page.get_by_role("link", name="Back to the audit trail").click()
    assert await page.locator("html").evaluate("one => one.scrollWidth") == 360


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing(open_page, tenant, scheme):
    await add_rows(tenant, {"account_id": await tenant.connect("hubspot", "Sales")})
    await add_rows(tenant, {"kind": "refusal", "decision": "denied", "reason": "writes_denied", "tool": "crm_contacts_delete"})
    page = await open_page(color_scheme=scheme)
    await sign_in(page, tenant.key)
    for path in ("/ui/audit", "/ui/audit?actor=cli", "/ui/audit?kind=management"):
        await page.goto(path)
        assert await violations(page) == ""
    await verify(page)
    await page.wait_for_url("**/ui/audit/verify")  # axe fails on a page that is being left
    assert await violations(page) == ""

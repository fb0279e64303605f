"""The approve pages: the exact request with before and after, and one decision that is made once."""

import re

import httpx2
import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser import SCHEMES, a_tenant, sign_in, violations
from tests.web.agents import ask, make_server
from tests.web.test_safety import a_stranger
from unified.service.access.principals import authenticate
from unified.service.accounts.account_changes import AccountPatch, update_account
from unified.service.approvals import Write, approval_for
from unified.service.records.opening import open_call
from unified.service.records.reading.getting import get_record
from unified.service.records.reading.listing import list_records
from unified.service.records.writing.writing import execute_write
from unified.store import audit
from unified.transform.queries.query import Query

pytestmark = pytest.mark.slow

TICKETS = "ticketing.tickets"


class Scenario:
    """A tenant with a Jira account, and an agent that needs approvals."""

    def __init__(self, tenant, account, server, ticket):
        self.tenant, self.account, self.server, self.ticket = tenant, account, server, ticket

    async def ask(self, **body):
        """The id of the approval of a change of the ticket."""
        return await ask(self.tenant, self.server, self.account, Write(method="update", record_id=self.ticket, body=body))

    async def principal(self):
        return await authenticate(self.tenant.site.services, f"Bearer {self.tenant.key}")

    async def row(self, approval_id):
        return await approval_for(self.tenant.site.services, await self.principal(), approval_id)

    async def change(self, **body):
        """Change the ticket at the provider, past the approvals."""
        call = await open_call(self.tenant.site.services, await self.principal(), self.account, TICKETS, "update")
        await execute_write(call, Write(method="update", record_id=self.ticket, body=body))

    async def name(self):
        """The ticket's name as the provider has it now."""
        call = await open_call(self.tenant.site.services, await self.principal(), self.account, TICKETS, "get")
        return (await get_record(call, self.ticket, Query()))["name"]


@pytest_asyncio.fixture(loop_scope="session")
async def scenario(tenant):
    services = tenant.site.services
    account = await tenant.connect("jira", "Engineering")
    server = await make_server(tenant, account, methods=["read", "write"], writes="approve", require_api_token_auth=False)
    call = await open_call(services, await authenticate(services, f"Bearer {tenant.key}"), account, TICKETS, "list")
    ticket = (await list_records(call, Query(limit=1))).data[0]
    return Scenario(tenant, account, server, ticket["id"])


def heading(page):
    return page.get_by_role("heading", level=1)


def status(page):
    return page.locator(".head .status")


def changes(page):
    return page.locator(".change tbody tr")


async def test_waiting_writes_are_listed_and_open(signed_in, scenario):
    await signed_in.goto("/ui/approvals")
    await expect(signed_in.get_by_text("Nothing is waiting for a decision.")).to_be_visible()
    approval = await scenario.ask(name="New name")
    await signed_in.reload()
    await expect(signed_in.locator(".wait")).to_contain_text("Requested now by Support agent")
    await signed_in.get_by_role("link", name="Update a ticket in Engineering: name (1 field)").click()
    await expect(signed_in).to_have_url(re.compile(f"/ui/approvals/{approval}$"))


async def test_the_page_shows_who_asks_and_exactly_what_would_be_sent(signed_in, scenario):
    before = await scenario.name()
    approval = await scenario.ask(name="New name", priority="high")
    await signed_in.goto(f"/approvals/{approval}")
    await expect(status(signed_in)).to_have_text("Waiting for a decision")
    facts = await signed_in.locator(".facts dd").all_inner_texts()
    assert facts[:3] == ["Support agent", "Engineering · Jira", "update_ticketing_ticket"]
    assert re.fullmatch(r"in \d+ (minutes|hours?)", facts[4])
    await expect(changes(signed_in).first).to_have_text(re.compile(rf"name\s*{re.escape(before)}\s*New name"))
    await expect(signed_in.locator("main p:has(strong) code")).to_contain_text(
        re.compile(r"^127\.0\.0\.1:\d+/rest/api/3/issue/")
    )
    await expect(signed_in.locator(".facts").nth(1)).to_have_text(
        re.compile(rf"Record\s*{re.escape(before)} · {scenario.ticket}")
    )
    body = signed_in.get_by_role("region", name="PUT")
    await expect(body).to_contain_text('"summary": "New name"')
    assert await scenario.name() == before, "nothing is sent by looking"


async def test_it_is_sent_once_and_the_page_tells_what_came_of_it(signed_in, scenario):
    approval = await scenario.ask(name="Approved name")
    await signed_in.goto(f"/ui/approvals/{approval}")
    await signed_in.get_by_role("button", name="Approve and update").click()
    await expect(status(signed_in)).to_have_text("Approved and done")
    await expect(signed_in.get_by_role("button", name="Send")).to_have_count(0)
    assert await scenario.name() == "Approved name"
    assert (await scenario.row(approval)).status == "executed"
    await signed_in.goto("/ui/approvals")
    await expect(signed_in.locator(".wait .status")).to_have_text("Approved and done")


async def test_it_is_declined_with_a_reason(signed_in, scenario):
    before = await scenario.name()
    approval = await scenario.ask(name="Declined name")
    await signed_in.goto(f"/ui/approvals/{approval}")
    await signed_in.get_by_label("Reason").select_option("Wrong record")
    await signed_in.get_by_role("button", name="Decline").click()
    await expect(status(signed_in)).to_have_text("Declined: wrong record")
    assert "Declined name" not in await signed_in.content()
    assert await scenario.name() == before


async def test_it_is_edited_before_it_is_sent(signed_in, scenario):
    approval = await scenario.ask(name="Asked name", priority="high", tags=["one"])
    await signed_in.goto(f"/ui/approvals/{approval}")
    await signed_in.get_by_role("link", name="Edit").click()
    await expect(heading(signed_in)).to_have_text("Edit the write")
    await signed_in.get_by_label("name", exact=True).fill("Edited name")
    await signed_in.get_by_label("tags", exact=True).fill('["two", ')
    await signed_in.get_by_role("checkbox", name="Omit priority").check()
    await signed_in.get_by_role("button", name="Review the request").click()
    await expect(signed_in.get_by_role("alert")).to_contain_text("Enter valid JSON in the marked fields.")
    await expect(signed_in.get_by_label("tags", exact=True)).to_have_attribute("aria-invalid", "true")
    assert await violations(signed_in) == ""
    await expect(signed_in.get_by_label("name", exact=True)).to_have_value("Edited name")
    await signed_in.get_by_label("tags", exact=True).fill('["two"]')
    await signed_in.get_by_role("button", name="Review the request").click()
    await expect(heading(signed_in)).to_have_text("Review the edited write")
    await expect(signed_in.get_by_role("region", name="PUT")).to_contain_text('"summary": "Edited name"')
    assert await violations(signed_in) == ""
    assert await scenario.name() != "Edited name", "nothing is sent by reviewing"
    await signed_in.get_by_role("button", name="Edit again").click()
    await expect(signed_in.get_by_label("name", exact=True)).to_have_value("Edited name")
    await signed_in.get_by_role("button", name="Review the request").click()
    await signed_in.get_by_role("button", name="Approve and update").click()
    await expect(status(signed_in)).to_have_text("Approved and done")
    await expect(heading(signed_in)).to_have_text("Update a ticket in Engineering: name, tags (2 fields)")
    assert await scenario.name() == "Edited name"


async def test_a_record_that_changed_while_it_was_looked_at_is_shown_as_it_is_now(signed_in, scenario):
    approval = await scenario.ask(name="Asked name")
    await signed_in.goto(f"/ui/approvals/{approval}")
    await scenario.change(name="Changed meanwhile")
    await signed_in.get_by_role("button", name="Approve and update").click()
    await expect(signed_in.get_by_role("alert")).to_contain_text("The page now shows its current state.")
    await expect(changes(signed_in).first).to_have_text(re.compile(r"name\s*Changed meanwhile\s*Asked name"))
    assert await scenario.name() == "Changed meanwhile"
    await signed_in.get_by_role("button", name="Approve and update").click()
    await expect(status(signed_in)).to_have_text("Approved and done")


async def test_an_edit_of_a_record_that_changed_while_it_was_reviewed_is_reviewed_again(signed_in, scenario):
    approval = await scenario.ask(name="Asked name")
    await signed_in.goto(f"/ui/approvals/{approval}/edit")
    await signed_in.get_by_label("name", exact=True).fill("Edited name")
    await signed_in.get_by_role("button", name="Review the request").click()
    await scenario.change(name="Changed meanwhile")
    await signed_in.get_by_role("button", name="Approve and update").click()
    await expect(signed_in.get_by_role("alert")).to_contain_text("while you had it open")
    await expect(changes(signed_in).first).to_have_text(re.compile(r"name\s*Changed meanwhile\s*Edited name"))
    assert await scenario.name() == "Changed meanwhile"
    await signed_in.get_by_role("button", name="Approve and update").click()
    await expect(status(signed_in)).to_have_text("Approved and done")


async def test_who_may_not_write_sees_no_way_to_edit(page, scenario):
    approval = await scenario.ask(name="Plain name")
    _, key = await scenario.tenant.make_key(role="approver", scope={"methods": ["read", "write"], "writes": "deny"})
    await sign_in(page, key)
    await page.goto(f"/ui/approvals/{approval}")
    await expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    assert (await page.goto(f"/ui/approvals/{approval}/edit")).status == 404
    await page.goto(f"/ui/approvals/{approval}")
    await page.get_by_role("button", name="Approve and update").click()
    await expect(status(page)).to_have_text("Approved and done")


async def test_an_edit_that_cannot_be_written_waits_on(signed_in, scenario):
    approval = await scenario.ask(priority="high")
    await signed_in.goto(f"/ui/approvals/{approval}/edit")
    await signed_in.get_by_label("priority", exact=True).fill("no such priority")
    await signed_in.get_by_role("button", name="Review the request").click()
    await expect(signed_in.get_by_role("alert")).to_have_text(
        "This write cannot be sent to Jira with these values. Correct them and try again."
    )
    await signed_in.get_by_role("checkbox", name="Omit").check()
    await signed_in.get_by_role("button", name="Review the request").click()
    await expect(signed_in.get_by_role("alert")).to_contain_text("Keep at least one field.")
    assert (await scenario.row(approval)).status == "pending"


async def test_creations_and_deletions_name_what_happens(signed_in, scenario):
    created = await ask(
        scenario.tenant,
        scenario.server,
        scenario.account,
        Write(method="create", body={"ticket_id": scenario.ticket, "body": "Hello"}),
        model="ticketing.comments",
    )
    await signed_in.goto(f"/ui/approvals/{created}")
    await expect(signed_in.get_by_role("heading", name="New values")).to_be_visible()
    await expect(signed_in.get_by_role("button", name="Approve and create")).to_be_visible()
    deleted = await ask(scenario.tenant, scenario.server, scenario.account, Write(method="delete", record_id=scenario.ticket))
    await signed_in.goto(f"/ui/approvals/{deleted}")
    await expect(signed_in.get_by_role("button", name="Approve and delete")).to_be_visible()
    await expect(signed_in.get_by_role("link", name="Edit")).to_have_count(0)
    assert (await signed_in.goto(f"/ui/approvals/{deleted}/edit")).status == 404


async def test_a_decision_about_something_else_is_not_taken(signed_in, scenario):
    approval = await scenario.ask(name="Digest name")
    await signed_in.goto(f"/ui/approvals/{approval}")
    await signed_in.locator("[name=digest]").first.evaluate("field => field.value = 'sha256:0'")
    await signed_in.get_by_role("button", name="Approve and update").click()
    await expect(signed_in.get_by_role("alert")).to_contain_text("This write was decided or changed while you had it open.")
    assert (await scenario.row(approval)).status == "pending"
    await signed_in.locator("[name=csrf]").nth(1).evaluate("field => field.value = 'x'")
    await signed_in.get_by_role("button", name="Approve and update").click()
    await expect(heading(signed_in)).to_have_text("The form could not be submitted")
    assert (await scenario.row(approval)).status == "pending"


async def test_what_is_decided_meanwhile_is_decided_once(signed_in, open_page, scenario):
    approval = await scenario.ask(name="Twice name")
    await signed_in.goto(f"/ui/approvals/{approval}")
    other = await open_page()
    await sign_in(other, scenario.tenant.key)
    await other.goto(f"/ui/approvals/{approval}")
    await other.get_by_role("button", name="Decline").click()
    await expect(status(other)).to_contain_text("Declined")
    await signed_in.get_by_role("button", name="Approve and update").click()
    await expect(signed_in.get_by_role("alert")).to_contain_text("while you had it open")
    await expect(status(signed_in)).to_contain_text("Declined")


async def test_no_one_approves_what_their_own_key_asked_for(page, scenario):
    _, key = await scenario.tenant.make_key(
        name="Mine",
        scope={"methods": ["read", "write"], "writes": "approve", "accounts": [scenario.account], "manage": ["approvals"]},
    )
    async with httpx2.AsyncClient(base_url=scenario.tenant.site.base, headers={"Authorization": f"Bearer {key}"}) as client:
        query = {"account_id": scenario.account}
        answer = await client.patch(f"/ticketing/tickets/{scenario.ticket}", params=query, json={"name": "Own name"})
        assert answer.status_code == 202
        approval = answer.json()["approval"]["id"]
    await sign_in(page, key)
    await page.goto(f"/ui/approvals/{approval}")
    await expect(page.get_by_text("because your own key requested it")).to_be_visible()
    await expect(page.get_by_role("button", name="Approve and update")).to_have_count(0)
    await expect(page.get_by_role("button", name="Decline")).to_be_visible()


async def test_a_void_approval_shows_the_reason(signed_in, scenario):
    approval = await scenario.ask(name="Void name")
    await update_account(scenario.tenant.site.services, scenario.tenant.id, scenario.account, AccountPatch(status="disabled"))
    await signed_in.goto(f"/ui/approvals/{approval}")
    await expect(status(signed_in)).to_have_text("No longer valid: the account is not working")


async def test_a_link_in_a_message_leads_to_the_page(signed_in, scenario):
    approval = await scenario.ask(name="Linked name")
    url = f"{scenario.tenant.site.base}/approvals/{approval}"
    async with a_stranger(f'<a href="{url}">Please approve</a>') as address:
        await signed_in.goto(address)
        await signed_in.get_by_role("link", name="Please approve").click()
        await expect(heading(signed_in)).to_have_text("Update a ticket in Engineering: name (1 field)")


async def test_who_is_not_signed_in_comes_back_to_it_after_signing_in(page, scenario):
    approval = await scenario.ask(name="Back name")
    _, key = await scenario.tenant.make_key(role="approver")
    await page.goto(f"/approvals/{approval}")
    await expect(page).to_have_title("Sign in · Unified")
    assert "Back name" not in await page.content()
    await page.get_by_label("API key").fill(key)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(re.compile(f"/ui/approvals/{approval}$"))
    await page.get_by_role("button", name="Approve and update").click()
    await expect(status(page)).to_have_text("Approved and done")


async def test_an_approver_begins_at_what_waits_and_sees_no_more_than_that(page, scenario):
    await scenario.ask(name="x")
    _, key = await scenario.tenant.make_key(role="approver")
    await sign_in(page, key)
    await page.get_by_role("link", name="Update a ticket in Engineering: name (1 field)").click()
    await page.get_by_role("link", name="All approvals").click()
    await expect(heading(page)).to_have_text("Approvals")
    await expect(page.locator(".wait")).to_have_count(1)
    tabs = page.get_by_role("navigation", name="Pages").get_by_role("link")
    await expect(tabs).to_have_text(["Overview", "Approvals", "Coverage", "API docs"])
    for path in ("/ui/accounts", "/ui/mcp", "/ui/audit"):
        assert (await page.goto(path)).status == 403
        await expect(tabs).to_have_text(["Overview", "Approvals", "Coverage", "API docs"])


async def test_an_approver_for_other_models_or_another_tenant_finds_nothing(page, scenario):
    approval = await scenario.ask(name="Hidden name")
    _, narrow = await scenario.tenant.make_key(role="approver", scope={"methods": ["write"], "models": ["ticketing.comments"]})
    other = await a_tenant(scenario.tenant.site, "Other Inc")
    for key in (narrow, other.key):
        await sign_in(page, key)
        await page.goto("/ui/approvals")
        await expect(page.locator(".wait")).to_have_count(0)
        pages = []
        for one in (approval, "apr_unknown"):
            answer = await page.goto(f"/ui/approvals/{one}")
            pages.append((answer.status, await page.locator("main").inner_text()))
            assert (await page.goto(f"/ui/approvals/{one}/edit")).status == 404
        assert pages[0] == pages[1]
        assert pages[0][0] == 404


async def test_programs_get_json_at_the_same_address(scenario):
    approval = await scenario.ask(name="Json name")
    async with httpx2.AsyncClient(base_url=scenario.tenant.site.base) as client:
        answer = await client.get(f"/approvals/{approval}", headers={"Authorization": f"Bearer {scenario.tenant.key}"})
        assert answer.json()["id"] == approval
        answer = await client.get(f"/approvals/{approval}", headers={"Authorization": "Bearer x"})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert (await client.get(f"/approvals/{approval}")).status_code == 401
        answer = await client.get(f"/approvals/{approval}", headers={"Accept": "text/html"})
        assert answer.headers["location"] == f"/ui/approvals/{approval}"


async def test_decisions_are_in_the_trail(signed_in, scenario):
    approval = await scenario.ask(name="Trail name")
    await signed_in.goto(f"/ui/approvals/{approval}")
    await signed_in.get_by_role("button", name="Approve and update").click()
    await expect(status(signed_in)).to_have_text("Approved and done")
    for _ in range(50):
        rows = (await audit.list_page(scenario.tenant.site.services.database, scenario.tenant.id)).items
        if any(row.method == "update" for row in rows):
            break
        await signed_in.wait_for_timeout(50)
    assert any(row.method == "update" and row.server == scenario.server for row in rows)
    assert "Trail name" not in str(rows)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("pay \u202etxt.exe\u2066 now", "pay \\u202etxt.exe\\u2066 now"),
        ("zero\u200bwidth\x07", "zero\\u200bwidth\\x07"),
        ("x" * 250, "x" * 250),
        ("مرحبا", "مرحبا"),
    ],
)
async def test_values_are_shown_whole_and_as_they_are(signed_in, scenario, name, shown):
    approval = await scenario.ask(name=name, description="y" * 10_000)
    await signed_in.goto(f"/ui/approvals/{approval}")
    rows = {(await row.locator("th").inner_text()): row for row in await changes(signed_in).all()}
    await expect(rows["name"].locator(".after")).to_have_text(shown)
    await expect(rows["description"].locator(".after")).to_have_text("y" * 10_000)
    assert await signed_in.locator("main img").count() == 0
    await signed_in.goto(f"/ui/approvals/{approval}/edit")
    await expect(signed_in.get_by_label("name", exact=True)).to_have_value(name)
    assert await signed_in.locator("main img").count() == 0


async def test_it_works_without_script_on_a_narrow_screen(open_page, scenario):
    approval = await scenario.ask(name="Plain name", description="y" * 2_000)
    page = await open_page(java_script_enabled=False, viewport={"width": 360, "height": 640})
    await sign_in(page, scenario.tenant.key)
    for path in ("/ui/approvals", f"/ui/approvals/{approval}", f"/ui/approvals/{approval}/edit"):
        await page.goto(path)
        assert await page.locator("html").evaluate("one => one.scrollWidth") == 360
    await page.goto(f"/approvals/{approval}")
    await page.get_by_role("button", name="Approve and update").click()
    await expect(status(page)).to_have_text("Approved and done")
    assert await scenario.name() == "Plain name"


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing(open_page, scenario, scheme):
    approval = await scenario.ask(name="Axe name", tags=["one"])
    page = await open_page(color_scheme=scheme)
    await sign_in(page, scenario.tenant.key)
    for path in ("/ui/approvals", f"/ui/approvals/{approval}?notice=late", f"/ui/approvals/{approval}/edit"):
        await page.goto(path)
        assert await violations(page) == ""
    await page.goto(f"/ui/approvals/{approval}")
    await page.get_by_role("button", name="Decline").click()
    await expect(status(page)).to_contain_text("Declined")
    assert await violations(page) == ""

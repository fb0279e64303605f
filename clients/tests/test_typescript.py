"""The TypeScript client compiles strictly, is small, and does the same in every runtime."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from clients.tests.built import CLIENT, NODE_24, TOOLS, bundled, compiled, run, runtimes
from clients.tests.faults import FaultServer, Reply
from clients.tests.matrix import FAULTS, OPERATIONS, SAFE, cases, problems
from tests.browser import ARGUMENTS, CHROMIUM

MOST_BYTES = 16_000
RUNTIMES = runtimes()
IN_PAGES = tuple(one for one in FAULTS if one not in {"slow", "dripping"})
"""A page has six connections to an origin, so that waiting takes long there."""
CLOSING = {"deno": frozenset(OPERATIONS), "bun": SAFE}
"""Runtimes that repeat a request by themselves when a kept connection turns out to be closed, and where the client cannot prevent it."""


def test_the_runtimes_are_here() -> None:
    assert {"node", "node24"} <= set(RUNTIMES)
    major = {name: int(run([*RUNTIMES[name], "--version"], CLIENT).lstrip("v").split(".")[0]) for name in ("node", "node24")}
    assert major["node"] >= 20
    assert major["node24"] == 24


def test_it_is_small(tmp_path: Path) -> None:
    compiled()
    assert bundled(CLIENT / "dist/index.js", tmp_path / "client.js") < MOST_BYTES


def test_it_has_no_dependency_and_its_package_has_what_it_names(tmp_path: Path) -> None:
    compiled()
    package = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))
    assert not {"dependencies", "peerDependencies"} & set(package)
    assert set(package["scripts"]) == {"build"}, "npm runs none of its scripts at an installation"
    npm = NODE_24.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    (packed,) = json.loads(run([NODE_24, npm, "pack", "--json", "--ignore-scripts", f"--pack-destination={tmp_path}"], CLIENT))
    names = {one["path"] for one in packed["files"]}
    assert {"README.md", "LICENSE", "package.json", "dist/index.js", "dist/index.d.ts", "dist/generated/crm.d.ts"} <= names
    assert not [name for name in names if name.endswith(".ts") and not name.endswith(".d.ts")]
    assert packed["version"] == package["version"]


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_matrix(runtime: str, faults: FaultServer, deaf: str, closed: str, tmp_path: Path) -> None:
    faults.closing = CLOSING.get(runtime, frozenset())
    found = cases(faults, deaf, closed, runtime)
    (tmp_path / "cases.json").write_text(json.dumps([one.shown() for one in found]), encoding="utf-8")
    folder = compiled()
    codes = json.loads(run([*RUNTIMES[runtime], folder / "out/main.js", tmp_path / "cases.json"], folder))
    assert problems(faults, found, codes) == []


def signed_event() -> str:
    """A webhook as JSON, signed by the library of the specification."""
    secret, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1_790_000_000

    def signed(data: object) -> dict[str, object]:
        body = json.dumps({"type": "account.deleted", "timestamp": "t", "data": data}, ensure_ascii=False)
        signature = Webhook(secret).sign("msg_1", datetime.fromtimestamp(at, UTC), body)
        return {"body": body, "headers": {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": signature}}

    none = [signed(one) for one in (None, [], [{}], "x", 7)]
    return json.dumps({**signed({"ü": 1}), "none": none, "secret": secret, "at": at * 1000})


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_behaviour(runtime: str) -> None:
    folder = compiled()
    printed = run([*RUNTIMES[runtime], folder / "out/behaviour.js"], folder, {"WEBHOOK": signed_event()})
    assert printed.strip() == "all hold"


async def test_matrix_in_a_browser(faults: FaultServer, closed: str, tmp_path: Path) -> None:
    from playwright.async_api import async_playwright

    faults.closing = frozenset(OPERATIONS)
    folder = compiled()
    bundled(folder / "out/browser.js", tmp_path / "browser.js")
    faults.files = {
        "page": Reply(200, "text/html", b'<!doctype html><script type="module" src="/script"></script>'),
        "script": Reply(200, "text/javascript", (tmp_path / "browser.js").read_bytes()),
    }
    hidden = {"deaf", "closed"}  # other origins, to which a page may not send
    redirect = {"redirect-once", "redirect-always"}  # a browser hides redirects of the provider too
    found = [one for one in cases(faults, closed, closed, "browser", faults=IN_PAGES) if one.name.split("-")[0] not in hidden]
    found = [one._replace(code="redirect_refused") if "-".join(one.name.split("-")[:2]) in redirect else one for one in found]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = await browser.new_page()
        await page.goto(f"{faults.origin}/page")
        await page.wait_for_function("globalThis.runMatrix !== undefined")
        codes = await page.evaluate("cases => runMatrix(cases, 5)", [one.shown() for one in found])
        await browser.close()
    assert problems(faults, found, codes) == []


def test_the_compiler_refuses_what_the_api_would(tmp_path: Path) -> None:
    """Mistakes that types can find are found: each marked line is an error, or the compiler says that the mark is not needed."""
    program = """
import { Client, isEvent, type Answer, type crm, type management, type WebhookEvent } from "unified-client";
const hubspot = new Client("https://unified.test", "uk_1").account("acc_1");
export const wrong = [
  // @ts-expect-error an unknown model
  () => hubspot.crm.contcts,
  // @ts-expect-error an unknown method
  () => hubspot.crm.pipelines.create({}),
  // @ts-expect-error an unknown field
  () => hubspot.crm.contacts.create({ frist_name: "Ada" }),
  // @ts-expect-error a read-only field
  () => hubspot.crm.contacts.update("7", { created_at: "2026-01-01" }),
  // @ts-expect-error a required field is missing
  () => hubspot.crm.associations.create({ source_id: "1" }),
  // @ts-expect-error seconds where milliseconds are meant
  () => hubspot.crm.contacts.list({}, { timeout: 5 }),
  // @ts-expect-error an unknown filter
  () => hubspot.crm.contacts.list({ filter: { shoe_size: "42" } }),
  // @ts-expect-error an unknown word in a create
  () => hubspot.ticketing.tickets.create({ name: "x", priority: "hihg" }),
  // @ts-expect-error an unknown word in an update
  () => hubspot.ticketing.tickets.update("7", { priority: "hihg" }),
  // @ts-expect-error an unknown word in a filter
  () => hubspot.ticketing.tickets.list({ filter: { priority: "hihg" } }),
  // @ts-expect-error an unknown word in a condition
  () => hubspot.ticketing.tickets.list({ filter: { priority: { in: ["hihg"] } } }),
  // @ts-expect-error a filter without a value
  () => hubspot.crm.contacts.list({ filter: { email: undefined } }),
  // @ts-expect-error an unknown order
  () => hubspot.crm.contacts.list({ sort: "-updated_ta" }),
  // @ts-expect-error an unknown field of a list
  () => hubspot.crm.contacts.list({ fields: ["emial"] }),
  // @ts-expect-error an unknown field of one record
  () => hubspot.crm.contacts.get("7", { fields: ["emial"] }),
  // @ts-expect-error an unknown relation
  () => hubspot.crm.contacts.list({ expand: ["onwer"] }),
  // @ts-expect-error an unknown relation of one record
  () => hubspot.crm.contacts.get("7", { expand: ["onwer"] }),
  // @ts-expect-error an unknown key of an upsert
  () => hubspot.crm.contacts.upsert("emial", {}),
  // @ts-expect-error an unknown operation
  () => hubspot.crm.contacts.batch([{ op: "craete" }]),
  // @ts-expect-error a time where the API takes a day
  () => hubspot.hris.employees.create({ birth_date: new Date() }),
  // @ts-expect-error a time where the API takes a day, in a condition
  () => hubspot.hris.employees.list({ filter: { start_date: { gte: new Date() } } }),
  // @ts-expect-error an unknown status
  () => hubspot.client.accounts.list({ status: "atcive" }),
  // @ts-expect-error an unknown status of an approval
  () => hubspot.client.approvals.list({ status: "pednig" }),
  // @ts-expect-error an unknown kind of row
  () => hubspot.client.audit.list({ kind: "cal" }),
  // @ts-expect-error an unknown decision
  () => hubspot.client.audit.list({ decision: "alowed" }),
  // @ts-expect-error an unknown role
  () => hubspot.client.api_keys.create({ name: "x", role: "amdin" }),
  // @ts-expect-error an unknown scope
  () => hubspot.client.api_keys.create({ name: "x", role: "app", scope: "unlimted" }),
  // @ts-expect-error an unknown class
  () => hubspot.client.api_keys.create({ name: "x", role: "app", scope: { fields: { classes: ["persnal"] } } }),
  // @ts-expect-error a field that was not asked for may be missing
  async (): Promise<string | null> => (await hubspot.crm.contacts.get("7", { fields: ["name"] })).title,
  // @ts-expect-error data of another event
  (event: WebhookEvent) => isEvent(event, "connect.failed") && event.data.approval_id.length,
  // @ts-expect-error an unknown event
  () => hubspot.client.webhooks.create({ url: "https://x.test", events: ["account.deletd"] }),
];
export const right = [
  async (): Promise<string | null> => (await hubspot.crm.contacts.get("7")).title,
  (event: WebhookEvent): management.AccountChange | false => isEvent(event, "account.connected") && event.data,
  (one: crm.Contact) => hubspot.crm.contacts.create({ first_name: one.first_name, emails: one.emails, custom_fields: one.custom_fields }),
  (one: Answer) => hubspot.crm.contacts.update("7", { last_name: null, title: undefined }, { ifMatch: one.headers["etag"] }),
  () => hubspot.hris.employees.list({ filter: { start_date: { gte: "2026-01-01" } }, fields: ["id", "custom_fields.size"], expand: ["manager"] }),
  () => hubspot.crm.contacts.list({ filter: { created_at: { gte: new Date() }, email: { in: ["a"], contains: "@" } }, sort: "-updated_at" }),
  () => hubspot.ticketing.tickets.list({ filter: { priority: { in: ["high"] } } }),
  () => hubspot.client.accounts.create({ provider: "of_my_own", name: "x", credentials: {} }),
];
"""
    compiled(program)
    assert (TOOLS / "typescript").exists()

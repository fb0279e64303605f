// Checks the promises of the client that the matrix does not cover; runs in every runtime and prints what failed.
import process from "node:process";
import { Client, errors, type hris, UnifiedError, verifyWebhook, WebhookRejected } from "unified-client";

const failed: string[] = [];
function check(name: string, holds: boolean, came?: unknown): void {
  if (!holds) failed.push(`${name}: ${came instanceof Error ? came.message : JSON.stringify(came)}`);
}

function thrown(act: () => unknown): string {
  try {
    act();
    return "nothing";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Sent {
  url: string;
  init: RequestInit;
}

/** A client whose requests are kept and answered with this. */
function recorded(body: unknown, status = 200): { client: Client; sent: Sent[] } {
  const sent: Sent[] = [];
  const answer: typeof fetch = (url, init) => {
    sent.push({ url: String(url), init: init ?? {} });
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }));
  };
  return { client: new Client("https://unified.test/base/", " uk_1\n", { fetch: answer, maxRetries: 0 }), sent };
}

// unknown names, also where no compiler looks
const loose = new Client("https://unified.test", "uk_1").account("acc_1") as unknown as Record<string, Record<string, Record<string, unknown>>>;
const model = thrown(() => loose["crm"]?.["contcts"]);
check("an unknown model", model.startsWith("unknown model crm.contcts; did you mean 'contacts'? Known: accounts, "), model);
const category = thrown(() => loose["crn"]);
check("an unknown category", category.startsWith("unknown category account.crn; did you mean 'crm'? Known: "), category);
const method = thrown(() => loose["crm"]?.["pipelines"]?.["create"]);
check("an unknown method", method.startsWith("unknown method crm.pipelines.create") && method.endsWith("Known: fields, get, list, schema"), method);
const resource = thrown(() => (new Client("https://unified.test", "uk_1") as unknown as Record<string, unknown>)["acounts"]);
check("an unknown resource", resource.includes("did you mean 'account"), resource);
check("a client can be awaited and printed", (await new Client("https://unified.test", "uk_1")) instanceof Client);
check("the key is not printed", !JSON.stringify(new Client("https://unified.test", "uk_secret")).includes("uk_secret"));

// queries, paths and bodies
const { client, sent } = recorded({ id: "7", data: [], next_cursor: null });
const account = client.account("acc_1");
await account.crm.contacts
  .list({ limit: 2, filter: { email: { contains: "a&b", in: ["x", "y"] }, last_name: "Ö" }, fields: ["name", "emails"], updated_after: new Date(0), sort: undefined })
  .page();
const query = new URL(sent[0]?.url ?? "").searchParams;
const pairs = Object.fromEntries(query);
check("a query", JSON.stringify(pairs) === JSON.stringify({
  limit: "2", "filter[email][contains]": "a&b", "filter[email][in]": "x,y", "filter[last_name]": "Ö", fields: "name,emails",
  updated_after: "1970-01-01T00:00:00.000Z",
}), pairs);
check("the path of the base stays", sent[0]?.url.startsWith("https://unified.test/base/crm/contacts?") === true, sent[0]?.url);
check("redirects are not followed", sent[0]?.init.redirect === "manual" && sent[0]?.init.credentials === "omit");
check("spaces around a key are dropped", new Headers(sent[0]?.init.headers).get("authorization") === "Bearer uk_1");
await account.crm.contacts.get("a/b ?#ö");
check("an id is encoded", sent[1]?.url === "https://unified.test/base/crm/contacts/a%2Fb%20%3F%23%C3%B6", sent[1]?.url);
await account.crm.contacts.update("7", { title: undefined, last_name: null });
check("undefined is not sent, null is", sent[2]?.init.body === '{"last_name":null}', sent[2]?.init.body);
await account.crm.custom_objects("cars").get("7");
check("a nested model", sent[3]?.url === "https://unified.test/base/crm/custom_objects/cars/7", sent[3]?.url);
for (const id of ["", ".", "..", undefined, null, 7] as string[]) {
  const refusal = await account.crm.contacts.get(id).then(() => "", (error: Error) => error.message).catch(String);
  check(`the id "${id}"`, refusal.startsWith("id: expected text"), refusal);
}
for (const id of ["", undefined, null, 7] as string[]) {
  let refusal = "";
  try {
    client.account(id);
  } catch (error) {
    refusal = String(error);
  }
  check(`the account ${id}`, /account id: expected one such as acc_….*variable unset/.test(refusal), refusal);
}
for (const path of ["crm", "//evil.test/x", "/a/../b", "/a/%2E%2e/b", "/a?b", "/a#b", "/a\\b", "/.", "@evil.test"]) {
  const refusal = await account.proxy.get(path).then(() => "", (error: Error) => error.message).catch(String);
  check(`the path ${path}`, refusal.startsWith("path: expected"), refusal);
}
check("refused paths are not sent", sent.length === 4, sent.length);
const comma = thrown(() => account.crm.contacts.list({ filter: { id: { in: ["a,b"] } } }).page().catch(() => undefined));
check("nothing is thrown before it is awaited", comma === "nothing", comma);
for (const base of ["unified.test", "ftp://unified.test", "https://user:word@unified.test", "https://unified.test?x=1"]) {
  check(`the address ${base}`, thrown(() => new Client(base, "uk_1")).startsWith("baseUrl: expected"));
}
check("an invalid port", thrown(() => new Client("http://unified.test:99999", "uk_1")).startsWith("baseUrl: expected"));
check("no address", thrown(() => new Client("", "uk_1")).startsWith("baseUrl is empty: expected"));
check("a key with a line break", thrown(() => new Client("https://unified.test", "uk_1\nx")).startsWith("key: expected"));

// what is refused before anything is sent
type Refused = [string, string, (at: ReturnType<Client["account"]>) => Promise<unknown>];
async function refusals(cases: Refused[]): Promise<void> {
  const { client, sent } = recorded({ data: [], id: "7", next_cursor: null });
  for (const [name, start, act] of cases) {
    const error = await act(client.account("a")).catch((one: unknown) => one);
    check(name, error instanceof TypeError && error.message.startsWith(start) && sent.length === 0, error);
  }
}
const x = (custom: unknown) => ({ custom_fields: { x: [{ y: custom }] } });
for (const lost of [NaN, Infinity, -Infinity, new Date(NaN)] as number[]) {
  await refusals([
    [`${lost} in a create`, "body/amount: expected a value", (at) => at.crm.opportunities.create({ amount: lost })],
    [`${lost} in an update`, "body/custom_fields/x/0/y: expected a value", (at) => at.crm.contacts.update("7", x(lost))],
    [`${lost} in a batch`, "body/items/0/data/amount: ", (at) => at.crm.opportunities.batch([{ op: "update", id: "7", data: { amount: lost } }])],
    [`${lost} in a tool`, "body/arguments/amount: ", (at) => at.tools.call("x", { arguments: { amount: lost } })],
    [`${lost} through the proxy`, "body/0: ", (at) => at.proxy.post("/x", { body: [lost] })],
    [`${lost} as a body`, "body: ", (at) => at.proxy.post("/x", { body: lost })],
    [`${lost} in a filter`, "filter[amount][gt]: ", (at) => at.crm.opportunities.list({ filter: { amount: { gt: lost } } }).page()],
  ]);
}
await refusals([
  ["undefined in a list", "body/custom_fields/x/0: expected a value", (at) => at.crm.contacts.update("7", { custom_fields: { x: [undefined] } })],
  ["an invalid time of a library", "body/custom_fields/x: expected a value", (at) => at.crm.contacts.update("7", { custom_fields: { x: { toJSON: () => null } } })],
  ["an invalid time", "updated_after: expected a value", (at) => at.crm.contacts.list({ updated_after: new Date(NaN) }).page()],
]);
for (const nothing of [undefined, null] as unknown as string[]) {
  await refusals([
    [`a filter ${nothing}`, "filter[email]: expected a value", (at) => at.crm.contacts.list({ filter: { email: nothing } as object }).page()],
    [`a condition ${nothing}`, "filter[email][in]: expected a value", (at) => at.crm.contacts.list({ filter: { email: { in: nothing } } as object }).page()],
  ]);
}
await refusals([
  ["no fields", "fields: expected values", (at) => at.crm.contacts.list({ fields: [] }).page()],
  ["no relations", "expand: expected values", (at) => at.crm.contacts.get("7", { expand: [] })],
  ["an empty condition", "filter[email][in]: expected values", (at) => at.crm.contacts.list({ filter: { email: { in: [] } } }).page()],
  ["a header of two lines", "", (at) => at.proxy.get("/x", { headers: { "x-mine": "a\r\nx-evil: 1" } })],
]);
for (const limits of [{ timeoutMs: 0 }, { timeoutMs: -1 }, { timeoutMs: NaN }, { maxRetries: -1 }, { maxRetries: NaN }]) {
  check(`limits ${JSON.stringify(limits)}`, thrown(() => new Client("https://unified.test", "uk_1", limits)).startsWith("expected timeoutMs above 0"));
  await refusals([["limits of a call", "expected timeoutMs above 0", (at) => at.crm.contacts.get("7", {}, limits)]]);
}
await refusals([["a wait without an end", "expected timeoutMs above 0", (at) => at.client.approvals.wait("x", { timeoutMs: NaN })]]);
for (const timeoutMs of [Infinity, 2 ** 31, 1e300]) {
  const late: typeof fetch = (_url, init) => new Promise((resolve, reject) => {
    init?.signal?.addEventListener("abort", reject);
    setTimeout(() => resolve(new Response('{"id":"7"}')), 20);
  });
  const found = await new Client("https://unified.test", "uk_1", { timeoutMs, fetch: late }).account("a").crm.contacts.get("7").catch(String);
  check(`${timeoutMs} milliseconds`, typeof found === "object", found);
}
const raw = recorded({});
const bytes = new Uint8Array([0, 1, 2, 3]);
const blob = new Blob([bytes]);
for (const body of [bytes, bytes.buffer, new Uint16Array([1]), new DataView(bytes.buffer), blob]) {
  await raw.client.account("a").proxy.post("/x", { body });
  const init = raw.sent.pop()?.init;
  check(`bytes ${body.constructor.name}`, init?.body === body && !new Headers(init.headers).has("content-type"));
}
check("null is sent", (await raw.client.account("a").proxy.post("/x", { body: { a: null, b: [1.5, null], c: undefined } }), raw.sent.pop()?.init.body) === '{"a":null,"b":[1.5,null]}');

// answers that are not Unified's
for (const [status, answered] of [[204, null], [202, { status: "queued" }], [202, { id: "7" }], ...[null, [], {}, 7, "7", { id: 7 }, { data: [null] }, { results: [null] }, { results: null }].map((one) => [200, one])] as [number, unknown][]) {
  const { client: one, sent: its } = recorded(answered, status);
  const { contacts } = one.account("a").crm;
  const calls: Record<string, () => Promise<unknown>> = {
    get: () => contacts.get("7"),
    create: () => contacts.create({ first_name: "x" }),
    update: () => contacts.update("7", { first_name: "x" }),
    upsert: () => contacts.upsert("email", { first_name: "x" }),
    batch: () => contacts.batch([{ op: "delete", id: "7" }]),
    page: () => contacts.list().page(),
    list: async () => { for await (const record of contacts.list()) void record; },
    account: () => one.accounts.get("x"),
    ...(status === 204 ? {} : { delete: () => contacts.delete("7") }),
  };
  for (const [name, act] of Object.entries(calls)) {
    const error = await act().catch((failure: unknown) => failure);
    const sentId = new Headers(its.at(-1)?.init.headers).get("x-request-id");
    check(`${name} answered ${status} ${JSON.stringify(answered)}`, error instanceof errors.UnreadableAnswer && error.request_id === sentId, error);
  }
}
check("a custom method without content", (await recorded({}, 204).client.account("a").crm.leads.convert("7")) === undefined);

// answers that are newer than the client
const problem = { type: "https://unified.invalid/errors/constructor", code: "constructor", detail: "new", status: 403, retryable: false };
const newer = await recorded(problem, 403).client.accounts.get("acc_1").catch((error: unknown) => error);
check("a new code has the class of its status", newer instanceof errors.Forbidden && newer.code === "constructor", newer);
check("the name of a class", newer instanceof Error && newer.name === "Forbidden", newer);
const known = await recorded({ ...problem, type: "https://unified.invalid/errors/x", code: "oauth_app_invalid" }, 503).client.accounts.get("x").catch((error: unknown) => error);
check("an irregular code", known instanceof errors.OAuthAppInvalid, known);
for (const body of [null, 7, [], "x", { type: 7 }, { type: problem.type, code: 7 }, { ...problem, errors: 7, retry_after: "x", provider: 7 }]) {
  const error = await recorded(body, 500).client.accounts.get("acc_1").catch((one: unknown) => one);
  check(`the refusal ${JSON.stringify(body)}`, error instanceof UnifiedError, error);
}
const employee: hris.Employee = await recorded({ id: "1", employment_status: "of_tomorrow", field_of_tomorrow: 1 }).client.account("a").hris.employees.get("1");
check("a new word", (employee.employment_status as string) === "of_tomorrow", employee);
const endless = recorded({ data: [], next_cursor: "same" }).client.account("a").crm.contacts.list();
const loop = await (async () => { for await (const one of endless) void one; })().catch((error: unknown) => error);
check("a list without an end", loop instanceof errors.UnreadableAnswer && loop.request_id?.startsWith("req_") === true, loop);
const asked = await recorded({ status: "approval_required", approval: { id: "apr_1", summary: "s", digest: "d", expires_at: "t" } }, 202)
  .client.account("a").crm.contacts.create({ first_name: "x" }).catch((error: unknown) => error);
check("an approval", asked instanceof errors.ApprovalRequired && asked.waiting.id === "apr_1" && asked.request_id?.startsWith("req_") === true, asked);
const clock = Date.now;
Date.now = () => 0; // a clock that is set back prolongs no wait
const pending = recorded({ id: "apr_1", status: "pending" }).client.approvals.wait("apr_1", { timeoutMs: 30, everyMs: 10 });
const over = await pending.catch((error: unknown) => error);
Date.now = clock;
check("waiting ends", over instanceof errors.TimedOut && over.request_id?.startsWith("req_") === true, over);
check("waiting gives the outcome", (await recorded({ id: "apr_1", status: "declined" }).client.approvals.wait("apr_1")).status === "declined");

// webhooks, signed by another library
interface Message { body: string; headers: Record<string, string> }
const { body, headers, secret, at, none } = JSON.parse(process.env["WEBHOOK"] ?? "{}") as Message & { secret: string; at: number; none: Message[] };
const event = await verifyWebhook(body, headers, ["whsec_AAAA", secret], { now: at });
const inBytes = await verifyWebhook(new TextEncoder().encode(body), new Headers(headers), secret, { now: at });
check("a webhook in bytes", JSON.stringify(inBytes) === JSON.stringify(event) && JSON.stringify(event.data) === '{"ü":1}', inBytes);
check("a webhook", event.type === "account.deleted" && event.id === headers["webhook-id"], event);
const wrong: [string, string, Record<string, string>, string, number][] = [
  ["another body", `${body} `, headers, secret, at],
  ["another secret", body, headers, "whsec_AAAA", at],
  ["too old", body, headers, secret, at + 301_000],
  ["too new", body, headers, secret, at - 301_000],
  ["no time", body, headers, secret, NaN],
  ...none.map((one): [string, string, Record<string, string>, string, number] => [`the body ${one.body}`, one.body, one.headers, secret, at]),
  ["no header", body, {}, secret, at],
  ["no signature", body, { ...headers, "webhook-signature": "v1,% v2,x" }, secret, at],
];
for (const [name, text, given, key, now] of wrong) {
  const error = await verifyWebhook(text, given, key, { now }).catch((one: unknown) => one);
  check(`a webhook with ${name}`, error instanceof WebhookRejected, error);
}
for (const toleranceMs of [NaN, -1]) {
  const error = await verifyWebhook(body, headers, secret, { now: at + 1e9, toleranceMs }).catch((one: unknown) => one);
  check(`a tolerance of ${toleranceMs}`, error instanceof WebhookRejected && error.message.includes(`within ${toleranceMs} milli`), error);
}
console.log(failed.length === 0 ? "all hold" : failed.join("\n"));

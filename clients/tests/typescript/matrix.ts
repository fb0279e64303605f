// Makes the calls of the fault matrix and returns what came of each; the test next to it compares.
import { type Account, Client, UnifiedError } from "unified-client";

export interface Case {
  name: string;
  operation: string;
  base: string;
  timeout_ms: number;
  abort_ms: number | null;
  key: string;
  retries: number;
}

const ABORTED = "the matrix aborts";

function calls(client: Client, account: Account, options: { signal?: AbortSignal }): Record<string, () => Promise<unknown>> {
  const { contacts, leads } = account.crm;
  return {
    list: () => contacts.list({ limit: 1 }, options).page(),
    get: () => contacts.get("7", {}, options),
    create: () => contacts.create({ first_name: "Ada" }, options),
    update: () => contacts.update("7", { first_name: "Ada" }, options),
    delete: () => contacts.delete("7", options),
    upsert: () => contacts.upsert("email", { first_name: "Ada" }, options),
    batch: () => contacts.batch([{ op: "create", data: { first_name: "Ada" } }, { op: "upsert", by: "email", data: {} }], options),
    batch_mixed: () => contacts.batch([{ op: "create", data: { first_name: "Ada" } }, { op: "delete", id: "7" }], options),
    tool_create: () => account.tools.call("create_crm_contact", { arguments: { first_name: "Ada" } }, options),
    tool_update: () => account.tools.call("update_crm_contact", { arguments: { id: "7", first_name: "Ada" } }, options),
    custom: () => leads.convert("7", {}, options),
    manage: () => client.api_keys.create({ name: "x", role: "app" }, options),
    proxy_read: () => account.proxy.get("/v3/things", {}, options),
    proxy_write: () => account.proxy.post("/v3/things", { body: { a: 1 } }, options),
  };
}

async function codeOf(one: Case): Promise<string> {
  const settings = { timeoutMs: one.timeout_ms, maxRetries: one.retries, maxWaitMs: 5_000 };
  const client = new Client(one.base, one.key, settings);
  const controller = new AbortController();
  const timer = one.abort_ms === null ? undefined : setTimeout(() => controller.abort(new Error(ABORTED)), one.abort_ms);
  try {
    await calls(client, client.account("acc_1"), { signal: controller.signal })[one.operation]?.();
    return "ok";
  } catch (error) {
    if (error instanceof UnifiedError) {
      return `${error.code}${error.retryable ? ", retryable" : ""}${error.request_id ? "" : " without a request id"}`;
    }
    return error instanceof Error && error.message === ABORTED ? "aborted" : String(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Returns the code of each case, some at a time. */
export async function run(cases: Case[], atOnce: number): Promise<Record<string, string>> {
  const codes: Record<string, string> = {};
  const waiting = [...cases];
  const worker = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) codes[one.name] = await codeOf(one);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return codes;
}

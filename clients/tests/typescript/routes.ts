// Makes the calls of a file of steps, and prints what came of them; the file and the variables are read as `routes.py` writes them.
import { readFileSync } from "node:fs";
import process from "node:process";
import { Client, Records, UnifiedError } from "unified-client";

interface Step {
  place: string; account: string; key: string; ids: string[]; content: string; body: unknown; by: string; keep: string;
  fields: object | null; query: object | null;
}
type Loose = Record<string, unknown> & ((...given: unknown[]) => unknown);

const { steps, variables } = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as { steps: Step[]; variables: Record<string, string> };
const kept: Record<string, unknown> = { ...variables };
const requests: [string, string][] = [];
const noting: typeof fetch = (url, init) => {
  requests.push([init?.method ?? "GET", new URL(String(url)).pathname]);
  return fetch(url, init);
};

/** Returns a value with what earlier calls gave. */
function filled(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(filled);
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filled(one)]));
  }
  if (typeof value !== "string" || !value.startsWith("$")) {
    return value;
  }
  return value.slice(1).split(".").reduce((found: unknown, name) => (found as Record<string, unknown>)[name], kept);
}

async function run(step: Step): Promise<unknown> {
  const client = new Client(variables["UNIFIED_URL"] ?? "", (kept[step.key] ?? filled(step.key)) as string, { fetch: noting });
  let holder: unknown = step.account ? client.account(kept[step.account] as string) : client;
  let method = holder as Loose;
  for (const [, name = "", argument] of step.place.matchAll(/(\w+)(?:\((\w+)\))?/g)) {
    holder = method;
    method = (method as Record<string, unknown>)[name] as Loose;
    if (argument) {
      method = method.call(holder, argument) as Loose;
    }
  }
  const given: unknown[] = [...(step.by ? [step.by] : []), ...step.ids.map(filled)];
  const parts = [step.content && Uint8Array.from(atob(step.content), (one) => one.charCodeAt(0)), step.body, step.fields, step.query];
  given.push(...parts.filter((one) => one !== null && one !== "").map((one) => (one instanceof Uint8Array ? one : filled(one))));
  try {
    let value = method.apply(holder, given);
    value = value instanceof Records ? await value.page() : await value;
    if (step.keep) {
      kept[step.keep] = value;
    }
    const { content, status } = (value ?? {}) as { content?: unknown; status?: unknown };
    return content instanceof Uint8Array ? status : (value ?? null);
  } catch (error) {
    if (error instanceof UnifiedError) {
      return error.code;
    }
    throw error;
  }
}

const answers: unknown[] = [];
for (const one of steps) {
  answers.push(await run(one));
}
console.log(JSON.stringify({ answers, requests }));

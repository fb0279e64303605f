// Makes the methods of models and resources from the generated table.
import { valueOf } from "./answer.js";
import { type Repeat, segment } from "./call.js";
import { TimedOut } from "./error.js";
import { standard, waits } from "./generated/table.js";
import { known } from "./names.js";
import type { Answer, Options, WaitOptions } from "./options.js";
import { Records } from "./records.js";
import { checkLimits, pause, type Sender } from "./sender.js";

type Method = (...given: unknown[]) => unknown;
const VERBS: Record<string, string> = { G: "GET", P: "POST", A: "PATCH", U: "PUT", D: "DELETE" };
const REPEATS: Record<string, Repeat> = { G: "always", P: "refused" };
/** Operations and tools that make records. */
const MAKES = /^(create|upsert)(_|$)/;

/** Returns a method from a word of the table, of which the flags also are & for `by`, and ! for a batch. */
function bound(send: Sender, root: string, word: string, fixed: object = {}): [string, Method] {
  const [, name = "", verb = "", rest = "", flags = "", media] = /^(\w+):(\w)([^?*#+&!~@%^=|]*)([^=]*)=?(.*)/.exec(word) ?? [];
  const has = (flag: string) => flags.includes(flag);
  const method = VERBS[verb] ?? "";
  const act = (...given: unknown[]) => {
    const path = root + rest.replace("$", () => segment(given.shift() as string)) + (rest.endsWith("/") ? name : "");
    const by = has("&") ? { by: given.shift() } : {};
    const passed = has("*") ? (given.shift() ?? {}) : undefined;
    const query = { ...fixed, ...by, ...(has("?") ? (given.shift() as object | undefined) : {}) };
    const options = given.shift() as Options | undefined;
    // The service makes a record once for an Idempotency-Key, so that only this can be repeated whatever happened.
    const makes = has("+") || (has("!") ? (passed as { op: string }[]).every((one) => MAKES.test(one.op)) : has("~") && MAKES.test(path.slice(7)));
    const repeat = makes ? "always" : (REPEATS[verb] ?? "answered");
    const call = { method, path, repeat, body: has("!") ? { items: passed } : passed, takesKey: makes || has("!") } as const;
    const headers = media ? { "content-type": media } : undefined;
    const load = async (asked: object, chosen?: Options) => {
      const answer = await send({ ...call, headers, query: asked }, chosen);
      return [valueOf(answer, flags), answer] as const;
    };
    return has("#") ? new Records(load, query, options) : load(query, options);
  };
  return [name, has("#") ? act : async (...given) => ((await act(...given)) as readonly unknown[])[0]];
}

/** Returns the methods of a model; `letters` are as in the table. */
export function modelMethods(send: Sender, category: string, plural: string, letters: string): object {
  const path = `/${category}/${plural}`;
  const [operations = "", ...custom] = letters.split(",");
  const words = [...operations].map((one) => standard[one] ?? "");
  if (/[cud]/.test(operations)) {
    words.push("batch:P/*!");
  }
  const nested = custom.includes("/");
  const methods = (base: string, more: string[], ...own: [string, Method][]) =>
    known("method", `${category}.${plural}.`, Object.fromEntries([...[...words, ...more].map((one) => bound(send, base, one)), ...own]));
  if (nested) {
    return (name: string) => methods(path + segment(name), []);
  }
  const fields = bound(send, `/${category}`, "fields:G/#", { model: plural });
  return methods(path, [...custom.map((one) => `${one}:P$/*%|`), "schema:G/"], fields);
}

/** Returns the methods of a resource; `text` is as in the table. */
export function resourceMethods(send: Sender, resource: string, text: string): object {
  const [root = "", ...words] = text.split(" ");
  const methods = Object.fromEntries(words.map((one) => bound(send, root, standard[one] ?? one)));
  const states = waits[resource];
  if (states) {
    const get = methods["get"] as (id: string, options: Options) => Promise<{ status: string }>;
    methods["wait"] = (id, options) => waited(get, id as string, states, options as WaitOptions | undefined);
  }
  return known("method", `${resource}.`, methods);
}

async function waited(
  get: (id: string, options: Options) => Promise<{ status: string }>, id: string, states: readonly string[], options: WaitOptions = {},
) {
  const { timeoutMs = 600_000, everyMs = 2_000, signal } = options;
  checkLimits(options);
  let request_id: string | undefined;
  const onAnswer = (answer: Answer) => (request_id = answer.request_id);
  const clock = performance, deadline = clock.now() + timeoutMs; // unlike Date, it is never set
  for (;;) {
    const found = await get(id, { signal, onAnswer });
    if (!states.includes(found.status)) {
      return found;
    }
    if (clock.now() + everyMs > deadline) {
      const detail = `${id} is still ${found.status} after ${timeoutMs} milliseconds`;
      throw new TimedOut({ code: "timed_out", detail, request_id, retryable: true });
    }
    await pause(everyMs, signal);
  }
}

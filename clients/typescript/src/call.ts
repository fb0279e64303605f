// Calls as values, and how they become HTTP requests; nothing here does I/O.
import { isObject } from "./answer.js";

/** When a call is sent again: after any failure that may pass; if an answer says so; if it also says that nothing was done; never. */
export type Repeat = "always" | "answered" | "refused" | "never";

export interface Call {
  readonly method: string;
  /** Encoded. */
  readonly path: string;
  readonly repeat: Repeat;
  readonly query?: object | undefined;
  readonly body?: unknown;
  /** Whether it is sent with an Idempotency-Key although no one chose one, so that it is done once. */
  readonly takesKey?: boolean;
  readonly isProxied?: boolean;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Returns the address of a service without its last slash. */
export function checkedBase(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    const expected = "an address such as https://unified.example.com, without user, query and fragment";
    throw new TypeError(`baseUrl${baseUrl ? "" : " is empty"}: expected ${expected}`);
  }
  return url.href.replace(/\/+$/, "");
}

/** Returns the id of an account; throws for another value, most often the value of an unset variable. */
export function checkedAccount(id: string): string {
  if (typeof id !== "string" || !/^[!-~]+$/.test(id)) {
    throw new TypeError(`account id: expected one such as acc_…, got ${id === "" ? "none" : id}; is a variable unset?`);
  }
  return id;
}

/** Returns a segment of a path; throws for one that would change the path. */
export function segment(text: string): string {
  if (typeof text !== "string" || ["", ".", ".."].includes(text)) {
    throw new TypeError(`id: expected text that is not empty, . or .., got ${text}; is a variable unset?`);
  }
  return `/${encodeURIComponent(text)}`;
}

/** Returns the path of a route that is given as text; throws for one that is not plain. */
export function routedPath(path: string): string {
  if (typeof path !== "string" || !path.startsWith("/") || /[?#\\\s]|^\/\/|\/(\.|%2e){1,2}(\/|$)/i.test(path)) {
    throw new TypeError("path: expected /segments without `..`; pass the query as `query`");
  }
  return encodeURI(path).replace(/%25/g, "%");
}

/** Returns a query as the API writes it: filter[field][op]=value, lists with commas. Null and undefined are left out, but for filters. */
export function queryText(query: object): string {
  const text = new URLSearchParams([...pairs(query)]).toString();
  return text && `?${text}`;
}

function* pairs(values: object, before?: string): Iterable<[string, string]> {
  for (const [inner, value] of Object.entries(values)) {
    const name = before ? `${before}[${inner}]` : inner;
    if (isObject(value) && !(value instanceof Date)) {
      yield* pairs(value, name);
    } else if (before || (value !== undefined && value !== null)) {
      yield [name, textOf(value ?? undefined, name)];
    }
  }
}

function textOf(value: unknown, place: string): string {
  if (!Array.isArray(value)) {
    return checked(value, place, value instanceof Date ? value.toJSON() : String(value));
  }
  const texts = value.map((one) => textOf(one, place));
  if (!texts.length || texts.some((one) => one.includes(","))) {
    throw new TypeError(`${place}: expected values without commas, at least one`);
  }
  return texts.join(",");
}

/** Returns whether a body is sent as it is. */
export function isBytes(body: unknown): body is BufferSource | Blob {
  return body instanceof ArrayBuffer || ArrayBuffer.isView(body) || body instanceof Blob;
}

/** Returns a body as it is sent; throws for what JSON would make null. */
export function bodyOf(body: unknown): BodyInit | null {
  if (body === undefined || isBytes(body)) {
    return body ?? null;
  }
  const places = new Map<unknown, string>();
  return JSON.stringify(body, function (this: Record<string, unknown>, name, value: unknown) {
    const place = places.has(this) ? `${places.get(this)}/${name}` : "body";
    places.set(value, place);
    return this[name] === undefined && !Array.isArray(this) ? value : checked(this[name], place, value);
  });
}

/** Returns what is written of a value; throws if there is none, or one that JSON would make null. */
function checked<T>(value: unknown, place: string, written: T): T {
  if (value === undefined || (value !== null && written === null) || (typeof value === "number" && !Number.isFinite(value))) {
    throw new TypeError(`${place}: expected a value that JSON can hold, got ${value}`);
  }
  return written;
}

// Calls as values, and how they become HTTP requests; nothing here does I/O.

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

/** Returns a segment of a path; throws for one that would change the path. */
export function segment(text: string): string {
  if (typeof text !== "string" || ["", ".", ".."].includes(text)) {
    throw new TypeError("id: expected text that is not empty, `.` or `..`");
  }
  return `/${encodeURIComponent(text)}`;
}

/** Returns the path of a route that is given as text; throws for one that is not plain. */
export function routedPath(path: string): string {
  if (!path.startsWith("/") || /[?#\\\s]|^\/\/|\/(\.|%2e){1,2}(\/|$)/i.test(path)) {
    throw new TypeError("path: expected /segments without `..`; pass the query as `query`");
  }
  return encodeURI(path).replace(/%25/g, "%");
}

/** Returns a query as the API writes it: filter[field][op]=value, lists with commas. Null and undefined are left out. */
export function queryText(query: object): string {
  const text = new URLSearchParams([...pairs(query)]).toString();
  return text && `?${text}`;
}

function* pairs(values: object, before?: string): Iterable<[string, string]> {
  for (const [inner, value] of Object.entries(values)) {
    const name = before ? `${before}[${inner}]` : inner;
    if (value && typeof value === "object" && !Array.isArray(value) && !(value instanceof Date)) {
      yield* pairs(value, name);
    } else if (value !== undefined && value !== null) {
      yield [name, textOf(value)];
    }
  }
}

function textOf(value: unknown): string {
  if (!Array.isArray(value)) {
    return value instanceof Date ? value.toISOString() : String(value);
  }
  const texts = value.map(textOf);
  if (texts.some((one) => one.includes(","))) {
    throw new TypeError("a list in a query: expected values without commas");
  }
  return texts.join(",");
}

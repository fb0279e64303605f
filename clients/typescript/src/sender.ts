// Sending calls: fetch, time-outs, waits. The decisions are in `answer.ts`.
import { answerOf, boundedWait, headerWait, mayRepeat, redirected, refusalOf } from "./answer.js";
import { type Call, queryText } from "./call.js";
import { ConnectionFailed, TimedOut, type UnifiedError } from "./error.js";
import { API_VERSION, VERSION } from "./generated/version.js";
import type { Answer, Options, Settings } from "./options.js";

/** Sends calls; the key is in its closure and nowhere else. */
export type Sender = (call: Call, options?: Options) => Promise<Answer>;

/** Returns what sends calls to a service, for one account or for none. */
export function senderOf(base: string, key: string, settings: Settings): (account?: string) => Sender {
  const { timeoutMs = 60_000, maxRetries = 2, maxWaitMs = 60_000 } = settings;
  if (!/^[!-~]+$/.test(key.trim())) {
    throw new TypeError("key: expected an API key such as uk_…, in ASCII without spaces");
  }
  if (!(timeoutMs > 0 && maxRetries >= 0 && maxWaitMs >= 0)) {
    throw new TypeError("expected timeoutMs above 0, and maxRetries and maxWaitMs of at least 0");
  }
  return (account) => async (call, options = {}) => {
    const idempotencyKey = options.idempotencyKey ?? randomHex(16);
    for (let attempt = 0; ; attempt += 1) {
      const requestId = `req_${randomHex(12)}`;
      const headers = headersOf(call, options, key.trim(), account, idempotencyKey, requestId);
      const outcome = await attempted(base, call, headers, options, settings.fetch ?? fetch, options.timeoutMs ?? timeoutMs);
      const answer = "content" in outcome ? outcome : undefined;
      if (answer) {
        options.onAnswer?.(answer);
      }
      const failure = answer ? refusalOf(call, answer, requestId) : (outcome as UnifiedError);
      const wait = attempt < (options.maxRetries ?? maxRetries) ? waitOf(call, answer, failure, attempt, maxWaitMs) : undefined;
      if (wait !== undefined) {
        await pause(wait, options.signal);
      } else if (failure) {
        throw failure;
      } else {
        return outcome as Answer;
      }
    }
  };
}

function waitOf(call: Call, answer: Answer | undefined, failure: UnifiedError | undefined, attempt: number, longestMs: number) {
  if (failure) {
    return mayRepeat(call.repeat, failure) ? boundedWait(failure.retry_after, attempt, longestMs) : undefined;
  }
  const isBusy = call.isProxied && call.repeat === "always" && answer && [429, 503].includes(answer.status);
  return isBusy ? boundedWait(headerWait(answer), attempt, longestMs) : undefined;
}

function headersOf(
  call: Call, options: Options, key: string, account: string | undefined, idempotencyKey: string, requestId: string,
): Headers {
  const headers = new Headers(call.headers);
  const set = (name: string, value: string | undefined | false) => value !== undefined && value !== false && headers.set(name, value);
  set("authorization", `Bearer ${key}`);
  set("x-request-id", requestId);
  set("user-agent", "document" in globalThis ? undefined : `unified-client-typescript/${VERSION}`);
  set("unified-account", account);
  set("unified-version", API_VERSION);
  set("idempotency-key", (call.takesKey === true || options.idempotencyKey !== undefined) && idempotencyKey);
  set("if-match", options.ifMatch);
  set("accept", !call.isProxied && "application/json");
  set("content-type", call.body !== undefined && !isBytes(call.body) && !headers.has("content-type") && "application/json");
  return headers;
}

function isBytes(body: unknown): body is Uint8Array<ArrayBuffer> {
  return body instanceof Uint8Array;
}

async function attempted(
  base: string, call: Call, headers: Headers, options: Options, send: typeof fetch, timeoutMs: number,
): Promise<Answer | UnifiedError> {
  const { method, body } = call;
  const content = body === undefined ? null : isBytes(body) ? body : JSON.stringify(body);
  const url = base + call.path + queryText(call.query ?? {});
  const control = new AbortController();
  const abort = () => control.abort(options.signal?.reason);
  options.signal?.throwIfAborted();
  options.signal?.addEventListener("abort", abort);
  let isLate = false;
  const timer = setTimeout(() => control.abort((isLate = true)), timeoutMs);
  const request_id = headers.get("x-request-id") ?? "";
  try {
    const request: RequestInit = { method, headers, body: content, redirect: "manual", credentials: "omit" };
    // Bun repeats a request by itself when a kept connection is closed; for others this is the default.
    const fresh = call.repeat === "always" ? {} : { keepalive: false };
    const response = await send(url, { ...request, ...fresh, signal: control.signal });
    if (response.type === "opaqueredirect") {
      return redirected(request_id);
    }
    const bytes = await response.arrayBuffer();
    return answerOf(response.status, response.headers, new Uint8Array(bytes));
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (isLate) {
      const detail = `${method}: no complete answer within ${timeoutMs} milliseconds`;
      return new TimedOut({ code: "timed_out", detail, request_id }, undefined, cause);
    }
    const detail = `${method}: no connection, or it broke before the answer was complete`;
    return new ConnectionFailed({ code: "connection_failed", detail, request_id }, undefined, cause);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", abort);
  }
}

/** Waits; rejects with the signal's reason when it aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

function randomHex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((one) => one.toString(16).padStart(2, "0")).join("");
}

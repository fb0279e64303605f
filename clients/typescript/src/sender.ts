// Sending calls: fetch, time-outs, waits. The decisions are in `answer.ts`.
import { answerOf, boundedWait, headerWait, mayRepeat, redirected, refusalOf } from "./answer.js";
import { bodyOf, type Call, isBytes, queryText } from "./call.js";
import { ConnectionFailed, TimedOut, type UnifiedError } from "./error.js";
import { API_VERSION, VERSION } from "./generated/version.js";
import type { Answer, Options, Settings, WaitOptions } from "./options.js";

/** What a timer can count; a longer time would be none. */
const LONGEST_MS = 2 ** 31 - 1;

/** Sends calls; the key is in its closure and nowhere else. */
export type Sender = (call: Call, options?: Options) => Promise<Answer>;

/** Returns what sends calls to a service, for one account or for none. */
export function senderOf(base: string, key: string, settings: Settings): (account?: string) => Sender {
  const { timeoutMs = 60_000, maxRetries = 2, maxWaitMs = 60_000 } = settings;
  if (!key || !/^[!-~]+$/.test(key.trim())) {
    throw new TypeError("key: expected an API key such as uk_…, in ASCII without spaces");
  }
  checkLimits(settings);
  return (account) => async (call, options = {}) => {
    checkLimits(options);
    const idempotencyKey = options.idempotencyKey ?? randomHex(16);
    for (let attempt = 0; ; attempt += 1) {
      const headers = headersOf(call, options, key.trim(), account, idempotencyKey);
      const outcome = await attempted(base, call, headers, options, settings.fetch ?? fetch, options.timeoutMs ?? timeoutMs);
      const answer = "content" in outcome ? outcome : undefined;
      if (answer) {
        options.onAnswer?.(answer);
      }
      const failure = answer ? refusalOf(call, answer) : (outcome as UnifiedError);
      const wait = waitOf(call, answer, failure, attempt, maxWaitMs);
      if (wait !== undefined && attempt < (options.maxRetries ?? maxRetries)) {
        await pause(wait, options.signal);
      } else if (failure) {
        throw failure;
      } else {
        return outcome as Answer;
      }
    }
  };
}

/** Throws for invalid limits. */
export function checkLimits({ timeoutMs = 1, maxRetries = 0, maxWaitMs = 0, everyMs = 0 }: Settings & WaitOptions): void {
  if (!(timeoutMs > 0 && maxRetries >= 0 && maxWaitMs >= 0 && everyMs >= 0)) {
    throw new TypeError("expected timeoutMs above 0, other limits of at least 0");
  }
}

function waitOf(call: Call, answer: Answer | undefined, failure: UnifiedError | undefined, attempt: number, longestMs: number) {
  if (failure) {
    (failure as { retryable: boolean }).retryable = mayRepeat(call.repeat, failure);
    return failure.retryable ? boundedWait(failure.retry_after, attempt, longestMs) : undefined;
  }
  const isBusy = call.isProxied && call.repeat === "always" && answer && [429, 503].includes(answer.status);
  return isBusy ? boundedWait(headerWait(answer), attempt, longestMs) : undefined;
}

function headersOf(
  call: Call, options: Options, key: string, account: string | undefined, idempotencyKey: string,
): Headers {
  const headers = new Headers(call.headers);
  const set = (name: string, value: string | undefined | false) => value !== undefined && value !== false && headers.set(name, value);
  set("authorization", `Bearer ${key}`);
  set("x-request-id", `req_${randomHex(12)}`);
  set("user-agent", "document" in globalThis ? undefined : `unified-client-typescript/${VERSION}`);
  set("unified-account", account);
  set("unified-version", API_VERSION);
  set("idempotency-key", (call.takesKey || options.idempotencyKey !== undefined) && idempotencyKey);
  set("if-match", options.ifMatch);
  set("accept", !call.isProxied && "application/json");
  set("content-type", call.body !== undefined && !isBytes(call.body) && !headers.has("content-type") && "application/json");
  return headers;
}

async function attempted(
  base: string, call: Call, headers: Headers, { signal }: Options, send: typeof fetch, timeoutMs: number,
): Promise<Answer | UnifiedError> {
  const { method } = call;
  const body = bodyOf(call.body);
  const url = base + call.path + queryText(call.query ?? {});
  const request_id = headers.get("x-request-id") ?? "";
  const control = new AbortController();
  let isLate = false;
  const stop = alarm(timeoutMs, signal, (late) => {
    isLate = late;
    control.abort(signal?.reason);
  });
  try {
    const request: RequestInit = { method, headers, body, redirect: "manual", credentials: "omit", signal: control.signal };
    // Bun repeats a request by itself when a kept connection is closed; for others this is the default.
    const response = await send(url, { ...request, ...(call.repeat !== "always" && { keepalive: false }) });
    if (response.type === "opaqueredirect") {
      return redirected(request_id);
    }
    return answerOf(response.status, response.headers, new Uint8Array(await response.arrayBuffer()), request_id);
  } catch (cause) {
    signal?.throwIfAborted();
    const [Kind, code, what] = isLate
      ? [TimedOut, "timed_out", `no complete answer within ${timeoutMs} milliseconds`] as const
      : [ConnectionFailed, "connection_failed", "no connection, or it broke before the answer was complete"] as const;
    return new Kind({ code, detail: `${method}: ${what}`, request_id }, undefined, cause);
  } finally {
    stop();
  }
}

/** Waits; rejects with the signal's reason when it aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = alarm(ms, signal, () => resolve(stop()));
  });
  signal?.throwIfAborted();
}

/** Calls `ring` when the time is over, or the signal aborts; returns what stops that. */
function alarm(ms: number, signal: AbortSignal | undefined, ring: (isLate: boolean) => void): () => void {
  signal?.throwIfAborted();
  const abort = () => ring(false);
  const timer = ms < Infinity ? setTimeout(ring, Math.min(ms, LONGEST_MS), true) : undefined;
  signal?.addEventListener("abort", abort);
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  };
}

function randomHex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((one) => one.toString(16).padStart(2, "0")).join("");
}

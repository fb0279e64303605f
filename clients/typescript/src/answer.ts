// From answers to values and errors; nothing here does I/O.
import type { Call, Repeat } from "./call.js";
import { ApprovalRequired, type Failure, RedirectRefused, UnifiedError, UnreadableAnswer } from "./error.js";
import { classOf } from "./errors.js";
import type { Waiting } from "./generated/management.js";
import type { Answer } from "./options.js";

/** How the type of each of Unified's problems begins, which distinguishes them from those of a provider behind the proxy. */
const TYPE = "https://unified.invalid/errors/";
/** The code of a failure that is not from Unified, such as a load balancer's page. */
const UNEXPECTED = "unexpected_answer";
/** Statuses that may pass, of answers that do not say whether they do. */
const TEMPORARY = [408, 425, 429, 502, 503, 504];
/** Statuses of answers that say that the request was not carried out. */
const NOTHING_DONE = [408, 409, 425, 429, 503];

/** Returns an answer whose body is read already. */
export function answerOf(status: number, headers: Headers, content: Uint8Array, sentId: string): Answer {
  const named = Object.fromEntries(headers);
  const json = (): unknown => JSON.parse(new TextDecoder().decode(content));
  return { status, headers: named, content, request_id: named["x-request-id"] || sentId, json };
}

/** Returns the error that an answer is, if it is one; a provider's answer through the proxy is not an error. */
export function refusalOf(call: Call, answer: Answer): UnifiedError | undefined {
  const { status } = answer;
  const problem = status >= 400 ? (parsed(answer) as (Failure & { type?: unknown }) | null) : null;
  if (problem && String(problem.type).startsWith(TYPE) && problem.code && typeof problem.code === "string") {
    return new (classOf(problem.code, status))(problem, answer);
  }
  if (call.isProxied || (status >= 200 && status < 300)) {
    return undefined;
  }
  if (status < 400) {
    return redirected(answer.request_id, answer);
  }
  const detail = `status ${status} with a body that is not from Unified: is baseUrl right, is the service up?`;
  return new UnifiedError({ code: UNEXPECTED, detail, retryable: TEMPORARY.includes(status), retry_after: headerWait(answer) }, answer);
}

/** Returns the error for an address that redirects. */
export function redirected(request_id?: string, answer?: Answer): RedirectRefused {
  const detail = "the address redirects: set baseUrl to where it leads";
  return new RedirectRefused({ code: "redirect_refused", detail, request_id }, answer);
}

/** Returns what an answer holds: undefined for no content, the answer itself for @; `flags` are as in the table. */
export function valueOf(answer: Answer, flags: string): unknown {
  const { status } = answer;
  const isRaw = flags.includes("@");
  const isOther = status === 202 && !flags.includes("^"); // an approval, or what is not Unified's
  const value = status === 204 || (isRaw && !isOther) ? undefined : parsed(answer);
  const waiting = value as Partial<Waiting> | null | undefined;
  if (isOther && waiting?.status === "approval_required" && waiting.approval?.id) {
    throw new ApprovalRequired({ code: "approval_required", detail: waiting.approval.summary ?? "" }, answer, waiting.approval);
  }
  if (!isRaw && (isOther || !holds(value, flags))) {
    throw unreadable(`status ${status}: not what Unified sends here`, answer);
  }
  return isRaw ? answer : flags.includes("!") ? (value as { results: unknown }).results : value;
}

/** Returns whether a value has the form that the flags of its method say. */
function holds(value: unknown, flags: string): boolean {
  const has = (flag: string) => flags.includes(flag);
  if (has("|") && (value === undefined || !has("%"))) {
    return value === undefined;
  }
  const { id, data, results } = (value ?? {}) as Record<string, unknown>;
  const list = has("!") ? results : has("#") ? data : [];
  return Array.isArray(list) && [value, ...list].every(isObject) && (!has("%") || typeof id === "string");
}

/** Returns whether a value is an object and no list. */
export function isObject(value: unknown): value is object {
  return Object(value) === value && !Array.isArray(value);
}

/** Returns the error for an answer that is not what Unified sends. */
export function unreadable(detail: string, answer: Answer): UnreadableAnswer {
  return new UnreadableAnswer({ code: "unreadable_answer", detail: `${detail}; is baseUrl right?` }, answer);
}

/** Returns the body; null if it is not JSON. */
function parsed(answer: Answer): unknown {
  try {
    return answer.json();
  } catch {
    return null;
  }
}

/** Returns the seconds of `Retry-After`, if there are any. */
export function headerWait(answer: Answer): number | undefined {
  const text = answer.headers["retry-after"] ?? "";
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Returns whether a call may be sent again: without an answer only what cannot be done twice, else as the answer says. */
export function mayRepeat(repeat: Repeat, { status = 0, retryable, code }: UnifiedError): boolean {
  if (repeat === "always") {
    return retryable || (!status && code !== "redirect_refused");
  }
  return retryable && code !== UNEXPECTED && (repeat === "answered" || (repeat === "refused" && NOTHING_DONE.includes(status)));
}

/** Returns the milliseconds to wait, with jitter so that many clients do not come back at once; undefined if that is too long. */
export function boundedWait(asked: number | undefined, attempt: number, longestMs: number): number | undefined {
  if (asked !== undefined) {
    const ms = asked * 1000;
    return ms <= longestMs ? ms * (1 + Math.random() / 10) : undefined;
  }
  return Math.min(500 * 2 ** attempt, 8000, longestMs) * (0.5 + Math.random() / 2);
}

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

/** Returns an answer of which the body is read already. */
export function answerOf(status: number, headers: Headers, content: Uint8Array): Answer {
  const named = Object.fromEntries(headers);
  const json = (): unknown => JSON.parse(new TextDecoder().decode(content));
  return { status, headers: named, content, request_id: named["x-request-id"], json };
}

/** Returns the error that an answer is, if it is one; what a provider answers behind the proxy is none. */
export function refusalOf(call: Call, answer: Answer, requestId: string): UnifiedError | undefined {
  const { status } = answer;
  const problem = status >= 400 ? parsed<Failure & { type?: unknown }>(answer) : undefined;
  if (typeof problem?.type === "string" && problem.type.startsWith(TYPE) && problem.code && typeof problem.code === "string") {
    return new (classOf(problem.code, status))(problem, answer);
  }
  if (call.isProxied || (status >= 200 && status < 300)) {
    return undefined;
  }
  const request_id = answer.request_id ?? requestId;
  if (status < 400) {
    return redirected(request_id, answer);
  }
  const detail = `status ${status} with a body that is not from Unified: is baseUrl right, is the service up?`;
  const retry_after = headerWait(answer);
  return new UnifiedError({ code: UNEXPECTED, detail, request_id, retryable: TEMPORARY.includes(status), retry_after }, answer);
}

/** Returns the error for an address that redirects. */
export function redirected(request_id: string, answer?: Answer): RedirectRefused {
  const detail = "the address redirects: set baseUrl to where it leads";
  return new RedirectRefused({ code: "redirect_refused", detail, request_id }, answer);
}

/** Returns what an answer holds; undefined for no content. */
export function valueOf(answer: Answer): unknown {
  if (answer.status === 204) {
    return undefined;
  }
  let value: unknown;
  try {
    value = answer.json();
  } catch (cause) {
    const detail = `status ${answer.status}: the body is not JSON; is baseUrl right?`;
    throw new UnreadableAnswer({ code: "unreadable_answer", detail }, answer, cause);
  }
  const waiting = value as Partial<Waiting> | null;
  if (answer.status === 202 && waiting?.status === "approval_required" && waiting.approval) {
    throw new ApprovalRequired({ code: "approval_required", detail: waiting.approval.summary ?? "" }, answer, waiting.approval);
  }
  return value;
}

function parsed<T>(answer: Answer): Partial<T> & { code?: unknown } & T | undefined {
  try {
    return (answer.json() ?? undefined) as ReturnType<typeof parsed<T>>;
  } catch {
    return undefined;
  }
}

/** Returns the seconds of `Retry-After`, if there are any. */
export function headerWait(answer: Answer): number | undefined {
  const text = answer.headers["retry-after"]?.trim() ?? "";
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Returns whether a call may be sent again: without an answer only what cannot be done twice, else as the answer says. */
export function mayRepeat(repeat: Repeat, failure: UnifiedError): boolean {
  if (repeat === "always") {
    return failure.status === undefined ? !(failure instanceof RedirectRefused) : failure.retryable;
  }
  const said = failure.status !== undefined && failure.retryable && failure.code !== UNEXPECTED;
  return said && (repeat === "answered" || (repeat === "refused" && NOTHING_DONE.includes(failure.status ?? 0)));
}

/** Returns the milliseconds to wait, with jitter so that many clients do not come back at once; undefined if that is too long. */
export function boundedWait(asked: number | undefined, attempt: number, longestMs: number): number | undefined {
  if (asked !== undefined) {
    return asked * 1000 <= longestMs ? asked * 1000 * (1 + Math.random() / 10) : undefined;
  }
  return Math.min(500 * 2 ** attempt, 8000, longestMs) * (0.5 + Math.random() / 2);
}

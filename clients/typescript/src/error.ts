// The base of all errors, and those that no answer of the service has.
import type { ErrorCode } from "./generated/errors.js";
import type { ApprovalWaiting, FieldProblem, ProviderProblem } from "./generated/management.js";
import type { Answer } from "./options.js";

/** What is known of a failure: a problem of the service, or one that the client made. */
export interface Failure {
  code: string;
  detail: string;
  request_id?: string | undefined;
  retryable?: boolean | undefined;
  retry_after?: number | null | undefined;
  errors?: FieldProblem[] | undefined;
  provider?: ProviderProblem | null | undefined;
}

export type ErrorClass = new (failure: Failure, answer?: Answer, cause?: unknown) => UnifiedError;

/** A call failed; decide by `code`, which is stable, never by the text. */
export class UnifiedError extends Error {
  declare readonly code: ErrorCode;
  declare readonly detail: string;
  /** The HTTP status; undefined if no answer came. */
  declare readonly status: number | undefined;
  declare readonly request_id: string | undefined;
  /** Whether the same call can be repeated safely, as the client itself decides it; a create with the same key. */
  declare readonly retryable: boolean;
  /** Seconds to wait before the same call may succeed. */
  declare readonly retry_after: number | undefined;
  declare readonly errors: readonly FieldProblem[];
  declare readonly provider: ProviderProblem | undefined;
  /** The raw answer, if one came. */
  declare readonly answer: Answer | undefined;

  constructor(failure: Failure, answer?: Answer, cause?: unknown) {
    const { code, detail, retry_after: wait } = failure;
    const errors = Array.isArray(failure.errors) ? failure.errors : [];
    const request_id = failure.request_id || answer?.request_id || undefined;
    const texts = errors.map(({ pointer, message }) => (message === detail ? "" : `${pointer}: ${message}`));
    const places = texts.map((text) => (String(detail).includes(text) ? "" : `\n  ${text}`)).join("");
    super(`${code}: ${detail}${request_id ? ` (request ${request_id})` : ""}${places}`, { cause });
    Object.assign(this, {
      name: new.target.name,
      code,
      detail,
      status: answer?.status,
      request_id,
      retryable: failure.retryable === true,
      retry_after: typeof wait === "number" ? Math.max(0, wait) : undefined,
      errors,
      provider: failure.provider ?? undefined,
    });
    Object.defineProperty(this, "answer", { value: answer }); // not shown when the error is printed: it may hold data
  }
}

/** No connection was made, or it broke before the answer was complete. */
export class ConnectionFailed extends UnifiedError {}

/** No complete answer came within the time-out, or what was waited for did not happen. */
export class TimedOut extends UnifiedError {}

/** The answer is not what Unified sends. */
export class UnreadableAnswer extends UnifiedError {}

/** The address redirects; the key is never sent to another place. */
export class RedirectRefused extends UnifiedError {}

/** The write waits for a person's approval; nothing was written. */
export class ApprovalRequired extends UnifiedError {
  constructor(
    failure: Failure,
    answer: Answer,
    /** The approval: wait for it with `client.approvals.wait(error.waiting.id)`. */
    readonly waiting: ApprovalWaiting,
  ) {
    super(failure, answer);
  }
}

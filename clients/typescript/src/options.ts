// Options that callers pass in addition to the API's own words.
import type { ApprovalWaiting, Problem } from "./generated/management.js";

/** An answer as it came. */
export interface Answer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly content: Uint8Array;
  /** The id under which the service's operator finds the request. */
  readonly request_id: string | undefined;
  /** Parses the body; throws SyntaxError if it is not JSON. */
  json(): unknown;
}

/** Options of one call; what is left out is the client's own. */
export interface Options {
  /** Milliseconds that one attempt may take; `Infinity` for no limit. */
  timeoutMs?: number | undefined;
  maxRetries?: number | undefined;
  /** For a write that must happen once even if the program restarts; refused where the service does not honor one. */
  idempotencyKey?: string | undefined;
  /** The ETag of the record that an update or delete is meant for. */
  ifMatch?: string | undefined;
  /** Ends the call, also between attempts; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Receives every raw answer, those of failed attempts too. */
  onAnswer?: ((answer: Answer) => void) | undefined;
}

/** Options of the client. */
export interface Settings {
  /** Milliseconds that one attempt of a call may take, `Infinity` for no limit; 60,000 if left out. */
  timeoutMs?: number | undefined;
  /** How often a call is sent again; 2 if left out. */
  maxRetries?: number | undefined;
  /** A call that would have to wait longer rejects at once; 60,000 if left out. */
  maxWaitMs?: number | undefined;
  /** Replaces the runtime's own fetch. */
  fetch?: typeof fetch | undefined;
}

/** How to wait. */
export interface WaitOptions {
  /** 600,000 if left out. */
  timeoutMs?: number | undefined;
  /** 2,000 if left out. */
  everyMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What a request through the proxy takes. */
export interface ProxyRequest {
  query?: Readonly<Record<string, unknown>> | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Bytes (typed arrays, `ArrayBuffer`, `Blob`) are sent as they are, anything else as JSON. */
  body?: unknown;
}

/** One write of a batch. */
export interface BatchWrite<Body> {
  op: "create" | "update" | "upsert" | "delete";
  /** Of an update or delete. */
  id?: string | undefined;
  /** Of an upsert: the field by which the provider finds the record. */
  by?: string | undefined;
  /** Of all but a delete. */
  data?: Body | undefined;
  /** Of an update or delete: the version of the record that it is meant for. */
  version?: string | undefined;
}

/** The outcome of one write: a record, an error, or an approval that it waits for. */
export interface BatchResult<Found> {
  index: number;
  status: number;
  data?: Found | null;
  version?: string | null;
  error?: Problem;
  approval?: ApprovalWaiting;
}

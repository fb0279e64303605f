// Verifying webhooks (Standard Webhooks): that Unified sent a message, and when.
import { isObject } from "./answer.js";
import type { EventData } from "./generated/events.js";

/** The message was not signed with the secret, is too old, or is not an event. */
export class WebhookRejected extends Error {
  override readonly name = "WebhookRejected";
}

/** A verified event; types that are newer than this client are passed on. */
export interface WebhookEvent {
  /** The same for every attempt to deliver the event. */
  id: string;
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

/** Returns whether an event has a type, by which the compiler knows its data. */
export function isEvent<K extends keyof EventData>(event: WebhookEvent, type: K): event is WebhookEvent & { type: K; data: EventData[K] } {
  return event.type === type;
}

type HeaderValues = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** How old a message may be, and what time it is, for tests. */
export interface VerifyOptions {
  toleranceMs?: number | undefined;
  /** Milliseconds since 1970. */
  now?: number | undefined;
}

/**
 * Returns the event of a message; rejects with WebhookRejected if it must not be acted on.
 *
 * @param body the body as it was received, before any parsing
 * @param secret the webhook's secret, `whsec_…`, or several while one is replaced
 */
export async function verifyWebhook(
  body: Uint8Array | string, headers: HeaderValues, secret: string | readonly string[], options: VerifyOptions = {},
): Promise<WebhookEvent> {
  const { toleranceMs = 300_000, now = Date.now() } = options;
  const named = new Map((headers instanceof Headers ? [...headers] : Object.entries(headers)).map(([name, one]) => [name.toLowerCase(), String(one)]));
  const [id, sent, signatures] = ["id", "timestamp", "signature"].map((one) => named.get(`webhook-${one}`) ?? "") as [string, string, string];
  if (!id || !signatures || !/^\d{1,13}$/.test(sent)) {
    throw new WebhookRejected("expected the headers webhook-id, webhook-timestamp and webhook-signature");
  }
  const signed = await new Blob([`${id}.${sent}.`, body as BlobPart]).arrayBuffer();
  const keys = await Promise.all((typeof secret === "string" ? [secret] : secret).map(keyOf));
  const given = signatures.split(" ").filter((one) => one.startsWith("v1,")).map((one) => bytesOf(one.slice(3)));
  const checks = keys.flatMap((key) => given.map((one) => one !== undefined && crypto.subtle.verify("HMAC", key, one, signed)));
  if (!(await Promise.all(checks)).includes(true)) {
    throw new WebhookRejected("no signature fits: was the body changed before this, is it this webhook's secret?");
  }
  // Written so that NaN, as of a setting that is missing, lets nothing pass.
  if (!(Math.abs(now - Number(sent) * 1000) <= toleranceMs)) {
    throw new WebhookRejected(`webhook-timestamp: expected a time within ${toleranceMs} milliseconds of now`);
  }
  return eventOf(id, body);
}

function eventOf(id: string, body: Uint8Array | string): WebhookEvent {
  try {
    const text = typeof body === "string" ? body : new TextDecoder("utf-8", { fatal: true }).decode(body);
    const { type, timestamp = "", data = {} } = JSON.parse(text) as Partial<WebhookEvent>;
    if (typeof type === "string" && isObject(data)) {
      return { id, type, timestamp: String(timestamp), data };
    }
  } catch {
    // the same as an event without a type
  }
  throw new WebhookRejected("body: expected an event in JSON");
}

function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = bytesOf(secret.replace(/^whsec_/, ""));
  if (!bytes?.length) {
    throw new TypeError("secret: expected whsec_ and base64");
  }
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
  } catch {
    return undefined;
  }
}

// A typed client of Unified: one API over CRM, HRIS and ticketing products.
export { type Account, Client } from "./client.js";
export { ApprovalRequired, UnifiedError } from "./error.js";
export { errors } from "./errors.js";
export type * from "./generated/api.js";
export type * as crm from "./generated/crm.js";
export type { EventData } from "./generated/events.js";
export type { ErrorCode } from "./generated/errors.js";
export type * as hris from "./generated/hris.js";
export type * as management from "./generated/management.js";
export type * as shared from "./generated/shared.js";
export type * as ticketing from "./generated/ticketing.js";
export { VERSION } from "./generated/version.js";
export type * from "./options.js";
export { type Narrowed, type Page, Records, type Whole } from "./records.js";
export { isEvent, type VerifyOptions, verifyWebhook, type WebhookEvent, WebhookRejected } from "./webhooks.js";

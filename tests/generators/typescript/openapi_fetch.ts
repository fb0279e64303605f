/** A small application with types of openapi-typescript and the client openapi-fetch. */

import createClient from "openapi-fetch";

import { account_id, baseUrl, expect, key, present } from "./demo.ts";
import type { components, paths } from "./schema.ts";

type Contact = components["schemas"]["CrmContact"];
type Update = components["schemas"]["CrmContactUpdate"];

const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });

/** Names and states of the connected accounts: `status` is one of the words that there are. */
const accounts = present((await client.GET("/accounts")).data, "accounts").data;
const lost = accounts.filter((one) => one.status === "needs_reauth");
expect(accounts.length > 0 && lost.length === 0, "accounts that all work");

const first = present((await client.GET("/crm/contacts", { params: { query: { account_id, limit: 2 } } })).data, "a page");
const cursor = present(first.next_cursor, "a second page");
const second = await client.GET("/crm/contacts", { params: { query: { account_id, limit: 2, cursor } } });
const contacts: Contact[] = [...first.data, ...present(second.data, "a page").data];
expect(new Set(contacts.map((one) => one.id)).size === 4, "four different contacts");
for (const [name, value] of Object.entries(contacts[0]?.custom_fields ?? {})) expect(name !== "" && value !== undefined, "custom fields");

const narrow = await client.GET("/crm/contacts", { params: { query: { account_id, limit: 1, fields: "id,emails" } } });
expect(present(narrow.data, "a page").data[0]?.first_name === undefined, "only the fields that were asked for");

const email = `ada.${Date.now()}@example.com`;
const made = await client.POST("/crm/contacts", {
  params: { query: { account_id }, header: { "Idempotency-Key": crypto.randomUUID() } },
  body: { first_name: "Ada", emails: [{ email, type: "work" }] },
});
if (made.response.status === 202) throw new Error("expected a contact, not an approval");
const ada = present(made.data, "a new contact") as Contact;

const body: Update = { title: "Analyst" };
const path = { id: ada.id };
const changed = await client.PATCH("/crm/contacts/{id}", { params: { path, query: { account_id } }, body });
expect(changed.error === undefined, "an update of one field");

const found = await client.GET("/crm/contacts", {
  params: { query: { account_id, "filter[email]": email, include_raw: true, remote_query: { archived: "false" } } },
});
const record = present(present(found.data, "a page").data[0], "the contact by its e-mail address");
expect(record.title === "Analyst" && record.emails?.[0]?.email === email, "the address that the update left alone");
expect(record.remote_data !== undefined, "the provider's record");

const owned = present(contacts.find((one) => one.owner_id), "a contact with an owner");
const whole = await client.GET("/crm/contacts/{id}", { params: { path: { id: owned.id }, query: { account_id, expand: "owner" } } });
expect(present(whole.data?.owner, "an owner").id === owned.owner_id, "the owner of the contact");

await client.DELETE("/crm/contacts/{id}", { params: { path, query: { account_id } } });
const gone = await client.GET("/crm/contacts/{id}", { params: { path: { id: "0" }, query: { account_id } } });
switch (present(gone.error, "an error").code) {
  case "not_found":
    break;
  default:
    throw new Error(`expected not_found, got ${gone.error?.code}`);
}
const scope: components["schemas"]["Scope"] = { methods: ["read"], models: ["crm.contacts"], writes: "deny" };
const refused = await client.POST("/accounts", {
  body: { provider: "hubspot", name: "x", credentials: { type: "basic", username: "u", password: "p" } },
});
expect(refused.error?.code === "validation_failed" && scope.writes === "deny", "a refusal of credentials that do not fit");
console.log(`openapi-fetch: ${contacts.length} contacts, one made, changed, found and deleted`);

/** A small application with the functions that @hey-api/openapi-ts generates. */

import { account_id, baseUrl, expect, key, present } from "./demo.ts";
import { client } from "./hey/client.gen.ts";
import {
  createCrmContact,
  deleteCrmContact,
  getCrmContact,
  listAccounts,
  listCrmContacts,
  updateCrmContact,
} from "./hey/sdk.gen.ts";
import type { CrmContact, CrmContactUpdate, ErrorCode } from "./hey/types.gen.ts";

client.setConfig({ baseUrl, auth: key });

const accounts = present((await listAccounts()).data, "accounts").data;
expect(accounts.every((one) => one.status === "active"), "accounts that all work");

const first = present((await listCrmContacts({ query: { account_id, limit: 2 } })).data, "a page");
const second = await listCrmContacts({ query: { account_id, limit: 2, cursor: present(first.next_cursor, "a cursor") } });
const contacts: CrmContact[] = [...first.data, ...present(second.data, "a page").data];
expect(new Set(contacts.map((one) => one.id)).size === 4, "four different contacts");

const email = `ada.${Date.now()}@example.com`;
const made = await createCrmContact({
  query: { account_id },
  headers: { "Idempotency-Key": crypto.randomUUID() },
  body: { first_name: "Ada", emails: [{ email, type: "work" }] },
});
if (made.response?.status !== 201) throw new Error("expected a contact, not an approval");
const ada = present(made.data, "a new contact") as CrmContact;

const body: CrmContactUpdate = { title: "Analyst" };
expect((await updateCrmContact({ path: { id: ada.id }, query: { account_id }, body })).error === undefined, "an update");

const query = { account_id, "filter[email]": email, include_raw: true, remote_query: { archived: "false" } };
const record = present((await listCrmContacts({ query })).data?.data[0], "the contact by its e-mail address");
expect(record.title === "Analyst" && record.emails?.[0]?.email === email, "the address that the update left alone");
expect(Object.keys(record.remote_data ?? {}).length > 0, "the provider's record");

const owned = present(contacts.find((one) => one.owner_id), "a contact with an owner");
const whole = await getCrmContact({ path: { id: owned.id }, query: { account_id, expand: "owner" } });
expect(present(whole.data?.owner, "an owner").id === owned.owner_id, "the owner of the contact");

await deleteCrmContact({ path: { id: ada.id }, query: { account_id } });
const gone = await getCrmContact({ path: { id: "0" }, query: { account_id } });
const code: ErrorCode = present(gone.error, "an error").code;
expect(code === "not_found", "not_found");
console.log(`@hey-api/openapi-ts: ${contacts.length} contacts, one made, changed, found and deleted`);

import { env } from "node:process";
import { Client, errors } from "unified-client";

const { UNIFIED_URL = "", UNIFIED_KEY = "", HUBSPOT = "" } = env;
const hubspot = new Client(UNIFIED_URL, UNIFIED_KEY).account(HUBSPOT);

for await (const contact of hubspot.crm.contacts.list({ filter: { last_name: "Meyer" }, fields: ["name", "emails"] })) {
  console.log(contact.name, contact.emails?.[0]?.email);
  break;
}

const made = await hubspot.crm.contacts.create({ first_name: "Ada", emails: [{ email: "ada@engines.example" }] });
await hubspot.crm.contacts.update(made.id, { title: "Countess" });
await hubspot.crm.contacts.delete(made.id);
try {
  await hubspot.crm.contacts.get(made.id);
} catch (error) {
  if (!(error instanceof errors.NotFound)) throw error;
  console.log(error.code, error.retryable);
}

// HubSpot contacts by Unified's own record expression in npm's jsonata.
"use strict";
const jsonata = require("jsonata");
const { address, date, e164, text, time } = require("./contact.js");
const { functions } = require("./functions.js");

const kept = (list, key) => (list ?? []).filter((one) => text(one[key]) !== null);

// What Unified's check of the common model does with an expression's value.
function conform(mapped) {
  const id = text(mapped.id);
  const first = text(mapped.first_name);
  const last = text(mapped.last_name);
  return {
    id,
    remote_id: id,
    created_at: time(mapped.created_at),
    updated_at: time(mapped.updated_at),
    is_deleted: mapped.is_deleted ?? null,
    web_url: text(mapped.web_url),
    custom_fields: mapped.custom_fields ?? {},
    mapped_fields: {},
    remote_data: null,
    first_name: first,
    last_name: last,
    name: [first, last].filter((one) => one !== null).join(" ") || null,
    title: text(mapped.title),
    department: null,
    description: null,
    account_id: text(mapped.account_id),
    account_ids: (mapped.account_ids ?? []).filter((one) => text(one) !== null),
    owner_id: text(mapped.owner_id),
    emails: kept(mapped.emails, "email"),
    phone_numbers: kept(mapped.phone_numbers, "number").map(({ number, type, is_primary }) => ({
      number, e164: e164(number), extension: null, type, is_primary,
    })),
    addresses: mapped.addresses.flatMap((one) =>
      address(text(one.street_1), text(one.city), text(one.state), text(one.postal_code), text(one.country)),
    ),
    urls: kept(mapped.urls, "url"),
    lead_source: text(mapped.lead_source),
    lifecycle_stage: text(mapped.lifecycle_stage),
    remote_lifecycle_stage: text(mapped.remote_lifecycle_stage),
    birth_date: date(mapped.birth_date),
    image_url: null,
    tags: [],
    last_activity_at: time(mapped.last_activity_at),
  };
}

// The expression, with the functions that it calls: one that is missing here is named before anything is asked.
function mapper({ source, functions: called, enums }) {
  const known = functions(enums);
  const missing = called.filter((name) => !(name in known));
  if (missing.length > 0) throw new Error(`node/functions.js lacks what the record expression calls: $${missing.join(", $")}`);
  const expression = jsonata(source);
  for (const [name, run] of Object.entries(known)) expression.registerFunction(name, run);
  const bindings = { account: { settings: {} } };
  return async (item) => conform(await expression.evaluate(item, bindings));
}

module.exports = { mapper };

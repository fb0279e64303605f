// HubSpot contacts by Unified's own record expression in npm's jsonata, with the functions of Unified that the expression calls.
"use strict";
const jsonata = require("jsonata");
const { KNOWN, address, date, e164, text, time } = require("./contact.js");

function coalesce(...values) {
  let found;
  for (const value of values) {
    if (value !== undefined && value !== null && value !== "") return value;
    if (value !== undefined) found = null;
  }
  return found;
}

// Each table has the common word for a word of the provider.
function toCommon(tables) {
  return (name, word, otherwise) => {
    if (word === undefined || word === null || word === "") return null;
    return tables[name][word] ?? tables[name][word.toLowerCase()] ?? otherwise ?? null;
  };
}

const patterns = new Map();
function pattern(text) {
  if (!patterns.has(text)) patterns.set(text, new RegExp(`^${text.replaceAll("*", ".*")}$`));
  return patterns.get(text);
}

// The expression has refused patterns only, each with a leading `!`.
function custom(properties, refused) {
  const found = {};
  for (const [name, value] of Object.entries(properties)) {
    if (value !== null && !KNOWN.has(name) && !refused.some((one) => pattern(one.slice(1)).test(name))) found[name] = value;
  }
  return found;
}

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

function mapper(source, tables) {
  const expression = jsonata(source);
  expression.registerFunction("coalesce", coalesce);
  expression.registerFunction("toCommon", toCommon(tables));
  expression.registerFunction("custom", custom);
  const bindings = { account: { settings: {} } };
  return async (item) => conform(await expression.evaluate(item, bindings));
}

module.exports = { mapper };

// The peer of the acceptance: Node alone, without a framework: `node peer.js <port> <provider's port> [file of the mapping]`.
// `/hand` maps contacts by hand and leaves values as they are, `/hand12` twelve fields of them; `/jsonata` runs the expression.
"use strict";
const http = require("node:http");
const { readFileSync } = require("node:fs");

const [port, upstream, file] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const stages = new Map(Object.entries({
  subscriber: "subscriber", lead: "lead", marketingqualifiedlead: "marketing_qualified_lead",
  salesqualifiedlead: "sales_qualified_lead", opportunity: "opportunity", customer: "customer", evangelist: "evangelist",
}));
const named = new Set(
  ("address associatedcompanyid city country createdate date_of_birth email fax firstname hs_additional_emails " +
    "hs_analytics_source hs_linkedin_url hubspot_owner_id jobtitle lastmodifieddate lastname lifecyclestage mobilephone " +
    "notes_last_contacted notes_last_updated phone state twitterhandle website zip hs_object_id").split(" "),
);

function ask(limit) {
  return new Promise((resolve, reject) => {
    const path = `/crm/v3/objects/contacts?limit=${limit}`;
    http.get({ host: "127.0.0.1", port: upstream, path, agent, headers: { authorization: "Bearer t" } }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve(JSON.parse(Buffer.concat(parts).toString("utf8"))));
    }).on("error", reject);
  });
}

function twelve(c) {
  const p = c.properties;
  const first = p.firstname || null, last = p.lastname || null;
  const ids = account(c);
  const mails = p.email ? [{ email: p.email, type: "work", is_primary: true }] : [];
  if (p.hs_additional_emails) {
    for (const one of p.hs_additional_emails.split(";")) mails.push({ email: one, type: "other", is_primary: false });
  }
  const numbers = [];
  for (const [key, type] of [["phone", "work"], ["mobilephone", "mobile"], ["fax", "fax"]]) {
    if (p[key]) numbers.push({ number: p[key], e164: null, extension: null, type, is_primary: type === "work" });
  }
  return {
    id: c.id, created_at: c.createdAt, updated_at: c.updatedAt, first_name: first, last_name: last,
    name: first && last ? first + " " + last : first || last, title: p.jobtitle || null, account_id: ids[0] ?? null,
    owner_id: p.hubspot_owner_id || null, emails: mails, phone_numbers: numbers,
    lifecycle_stage: p.lifecyclestage ? stages.get(p.lifecyclestage) ?? "other" : null,
  };
}

function account(c) {
  const ids = (c.associations?.companies?.results ?? []).map((one) => one.id);
  const main = c.properties.associatedcompanyid || ids[0];
  return main ? [main, ...ids.filter((one) => one !== main)] : [];
}

function whole(c) {
  const p = c.properties;
  const links = [];
  if (p.website) links.push({ url: p.website, type: "website" });
  if (p.hs_linkedin_url) links.push({ url: p.hs_linkedin_url, type: "linkedin" });
  if (p.twitterhandle) links.push({ url: `https://x.com/${p.twitterhandle.replace("@", "")}`, type: "x" });
  const place = {
    street_1: p.address, street_2: null, city: p.city, state: p.state, postal_code: p.zip, country: null,
    country_name: p.country, type: "primary", formatted: null,
  };
  const own = {};
  for (const [key, value] of Object.entries(p)) if (value !== null && !named.has(key)) own[key] = value;
  return {
    ...twelve(c), remote_id: c.id, is_deleted: c.archived, web_url: c.url ?? null, custom_fields: own, mapped_fields: {},
    remote_data: null, department: null, description: null, account_ids: account(c),
    addresses: p.address || p.city || p.state || p.zip || p.country ? [place] : [], urls: links,
    lead_source: p.hs_analytics_source || null, remote_lifecycle_stage: p.lifecyclestage || null,
    birth_date: p.date_of_birth || null, image_url: null, tags: [],
    last_activity_at: p.notes_last_updated || p.notes_last_contacted || null,
  };
}

const maps = { "/hand": whole, "/hand12": twelve };
if (file !== undefined) maps["/jsonata"] = require("../node/expression.js").mapper(JSON.parse(readFileSync(file, "utf8")));

http
  .createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    const found = await ask(url.searchParams.get("limit") ?? "100");
    const map = maps[url.pathname];
    const data = url.pathname === "/jsonata" ? await Promise.all(found.results.map(map)) : found.results.map(map);
    const body = Buffer.from(JSON.stringify({ data, next_cursor: found.paging.next.after }));
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
  })
  .listen({ port: Number(port), host: "127.0.0.1" });

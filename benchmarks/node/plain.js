// HubSpot contacts as common contacts, as a team writes them by hand that trusts its only provider: values stay as they are.
"use strict";
const { KNOWN } = require("./properties.js");

const STAGES = {
  subscriber: "subscriber", lead: "lead", marketingqualifiedlead: "marketing_qualified_lead",
  salesqualifiedlead: "sales_qualified_lead", opportunity: "opportunity", customer: "customer", evangelist: "evangelist",
};
const OWN = /^(hs_|hubspot_|num_|notes_)/;

const stage = (word) => (word ? (STAGES[word] ?? "other") : null);
const name = (first, last) => (first && last ? `${first} ${last}` : first || last || null);

function emails(p) {
  const found = p.email ? [{ email: p.email, type: "work", is_primary: true }] : [];
  for (const one of p.hs_additional_emails?.split(";") ?? []) found.push({ email: one.trim(), type: "other", is_primary: false });
  return found;
}

function phones(p) {
  const found = [];
  if (p.phone) found.push({ number: p.phone, e164: null, extension: null, type: "work", is_primary: true });
  if (p.mobilephone) found.push({ number: p.mobilephone, e164: null, extension: null, type: "mobile", is_primary: false });
  if (p.fax) found.push({ number: p.fax, e164: null, extension: null, type: "fax", is_primary: false });
  return found;
}

function addresses(p) {
  if (!(p.address || p.city || p.state || p.zip || p.country)) return [];
  return [{
    street_1: p.address, street_2: null, city: p.city, state: p.state, postal_code: p.zip, country: null,
    country_name: p.country, type: "primary", formatted: null,
  }];
}

function urls(p) {
  const found = [];
  if (p.website) found.push({ url: p.website, type: "website" });
  if (p.hs_linkedin_url) found.push({ url: p.hs_linkedin_url, type: "linkedin" });
  if (p.twitterhandle) found.push({ url: "https://x.com/" + p.twitterhandle.replaceAll("@", ""), type: "x" });
  return found;
}

function custom(p) {
  const found = {};
  for (const key in p) if (p[key] !== null && !KNOWN.has(key) && !OWN.test(key)) found[key] = p[key];
  return found;
}

function companies(item) {
  const ids = new Set(item.properties.associatedcompanyid ? [item.properties.associatedcompanyid] : []);
  for (const one of item.associations?.companies?.results ?? []) ids.add(one.id);
  return [...ids];
}

function contact(item) {
  const p = item.properties;
  const ids = companies(item);
  return {
    id: item.id, remote_id: item.id, created_at: item.createdAt, updated_at: item.updatedAt, is_deleted: item.archived,
    web_url: item.url ?? null, custom_fields: custom(p), mapped_fields: {}, remote_data: null,
    first_name: p.firstname || null, last_name: p.lastname || null, name: name(p.firstname, p.lastname),
    title: p.jobtitle || null, department: null, description: null, account_id: ids[0] ?? null, account_ids: ids,
    owner_id: p.hubspot_owner_id || null, emails: emails(p), phone_numbers: phones(p), addresses: addresses(p), urls: urls(p),
    lead_source: p.hs_analytics_source || null, lifecycle_stage: stage(p.lifecyclestage),
    remote_lifecycle_stage: p.lifecyclestage || null, birth_date: p.date_of_birth || null, image_url: null, tags: [],
    last_activity_at: p.notes_last_updated || p.notes_last_contacted || null,
  };
}

// The twelve fields that the benchmark asks Unified for.
function twelve(item) {
  const p = item.properties;
  return {
    id: item.id, created_at: item.createdAt, updated_at: item.updatedAt, first_name: p.firstname || null,
    last_name: p.lastname || null, name: name(p.firstname, p.lastname), title: p.jobtitle || null,
    account_id: companies(item)[0] ?? null, owner_id: p.hubspot_owner_id || null, emails: emails(p), phone_numbers: phones(p),
    lifecycle_stage: stage(p.lifecyclestage),
  };
}

module.exports = { contact, twelve };

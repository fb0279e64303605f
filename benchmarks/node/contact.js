// HubSpot contacts as common contacts, written by hand, with the checks and conversions of Unified's model.
"use strict";
const countries = require("i18n-iso-countries");
const { KNOWN } = require("./properties.js");

const STAGES = new Map([
  ["subscriber", "subscriber"],
  ["lead", "lead"],
  ["marketingqualifiedlead", "marketing_qualified_lead"],
  ["salesqualifiedlead", "sales_qualified_lead"],
  ["opportunity", "opportunity"],
  ["customer", "customer"],
  ["evangelist", "evangelist"],
]);
const OWN = /^(hs_|hubspot_|num_|notes_|(createdate|lastmodifieddate|currentlyinworkflow|days_to_close|owneremail|ownername)$)/;
const E164 = /^\+[1-9][0-9]{6,14}$/;
const SEPARATORS = /\(0\)|[\s().\-/\u2010-\u2015]/g;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
const UTC = /\.\d{3}Z$/; // already in the common form
const DATE = /^\d{4}-\d{2}-\d{2}/;
const codes = new Map(); // names of countries repeat

function text(value) {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TypeError(`expected text, got ${typeof value}`);
}

function time(value) {
  const given = text(value);
  if (given === null || !TIME.test(given)) return null;
  const parsed = Date.parse(given);
  if (Number.isNaN(parsed)) return null;
  const iso = UTC.test(given) ? given : new Date(parsed).toISOString();
  return iso.endsWith(".000Z") ? iso.slice(0, 19) + "Z" : iso;
}

function date(value) {
  const given = text(value);
  if (given === null || !DATE.test(given)) return null;
  const day = given.slice(0, 10);
  return Number.isNaN(Date.parse(day)) ? null : day;
}

function e164(number) {
  const trimmed = number.trim();
  const plain = (trimmed.startsWith("00") ? "+" + trimmed.slice(2) : trimmed).replace(SEPARATORS, "");
  return E164.test(plain) ? plain : null;
}

function countryCode(name) {
  let code = codes.get(name);
  if (code === undefined) {
    const upper = name.trim().toUpperCase();
    code = countries.isValid(upper) && upper.length === 2 ? upper : (countries.getAlpha2Code(name, "en") ?? null);
    codes.set(name, code);
  }
  return code;
}

function email(value, type, primary) {
  return { email: value, type, is_primary: primary };
}

function emails(properties) {
  const found = [];
  const first = text(properties.email);
  if (first !== null) found.push(email(first, "work", true));
  const more = text(properties.hs_additional_emails);
  if (more !== null) {
    for (const part of more.split(";")) {
      const one = part.trim();
      if (one !== "") found.push(email(one, "other", false));
    }
  }
  return found;
}

function addPhone(found, value, type, primary) {
  const number = text(value);
  if (number !== null) found.push({ number, e164: e164(number), extension: null, type, is_primary: primary });
}

function phones(properties) {
  const found = [];
  addPhone(found, properties.phone, "work", true);
  addPhone(found, properties.mobilephone, "mobile", false);
  addPhone(found, properties.fax, "fax", false);
  return found;
}

function address(street, city, state, zip, country) {
  const code = country === null ? null : countryCode(country);
  const isCode = code !== null && country.trim().toUpperCase() === code;
  if (street === null && city === null && state === null && zip === null && country === null) return [];
  return [
    {
      street_1: street, street_2: null, city, state, postal_code: zip, country: code,
      country_name: country !== null && !isCode ? country : null, type: "primary", formatted: null,
    },
  ];
}

function urls(properties) {
  const found = [];
  const website = text(properties.website);
  if (website !== null) found.push({ url: website, type: "website" });
  const linkedin = text(properties.hs_linkedin_url);
  if (linkedin !== null) found.push({ url: linkedin, type: "linkedin" });
  const handle = text(properties.twitterhandle);
  if (handle !== null) found.push({ url: "https://x.com/" + handle.replaceAll("@", ""), type: "x" });
  return found;
}

function custom(properties) {
  const found = {};
  for (const name in properties) {
    const value = properties[name];
    if (value !== null && !KNOWN.has(name) && !OWN.test(name)) found[name] = value;
  }
  return found;
}

function companies(item) {
  const linked = item.associations?.companies?.results ?? [];
  const main = text(item.properties.associatedcompanyid) ?? text(linked.find((one) => one.type === "contact_to_company")?.id);
  const ids = main === null ? [] : [main];
  for (const one of linked) if (!ids.includes(one.id)) ids.push(one.id);
  return { main, ids };
}

function contact(item) {
  const properties = item.properties;
  const id = text(item.id);
  if (id === null) throw new TypeError("expected text as id, got nothing");
  const first = text(properties.firstname);
  const last = text(properties.lastname);
  const stage = text(properties.lifecyclestage);
  const { main, ids } = companies(item);
  return {
    id,
    remote_id: id,
    created_at: time(item.createdAt ?? properties.createdate),
    updated_at: time(item.updatedAt ?? properties.lastmodifieddate),
    is_deleted: typeof item.archived === "boolean" ? item.archived : null,
    web_url: text(item.url),
    custom_fields: custom(properties),
    mapped_fields: {},
    remote_data: null,
    first_name: first,
    last_name: last,
    name: first !== null && last !== null ? `${first} ${last}` : (first ?? last),
    title: text(properties.jobtitle),
    department: null,
    description: null,
    account_id: main,
    account_ids: ids,
    owner_id: text(properties.hubspot_owner_id),
    emails: emails(properties),
    phone_numbers: phones(properties),
    addresses: address(
      text(properties.address), text(properties.city), text(properties.state), text(properties.zip), text(properties.country),
    ),
    urls: urls(properties),
    lead_source: text(properties.hs_analytics_source),
    lifecycle_stage: stage === null ? null : (STAGES.get(stage.toLowerCase()) ?? "other"),
    remote_lifecycle_stage: stage,
    birth_date: date(properties.date_of_birth),
    image_url: null,
    tags: [],
    last_activity_at: time(text(properties.notes_last_updated) ?? properties.notes_last_contacted),
  };
}

module.exports = { address, contact, date, e164, text, time };

// The functions of Unified that its record expression of HubSpot contacts calls; no package is needed to list them.
"use strict";
const { KNOWN } = require("./properties.js");

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
function customFields(properties, refused) {
  const found = {};
  for (const [name, value] of Object.entries(properties)) {
    if (value !== null && !KNOWN.has(name) && !refused.some((one) => pattern(one.slice(1)).test(name))) found[name] = value;
  }
  return found;
}

// The provider's stand-in declares no types of custom fields, so their values stay what they are.
const typed = (fields) => fields;

function functions(enums) {
  return { coalesce, toCommon: toCommon(enums), customFields, typed };
}

module.exports = { functions };

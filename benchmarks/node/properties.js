// The properties of HubSpot contacts that the peers know and request.
"use strict";

// Properties with a field of their own; all others are custom, except HubSpot's own.
const KNOWN = new Set([
  "address", "associatedcompanyid", "city", "country", "createdate", "date_of_birth", "email", "fax", "firstname",
  "hs_additional_emails", "hs_analytics_source", "hs_linkedin_url", "hubspot_owner_id", "jobtitle", "lastmodifieddate",
  "lastname", "lifecyclestage", "mobilephone", "notes_last_contacted", "notes_last_updated", "phone", "state",
  "twitterhandle", "website", "zip",
]);
const PROPERTIES = [...KNOWN, "hs_object_id", "loyalty_tier"].sort().join(",");

module.exports = { KNOWN, PROPERTIES };

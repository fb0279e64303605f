"""HubSpot contacts as common contacts in plain Python: what a good engineer writes who needs no other provider.

It fills the same model with the same checks as Unified's mapping: types, times in UTC, countries, phone numbers by the same
functions, custom fields. The benchmarks compare its records with Unified's before they time either.
"""

from datetime import UTC, date, datetime
from typing import Any, Final

from unified.models.conversion.countries import alpha_2
from unified.models.conversion.phones import e164

STAGES: Final = {
    "subscriber": "subscriber",
    "lead": "lead",
    "marketingqualifiedlead": "marketing_qualified_lead",
    "salesqualifiedlead": "sales_qualified_lead",
    "opportunity": "opportunity",
    "customer": "customer",
    "evangelist": "evangelist",
}
MAPPED: Final = frozenset(
    [
        "address",
        "associatedcompanyid",
        "city",
        "country",
        "createdate",
        "date_of_birth",
        "email",
        "fax",
        "firstname",
        "hs_additional_emails",
        "hs_analytics_source",
        "hs_linkedin_url",
        "hubspot_owner_id",
        "jobtitle",
        "lastmodifieddate",
        "lastname",
        "lifecyclestage",
        "mobilephone",
        "notes_last_contacted",
        "notes_last_updated",
        "phone",
        "state",
        "twitterhandle",
        "website",
        "zip",
    ]
)
"""Properties with a field of their own; all others are custom, except HubSpot's own."""
OWN: Final = frozenset({"createdate", "lastmodifieddate", "currentlyinworkflow", "days_to_close", "owneremail", "ownername"})
OWN_PREFIXES: Final = ("hs_", "hubspot_", "num_", "notes_")
Object = dict[str, Any]


def contacts(body: Object) -> list[Object]:
    """The records of a page."""
    return [contact(item) for item in body["results"]]


def contact(item: Object) -> Object:
    properties = item["properties"]
    record_id, first, last = text(item["id"]), text(properties.get("firstname")), text(properties.get("lastname"))
    if record_id is None:
        raise ValueError("id: expected text, got nothing")
    stage = text(properties.get("lifecyclestage"))
    account_ids = companies(item)
    return {
        "id": record_id,
        "remote_id": record_id,
        "created_at": time(item.get("createdAt") or properties.get("createdate")),
        "updated_at": time(item.get("updatedAt") or properties.get("lastmodifieddate")),
        "is_deleted": boolean(item.get("archived")),
        "web_url": text(item.get("url")),
        "custom_fields": custom(properties),
        "mapped_fields": {},
        "remote_data": None,
        "first_name": first,
        "last_name": last,
        "name": f"{first} {last}" if first and last else first or last,
        "title": text(properties.get("jobtitle")),
        "department": None,
        "description": None,
        "account_id": account_ids[0] if account_ids else None,
        "account_ids": account_ids,
        "owner_id": text(properties.get("hubspot_owner_id")),
        "emails": emails(properties),
        "phone_numbers": phones(properties),
        "addresses": addresses(properties),
        "urls": urls(properties),
        "lead_source": text(properties.get("hs_analytics_source")),
        "lifecycle_stage": STAGES.get(stage.casefold(), "other") if stage else None,
        "remote_lifecycle_stage": stage,
        "birth_date": day(properties.get("date_of_birth")),
        "image_url": None,
        "tags": [],
        "last_activity_at": time(properties.get("notes_last_updated") or properties.get("notes_last_contacted")),
    }


def text(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise TypeError(f"expected text, got {type(value).__name__}")


def boolean(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise TypeError(f"expected a boolean, got {type(value).__name__}")


def time(value: Any) -> str | None:
    """The time in UTC, with milliseconds only if there are any."""
    given = text(value)
    if given is None:
        return None
    try:
        parsed = datetime.fromisoformat(given)
    except ValueError:
        return None
    utc = parsed.astimezone(UTC) if parsed.tzinfo else parsed
    return utc.replace(tzinfo=None).isoformat(timespec="milliseconds" if utc.microsecond >= 1000 else "seconds") + "Z"


def day(value: Any) -> str | None:
    given = text(value)
    if given is None:
        return None
    try:
        return date.fromisoformat(given[:10]).isoformat()
    except ValueError:
        return None


def companies(item: Object) -> list[str]:
    """The ids of the contact's companies, the primary one first."""
    linked = item.get("associations", {}).get("companies", {}).get("results", [])
    primary = text(item["properties"].get("associatedcompanyid")) or next(
        (text(one["id"]) for one in linked if one["type"] == "contact_to_company"), None
    )
    return list(dict.fromkeys(one for one in (primary, *(text(one["id"]) for one in linked)) if one))


def emails(properties: Object) -> list[Object]:
    found = []
    if first := text(properties.get("email")):
        found.append({"email": first, "type": "work", "is_primary": True})
    if more := text(properties.get("hs_additional_emails")):
        others = (one.strip() for one in more.split(";"))
        found += [{"email": one, "type": "other", "is_primary": False} for one in others if one]
    return found


def phones(properties: Object) -> list[Object]:
    found = []
    for name, kind in (("phone", "work"), ("mobilephone", "mobile"), ("fax", "fax")):
        if number := text(properties.get(name)):
            found.append(
                {
                    "number": number,
                    "e164": e164(number, None),
                    "extension": None,
                    "type": kind,
                    "is_primary": kind == "work",
                }
            )
    return found


def addresses(properties: Object) -> list[Object]:
    country = text(properties.get("country"))
    code = alpha_2(country) if country else None
    found = {
        "street_1": text(properties.get("address")),
        "street_2": None,
        "city": text(properties.get("city")),
        "state": text(properties.get("state")),
        "postal_code": text(properties.get("zip")),
        "country": code,
        "country_name": country if country and country.strip().upper() != code else None,
    }
    return [{**found, "type": "primary", "formatted": None}] if any(found.values()) else []


def urls(properties: Object) -> list[Object]:
    found = []
    if website := text(properties.get("website")):
        found.append({"url": website, "type": "website"})
    if linkedin := text(properties.get("hs_linkedin_url")):
        found.append({"url": linkedin, "type": "linkedin"})
    if handle := text(properties.get("twitterhandle")):
        found.append({"url": f"https://x.com/{handle.replace('@', '')}", "type": "x"})
    return found


def custom(properties: Object) -> Object:
    return {
        name: value
        for name, value in properties.items()
        if value is not None and name not in MAPPED and name not in OWN and not name.startswith(OWN_PREFIXES)
    }

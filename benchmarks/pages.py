"""The pages that the provider of the benchmarks answers: HubSpot contacts with the properties that Unified requests.

Every record differs, and several pages take turns, so that a cache of values or of whole pages shows no false gain.
"""

from typing import Any, Final

PAGES: Final = 8
"""How many different pages of one size take turns."""
NAMES: Final = ("Ada", "Grace", "Łukasz", "Mei", "Олена", "José", "Aïcha", "Noor", "Sven", "Niamh", "Tomás")
FAMILIES: Final = ("Lovelace", "Hopper", "Kowalski", "Zhang", "Шевченко", "García", "Benali", "Haddad", "Larsson", "Byrne")
TITLES: Final = ("Engineer", "Head of Procurement", "Chief Financial Officer", "Office Manager", None, "Account Executive")
COUNTRIES: Final = ("United Kingdom", "DE", "France", "United States", "Poland", "SE", "Ireland", "Česko")
STAGES: Final = ("lead", "customer", "opportunity", "marketingqualifiedlead", "subscriber", None, "evangelist", "98752")
PHONES: Final = ("+44 20 7946 {:04}", "+49 (0)30 90{:04}", "0033 1 70 36 {:04}", "+1 (212) 555-{:04}", "020 7946 {:04}")


LINKED: Final = 99
"""The size of pages on which every contact belongs to one of the first companies, so that a boundary around those keeps all."""
COMPANIES: Final = 90
LARGE: Final = 97
"""A page of this size is as large as an answer that Unified reads may be: the provider gives more than was asked for."""
LARGE_RECORDS: Final = 6_800


def contact(number: int, *, linked: bool = False) -> dict[str, Any]:
    """One contact; the number decides all its values."""
    created, updated = time_of(number), time_of(number * 7 + 400_000)
    return {
        "id": str(10**11 + number),
        "properties": properties(number, created, updated, linked=linked),
        "createdAt": created,
        "updatedAt": updated,
        "archived": False,
        "url": f"https://app.hubspot.com/contacts/48200117/record/0-1/{10**11 + number}",
    } | ({"associations": companies(number)} if linked or number % 3 else {})


def properties(number: int, created: str, updated: str, *, linked: bool) -> dict[str, Any]:
    first, last = NAMES[number % len(NAMES)], FAMILIES[number * 3 % len(FAMILIES)]
    return {
        "address": f"{number % 280 + 1} Long Street",
        "associatedcompanyid": company_id(number) if linked or number % 3 else None,
        "city": ("London", "Berlin", "Paris", "New York", "Warszawa")[number % 5],
        "country": COUNTRIES[number % len(COUNTRIES)],
        "createdate": created,
        "date_of_birth": f"19{60 + number % 40}-{number % 12 + 1:02}-{number % 28 + 1:02}" if number % 4 == 0 else None,
        "email": f"{first}.{number}@example.com".casefold(),
        "fax": None,
        "firstname": first,
        "hs_additional_emails": f"{number}@home.example; {number}@old.example" if number % 5 == 0 else None,
        "hs_analytics_source": ("ORGANIC_SEARCH", "DIRECT_TRAFFIC", "REFERRALS", "OFFLINE")[number % 4],
        "hs_linkedin_url": f"https://www.linkedin.com/in/person{number}" if number % 2 else None,
        "hs_object_id": str(10**11 + number),
        "hubspot_owner_id": str(700 + number % 7),
        "jobtitle": TITLES[number % len(TITLES)],
        "lastmodifieddate": updated,
        "lastname": f"{last} {number}",
        "lifecyclestage": STAGES[number % len(STAGES)],
        "loyalty_tier": ("gold", "silver", None, "")[number % 4],
        "mobilephone": PHONES[(number + 1) % len(PHONES)].format(number * 31 % 10_000) if number % 3 == 0 else None,
        "notes_last_contacted": updated if number % 2 else None,
        "notes_last_updated": None,
        "phone": PHONES[number % len(PHONES)].format(number * 17 % 10_000),
        "state": None,
        "twitterhandle": f"@person{number}" if number % 10 == 0 else None,
        "website": f"https://company{number % COMPANIES}.example",
        "zip": f"N{number % 22 + 1} 9GU",
    }


def companies(number: int) -> dict[str, Any]:
    linked = [{"id": company_id(number), "type": "contact_to_company"}]
    return {"companies": {"results": [*linked, {"id": str(6 * 10**9 + number), "type": "contact_to_company_unlabeled"}]}}


def company_id(number: int) -> str:
    return str(5 * 10**9 + number % COMPANIES)


def time_of(number: int) -> str:
    """A time of 2025, to the millisecond; with some numbers the milliseconds are zero."""
    minutes, milliseconds = number * 37 % 500_000, number * 13 % 1_000 if number % 3 else 0
    day, minute = divmod(minutes, 1_440)
    month, day = divmod(day % 336, 28)
    return f"2025-{month + 1:02}-{day + 1:02}T{minute // 60:02}:{minute % 60:02}:{number % 60:02}.{milliseconds:03}Z"


KNOWN_COMPANIES: Final = tuple(company_id(number) for number in range(COMPANIES))


def page(count: int, turn: int = 0) -> dict[str, Any]:
    """The page of one turn; pages of different turns share no record."""
    given = LARGE_RECORDS if count == LARGE else count
    first = turn % PAGES * given
    return {
        "results": [contact(number, linked=count == LINKED) for number in range(first, first + given)],
        "paging": {"next": {"after": str(first + count), "link": f"https://api.hubapi.com/?after={first + count}"}},
    }

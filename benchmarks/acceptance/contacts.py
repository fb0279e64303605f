"""The contacts of the acceptance: drawn with a seed, with gaps, long values and characters that the benchmark's do not have."""

import random
from functools import cache
from typing import Any, Final

from benchmarks.pages import LINKED, PAGES

SEED: Final = 20_261_130
FIRST_COMPANY: Final = 3 * 10**9
COMPANIES: Final = tuple(str(FIRST_COMPANY + number) for number in range(400))
LETTERS: Final = "aábcčdeéfghiíjklłmnñoóprsštuúvwxyzž"
WORDS: Final = ("North", "Harbour", "Vega", "Quill", "Tamarind", "Osprey", "Lattice", "Meridian", "Fjord", "Cobalt")
COUNTRIES: Final = ("Spain", "IT", "Netherlands", "Canada", "BR", "Japan", "Norway", "AU", "Portugal", "Austria", "Narnia")
CITIES: Final = ("Lyon", "Osaka", "Porto", "Calgary", "Bergen", "Graz", "São Paulo", "Utrecht", "'s-Hertogenbosch")
STAGES: Final = ("subscriber", "lead", "salesqualifiedlead", "opportunity", "customer", "evangelist", "other", "1047")


@cache
def page(count: int, turn: int) -> dict[str, Any]:
    """One of the pages of a size that take turns."""
    rng = random.Random(f"{SEED} {count} {turn % PAGES}")
    first = 7 * 10**8 + turn % PAGES * count
    records = [_contact(rng, first + number, linked=count == LINKED) for number in range(count)]
    after = str(rng.randrange(10**9))
    return {"results": records, "paging": {"next": {"after": after, "link": f"https://api.hubapi.com/next/{after}"}}}


def _contact(rng: random.Random, number: int, *, linked: bool) -> dict[str, Any]:
    created, company = _time(rng), rng.choice(COMPANIES)
    record = {
        "id": str(number),
        "properties": _properties(rng, number, created, company) | ({"associatedcompanyid": company} if linked else {}),
        "createdAt": created,
        "updatedAt": _time(rng),
        "archived": False,
    }
    if rng.random() < 0.8:
        record["url"] = f"https://app.hubspot.com/contacts/99/record/0-1/{number}"
    if linked or rng.random() < 0.55:
        ids = [company, *(str(rng.randrange(4 * 10**9)) for _ in range(rng.randrange(4)))]
        record["associations"] = {"companies": {"results": [{"id": one, "type": "contact_to_company"} for one in ids]}}
    return record


def _properties(rng: random.Random, number: int, created: str, company: str) -> dict[str, Any]:
    def some(share: float, value: str) -> str | None:
        return value if rng.random() < share else None

    first, last = _name(rng), _name(rng)
    return {
        "address": some(0.7, f"{rng.choice(WORDS)} {rng.randrange(1, 400)}, {rng.choice(WORDS).lower()} house"),
        "associatedcompanyid": some(0.5, company),
        "city": some(0.8, rng.choice(CITIES)),
        "country": some(0.75, rng.choice(COUNTRIES)),
        "createdate": created,
        "date_of_birth": some(0.3, f"{rng.randrange(1950, 2004)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"),
        "email": some(0.95, f"{number:x}@{rng.choice(WORDS).lower()}.example"),
        "fax": some(0.1, _number(rng)),
        "favourite_colour": some(0.4, rng.choice(("teal", "plum", ""))),
        "firstname": some(0.9, first),
        "hs_additional_emails": some(0.15, ";".join(f"{at}.{number}@alias.example" for at in range(rng.randrange(1, 4)))),
        "hs_analytics_source": some(0.9, rng.choice(("PAID_SEARCH", "OTHER_CAMPAIGNS", "OFFLINE"))),
        "hs_linkedin_url": some(0.35, f"https://www.linkedin.com/in/{number:x}"),
        "hs_object_id": str(number),
        "hubspot_owner_id": some(0.85, str(rng.randrange(40, 60))),
        "jobtitle": some(0.7, f"{rng.choice(WORDS)} {rng.choice(('Lead', 'Partner', 'Analyst'))}"),
        "lastmodifieddate": _time(rng),
        "lastname": some(0.95, last),
        "lifecyclestage": some(0.9, rng.choice(STAGES)),
        "mobilephone": some(0.4, _number(rng)),
        "notes_last_contacted": some(0.5, _time(rng)),
        "notes_last_updated": some(0.4, _time(rng)),
        "phone": some(0.75, _number(rng)),
        "renewal_tier": some(0.6, rng.choice(("A", "B", "C"))),
        "state": some(0.3, rng.choice(("CA", "Ontario", "Bavaria"))),
        "twitterhandle": some(0.12, f"{'@' if rng.random() < 0.5 else ''}who{number:x}"),
        "website": some(0.5, f"https://{rng.choice(WORDS).lower()}.example/{number}"),
        "zip": some(0.6, str(rng.randrange(1_000, 99_999))),
    }


def _name(rng: random.Random) -> str:
    return "".join(rng.choice(LETTERS) for _ in range(rng.randrange(3, 14))).capitalize()


def _number(rng: random.Random) -> str:
    digits = str(rng.randrange(10**8, 10**9))
    split = f"{digits[:3]}-{digits[3:]}"
    return rng.choice((f"+34 {split}", f"+31{digits}", f"(0){digits}", f"0047 {digits[:8]}", f"+1 ({digits[:3]}) {digits[2:]}"))


def _time(rng: random.Random) -> str:
    day = f"202{rng.randrange(2, 7)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
    milliseconds = rng.choice(("000", f"{rng.randrange(1_000):03}"))
    return f"{day}T{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}.{milliseconds}Z"

"""The account's first data: enough for several pages, with the odd cases that real accounts have."""

import random
from datetime import timedelta
from typing import Any

from unified_sandbox.hubspot import links
from unified_sandbox.hubspot.activities import ACTIVITY
from unified_sandbox.hubspot.records import PROBABILITY, new_record
from unified_sandbox.hubspot.schema import OBJECTS, STAMP
from unified_sandbox.people import BASE, Company, Person, companies, day, instant, iso, people, sentences
from unified_sandbox.standin import Record, State

CONTACTS, COMPANIES, DEALS, LEADS, ACTIVITIES, CARS, TICKETS = 264, 58, 120, 30, 45, 12, 24
BIG_ID = "9007199254740993"
"""2^53 + 1: the first whole number that a JavaScript client rounds."""

_OPEN_STAGES = "Appointment Scheduled,Qualified To Buy,Presentation Scheduled,Decision Maker Bought-In,Contract Sent"
_NAMES = {
    "default": (
        "Sales Pipeline",
        "deals",
        f"{_OPEN_STAGES},Closed Won,Closed Lost",
    ),
    "9410000": ("Renewals", "deals", "Due soon,Renewed,Churned"),
    "0": ("Support", "tickets", "New,Waiting on contact,Waiting on us,Closed"),
    "lead-pipeline-id": ("Lead pipeline", "leads", "New,Attempting,Connected,Qualified,Disqualified"),
}
_LEAD_STAGES = ("new", "attempting", "connected", "qualified", "unqualified")


def seed(rng: random.Random) -> dict[str, dict[str, Record]]:
    """Make the account."""
    employers = companies(rng, COMPANIES)
    staff = people(rng, CONTACTS, employers)
    state = State({name: {} for name in OBJECTS} | {links.TABLE: {}, "properties": {}})
    state["owners"] = _owners(rng)
    state["pipelines"] = _pipelines()
    _add(rng, state, "companies", 27_100_000_000, [_company(rng, one) for one in employers])
    _add(rng, state, "contacts", 61_200_000_000, [_contact(rng, n, one) for n, one in enumerate(staff)])
    _employ(state, staff, employers)
    _add(rng, state, "deals", 18_300_000_000, [_deal(rng, n, rng.choice(employers)) for n in range(DEALS)])
    _link_each(rng, state, "deals", ("companies", "contacts"))
    _add(rng, state, "leads", 31_500_000_000, [_lead(rng, one) for one in staff[:LEADS]])
    _link_each(rng, state, "leads", ("contacts",))
    for offset, (name, make) in enumerate(ACTIVITY.items()):
        rows = [make(rng) | {"hs_timestamp": iso(instant(rng, 120))} for _ in range(ACTIVITIES)]
        _add(rng, state, name, 40_000_000_000 + offset * 10_000_000, rows)
        _link_each(rng, state, name, ("contacts", "companies", "deals"))
    _add(rng, state, "2-1001", 52_000_000_000, [_car(rng, n) for n in range(CARS)])
    _link_each(rng, state, "2-1001", ("contacts",))
    _add(rng, state, "tickets", 54_000_000_000, [_ticket(rng) for _ in range(TICKETS)])
    _link_each(rng, state, "tickets", ("contacts",))
    _tickets_more(rng, state)
    _odd_cases(state)
    return state


def _add(rng: random.Random, state: State, name: str, first: int, rows: list[dict[str, Any]]) -> None:
    """Store rows under rising ids, with a creation and a later change before BASE."""
    for n, row in enumerate(rows):
        id_ = str(first + n * 137)
        if name != "leads" and n % 5:
            row["hubspot_owner_id"] = rng.choice(["534941", "534942", "534943"])
        values = {key: str(value) for key, value in row.items() if value is not None}
        created = instant(rng, 700)
        record = new_record(OBJECTS[name], id_, values, created)
        changed = instant(rng, max(1, (BASE - created).days))
        record["updatedAt"] = record["properties"][OBJECTS[name].modified] = iso(changed)
        state[name][id_] = record


def _owners(rng: random.Random) -> dict[str, Record]:
    owners: dict[str, Record] = {}
    for n, one in enumerate(people(rng, 7)):
        id_ = str(534941 + n)
        owners[id_] = {
            "id": id_,
            "email": f"{one.email.partition('@')[0]}@sales.example",
            "type": "PERSON",
            "firstName": one.first_name,
            "lastName": one.last_name,
            "userId": 8_100_000 + n,
            "userIdIncludingInactive": 8_100_000 + n,
            "createdAt": iso(instant(rng, 900)),
            "updatedAt": iso(instant(rng, 200)),
            "archived": n == 6,
            "teams": [{"id": "178", "name": "Sales North", "primary": True}] if n % 2 else [],
        }
        if n == 6:
            owners[id_]["userId"] = None
    return owners


def _pipelines() -> dict[str, Record]:
    deal_stages = list(PROBABILITY.items())
    shares = {"default": deal_stages[:7], "9410000": deal_stages[7:]}
    pipelines: dict[str, Record] = {}
    for order, (id_, (name, kind, labels)) in enumerate(_NAMES.items()):
        other = [(str(n), "") for n in range(1, 5)] if kind == "tickets" else [(f"{one}-stage-id", "") for one in _LEAD_STAGES]
        stages = shares.get(id_) or other
        pipelines[id_] = {
            "object": kind,
            "id": id_,
            "label": name,
            "displayOrder": order,
            "stages": [
                _stage(place, label, *stage) for place, (label, stage) in enumerate(zip(labels.split(","), stages, strict=True))
            ],
            "createdAt": STAMP,
            "updatedAt": STAMP,
            "archived": False,
        }
    return pipelines


def _stage(place: int, label: str, id_: str, probability: str) -> Record:
    closed = {"isClosed": str(probability in {"0", "1"}).lower(), "probability": probability}
    return {
        "id": id_,
        "label": label,
        "displayOrder": place,
        "metadata": closed if probability else _state(label, id_),
        "createdAt": STAMP,
        "updatedAt": STAMP,
        "archived": False,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    }


def _state(label: str, id_: str) -> Record:
    if id_.isdecimal():
        return {"ticketState": "CLOSED" if label == "Closed" else "OPEN"}
    return {"leadState": label.upper()}


def _company(rng: random.Random, one: Company) -> Record:
    return {
        "name": one.name,
        "domain": one.domain,
        "website": one.website,
        "phone": one.phone,
        "industry": one.industry.upper().replace(" ", "_"),
        "description": one.description,
        "address": one.street,
        "city": one.place.city,
        "state": one.place.region,
        "zip": one.place.postal_code,
        "country": one.place.country,
        "numberofemployees": one.employees,
        "annualrevenue": one.revenue if rng.random() < 0.8 else None,
        "lifecyclestage": rng.choice(["lead", "opportunity", "customer"]),
        "account_tier": rng.choice(["A", "B", "C", None]),
        "erp_number": f"C-{rng.randint(1000, 9999)}",
    }


def _contact(rng: random.Random, n: int, one: Person) -> Record:
    return {
        "firstname": one.first_name,
        "lastname": one.last_name,
        "email": None if n % 31 == 7 else one.email,
        "hs_additional_emails": one.personal_email if n % 17 == 3 else None,
        "phone": one.phone if n % 6 else None,
        "mobilephone": one.mobile if n % 4 == 0 else None,
        "jobtitle": one.job_title,
        "company": one.company.name,
        "address": one.street,
        "city": one.place.city,
        "state": one.place.region,
        "zip": one.place.postal_code,
        "country": one.place.country,
        "lifecyclestage": rng.choice(["subscriber", "lead", "opportunity", "customer"]),
        "hs_lead_status": rng.choice(["NEW", "OPEN", "IN_PROGRESS", "CONNECTED", None]),
        "hs_email_optout": rng.choice(["true", "false", None]),
        "loyalty_tier": rng.choice(["bronze", "silver", "gold", None]),
        "favourite_colours": rng.choice(["red", "red;blue", "green;blue;red", None]),
        "shoe_size": rng.choice([36, 41.5, 44, None]),
        "newsletter": rng.choice(["true", "false"]),
        "member_since": day(rng, 2000).isoformat() if n % 3 else None,
    }


def _employ(state: State, staff: list[Person], employers: list[Company]) -> None:
    by_domain = dict(zip((one.domain for one in employers), state["companies"], strict=True))
    for n, (id_, one) in enumerate(zip(list(state["contacts"]), staff, strict=True)):
        if n % 9 != 4:
            links.link(state, "contacts", id_, "companies", by_domain[one.company.domain], primary=True)
        if n % 40 == 11:
            links.link(state, "contacts", id_, "companies", next(iter(state["companies"])))


def _deal(rng: random.Random, n: int, one: Company) -> Record:
    pipeline = "9410000" if n % 6 == 5 else "default"
    stages = list(PROBABILITY)[7:] if pipeline == "9410000" else list(PROBABILITY)[:7]
    return {
        "dealname": f"{one.name}: {rng.choice(['pilot', 'new seats', 'yearly plan', 'maintenance', 'training'])}",
        "amount": rng.choice([None, 900, 12_500, 48_000.5, rng.randint(1, 400) * 250]),
        "deal_currency_code": one.place.currency,
        "pipeline": pipeline,
        "dealstage": rng.choice(stages),
        "closedate": iso(instant(rng, 300, BASE + timedelta(days=90))) if n % 7 else None,
        "dealtype": rng.choice(["newbusiness", "existingbusiness", None]),
        "hs_priority": rng.choice(["low", "medium", "high", None]),
        "description": sentences(rng, 1) if n % 3 else None,
        "hs_next_step": sentences(rng, 1) if n % 4 == 0 else None,
        "contract_months": rng.choice([12, 24, 36]),
    }


def _lead(rng: random.Random, one: Person) -> Record:
    return {
        "hs_lead_name": f"{one.full_name} ({one.company.name})",
        "hs_lead_type": rng.choice(["NEW_BUSINESS", "UPSELL"]),
        "hs_lead_label": rng.choice(["HOT", "WARM", "COLD", None]),
        "hs_pipeline": "lead-pipeline-id",
        "hs_pipeline_stage": f"{rng.choice(_LEAD_STAGES)}-stage-id",
        "hs_lead_source": rng.choice(["Fair", "Website", None]),
    }


def _car(rng: random.Random, n: int) -> Record:
    return {
        "model": rng.choice(["Wren 1.2", "Heron Estate", "Teal EV"]),
        "plate": f"UN-{n:02d}-{rng.randint(100, 999)}",
        "year": rng.randint(2009, 2026),
        "colour": rng.choice(["red", "green", "blue", None]),
        "bought_on": day(rng, 3000).isoformat(),
    }


def _ticket(rng: random.Random) -> Record:
    return {
        "subject": sentences(rng, 1),
        "content": sentences(rng),
        "hs_pipeline": "0",
        "hs_pipeline_stage": rng.choice(["1", "2", "3", "4"]),
        "hs_ticket_priority": rng.choice(["LOW", "MEDIUM", "HIGH", None]),
        "order_number": f"O-{rng.randint(100, 999)}",
    }


def _tickets_more(rng: random.Random, state: State) -> None:
    """Give tickets categories, sources and companies, and most of them notes and e-mails."""
    _link_each(rng, state, "tickets", ("companies",))
    notes, emails = list(state["notes"]), list(state["emails"])
    for n, (id_, ticket) in enumerate(state["tickets"].items()):
        ticket["properties"]["hs_ticket_category"] = rng.choice(["PRODUCT_ISSUE", "BILLING_ISSUE", "GENERAL_INQUIRY", None])
        ticket["properties"]["source_type"] = rng.choice(["CHAT", "EMAIL", "FORM", "PHONE", None])
        for note in notes[n : n + 40 : 24] if n % 8 else notes[24:27]:
            links.link(state, "notes", note, "tickets", id_)
        for email in emails[n : n + 30 : 24]:
            links.link(state, "emails", email, "tickets", id_)


def _link_each(rng: random.Random, state: State, name: str, targets: tuple[str, ...]) -> None:
    """Link every record with one record of most target types; every tenth stays alone."""
    for n, id_ in enumerate(state[name]):
        if n % 10 == 9:
            continue
        for place, target in enumerate(targets):
            if (n + place) % 3 or place == 0:
                links.link(state, name, id_, target, rng.choice(list(state[target])), primary=place == 0)


def _odd_cases(state: State) -> None:
    """Return what makes clients stumble: an id beyond 2^53, a bare record, an archived one."""
    bare = new_record(OBJECTS["contacts"], BIG_ID, {"lastname": "☂ \u202bאבג\u202c <b>&amp;</b> \"'\\ O’Neil"}, BASE)
    state["contacts"][BIG_ID] = bare
    first = next(iter(state["contacts"].values()))
    gone = new_record(OBJECTS["contacts"], "61199999999", {"email": "gone@post.example"}, BASE)
    state["contacts"][gone["id"]] = gone | {"archived": True, "archivedAt": iso(BASE)}
    for name, id_ in (
        ("companies", "27099999999"),
        ("deals", "18299999999"),
        ("calls", "40019999999"),
        ("tickets", "53999999999"),
    ):
        one = next(iter(state[name].values()))
        archived = new_record(OBJECTS[name], id_, one["properties"], BASE)
        state[name][id_] = archived | {"archived": True, "archivedAt": iso(BASE)}
    parent, child, *_ = state["companies"]
    links.link_typed(state, ("companies", child), ("companies", parent), {links.PARENT})
    for name in ("contacts", "companies", "deals"):
        for n, record in enumerate(state[name].values()):
            record["properties"]["notes_last_updated"] = record["updatedAt"] if n % 3 else None
    links.link(state, "contacts", BIG_ID, "companies", next(iter(state["companies"])))
    first["properties"]["jobtitle"] = None

"""The people, lists and absences that HiBob's stand-in begins with."""

import random
from datetime import date, timedelta
from typing import Any

from unified_sandbox.people import BASE, Person, day, instant, people
from unified_sandbox.standin import Record

FIRST_ID = 3332883884017713000
"""HiBob's ids are too large for a double."""
PEOPLE, LEFT, COMPANY = 142, 14, 637323
DEPARTMENTS = {"Sales": 209192101, "Finance": 209192102, "Management": 209192103, "Customer Success": 209192104,
               "Data": 209192105, "Product": 209192106, "Operations": 209192107, "Engineering": 209192108,
               "People": 209192109, "Support": 209192110}  # fmt: skip
TITLES = ("Account Executive", "Accountant", "Chief Executive Officer", "Customer Success Manager", "Data Analyst", "Designer",
          "Head of Operations", "Office Manager", "Product Manager", "Purchasing Manager", "Recruiter", "Software Engineer",
          "Staff Engineer", "Support Specialist", "Technician")  # fmt: skip
SITES = {"London": 881, "Berlin": 882, "Tel Aviv": 883, "São Paulo": 884}
POLICIES: dict[str, Record] = {
    "Holiday": {"name": "Holiday", "activity": "paidTimeoff", "bookingWorkDaysOnly": True, "unit": "days"},
    "Sick leave": {"name": "Sick leave", "activity": "paidTimeoff", "bookingWorkDaysOnly": True, "unit": "days"},
    "Parental leave": {"name": "Parental leave", "activity": "paidTimeoff", "bookingWorkDaysOnly": False, "unit": "days"},
    "Unpaid leave": {"name": "Unpaid leave", "activity": "unpaidTimeoff", "bookingWorkDaysOnly": True, "unit": "days"},
    "Time in lieu": {"name": "Time in lieu", "activity": "paidTimeoff", "bookingWorkDaysOnly": True, "unit": "hours"},
}


def seed(rng: random.Random) -> dict[str, dict[str, Record]]:
    """Return fresh data; the same seed gives the same."""
    everyone = people(rng, PEOPLE)
    employees = {str(FIRST_ID + n): _employee(rng, n, one) for n, one in enumerate(everyone)}
    state: dict[str, dict[str, Record]] = {
        "employees": employees,
        "lists": _lists(),
        "work": {},
        "employment": {},
        "salaries": {},
        "requests": {},
        "changes": {},
        "policies": {name: dict(policy) for name, policy in POLICIES.items()},
    }
    for id_, employee in employees.items():
        _tables(rng, state, id_, employee)
    for n in range(90):
        _absence(rng, state, n, rng.choice(list(employees)))
    return state


def _employee(rng: random.Random, n: int, one: Person) -> Record:
    id_, boss = str(FIRST_ID + n), FIRST_ID + (n - 1) // 8
    site = rng.choice(list(SITES))
    left = n > PEOPLE - LEFT
    place = one.place
    return {
        "id": id_,
        "firstName": one.first_name,
        "secondName": rng.choice([None, None, "Alex"]),
        "surname": one.last_name,
        "displayName": one.full_name,
        "fullName": one.full_name,
        "email": one.email,
        "companyId": COMPANY,
        "avatarUrl": f"https://images.example/{id_}.png" if n % 3 else None,
        "creationDateTime": instant(rng, 1500).replace(tzinfo=None).isoformat(),
        "work": {
            "title": str(500 + TITLES.index(one.job_title)),
            "department": str(DEPARTMENTS[one.department]),
            "site": site,
            "siteId": SITES[site],
            "manager": str(boss) if n else None,
            "reportsTo": {"id": str(boss)} if n else None,
            "startDate": one.hired_on.isoformat(),
            "employeeIdInCompany": 1000 + n,
            "workPhone": one.phone if n % 4 else None,
            "workMobile": None,
            "custom": {"field_1700000000101": rng.choice(["S", "M", "L", None])},
        },
        "home": {
            "privateEmail": one.personal_email,
            "mobilePhone": one.mobile if n % 5 else None,
            "legalGender": {"female": "Female", "male": "Male", "other": "Non-binary"}[one.gender],
            "familyStatus": rng.choice(["Single", "Married", "Divorced", None]),
        },
        "personal": {"birthDate": one.birth_date.isoformat(), "pronouns": None, "nationality": [place.country]},
        "address": {
            "line1": one.street,
            "line2": None,
            "city": place.city,
            "usaState": place.region if place.country_code == "US" else None,
            "postCode": place.postal_code,
            "country": place.country,
            "fullAddress": f"{one.street}, {place.postal_code} {place.city}, {place.country}",
        },
        "internal": _standing(rng, n, left=left),
        "payroll": {"employment": {"contract": None, "type": None, "weeklyHours": None}, "nin": None},
        "about": {"avatar": None},
        "eeo": {"ethnicity": None},
        "identification": {"ssn": None},
        "category_1700000000001": {"field_1700000000102": f"SN-{n:05d}" if n % 2 else None},
    }


def _standing(rng: random.Random, n: int, *, left: bool) -> Record:
    if left:
        gone = {"terminationDate": day(rng, 300).isoformat(), "terminationReason": rng.choice(["71", "72"])}
        return {"status": "Inactive", "lifecycleStatus": "terminated", **gone}
    word = {7: "parentalLeave", 8: "gardenLeave", 9: "hired"}.get(n, "employed")
    return {"status": "Active", "lifecycleStatus": word, "terminationDate": None, "terminationReason": None}


def _item(id_: Any, name: str, *, archived: bool = False, children: tuple[Record, ...] = ()) -> Record:
    return {"id": id_, "value": name, "name": name, "archived": archived, "children": list(children)}


def _lists() -> dict[str, Record]:
    platform = _item(209192120, "Platform")
    departments = [_item(id_, name, children=(platform,) if name == "Engineering" else ()) for name, id_ in DEPARTMENTS.items()]
    items: dict[str, list[Record]] = {
        "department": [*departments, _item(209192199, "Telegraphs", archived=True)],
        "team": [_item(9007199254740993, "Night shift"), _item("north", "Norden")],
        "payrollCostCenter": [_item("CC-1", "Overheads"), _item("CC-2", "Research")],
        "title": [_item(500 + n, name) for n, name in enumerate(TITLES)],
        "site": [*(_item(id_, name) for name, id_ in SITES.items()), _item(899, "Oslo", archived=True)],
        "legalGender": [_item(name, name) for name in ("Female", "Male", "Non-binary", "Other", "Prefer not to say")],
        "familyStatus": [_item(name, name) for name in ("Single", "Married", "Divorced", "Widowed", "Separated")],
        "lifecycleStatus": [
            _item("employed", "Employed"),
            _item("hired", "Hired"),
            _item("parentalLeave", "Parental leave"),
            _item("gardenLeave", "Garden leave"),
            _item("terminated", "Terminated"),
        ],
        "terminationReason": [_item("71", "Resigned"), _item("72", "Redundancy")],
        "employmentstatus": [_item(name, name) for name in ("Full time", "Part time", "Contractor", "Intern", "Temporary")],
        "payrollEmploymentType": [_item(name, name) for name in ("Permanent", "Temporary", "Contractor")],
    }
    return {name: {"name": name, "items": entries} for name, entries in items.items()}


def _tables(rng: random.Random, state: dict[str, dict[str, Record]], id_: str, employee: Record) -> None:
    start = date.fromisoformat(employee["work"]["startDate"])
    later = start + timedelta(days=400)
    dates = [start, later] if later < BASE.date() and rng.random() < 0.4 else [start]
    for n, begin in enumerate(dates, 1):
        end = (dates[n] - timedelta(days=1)).isoformat() if n < len(dates) else None
        row = {"id": n, "effectiveDate": begin.isoformat(), "endEffectiveDate": end, "isCurrent": end is None,
               "modificationDate": begin.isoformat(), "creationDate": None, "change": {"reason": None}}  # fmt: skip
        work = employee["work"]
        columns = {name: work[name] for name in ("title", "department", "site", "siteId", "reportsTo")}
        state["work"][f"{id_}:{n}"] = {"employeeId": id_, **row, **columns}
    terms = {"contract": rng.choice(["Full time"] * 6 + ["Part time"]), "type": "Permanent", "flsaCode": None}
    hours = 40 if terms["contract"] == "Full time" else 24
    first = {"id": 1, "effectiveDate": start.isoformat(), "endEffectiveDate": None, "isCurrent": True}
    pay = {
        "base": {"value": rng.randint(30, 140) * 1000.5, "currency": "GBP"},
        "payPeriod": "Annual",
        "payFrequency": "Monthly",
    }
    state["employment"][f"{id_}:1"] = {"employeeId": id_, **first, **terms, "weeklyHours": hours, "fte": hours / 40 * 100}
    state["salaries"][f"{id_}:1"] = {"employeeId": id_, **first, **pay}
    employee["payroll"]["employment"] = {"contract": terms["contract"], "type": terms["type"], "weeklyHours": hours}


def _absence(rng: random.Random, state: dict[str, dict[str, Record]], n: int, employee_id: str) -> None:
    begin = day(rng, 120, -60)
    days = rng.randint(1, 10)
    policy = rng.choice(["Holiday", "Holiday", "Holiday", "Sick leave", "Unpaid leave"])
    created = instant(rng, 150).replace(tzinfo=None)
    request = {
        "requestId": 24588000 + n,
        "employeeId": employee_id,
        "policyTypeDisplayName": policy,
        "type": "days",
        "startDate": begin.isoformat(),
        "startDatePortion": rng.choice(["all_day", "all_day", "afternoon"]),
        "endDate": (begin + timedelta(days=days - 1)).isoformat(),
        "endDatePortion": "all_day",
        "durationUnit": "days",
        "totalDuration": days,
        "totalCost": days,
        "status": rng.choice(["approved", "approved", "approved", "pending", "canceled"]),
        "description": "Back on Monday" if n % 3 == 0 else None,
        "reasonCode": None,
        "hasAttachment": False,
        "createdOn": created.isoformat(),
    }
    state["requests"][str(request["requestId"])] = request
    note_change(state, request, "Pending" if request["status"] == "pending" else "Created", created.isoformat())
    if request["status"] == "canceled":
        note_change(state, request, "Canceled", (created + timedelta(hours=5)).isoformat())


def note_change(state: dict[str, dict[str, Record]], request: Record, kind: str, at: str) -> None:
    """Add a line to the log of changes: the request as it was then, and what happened."""
    renamed = {"startDatePortion": "startPortion", "endDatePortion": "endPortion"}
    left_out = {"status", "description", "reasonCode", "hasAttachment", "createdOn"}
    snapshot = {renamed.get(name, name): value for name, value in request.items() if name not in left_out}
    key = str(len(state["changes"]) + 1)
    state["changes"][key] = {"changeType": kind, **snapshot, "changeReason": None, "visibility": "Public", "createdOn": at}

"""The first data: 132 employees with the rows of their tables, lists, time off and timesheets."""

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from unified_sandbox.bamboohr.options import CURRENCIES, all_lists, all_types, option_names
from unified_sandbox.people import BASE, Person, companies, day, instant, iso_s, people, sentences
from unified_sandbox.standin import Record

HOME = ZoneInfo("America/Denver")
BIG_ID = "90071992547409931"
"""Does not survive arithmetic in doubles."""
FIRST_ID, COUNT = 4, 132
TODAY = BASE.date()


def seed(rng: random.Random) -> dict[str, dict[str, Record]]:
    """Make everything, the same for the same seed."""
    company = companies(rng, 1)[0]
    staff = people(rng, COUNT, [company])
    employees = [_employee(rng, number, person) for number, person in enumerate(staff)]
    data: dict[str, list[Record]] = {"employees": employees}
    data |= {table: [] for table in ("jobInfo", "compensation", "employmentStatus")}
    for employee, person in zip(employees, staff, strict=True):
        _history(rng, data, employee, person)
    data |= {"time_off_requests": _requests(rng, employees), "timesheet_entries": _entries(rng, employees)}
    made = {name: {str(row["id"]): row for row in rows} for name, rows in data.items()}
    return made | {
        "lists": {str(one["fieldId"]): one for one in all_lists()},
        "time_off_types": {str(one["id"]): one for one in all_types()},
        "deleted": {id_: {"id": id_, "action": "Deleted", "lastChanged": iso_s(instant(rng, 90))} for id_ in ("901", "902")},
        "company": {"1": _company(company.name, company.phone)},
    }


def _company(name: str, phone: str) -> Record:
    address = {"line1": "12 Larch Street", "line2": "", "city": "Denver", "state": "CO", "zip": "80202"}
    return {"legalName": f"{name} Inc.", "displayName": name, "address": address, "phone": phone}


def _employee(rng: random.Random, number: int, person: Person) -> Record:
    id_ = BIG_ID if number == COUNT - 1 else str(FIRST_ID + number)
    left = number % 9 == 8
    hired = person.hired_on
    return {
        "id": id_,
        "employeeNumber": None if number % 25 == 7 else f"E-{1000 + number}",
        "firstName": person.first_name,
        "middleName": rng.choice([None, "", "M."]),
        "lastName": person.last_name,
        "preferredName": person.first_name[:3] if number % 10 == 3 else None,
        "displayName": person.full_name,
        "pronouns": rng.choice([None, "they/them"]),
        "workEmail": person.email,
        "homeEmail": person.personal_email if number % 3 else None,
        "mobilePhone": person.mobile,
        "workPhone": person.phone,
        "workPhoneExtension": str(100 + number) if number % 4 == 0 else None,
        "dateOfBirth": person.birth_date.isoformat() if number % 6 else "0000-00-00",
        "gender": {"female": "Female", "male": "Male", "other": "Non-binary"}[person.gender],
        "ethnicity": rng.choice([None, *option_names("ethnicity")]),
        "maritalStatus": rng.choice(["Single", "Married", "Common Law", None]),
        "nationality": person.place.country,
        "ssn": f"000-00-{number:04d}",
        **_address(person, number),
        "hireDate": hired.isoformat(),
        "originalHireDate": day(rng, 5000, 4400).isoformat() if number % 12 == 0 else "0000-00-00",
        "terminationDate": _later(hired, rng).isoformat() if left else "0000-00-00",
        "status": "Inactive" if left else "Active",
        "supervisorEId": None if number == 0 else str(FIRST_ID + (0 if number < 10 else number % 10)),
        "standardHoursPerWeek": rng.choice([None, "40", "37.5", "20"]),
        "photoUrl": f"https://people.example/photos/{id_}.jpg",
        "lastChanged": iso_s(instant(rng, 300)),
        "customShirtsize": rng.choice([None, *option_names("customShirtsize")]),
        "customSecondaryLanguage1": rng.choice([None, "French", "日本語"]),
        "division": rng.choice(option_names("division")),
        "_restricted": ["homeEmail", "birthDate", "dateOfBirth"] if number % 17 == 4 else [],
    }


def _address(person: Person, number: int) -> Record:
    if number % 11 == 5:
        return {"address1": "", "address2": None, "city": None, "state": None, "zipcode": "", "country": None}
    place = person.place
    parts = {"address1": person.street, "address2": None, "city": place.city, "state": place.region}
    return {**parts, "zipcode": place.postal_code, "country": place.country}


def _later(hired: date, rng: random.Random) -> date:
    return hired + timedelta(days=rng.randint(10, max(11, (TODAY - hired).days - 1)))


def _history(rng: random.Random, data: dict[str, list[Record]], employee: Record, person: Person) -> None:
    """Return rows of the three tables; the current ones are copied into the employee as BambooHR does."""
    number = len(data["employmentStatus"])
    current = {
        "location": person.place.city if number % 7 else "Remote Worker",
        "department": person.department,
        "division": employee["division"],
        "jobTitle": person.job_title,
    }
    hired = date.fromisoformat(employee["hireDate"])
    for moment in _moments(rng, hired):
        title = current["jobTitle"] if moment.last else rng.choice(option_names("jobTitle"))
        row = {"date": moment.day.isoformat(), **current, "jobTitle": title, "reportsTo": None, "teams": None}
        _add(data, "jobInfo", employee, row)
        _add(data, "compensation", employee, _pay(rng, moment.day, person))
    kind = rng.choices(["Full-Time", "Part-Time", "Contractor", "Intern", "Furloughed"], [60, 20, 8, 8, 4])[0]
    _add(data, "employmentStatus", employee, {"date": employee["hireDate"], "employmentStatus": kind, "comment": ""})
    if employee["status"] == "Inactive":
        kind = "Terminated"
        row = {"date": employee["terminationDate"], "employmentStatus": kind, "comment": sentences(rng, 1)}
        _add(data, "employmentStatus", employee, row)
    employee |= {**current, "employmentHistoryStatus": kind}


class _Moment:
    def __init__(self, day_: date, *, last: bool) -> None:
        self.day = day_
        self.last = last


def _moments(rng: random.Random, hired: date) -> list[_Moment]:
    """Return one to three days on which a job began, the first of them the day of hire."""
    days = {hired, *(_later(hired, rng) for _ in range(rng.choice([0, 0, 1, 2])))}
    in_order = sorted(one for one in days if one <= TODAY) or [hired]
    return [_Moment(one, last=one == in_order[-1]) for one in in_order]


def _add(data: dict[str, list[Record]], table: str, employee: Record, row: Record) -> None:
    data[table].append({"id": str(1000 + len(data[table])), "employeeId": employee["id"], **row})


def _pay(rng: random.Random, since: date, person: Person) -> Record:
    hourly = rng.random() < 0.25  # a quarter is paid by the hour
    value = f"{rng.randint(15, 45)}.50" if hourly else f"{rng.randint(40, 160) * 1000}.00"
    return {
        "startDate": since.isoformat(),
        "rate": {"currency": CURRENCIES.get(person.place.country_code, "USD"), "value": value},
        "type": "Hourly" if hourly else "Salary",
        "exempt": "Non-exempt" if hourly else "Exempt",
        "reason": "",
        "comment": "",
        "paidPer": "Hour" if hourly else "Year",
        "paySchedule": rng.choice(option_names("paySchedule")),
        "overtimeRate": {"currency": "", "value": ""},
    }


def _requests(rng: random.Random, employees: list[Record]) -> list[Record]:
    types = all_types()
    rows = []
    for number in range(140):
        employee, kind = employees[rng.randrange(len(employees))], types[number % len(types)]
        start = day(rng, 400, -60)
        end = start + timedelta(days=rng.choice([0, 0, 1, 4]))
        status = rng.choices(["approved", "requested", "denied", "canceled", "superceded"], [60, 20, 8, 8, 4])[0]
        rows.append(time_off_request(str(1500 + number), employee, kind, (start, end), status, half=number % 15 == 0))
        rows[-1]["notes"] = {"employee": sentences(rng, 1)} if number % 3 == 0 else {}
    return rows


def time_off_request(
    id_: str, employee: Record, kind: Record, days: tuple[date, date], status: str, *, half: bool = False
) -> Record:
    """Return a request as it is stored; asked for and last changed a fortnight before it begins, never after TODAY."""
    dates = {(days[0] + timedelta(days=n)).isoformat(): "1" for n in range((days[1] - days[0]).days + 1)}
    if half:
        dates[days[0].isoformat()] = "0.5"
    total = sum(float(share) for share in dates.values()) * (8 if kind["units"] == "hours" else 1)
    if kind["units"] == "hours":
        dates = {one: f"{float(share) * 8:g}" for one, share in dates.items()}
    asked = min(days[0] - timedelta(days=14), TODAY - timedelta(days=1)).isoformat()
    return {
        "id": id_,
        "employeeId": employee["id"],
        "status": {"lastChanged": asked, "lastChangedByUserId": "2385", "status": status},
        "name": f"{employee['firstName']} {employee['lastName']}",
        "start": days[0].isoformat(),
        "end": days[1].isoformat(),
        "created": asked,
        "type": {"id": str(kind["id"]), "name": kind["name"], "icon": kind["icon"]},
        "amount": {"unit": kind["units"], "amount": f"{total:g}"},
        "dates": dates,
        "notes": {},
    }


def _entries(rng: random.Random, employees: list[Record]) -> list[Record]:
    rows: list[Record] = []
    for number in range(90):
        employee, on = employees[number % 30], TODAY - timedelta(days=1 + number)
        begin = datetime.combine(on, time(rng.randint(7, 10), rng.choice([0, 15, 30])), HOME)
        clocked = number % 6 != 5  # one in six is an hour entry
        rows.append(entry(str(300 + number), employee["id"], on, (begin, begin + timedelta(hours=8)) if clocked else None))
        rows[-1] |= {"approved": number % 2 == 0, "note": sentences(rng, 1) if number % 4 == 0 else None}
    return rows


def entry(id_: str, employee_id: str, on: date, span: tuple[datetime, datetime] | None, hours: float = 7.5) -> Record:
    """Return a timesheet entry as it is stored; without a span it has hours only."""
    made: dict[str, Any] = {"id": int(id_), "employeeId": int(employee_id), "type": "clock" if span else "hour"}
    made |= {"date": on.isoformat(), "start": None, "end": None, "timezone": None, "hours": hours}
    if span:
        worked = (span[1] - span[0]).total_seconds() / 3600
        made |= {"start": offset(span[0]), "end": offset(span[1]), "timezone": str(HOME), "hours": round(worked, 4)}
    stamp = offset(datetime.combine(on, time(23), HOME))
    made |= {"note": None, "projectInfo": None, "approvedAt": None, "approved": False}
    return {**made, "createdAt": stamp, "updatedAt": stamp}


def offset(moment: datetime) -> str:
    """Return whole seconds and `+00:00`, as time tracking writes times."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")

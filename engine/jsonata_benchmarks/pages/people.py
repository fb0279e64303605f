"""Employees with their jobs and leave as a payroll product's page gives them, and their mapping by hand."""

import random
from datetime import datetime, timezone
from itertools import chain
from typing import Any

NAMES = ["Ada", "Grace", "Łukasz", "Mei", "Олена", "José", "Aïcha", "Noor"]
TITLES = ["Engineer", "Senior engineer", "Lead", "Analyst", "Director"]
CITIES = ["Berlin", "Kraków", "Lyon", "Kyiv", "Porto"]


def document() -> dict[str, Any]:
    """A page of 100 people in 8 departments, always the same."""
    rng = random.Random(11)
    return {
        "people": [_person(rng, at) for at in range(100)],
        "departments": [
            {"id": at, "name": f"Department {at}", "cost_center": f"CC-{at * 10:03}", "head_id": rng.randint(1000, 1099)}
            for at in range(8)
        ],
        "offices": [{"id": at, "city": city} for at, city in enumerate(CITIES)],
    }


def _person(rng: random.Random, at: int) -> dict[str, Any]:
    name = {"first": rng.choice(NAMES), "last": f"Family {rng.randint(1, 60):02}"}
    if rng.random() < 0.3:
        name["middle"] = rng.choice(NAMES)
    return {
        "id": 1000 + at,
        "name": name,
        "department_id": rng.randint(0, 8),
        "contact": {
            "home": {"type": "address", "city": rng.choice(CITIES)},
            "desk": {"type": "phone", "number": f"+49 30 {at:05}"},
            "cell": {"type": "phone" if rng.random() < 0.5 else "pager", "number": f"+49 170 {at:05}"},
        },
        "jobs": [_job(rng, at, level) for level in range(1, rng.randint(2, 5))],
        "leave": [_leave(rng) for _ in range(rng.randint(0, 6))],
    }


def _job(rng: random.Random, at: int, level: int) -> dict[str, Any]:
    pay = {"amount": 30_000 + level * 5_000 + rng.randint(0, 999), "currency": "EUR"}
    return {"date": f"20{9 + level * 3:02}-{at % 12 + 1:02}-01", "level": level, "title": rng.choice(TITLES), "pay": pay}


def _leave(rng: random.Random) -> dict[str, Any]:
    return {
        "type": rng.choice(["holiday", "sick"]),
        "days": rng.choice([0.5, 1, 2, 5, 10]),
        "approved": rng.random() < 0.8,
        "from": f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/2025",
    }


def mapped(page: dict[str, Any]) -> dict[str, Any]:
    """What `people.jsonata` says."""
    people = page["people"]
    departments = {one["id"]: one for one in page["departments"]}
    by_id = {one["id"]: one for one in people}
    known = [one for one in people if one["department_id"] in departments]
    jobs = [job for person in people for job in person["jobs"]]
    pay = [job["pay"]["amount"] for job in jobs]
    earned = [{"id": one["id"], "earned": sum(job["pay"]["amount"] for job in one["jobs"])} for one in people]
    return {
        "results": [_mapped(one, departments[one["department_id"]]) for one in known],
        "departments": _grouped(people),
        "earliest": [
            {"date": job["date"], "level": job["level"], "title": job["title"]}
            for job in sorted(jobs, key=lambda job: (job["date"], -job["level"]))[:5]
        ],
        "top": sorted(earned, key=lambda one: -one["earned"])[:5],
        "numbered": [{"at": at, "id": person["id"]} for at, person in enumerate(people) if at % 10 == 0],
        "average_pay": round(sum(pay) / len(pay), 2),
        "offices": sorted({*(one["city"] for one in page["offices"]), *(one["contact"]["home"]["city"] for one in people)}),
        "heads": [{"name": one["name"], "head": by_id[one["head_id"]]["name"]["last"]} for one in page["departments"]],
    }


def _mapped(person: dict[str, Any], department: dict[str, Any]) -> dict[str, Any]:
    name, jobs, leave = person["name"], sorted(person["jobs"], key=lambda job: job["date"]), person["leave"]
    first, last = jobs[0], jobs[-1]
    result = {
        "id": person["id"],
        "name": " ".join(name[part] for part in ("first", "middle", "last") if part in name),
        "department": department["name"],
        "cost_center": department["cost_center"],
        "job": last["title"],
        "promotions": sum(job["level"] > 1 for job in jobs),
        "history": [
            {"from": job["date"], "title": job["title"], "pay": f"{job['pay']['amount']} {job['pay']['currency']}"}
            for job in jobs
        ],
        "first_pay": first["pay"]["amount"],
        "raise": round((last["pay"]["amount"] / first["pay"]["amount"] - 1) * 100, 1),
        "phones": [one["number"] for one in person["contact"].values() if one["type"] == "phone"],
        "city": person["contact"]["home"]["city"],
    }
    holidays = [one["days"] for one in leave if one["type"] == "holiday" and one["approved"]]
    sick = [one["days"] for one in leave if one["type"] == "sick"]
    if holidays:
        result["holidays_taken"] = sum(holidays)
    if sick:
        result["sick_days"] = sum(sick)
    if leave:
        result["last_leave"] = max(_millis(one["from"]) for one in leave)
    return result


def _millis(day: str) -> int:
    found = datetime.strptime(day, "%d/%m/%Y").replace(tzinfo=timezone.utc)  # noqa: UP017 - as in most code
    return int(found.timestamp()) * 1000


def _grouped(people: list[dict[str, Any]]) -> dict[str, Any]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for person in people:
        groups.setdefault(str(person["department_id"]), []).append(person)
    return {key: _group(members) for key, members in groups.items()}


def _group(members: list[dict[str, Any]]) -> dict[str, Any]:
    days = [one["days"] for person in members for one in person["leave"]]
    titles = dict.fromkeys(chain.from_iterable((job["title"] for job in person["jobs"]) for person in members))
    group = {
        "headcount": len(members),
        "first": min(person["name"]["last"] for person in members),
        "titles": list(titles),
    }
    return group | {"days_off": sum(days)} if days else group

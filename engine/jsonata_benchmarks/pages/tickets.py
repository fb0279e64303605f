"""Tickets as a help desk's page gives them, and their mapping by hand."""

import random
import re
from datetime import datetime
from typing import Any

FIELDS = {360001: "severity", 360002: "order_number", 360003: "products", 360004: "region"}
STATES = {"new": "OPEN", "open": "OPEN", "pending": "WAITING", "hold": "WAITING", "solved": "CLOSED", "closed": "CLOSED"}
TAGS = ["billing", "vip", "internal_review", "refund", "internal_spam", "onboarding", "api"]
PEOPLE = ["Ada Rossi", "Mei Tanaka", "Олена Коваль", "José Núñez", "Aïcha Benali", "Noor Khan", "Finn O'Hara"]
SPACES = re.compile(r"\s+")
LIMIT = datetime.fromisoformat("2026-06-01T00:00:00Z")


def document() -> dict[str, Any]:
    """A page of 100 tickets with 20 users, always the same."""
    rng = random.Random(7)
    return {
        "tickets": [_ticket(rng, at) for at in range(100)],
        "users": [
            {"id": 9000 + at, "name": PEOPLE[at % len(PEOPLE)], "email": f"User{at}@Example.com", "role": "end-user"}
            for at in range(20)
        ],
        "next_page": "https://acme.zendesk.com/api/v2/tickets.json?page=3",
        "count": 250,
    }


def _ticket(rng: random.Random, at: int) -> dict[str, Any]:
    created = f"2026-0{rng.randint(1, 5)}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:15:30Z"
    sender = {"address": f"someone{at}@example.org"} | ({"name": rng.choice(PEOPLE)} if rng.random() < 0.6 else {})
    return {
        "id": 35_000_000_000 + at,
        "subject": "" if rng.random() < 0.1 else f"Question number {at}",
        "raw_subject": f"Question number {at} (raw)",
        "description": "It does not work. " * rng.randint(1, 20),
        "status": rng.choice([*STATES, "deleted"]),
        "priority": rng.choice(["urgent", "high", "normal", "low", None]),
        "via": {"channel": rng.choice(["email", "web"]), "source": {"from": sender, "to": {}, "rel": None}},
        "requester_id": rng.randint(9000, 9022),
        "collaborator_ids": rng.sample(range(9000, 9020), rng.randint(0, 3)),
        "tags": rng.sample(TAGS, rng.randint(0, 5)),
        "custom_fields": [
            {"id": 360001, "value": rng.choice(["S1", "S2", None])},
            {"id": 360002, "value": rng.choice([str(rng.randint(10_000, 99_999)), None])},
            {"id": 360003, "value": rng.choice(["Desk, Chair", "Lamp", None, "Desk,Lamp , Shelf"])},
            {"id": 360004, "value": rng.choice(["EMEA", "APAC"])},
        ],
        "satisfaction_rating": {
            "score": rng.choice(["good", "bad", "unoffered"]),
            "comment": "  Thanks a\n\nlot,   it helped ",
        },
        "created_at": created,
        "updated_at": f"2026-06-{rng.randint(1, 28):02}T08:{rng.randint(10, 59)}:00Z",
        "due_at": rng.choice([None, f"2026-0{rng.randint(4, 8)}-15T12:00:00Z"]),
    }


def mapped(page: dict[str, Any]) -> dict[str, Any]:
    """What `tickets.jsonata` says."""
    users = {user["id"]: user for user in page["users"]}
    by_status: dict[str, int] = {}
    tags: set[str] = set()
    results = []
    for ticket in page["tickets"]:
        by_status[ticket["status"]] = by_status.get(ticket["status"], 0) + 1
        tags.update(ticket["tags"])
        results.append(_mapped(ticket, users))
    following = page["next_page"]
    return {
        "results": results,
        "by_status": by_status,
        "tag_list": ", ".join(sorted(tags)),
        "next": int(following.split("page=", 1)[1]) if following else None,
    }


def _mapped(ticket: dict[str, Any], users: dict[int, Any]) -> dict[str, Any]:
    custom = {entry["id"]: entry["value"] for entry in ticket["custom_fields"]}
    created, updated = datetime.fromisoformat(ticket["created_at"]), datetime.fromisoformat(ticket["updated_at"])
    due = datetime.fromisoformat(ticket["due_at"]) if ticket["due_at"] else None
    status = STATES.get(ticket["status"], "OPEN")
    rating = ticket["satisfaction_rating"]
    sender = ticket["via"]["source"]["from"]
    result = {
        "id": str(ticket["id"]),
        "subject": ticket["subject"] or ticket["raw_subject"],
        "status": status,
        "is_urgent": ticket["priority"] in {"urgent", "high"} and ticket["status"] != "closed",
        "channel": ticket["via"]["channel"],
        "from": f"{sender['name']} <{sender['address']}>" if sender.get("name") else sender["address"],
        "watchers": [users[one]["name"] for one in ticket["collaborator_ids"]],
        "tags": [tag for tag in ticket["tags"] if not tag.startswith("internal_")],
        "severity": custom[360001],
        "custom_fields": {FIELDS[key]: value for key, value in custom.items() if value is not None},
        "score": {"good": 1, "bad": -1}.get(rating["score"], 0),
        "comment": SPACES.sub(" ", rating["comment"]).strip()[:60],
        "opened_on": created.strftime("%Y-%m-%d"),
        "due_on": due.strftime("%Y-%m-%d") if due else None,
        "hours_open": round((updated - created).total_seconds() / 3600, 1),
        "is_overdue": due is not None and STATES.get(ticket["status"], "CLOSED") != "CLOSED" and due < LIMIT,
        "url": f"https://acme.zendesk.com/agent/tickets/{ticket['id']}",
    }
    requester = users.get(ticket["requester_id"])
    if requester:
        result["requester"] = {
            "id": str(requester["id"]),
            "name": requester["name"],
            "email": requester["email"].lower(),
        }
    if custom[360003]:
        result["products"] = [{"rank": at, "name": one.strip()} for at, one in enumerate(custom[360003].split(","), 1)]
    return {key: value for key, value in result.items() if key not in {"watchers", "tags"} or value}

"""The site's first data: several pages of issues, with the odd cases that real sites have."""

import random
from datetime import datetime, timedelta
from typing import Any

from unified_sandbox.jira.issues import resolution
from unified_sandbox.jira.shapes import document, stamp
from unified_sandbox.people import BASE, Person, day, instant, people, sentences
from unified_sandbox.standin import Record, State

USERS, ISSUES = 46, 342
BIG_ID = "90071992547409931"
"""More than 2^53: a JavaScript client would round it."""

_CATEGORIES = {
    "new": {"id": 2, "key": "new", "colorName": "blue-gray", "name": "To Do"},
    "indeterminate": {"id": 4, "key": "indeterminate", "colorName": "yellow", "name": "In Progress"},
    "done": {"id": 3, "key": "done", "colorName": "green", "name": "Done"},
}
_STATUSES = (
    ("10000", "To Do", "new"),
    ("10001", "Backlog", "new"),
    ("3", "In Progress", "indeterminate"),
    ("10003", "In Review", "indeterminate"),
    ("5", "Resolved", "done"),
    ("10002", "Done", "done"),
)
_TYPES = (("10000", "Epic", 1), ("10001", "Story", 0), ("10002", "Task", 0), ("10003", "Subtask", -1), ("10004", "Bug", 0))
_PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
_PROJECTS = (
    ("10000", "OPS", "Operations", "business"),
    ("10001", "WEB", "Website", "software"),
    ("10002", "HELP", "Help desk", "service_desk"),
    ("10003", "НОВ", "Новый склад", "business"),
    ("10004", "OLD", "Old website", "software"),
)
_GROUPS = ("administrators", "jira-software-users", "service-desk-agents", "warehouse")
_LABELS = ("billing", "mobile", "urgent-customer", "印刷", "regression", "network")
_TITLES = ("Export", "Sign-in", "Invoice", "Печать", "Search", "プリンター", "Calendar", "Delivery", "Report", "Import")
_FIELDS = (
    "summary|Summary|string",
    "description|Description|string",
    "status|Status|status",
    "priority|Priority|priority",
    "issuetype|Issue Type|issuetype",
    "project|Project|project",
    "assignee|Assignee|user",
    "reporter|Reporter|user",
    "creator|Creator|user",
    "labels|Labels|array",
    "parent|Parent|",
    "duedate|Due date|date",
    "created|Created|datetime",
    "updated|Updated|datetime",
    "resolutiondate|Resolved|datetime",
    "attachment|Attachment|array",
    "customfield_10040|Floor|option:select",
    "customfield_10041|Inventory number|number:float",
    "customfield_10042|Background|string:textarea",
)


def seed(rng: random.Random) -> dict[str, dict[str, Record]]:
    """Make the site."""
    state = State({"comments": {}, "attachments": {}})
    state["users"] = {user["accountId"]: user for user in (_user(rng, n, one) for n, one in enumerate(people(rng, USERS)))}
    state["groups"] = {f"g-{n}": _group(rng, n, name, list(state["users"])) for n, name in enumerate(_GROUPS)}
    state["projects"] = {id_: _project(id_, key, name, kind) for id_, key, name, kind in _PROJECTS}
    state["statuses"] = {id_: _status(id_, name, category) for id_, name, category in _STATUSES}
    state["issuetypes"] = {id_: _type(id_, name, level) for id_, name, level in _TYPES}
    state["priorities"] = {str(n): {"id": str(n), "name": name, "isDefault": n == 3} for n, name in enumerate(_PRIORITIES, 1)}
    state["fields"] = {field["id"]: field for field in map(_field, _FIELDS)}
    state["issues"] = {}
    for n in range(ISSUES):
        issue = _issue(rng, state, n)
        state["issues"][issue["id"]] = issue
    _comment_all(rng, state)
    _odd_cases(state)
    return state


def _user(rng: random.Random, n: int, one: Person) -> Record:
    kind = "app" if n % 15 == 14 else "customer" if n % 9 == 8 else "atlassian"
    user: Record = {"accountId": f"712020:{rng.getrandbits(64):016x}", "accountType": kind, "displayName": one.full_name}
    if n % 4 != 3:
        user["emailAddress"] = one.email
    avatars = {size: f"https://avatars.example/{n}/{size}.png" for size in ("16x16", "24x24", "32x32", "48x48")}
    return user | {"active": n % 11 != 10, "timeZone": one.place.timezone, "avatarUrls": avatars}


def _group(rng: random.Random, n: int, name: str, users: list[str]) -> Record:
    return {
        "name": name,
        "groupId": f"8c5a1d0e-{n:04d}-4b6f-9a3e-1f2d3c4b5a69",
        "members": [users[0], *rng.sample(users[1:], 9)],
    }


def _project(id_: str, key: str, name: str, kind: str) -> Record:
    project: Record = {"id": id_, "key": key, "name": name, "projectTypeKey": kind, "simplified": False, "style": "classic"}
    project |= {"isPrivate": key == "НОВ", "description": "" if key == "WEB" else f"Work of {name}", "properties": {}}
    return project | ({"archived": True} if key == "OLD" else {})


def _status(id_: str, name: str, category: str) -> Record:
    status: Record = {"id": id_, "name": name, "description": "", "statusCategory": _CATEGORIES[category]}
    return status | ({"scope": {"type": "PROJECT", "project": {"id": "10001"}}} if name == "Backlog" else {})


def _type(id_: str, name: str, level: int) -> Record:
    return {"id": id_, "name": name, "description": f"{name} of this site.", "subtask": level < 0, "hierarchyLevel": level}


def _field(line: str) -> Record:
    id_, name, kind = line.split("|")
    kind, _, custom = kind.partition(":")
    field: Record = {"id": id_, "key": id_, "name": name, "custom": bool(custom), "navigable": True, "searchable": True}
    if not kind:
        return field
    schema = (
        {"type": kind, "custom": f"com.atlassian.jira.plugin.system.customfieldtypes:{custom}"}
        if custom
        else {"type": kind, "system": id_}
    )
    return field | {"schema": schema}


def _issue(rng: random.Random, state: State, n: int) -> Record:
    project = state["projects"][_PROJECTS[n % 4][0]]
    key = f"{project['key']}-{n // 4 + 1}"
    created = instant(rng, 400)
    updated = created + timedelta(milliseconds=rng.randrange(1, max(2, int((BASE - created).total_seconds() * 1000))))
    status = rng.choice(list(state["statuses"].values()))
    people_ = list(state["users"])
    fields: Record = {
        "summary": f"{rng.choice(_TITLES)}: {sentences(rng, 1)}",
        "description": None if n % 6 == 5 else document("\n".join([sentences(rng, 1), sentences(rng, 2)])),
        "status": status,
        "priority": None if n % 13 == 12 else rng.choice(list(state["priorities"].values())),
        "issuetype": rng.choice([one for one in state["issuetypes"].values() if not one["subtask"]]),
        "project": {name: project[name] for name in ("id", "key", "name", "projectTypeKey")},
        "assignee": None if n % 5 == 4 else {"accountId": rng.choice(people_)},
        "reporter": None if n % 17 == 16 else {"accountId": rng.choice(people_)},
        "creator": {"accountId": rng.choice(people_)},
        "labels": rng.sample(_LABELS, n % 3),
        "duedate": str(day(rng, 90)) if n % 4 == 0 else None,
        "created": stamp(created),
        "updated": stamp(updated),
        "security": {"id": "10100", "name": "Staff only"} if n % 29 == 28 else None,
    }
    return {"id": str(10000 + n), "key": key, "fields": fields | resolution(status, updated) | _custom(rng, n)}


def _custom(rng: random.Random, n: int) -> dict[str, Any]:
    floor = {"id": "10020", "value": rng.choice(["Ground floor", "First floor"])} if n % 7 == 0 else None
    number = 12345678901234567 if n == 3 else rng.randint(1, 9999) if n % 2 else None
    return {"customfield_10040": floor, "customfield_10041": number, "customfield_10042": None}


def _comment_all(rng: random.Random, state: State) -> None:
    """Add comments and files: many on the first issue, one or none on most."""
    users = list(state["users"])
    for n, issue in enumerate(list(state["issues"].values())):
        for _ in range(7 if n == 0 else n % 3):
            moment = instant(rng, 60)
            _comment(state, issue, rng.choice(users), sentences(rng, 1), moment, is_public=n % 10 != 1)
        if n % 8 == 0:
            _attachment(rng, state, issue, f"photo-{n}.jpg")


def _comment(state: State, issue: Record, author: str, text: str, moment: datetime, *, is_public: bool) -> None:
    id_ = str(20000 + len(state["comments"]))
    times = {"created": stamp(moment), "updated": stamp(moment)}
    body = {"id": id_, "issue": issue["id"], "author": author, "body": document(text), "jsdPublic": is_public}
    state["comments"][id_] = body | times


def _attachment(rng: random.Random, state: State, issue: Record, name: str) -> None:
    id_ = BIG_ID if issue["id"] == "10000" else str(30000 + len(state["attachments"]))
    body = {"id": id_, "issue": issue["id"], "author": rng.choice(list(state["users"])), "filename": name}
    body |= {"mimeType": "image/jpeg", "size": rng.randint(900, 90_000), "created": stamp(instant(rng, 60))}
    state["attachments"][id_] = body


def _odd_cases(state: State) -> None:
    """Return an epic with one child, a child of a story, and a time to the millisecond at a minute's end."""
    issues = state["issues"]
    epic, story = issues["10001"], issues["10005"]
    epic["fields"]["issuetype"] = state["issuetypes"]["10000"]
    story["fields"]["parent"] = {"id": epic["id"], "key": epic["key"]}
    issues["10009"]["fields"] |= {
        "issuetype": state["issuetypes"]["10003"],
        "parent": {"id": story["id"], "key": story["key"]},
    }
    issues["10002"]["fields"]["updated"] = "2026-10-31T12:00:59.999+0100"
    issues["10003"]["fields"]["updated"] = "2026-10-31T12:00:30.000+0100"

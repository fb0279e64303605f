"""Issues: search, one by id or key, create, change, transitions, delete; and their files."""

from datetime import datetime
from typing import Any

from unified_sandbox.jira.errors import invalid, invalid_fields, missing
from unified_sandbox.jira.jql import parse
from unified_sandbox.jira.match import matching
from unified_sandbox.jira.shapes import API, show_attachment, show_issue, stamp
from unified_sandbox.jira.writing import checked
from unified_sandbox.paging import by_offset, opaque, read_opaque
from unified_sandbox.standin import Answer, Incoming, Record, State

MAX_PAGE = 100
"""Of a search that asks for fields; 5,000 when it asks for ids only."""


def search(request: Incoming, state: State) -> Answer:
    """Answer 200 `{issues, nextPageToken?, isLast}`; no total, and ids alone when no fields are named."""
    jql = request.query.get("jql", "")
    rows = matching(state, parse(jql))
    asked = request.query.words("fields") or ["id"]
    size = request.query.number("maxResults", 50)
    if size is None or size < 0:
        raise invalid("The value of 'maxResults' is not a valid number.")
    page = by_offset(rows, _start(request, jql), min(size, 5000 if asked == ["id"] else MAX_PAGE))
    body: Record = {"issues": [show_issue(state, one, asked, request.base) for one in page.rows]}
    if page.next is not None:
        body["nextPageToken"] = opaque(start=page.next, jql=jql)
    return Answer(200, body | {"isLast": page.next is None})


def _start(request: Incoming, jql: str) -> int:
    token = request.query.get("nextPageToken")
    if token is None:
        return 0
    held = read_opaque(token)
    if held is None or held.get("jql") != jql:
        raise invalid("The provided next page token is invalid or expired.")
    return int(held["start"])


def find(state: State, name: str) -> Record:
    """Return the issue with an id or a key. Raises the 404."""
    found = state["issues"].get(name) or next((one for one in state["issues"].values() if one["key"] == name.upper()), None)
    if found is None:
        raise missing("Issue does not exist or you do not have permission to see it.")
    return found


def get_issue(request: Incoming, state: State) -> Answer:
    """Answer 200, with every field unless some are named."""
    issue = find(state, request.params["id"])
    asked = request.query.words("fields") or ["*all"]
    return Answer(200, show_issue(state, issue, asked, request.base))


def create_issue(request: Incoming, state: State) -> Answer:
    """Answer 201 `{id, key, self}`."""
    fields = checked(state, _fields_of(request), is_new=True)
    project, id_ = fields["project"], state.new_id("issues")
    numbers = [
        int(one["key"].rpartition("-")[2])
        for one in state["issues"].values()
        if one["fields"]["project"]["id"] == project["id"]
    ]
    key = f"{project['key']}-{max(numbers, default=0) + 1}"
    me = {"accountId": next(iter(state["users"]))}
    first = next(iter(state["statuses"].values()))
    start: Record = {
        "status": first,
        "creator": me,
        "reporter": me,
        "labels": [],
        "priority": state["priorities"]["3"],
        "resolution": None,
    }
    times = {"created": stamp(request.now), "updated": stamp(request.now), "resolutiondate": None}
    state["issues"][id_] = {"id": id_, "key": key, "fields": start | fields | times}
    return Answer(201, {"id": id_, "key": key, "self": f"{request.base}{API}/issue/{id_}"})


def _fields_of(request: Incoming) -> Record:
    fields = request.fields.get("fields", {})
    if not isinstance(fields, dict):
        raise invalid("Can not deserialize 'fields'")
    return fields


def update_issue(request: Incoming, state: State) -> Answer:
    """Answer 204. The status is not among the fields: it has transitions."""
    issue = find(state, request.params["id"])
    unknown = [name for name in request.fields if name not in {"fields", "update"}]
    if unknown:
        raise invalid(f'Unrecognized field "{unknown[0]}"')
    stored = checked(state, _fields_of(request), is_new=False) | _operations(request.fields.get("update", {}))
    if not stored:
        raise invalid("one of 'fields' or 'update' required")
    issue["fields"] |= stored
    issue["fields"]["updated"] = stamp(request.now)
    return Answer(204)


def _operations(update: Any) -> Record:
    """Check the operations; only the one that removes an issue from its parent is known."""
    if update == {}:
        return {}
    if update == {"parent": [{"set": {"none": True}}]}:
        return {"parent": None}
    raise invalid_fields(dict.fromkeys(update, "Operation is not known to this stand-in."))


def list_transitions(request: Incoming, state: State) -> Answer:
    """Answer 200: one to every other status."""
    issue = find(state, request.params["id"])
    return Answer(200, {"expand": "transitions", "transitions": _transitions(state, issue)})


def _transitions(state: State, issue: Record) -> list[Record]:
    now = issue["fields"]["status"]["id"]
    return [
        {"id": f"{n}1", "name": status["name"], "to": status, "hasScreen": False, "isGlobal": True, "isAvailable": True}
        for n, status in enumerate(state["statuses"].values(), 1)
        if status["id"] != now
    ]


def transition(request: Incoming, state: State) -> Answer:
    """Answer 204. A finished issue gets a resolution, one that is opened again loses it."""
    issue = find(state, request.params["id"])
    asked = request.fields.get("transition")
    id_ = asked.get("id") if isinstance(asked, dict) else None
    if id_ is None:
        raise invalid("Missing 'transition' identifier")
    found = next((one for one in _transitions(state, issue) if one["id"] == str(id_)), None)
    if found is None:
        raise invalid(f"Transition id '{id_}' is not valid for this issue.")
    issue["fields"] |= {"status": found["to"], "updated": stamp(request.now)} | resolution(found["to"], request.now)
    return Answer(204)


def resolution(status: Record, now: datetime) -> Record:
    """Return the fields that follow from a status."""
    if status["statusCategory"]["key"] != "done":
        return {"resolution": None, "resolutiondate": None}
    return {
        "resolution": {"id": "10000", "name": "Done", "description": "Work has been completed."},
        "resolutiondate": stamp(now),
    }


def delete_issue(request: Incoming, state: State) -> Answer:
    """Answer 204, with its comments and files; an issue with children only when they may go too."""
    issue = find(state, request.params["id"])
    children = [one for one in state["issues"].values() if (one["fields"].get("parent") or {}).get("id") == issue["id"]]
    if children and request.query.get("deleteSubtasks") != "true":
        words = "You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks."
        raise invalid(f"The issue '{issue['key']}' has subtasks. {words}")
    for gone in (issue, *children):
        del state["issues"][gone["id"]]
        for resource in ("comments", "attachments"):
            for id_ in [id_ for id_, one in state[resource].items() if one["issue"] == gone["id"]]:
                del state[resource][id_]
    return Answer(204)


def get_attachment(request: Incoming, state: State) -> Answer:
    """Answer 200 with a file's description, which does not name its issue."""
    return Answer(200, show_attachment(state, _attachment(request, state), request.base))


def delete_attachment(request: Incoming, state: State) -> Answer:
    """Answer 204."""
    del state["attachments"][_attachment(request, state)["id"]]
    return Answer(204)


def _attachment(request: Incoming, state: State) -> Record:
    id_ = request.params["id"]
    if id_ not in state["attachments"]:
        raise missing(f"The attachment with id '{id_}' does not exist")
    return state["attachments"][id_]

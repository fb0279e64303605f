"""Comments of an issue: list, get, create, change, delete."""

from typing import Any

from unified_sandbox.jira.errors import invalid, invalid_fields, missing
from unified_sandbox.jira.issues import find
from unified_sandbox.jira.shapes import moment_of, show_comment, stamp
from unified_sandbox.jira.writing import as_document
from unified_sandbox.paging import by_offset
from unified_sandbox.standin import Answer, Incoming, Record, State


def list_comments(request: Incoming, state: State) -> Answer:
    """Answer 200 `{startAt, maxResults, total, comments}`, oldest first unless asked otherwise."""
    issue = find(state, request.params["issue"])
    order = request.query.get("orderBy", "created")
    if order.lstrip("+-") != "created":
        raise invalid(f"'{order}' is not a valid value for orderBy")
    start, size = request.query.number("startAt", 0), request.query.number("maxResults", 100)
    if start is None or size is None:
        raise invalid("startAt and maxResults must be numbers")
    held = [one for one in state["comments"].values() if one["issue"] == issue["id"]]
    rows = sorted(held, key=lambda one: moment_of(one["created"]), reverse=order.startswith("-"))
    page = by_offset(rows, start, min(size, 5000))
    shown = [_shown(request, state, one) for one in page.rows]
    return Answer(200, {"startAt": start, "maxResults": size, "total": page.total, "comments": shown})


def _shown(request: Incoming, state: State, held: Record) -> Record:
    return show_comment(state, held, request.base, rendered="renderedBody" in request.query.words("expand"))


def _held(request: Incoming, state: State) -> Record:
    issue, id_ = find(state, request.params["issue"]), request.params["id"]
    found = state["comments"].get(id_)
    if found is None or found["issue"] != issue["id"]:
        raise missing(f"Can not find a comment for the id: {id_}.")
    return found


def get_comment(request: Incoming, state: State) -> Answer:
    """Answer 200."""
    return Answer(200, _shown(request, state, _held(request, state)))


def create_comment(request: Incoming, state: State) -> Answer:
    """Answer 201; the property `sd.public.comment` makes an internal note of it."""
    issue, id_ = find(state, request.params["issue"]), state.new_id("comments")
    times = {"created": stamp(request.now), "updated": stamp(request.now)}
    comment: Record = {"id": id_, "issue": issue["id"], "author": next(iter(state["users"])), "body": _body(request)}
    comment |= times | {"jsdPublic": not _is_internal(request.fields.get("properties"))}
    state["comments"][id_] = comment
    issue["fields"]["updated"] = times["updated"]
    return Answer(201, _shown(request, state, comment))


def _is_internal(properties: Any) -> bool:
    rows = properties if isinstance(properties, list) else []
    return any(one == {"key": "sd.public.comment", "value": {"internal": True}} for one in rows)


def _body(request: Incoming) -> Record:
    body = request.fields.get("body")
    if body is None:
        raise invalid_fields({"comment": "Comment body can not be empty!"})
    try:
        return as_document(body)
    except ValueError:
        raise invalid_fields({"comment": "Comment body is not valid!"}) from None


def update_comment(request: Incoming, state: State) -> Answer:
    """Answer 200 with the comment."""
    comment = _held(request, state)
    comment |= {"body": _body(request), "updated": stamp(request.now)}
    state["issues"][comment["issue"]]["fields"]["updated"] = comment["updated"]
    return Answer(200, _shown(request, state, comment))


def delete_comment(request: Incoming, state: State) -> Answer:
    """Answer 204."""
    del state["comments"][_held(request, state)["id"]]
    return Answer(204)
